"""A server that does with a request whatever a test wants, for the HTTP component to call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Callee:
    """``serve`` writes the raw answer; ``over`` is set when the test has ended."""

    url: str = ""
    serve: Callable[[BaseHTTPRequestHandler], None] = lambda _: None
    received: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def answers(self, status: int, kind: str | None, body: bytes) -> None:
        def serve(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            if kind is not None:
                handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.serve = serve


@pytest.fixture
def callee() -> Iterator[Callee]:
    made = Callee()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.received.append(Request(self.command, self.path, headers, body))
            made.serve(self)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.over.set()
    server.shutdown()
    thread.join(10)
    server.server_close()
