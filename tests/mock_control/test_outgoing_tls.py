"""What a mock sends over TLS: to whom it believes, and with the same faults of the wire as without."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

import pytest

from mock_control.messages import Delivery, Outgoing
from mock_control.outgoing import Sender
from mock_control.wire import Wire
from sandbox.authority import ensure_certificate

BODY = b'{"credential": "0123456789"}'
ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Peer:
    """Keeps what came of one message, as far as it came; answers one that is whole."""

    url: str
    authority: Path
    bodies: Queue[bytes] = field(default_factory=Queue)


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    files = ensure_certificate(tmp_path, "localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.server)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Peer(
            url=f"https://localhost:{listener.getsockname()[1]}/callback", authority=files.certificate
        )

        def serve() -> None:
            connection, _ = listener.accept()
            connection.settimeout(10)
            came = b""
            with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                while not came.endswith(BODY) and (part := tls.recv(4096)):
                    came += part
                if came.endswith(BODY):
                    tls.sendall(ANSWER)
            found.bodies.put(came.partition(b"\r\n\r\n")[2])

        server = threading.Thread(target=serve)
        server.start()
        yield found
        server.join(10)


def send(peer: Peer, wire: Wire | None = None) -> Delivery:
    return Sender().transmit(
        Outgoing(operation="toy.hub.deliver", method="POST", url=peer.url, body=BODY, wire=wire)
    )


@pytest.fixture
def believed(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """As the sandbox tells its mocks."""
    monkeypatch.setenv("SSL_CERT_FILE", str(peer.authority))
    return peer


def test_who_is_believed_gets_it(believed: Peer) -> None:
    assert send(believed).status == 202
    assert believed.bodies.get(timeout=5) == BODY


def test_who_is_not_gets_nothing(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    delivery = send(peer)
    assert (delivery.status, delivery.error) == (None, "connect")
    assert peer.bodies.get(timeout=5) == b""


def test_it_comes_in_drops(believed: Peer) -> None:
    begun = time.monotonic()
    assert send(believed, Wire(sleep=time.sleep, trickle_s=0.3)).status == 202
    assert time.monotonic() - begun >= 0.3
    assert believed.bodies.get(timeout=5) == BODY


@pytest.mark.parametrize(
    ("wire", "came"),
    [
        (Wire(sleep=time.sleep, truncate=True), BODY[: len(BODY) // 2]),
        (Wire(sleep=time.sleep, hang_s=0.1), b""),
    ],
    ids=["truncate", "hang"],
)
def test_it_breaks_off(believed: Peer, wire: Wire, came: bytes) -> None:
    assert send(believed, wire).error == "reset"
    assert believed.bodies.get(timeout=5) == came
