"""Calls to other parties: sent once, bounded in time and size, and ended as a Reply, never as an error."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPResponse as PlainResponse
from http.client import IncompleteRead
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import orjson
import urllib3
from urllib3 import exceptions as failures
from urllib3.connection import HTTPConnection, HTTPSConnection

from bridge.reading import JSON

if TYPE_CHECKING:
    from bridge.settings import Settings

Party = Literal[
    "auth_manager",
    "packet_manager",
    "workflow",
    "opencrvs",
    "opencrvs_auth",
    "hub",
    "credential_key",
    "ida",
    "esignet",
    "registration_status",
    "country_config",
]
Headers = Mapping[str, str]
Failure = Literal["connect", "timeout", "reset", "not-json", "truncated", "too-large"]

MAX_ANSWER_BYTES = 4 * 1024 * 1024
_SAFE_CODE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """How a call ended.

    ``status`` is None when no answer came; ``error`` says what went wrong on the way, None when JSON came
    whole. ``codes`` are the errorCodes of MOSIP's ``errors`` or tRPC's ``data.code``, ``message`` a known
    message of OpenCRVS, ``retry_after`` seconds. Nothing here but ``json`` can hold personal data.
    """

    party: Party
    status: int | None
    json: JSON | None = field(default=None, repr=False)
    error: Failure | None = None
    codes: tuple[str, ...] = ()
    message: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, kw_only=True)
class RawReply:
    """An answer before anybody has read it as JSON. Names of ``headers`` are lower-case."""

    status: int | None
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)
    error: Failure | None = None


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds: to connect, between two bytes, and from the end of the request to the end of the answer.

    Where ``read`` is no shorter than ``total``, a call may be given less than that for everything.
    """

    connect: float
    read: float
    total: float

    @classmethod
    def of(cls, settings: Settings) -> Timeouts:
        """The settings' time-outs."""
        return cls(
            connect=settings.bridge_connect_timeout_s,
            read=settings.bridge_read_timeout_s,
            total=settings.bridge_total_timeout_s,
        )


class Upstream:
    """One URL of one party, with a pool of kept connections of its own. Safe to share between threads."""

    def __init__(self, *, party: Party, url: str, timeouts: Timeouts, connections: int = 8) -> None:
        self.party: Party = party
        self._timeouts = timeouts
        parts = urlsplit(url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._pool = urllib3.connection_from_url(
            url,
            maxsize=connections,
            retries=False,
        )
        https = isinstance(self._pool, urllib3.HTTPSConnectionPool)
        seconds = timeouts.total if timeouts.read < timeouts.total else None
        self._pool.ConnectionCls = _with_deadline(https=https, seconds=seconds)

    @classmethod
    def of(cls, settings: Settings, *, party: Party, url: str, connections: int | None = None) -> Upstream:
        """With the settings' time-outs; a connection for each delivery thread if no number is given."""
        size = settings.bridge_delivery_threads if connections is None else connections
        return cls(party=party, url=url, timeouts=Timeouts.of(settings), connections=size)

    def call(
        self, method: str, *, body: bytes | None = None, headers: Headers | None = None, suffix: str = ""
    ) -> Reply:
        """Send once and read the answer as JSON. ``suffix`` is appended to the URL's path and query."""
        return self.read(self.exchange(method, body=body, headers=headers, suffix=suffix))

    def exchange(
        self,
        method: str,
        *,
        body: bytes | None = None,
        headers: Headers | None = None,
        suffix: str = "",
        within: float | None = None,
    ) -> RawReply:
        """Send once; the answer as it came. No redirect is followed.

        ``within`` bounds everything, connecting too, where the read time-out is the total one (see Timeouts).
        """
        if within is not None and within <= 0:
            return RawReply(status=None, error="timeout")
        try:
            response = self._pool.urlopen(
                method,
                self._target + suffix,
                body=body,
                headers=dict(headers or {}),
                redirect=False,
                timeout=self._patience(within),
                preload_content=False,
                decode_content=False,
            )
        except failures.HTTPError as error:
            return RawReply(status=None, error=_failure(error))
        try:
            content = _content(response)
        except failures.HTTPError as error:
            response.close()
            return RawReply(status=response.status, error=_failure(error))
        if len(content) > MAX_ANSWER_BYTES:
            response.close()
            return RawReply(status=response.status, error="too-large")
        response.release_conn()
        return RawReply(
            status=response.status,
            body=content,
            headers={name.lower(): value for name, value in response.headers.items()},
            cookies=tuple(response.headers.getlist("set-cookie")),
        )

    def _patience(self, within: float | None) -> urllib3.Timeout:
        read = min(self._timeouts.read, self._timeouts.total)
        return urllib3.Timeout(total=within, connect=self._timeouts.connect, read=read)

    def read(self, raw: RawReply) -> Reply:
        """The answer as JSON, with the codes and messages that a verdict rests on."""
        if raw.error is not None:
            return Reply(party=self.party, status=raw.status, error=raw.error)
        retry_after = _retry_after(raw.headers.get("retry-after"))
        try:
            parsed: JSON = orjson.loads(raw.body)
        except orjson.JSONDecodeError:
            return Reply(party=self.party, status=raw.status, error="not-json", retry_after=retry_after)
        codes = error_codes(parsed)
        return Reply(party=self.party, status=raw.status, json=parsed, codes=codes, retry_after=retry_after)

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.close()


def error_codes(body: JSON) -> tuple[str, ...]:
    """The errorCodes of a MOSIP answer, in order; texts that are no code are left out."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return ()
    return safe_codes(each.get("errorCode") for each in errors if isinstance(each, dict))


def safe_codes(found: Iterable[JSON]) -> tuple[str, ...]:
    """Those that look like an error code: at most 64 letters, digits, dots, dashes and underscores."""
    return tuple(
        code
        for code in found
        if isinstance(code, str) and 0 < len(code) <= 64 and _SAFE_CODE.issuperset(code)
    )


def _content(response: urllib3.BaseHTTPResponse) -> bytes:
    """The whole body, or a little more than is allowed of it."""
    content = b""
    # To the very end: only the read after the last byte finds out that more was promised.
    while len(content) <= MAX_ANSWER_BYTES:
        more = response.read(MAX_ANSWER_BYTES + 1 - len(content))
        if not more:
            break
        content += more
    return content


class _DeadlineStream(io.RawIOBase):
    """A socket's bytes, with each wait cut to what is left of one total time: a trickle does not live on.

    Without ``seconds`` the total is what the socket may wait for its first byte.
    """

    def __init__(self, sock: socket.socket, seconds: float | None) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._idle = sock.gettimeout()
        total = self._idle if seconds is None else seconds
        self._end = time.monotonic() + (float("inf") if total is None else total)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("total time is over")
        self._sock.settimeout(left if self._idle is None else min(left, self._idle))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(PlainResponse):
    def __init__(self, sock: socket.socket, *args: Any, seconds: float | None, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_DeadlineStream(sock, seconds))


def _with_deadline(*, https: bool, seconds: float | None) -> Any:
    base = HTTPSConnection if https else HTTPConnection
    response = partial(_DeadlineResponse, seconds=seconds)
    return type("DeadlineConnection", (base,), {"response_class": response})


def _failure(error: failures.HTTPError) -> Failure:
    if isinstance(error, failures.ReadTimeoutError):
        return "timeout"
    if isinstance(error, (failures.NewConnectionError, failures.ConnectTimeoutError, failures.SSLError)):
        return "connect"
    if any(isinstance(each, IncompleteRead) for each in (error, *error.args)):
        return "truncated"
    return "reset"


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
