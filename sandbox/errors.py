"""What can go wrong with the sandbox itself; the command line answers these with exit status 3."""

from __future__ import annotations


class SandboxError(Exception):
    """The environment does not let the sandbox run. The text is complete: what happened and what to do."""


class PortTakenError(SandboxError):
    """A port that was asked for belongs to somebody else. `port` says which."""

    def __init__(self, message: str, *, port: int) -> None:
        super().__init__(message)
        self.port = port


class PartyDiedError(SandboxError):
    """A party's main process ended although nobody asked it to."""
