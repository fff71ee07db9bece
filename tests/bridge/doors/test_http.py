"""However an upstream behaves, a call ends in bounded time as a Reply."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bridge.http import MAX_ANSWER_BYTES, Timeouts, Upstream, error_codes

Serve = Callable[[Callable[[socket.socket], None]], str]


def client(url: str, *, read: float = 5, total: float = 5) -> Upstream:
    return Upstream(
        party="workflow", url=url, timeouts=Timeouts(connect=1, read=read, total=total), connections=2
    )


def head(length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()


def test_an_answer_comes_whole(upstream: Any, told: Any) -> None:
    upstream.answer = lambda _: told(status=503, body={"errors": None}, headers=[("Retry-After", "7")])
    reply = client(f"{upstream.url}/a/b?c=d").call("PUT", body=b"{}", headers={"X-Test": "1"})
    assert (reply.party, reply.status, reply.json, reply.error) == ("workflow", 503, {"errors": None}, None)
    assert reply.retry_after == 7
    assert (upstream.seen[0].method, upstream.seen[0].path) == ("PUT", "/a/b?c=d")
    assert upstream.seen[0].headers["x-test"] == "1"


def test_connections_are_kept(upstream: Any) -> None:
    calls = client(upstream.url)
    for _ in range(3):
        assert calls.call("GET").status == 200
    calls.close()
    assert len(upstream.seen) == 3
    assert len({seen.peer for seen in upstream.seen}) == 1


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    reply = client(url).call("GET")
    assert (reply.status, reply.error) == (None, "connect")


@pytest.mark.parametrize(("read", "total"), [(0.1, 30), (30, 0.1)], ids=["idle", "total"])
def test_no_answer_in_time(raw_server: Serve, read: float, total: float) -> None:
    done = threading.Event()
    began = time.monotonic()
    reply = client(raw_server(lambda _: done.wait(20) and None), read=read, total=total).call("GET")
    done.set()
    assert (reply.status, reply.error) == (None, "timeout")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX: ", head(10_000)], ids=["headers", "body"])
def test_a_trickle_ends_at_the_total_time(raw_server: Serve, start: bytes) -> None:
    done = threading.Event()

    def speak(connection: socket.socket) -> None:
        connection.sendall(start)
        while not done.wait(0.02):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    began = time.monotonic()
    reply = client(raw_server(speak), read=5, total=0.3).call("GET")
    done.set()
    assert reply.error == "timeout"
    assert time.monotonic() - began < 3


def test_reset(raw_server: Serve) -> None:
    def speak(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    reply = client(raw_server(speak)).call("POST", body=b"x")
    assert (reply.status, reply.error) == (None, "reset")


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"", "reset"),
        (b"nonsense\r\n\r\n", "reset"),
        (head(100) + b'{"response":', "truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", "truncated"),
        (head(13) + b"<html></html>", "not-json"),
        (head(4) + b"NaN\n", "not-json"),
        (head(0), "not-json"),
        (head(MAX_ANSWER_BYTES + 1) + b"x" * (MAX_ANSWER_BYTES + 1), "too-large"),
    ],
    ids=["closed", "no-http", "cut", "cut-chunk", "html", "nan", "empty", "huge"],
)
def test_broken_answers(raw_server: Serve, sent: bytes, error: str) -> None:
    def speak(connection: socket.socket) -> None:
        try:
            connection.sendall(sent)
        except OSError:
            return

    assert client(raw_server(speak)).call("GET").error == error


def test_no_redirect_is_followed(upstream: Any, told: Any) -> None:
    upstream.answer = lambda _: told(status=302, body={}, headers=[("Location", "http://169.254.169.254/")])
    assert client(upstream.url).call("GET").status == 302
    assert len(upstream.seen) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("soon", None), ("", None), ("-5", None), ("999999999999", 999999999)],
)
def test_retry_after_in_seconds(upstream: Any, told: Any, value: str, seconds: float | None) -> None:
    upstream.answer = lambda _: told(status=429, body={}, headers=[("Retry-After", value)])
    assert client(upstream.url).call("GET").retry_after == seconds


def test_retry_after_as_a_date(upstream: Any, told: Any) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    upstream.answer = lambda _: told(status=503, body=b"busy", headers=[("Retry-After", later)])
    reply = client(upstream.url).call("GET")
    assert reply.error == "not-json"
    assert reply.retry_after is not None
    assert 90 < reply.retry_after <= 100


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"errors": [{"errorCode": "KER-PUT-006", "message": "x"}]}, ("KER-PUT-006",)),
        ({"errors": [{"errorCode": "Amara Okello"}, {"errorCode": 5}, "x", {"errorCode": ""}]}, ()),
        ({"errors": None}, ()),
        ({"errors": {"errorCode": "A"}}, ()),
        (["x"], ()),
        ("boom", ()),
    ],
)
def test_error_codes(body: Any, codes: tuple[str, ...]) -> None:
    assert error_codes(body) == codes


def test_nothing_personal_in_a_shown_reply(upstream: Any, told: Any) -> None:
    upstream.answer = lambda _: told(body={"name": "Zzplanted"})
    calls = client(upstream.url)
    assert "Zzplanted" not in repr(calls.call("GET"))
    assert "Zzplanted" not in repr(calls.exchange("GET"))
