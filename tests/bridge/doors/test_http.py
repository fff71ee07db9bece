"""However an upstream behaves, a call ends in bounded time as a Reply."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from bridge.http import MAX_ANSWER_BYTES, Timeouts, Upstream, error_codes

Serve = Callable[[Callable[[socket.socket], None]], str]


def client(url: str, *, read: float = 5, total: float = 5, ca_file: Path | None = None) -> Upstream:
    return Upstream(
        party="workflow",
        url=url,
        timeouts=Timeouts(connect=1, read=read, total=total),
        connections=2,
        ca_file=ca_file,
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


def test_a_connection_that_the_other_end_has_closed_is_not_used_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = threading.Event()

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(head(2) + b"{}")
                closed.set()

        server = threading.Thread(target=serve)
        server.start()
        calls = client(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        assert calls.call("GET").status == 200
        assert closed.wait(5)
        assert calls.call("POST", body=b"x").status == 200
        server.join(5)
        calls.close()


@pytest.mark.parametrize("value", ["a\r\nX-Planted: 1", "a\nb", "a\rb", "a\0b"])
def test_no_header_breaks_its_line(upstream: Any, value: str) -> None:
    with pytest.raises(ValueError, match="breaks its line"):
        client(upstream.url).call("GET", headers={"X-Test": value})
    with pytest.raises(ValueError, match="breaks its line"):
        client(upstream.url).call("GET", suffix=f"?{value}")
    assert upstream.seen == []


@pytest.mark.parametrize(
    ("named", "trusted", "outcome", "told"),
    [
        ("localhost", "system", (200, None), []),
        ("localhost", "file", (200, None), []),
        ("localhost", None, (None, "connect"), [("workflow", "x509.18")]),
        ("elsewhere.example", "file", (None, "connect"), [("workflow", "x509.62")]),
    ],
)
def test_tls_is_for_those_whom_we_trust(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
    trusted: str | None,
    outcome: tuple[int | None, str | None],
    told: list[tuple[str, str]],
) -> None:
    certificate, key = self_signed(named)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(key + certificate)
    if trusted == "system":
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(65536)
                tls.sendall(head(2) + b"{}")

        server = threading.Thread(target=serve)
        server.start()
        calls = client(
            f"https://localhost:{listener.getsockname()[1]}/", ca_file=chain if trusted == "file" else None
        )
        with capture_logs() as logged:
            reply = calls.call("GET")
        calls.close()
        server.join(5)
    assert (reply.status, reply.error) == outcome
    assert [(each["party"], each["code"]) for each in logged] == told


def self_signed(name: str) -> tuple[bytes, bytes]:
    """A certificate that is its own authority, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), encoded


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
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_ANSWER_BYTES + 1), "too-large"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + b"x" * 5_000_000, "too-large"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 200_000, "too-large"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 101 + b"\r\n{}", "reset"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n{}", "reset"),
    ],
    ids=[
        "closed",
        "no-http",
        "cut",
        "cut-chunk",
        "html",
        "nan",
        "empty",
        "huge",
        "huge-without-length",
        "huge-chunk",
        "huge-head",
        "many-headers",
        "long-header",
    ],
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
