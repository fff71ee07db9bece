"""What can go wrong in a steerable mock, each with a name of its own."""

from __future__ import annotations

import errno
from collections.abc import Sequence


class ControlError(Exception):
    """Base of all errors of this room."""


class Refusal(ControlError):  # noqa: N818 - part of the public interface; it is an answer
    """A wish of the admin API that can't be granted; answered with ``status`` (4xx) and the nearest things
    that could.

    A command, people or settings hook of a mock raises it to refuse its arguments.
    """

    def __init__(self, message: str, *, near: Sequence[str] = (), status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.near = tuple(near)
        self.status = status


class UnknownOperationError(ControlError, LookupError):
    """A mock named an operation that it never declared: a mistake in the mock's code."""


class NoExchangeError(ControlError, LookupError):
    """``current_exchange()`` was asked outside of an operation."""


class StageLost(ControlError):  # noqa: N818 - an event rather than an error
    """A ``lose`` struck this stage, or its epoch has ended: what follows the stage must not happen."""


class BrokenOff(ControlError):  # noqa: N818 - an event rather than an error
    """A body ends before it is whole. No OSError: an HTTP client would take it for the peer's doing."""


class ConnectionCut(ConnectionResetError):  # noqa: N818 - the name says what happens to the peer
    """The answer of this exchange is a TCP reset.

    A server's socket is reset before this leaves the WSGI application; Flask's test client, which has no
    socket, gets it raised out of the call: catch it as ``ConnectionResetError``.
    """

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "connection reset by a fault")
