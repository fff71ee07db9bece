"""Sends one message over HTTP and says how it fared. Never follows a redirect, never keeps a connection."""

from __future__ import annotations

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from mock_control.messages import Delivery, Headers, Outgoing

LONGEST_ANSWER = 4 * 1024 * 1024


class Sender:
    """A client for all messages of one mock."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(num_pools=16, maxsize=8, retries=False)

    def transmit(self, outgoing: Outgoing) -> Delivery:
        """Sends and reads the answer, at most 4 MiB of it.

        A connection of its own for each message: an idle one that the peer closes in the same instant would
        look like a failure that nobody caused.
        """
        connect, read = outgoing.timeout
        try:
            response = self._pool.request(
                outgoing.method,
                outgoing.url,
                body=outgoing.body or None,
                headers={**outgoing.headers, "Connection": "close"},
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
        except ProtocolError:
            return Delivery(error="reset")
        except HTTPError:
            return Delivery(error="connect")
        return Delivery(status=response.status, headers=Headers(dict(response.headers)), body=body)
