"""How messages travel: on connections that are kept through a burst, and each of them once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

import pytest

from mock_control import Outgoing
from mock_control.outgoing import Sender

PATIENCE_S = 5.0


@dataclass
class Peer:
    """Counts connections and requests. ``then``: what it does with a request, ``answer``, or closes after or
    instead of answering.
    """

    url: str = ""
    then: str = "answer"
    connections: int = 0
    requests: int = 0
    closed: SimpleQueue[None] = field(default_factory=SimpleQueue)


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            peer.connections += 1

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            peer.requests += 1
            self.close_connection = peer.then != "answer"
            if peer.then != "close instead":
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def shutdown_request(self, request: object) -> None:
            super().shutdown_request(request)  # type: ignore[arg-type]
            peer.closed.put(None)

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    peer.url = f"http://127.0.0.1:{server.server_port}/callback"
    yield peer
    server.shutdown()
    thread.join()
    server.server_close()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def message(peer: Peer) -> Outgoing:
    return Outgoing(operation="toy.hub.deliver", method="POST", url=peer.url, body=b"{}")


def test_a_burst_shares_a_connection(peer: Peer) -> None:
    clock = Clock()
    sender = Sender(clock=clock)

    for _ in range(5):
        assert sender.transmit(message(peer)).body == b"ok"
    assert (peer.requests, peer.connections) == (5, 1)

    clock.now += 1
    assert sender.transmit(message(peer)).ok
    assert peer.connections == 2, "one that was idle for long is not used again"


def test_a_connection_that_the_peer_has_closed_is_not_used(peer: Peer) -> None:
    sender = Sender(clock=Clock())
    peer.then = "close after"

    for _ in range(3):
        delivery = sender.transmit(message(peer))
        assert (delivery.status, delivery.error) == (200, None)
        peer.closed.get(timeout=PATIENCE_S)

    assert (peer.requests, peer.connections) == (3, 3)


def test_a_message_is_never_sent_twice(peer: Peer) -> None:
    sender = Sender(clock=Clock())
    assert sender.transmit(message(peer)).ok
    peer.then = "close instead"

    assert sender.transmit(message(peer)).error == "reset"

    assert (peer.requests, peer.connections) == (2, 1)
