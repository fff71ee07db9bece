"""One request and its answer on a kept connection, bounded in time and size.

The standard library connects, encrypts and reads answers; an HTTP library's pool costs several times as much.
Nothing is ever sent twice: a connection that its other end has closed is found out before it is used.
"""

from __future__ import annotations

import io
import select
import socket
import ssl
import time
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Failure = Literal["connect", "timeout", "reset", "not-json", "truncated", "too-large"]
Headers = Mapping[str, str]

MAX_ANSWER_BYTES = 4 * 1024 * 1024
_MAX_HEAD_BYTES = 256 * 1024
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class RawReply:
    """An answer before anybody has read it as JSON. Names of ``headers`` are lower-case.

    ``distrust`` is OpenSSL's number of the reason why the other end's certificate was not believed.
    """

    status: int | None
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)
    error: Failure | None = None
    distrust: int | None = None


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds: to connect, between two bytes, from the end of the request to the end of the answer.

    ``within`` bounds them all together.
    """

    connect: float
    read: float
    total: float
    within: float = float("inf")


class Wire:
    """Connections to the host of one URL, of which so many are kept. Safe to share between threads."""

    def __init__(self, url: str, *, keep: int, ca_file: Path | None = None) -> None:
        """``ca_file``: whom to trust beside the system's authorities.

        Raises ValueError for what is no URL of http or https, OSError for a file without certificates.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("neither an http nor an https URL")
        self._address = (parts.hostname, parts.port or _PORTS[parts.scheme])
        self._tls = trusting(ca_file) if parts.scheme == "https" else None
        authority = parts.netloc.rpartition("@")[2].encode("idna").decode("ascii")
        self._always = f"Host: {authority}\r\nAccept-Encoding: identity\r\nUser-Agent: mosip-bridge\r\n"
        self._keep = keep
        self._kept: deque[socket.socket] = deque()
        weakref.finalize(self, _close, self._kept)

    def exchange(
        self, method: str, target: str, *, headers: Headers, body: bytes | None, patience: Patience
    ) -> RawReply:
        """Send once; the answer as it came. Raises ValueError for a target or header that breaks its line."""
        request = self._request(method, target, headers, body)
        end = time.monotonic() + patience.within
        sock = self._still_open()
        if sock is None:
            try:
                sock = self._connected(min(patience.connect, patience.within))
            except ssl.SSLCertVerificationError as error:
                return RawReply(status=None, error="connect", distrust=error.verify_code)
            except (OSError, ValueError):
                return RawReply(status=None, error="connect")
        try:
            reply, reusable = _converse(sock, request, method, patience, end)
        except BaseException:
            sock.close()
            raise
        if reusable and len(self._kept) < self._keep:
            self._kept.append(sock)
        else:
            sock.close()
        return reply

    def close(self) -> None:
        """Close the kept connections."""
        _close(self._kept)

    def _request(self, method: str, target: str, headers: Headers, body: bytes | None) -> bytes:
        own = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        broken = "\0" in own or not own.count("\n") == own.count("\r") == len(headers)
        if broken or not target.isascii() or not target.isprintable() or " " in target:
            raise ValueError("a target or a header breaks its line")
        length = "" if body is None and method == "GET" else f"Content-Length: {len(body or b'')}\r\n"
        head = f"{method} {target} HTTP/1.1\r\n{self._always}{length}{own}\r\n".encode("latin-1")
        return head if body is None else head + body

    def _still_open(self) -> socket.socket | None:
        while True:
            try:
                sock = self._kept.pop()
            except IndexError:
                return None
            # Between two requests there is nothing to read but the end.
            if not _has_news(sock):
                return sock
            sock.close()

    def _connected(self, seconds: float) -> socket.socket:
        sock = socket.create_connection(self._address, timeout=seconds)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return (
                sock if self._tls is None else self._tls.wrap_socket(sock, server_hostname=self._address[0])
            )
        except BaseException:
            sock.close()
            raise


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, and those of the file. Raises OSError when it holds no certificate."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


def _converse(
    sock: socket.socket, request: bytes, method: str, patience: Patience, end: float
) -> tuple[RawReply, bool]:
    """The answer, and whether the connection may be used again."""
    idle = min(patience.read, patience.total, end - time.monotonic())
    answer: HTTPResponse | None = None
    try:
        sock.settimeout(max(idle, 0.001))
        _send(sock, request)
        incoming = _Incoming(sock, idle=idle, end=min(end, time.monotonic() + patience.total))
        answer = HTTPResponse(cast(socket.socket, incoming), method=method)
        answer.begin()
        content = answer.read(MAX_ANSWER_BYTES + 1)
    except (OSError, HTTPException) as error:
        began = None if answer is None or not isinstance(answer.status, int) else answer.status
        return RawReply(status=began, error=_failure(error)), False
    if len(content) > MAX_ANSWER_BYTES:
        return RawReply(status=answer.status, error="too-large"), False
    if answer.length:
        return RawReply(status=answer.status, error="truncated"), False
    headers: dict[str, str] = {}
    for name, value in answer.headers.items():
        low = name.lower()
        headers[low] = f"{headers[low]}, {value}" if low in headers else value
    cookies = tuple(answer.headers.get_all("set-cookie", ()))
    reply = RawReply(status=answer.status, body=content, headers=headers, cookies=cookies)
    return reply, answer.isclosed() and not answer.will_close


def _close(kept: deque[socket.socket]) -> None:
    while kept:
        kept.pop().close()


def _send(sock: socket.socket, request: bytes) -> None:
    try:
        sock.sendall(request)
    except BrokenPipeError:
        return  # who doesn't read to the end may have answered all the same


def _has_news(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _failure(error: OSError | HTTPException) -> Failure:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, _TooMuchError):
        return "too-large"
    return "truncated" if isinstance(error, IncompleteRead) else "reset"


class _TooMuchError(OSError):
    """More bytes than any answer may have."""


class _Incoming(io.RawIOBase):
    """A socket's bytes, with each wait cut to what is left of one total time: a trickle does not live on."""

    def __init__(self, sock: socket.socket, *, idle: float, end: float) -> None:
        super().__init__()
        self._sock = sock
        self._idle = idle
        self._end = end
        self._room = MAX_ANSWER_BYTES + _MAX_HEAD_BYTES

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What the standard library reads an answer from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("total time is over")
        self._sock.settimeout(min(left, self._idle))
        count = self._sock.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise _TooMuchError
        return count
