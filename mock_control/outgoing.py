"""Sends one message over HTTP and says how it fared. Never follows a redirect, never sends twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from mock_control.errors import BrokenOff
from mock_control.messages import Delivery, Headers, Outgoing

LONGEST_ANSWER = 4 * 1024 * 1024
POOLED = 32
IDLE_S = 0.5


class Sender:
    """A client for all messages of one mock."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = urllib3.PoolManager(num_pools=16, maxsize=POOLED, retries=False)
        self._clock = clock
        self._last = clock()

    def transmit(self, outgoing: Outgoing) -> Delivery:
        """Sends and reads the answer, at most 4 MiB of it.

        Connections are kept only from one message to the next of a flow: an idle one that the peer closes in
        the same instant would look like a failure that nobody caused.
        """
        connect, read = outgoing.timeout
        self._let_go_of_idle()
        try:
            response = self._pool.urlopen(
                outgoing.method,
                outgoing.url,
                body=_body(outgoing),
                headers=_headers(outgoing),
                timeout=urllib3.Timeout(connect=connect, read=read),
                redirect=False,
                preload_content=False,
            )
            try:
                body = response.read(LONGEST_ANSWER, decode_content=False)
            finally:
                response.close()
        except (NewConnectionError, ConnectTimeoutError, LocationValueError):
            return Delivery(error="connect")
        except ReadTimeoutError:
            return Delivery(error="timeout")
        except (ProtocolError, BrokenOff):
            return Delivery(error="reset")
        except HTTPError:
            return Delivery(error="connect")
        return Delivery(status=response.status, headers=Headers(dict(response.headers)), body=body)

    def _let_go_of_idle(self) -> None:
        now, last = self._clock(), self._last
        self._last = now
        if now - last > IDLE_S:
            self._pool.clear()


def _body(outgoing: Outgoing) -> bytes | Iterator[bytes] | None:
    if outgoing.wire is not None:
        return outgoing.wire.parts(outgoing.body)
    return outgoing.body or None


def _headers(outgoing: Outgoing) -> Mapping[str, str]:
    """What leaves in parts says its length beforehand."""
    if outgoing.wire is None:
        return outgoing.headers
    return {**outgoing.headers, "Content-Length": str(len(outgoing.body))}
