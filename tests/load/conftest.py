"""A sandbox under load, and things that stand between its parties and spoil what passes."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from load.profiles import Profile, profiles

TIMEOUT_S = 10
Answer = tuple[int, bytes]


class Between:
    """A proxy. ``spoil`` gets the way on, method, path and body, and answers in its place if it likes."""

    def __init__(self) -> None:
        self.target = ""
        self.spoil: Callable[[Between, str, str, Mapping[str, str], bytes], Answer | None] | None = None
        self.lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                kept = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                status, answer = proxy.pass_on(self.command, self.path, kept, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_PUT = do_POST  # noqa: N815 - the name is the standard library's

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def pass_on(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        spoiled = self.spoil(self, method, path, headers, body) if self.spoil else None
        return spoiled or self.forward(method, path, headers, body)

    def forward(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(self.target)
        onward = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
        try:
            onward.request(method, path, body=body, headers=dict(headers))
            answer = onward.getresponse()
            return answer.status, answer.read()
        finally:
            onward.close()


HOP = frozenset({"host", "content-length", "connection", "accept-encoding"})


@contextmanager
def serving(proxy: Between) -> Iterator[Between]:
    thread = threading.Thread(target=proxy.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        thread.join(TIMEOUT_S)
        proxy.server.server_close()


@pytest.fixture(scope="session")
def to_mosip() -> Iterator[Between]:
    """Stands between the bridge and MOSIP."""
    with serving(Between()) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def to_bridge() -> Iterator[Between]:
    """Stands between the generator and the bridge."""
    with serving(Between()) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def brief() -> Profile:
    """A hundred registrations within four seconds, on a machine that may be busy with anything."""
    smoke = profiles()["smoke"]
    return replace(
        smoke,
        rate=25,
        duration_s=4,
        deaths_share=0.2,
        drain_s=20,
        thresholds=replace(
            smoke.thresholds,
            post_p95_ms_at_most=5000,
            confirmed_p95_ms_at_most=8000,
            offered_share_at_least=0.2,
        ),
        generator=replace(smoke.generator, cpu_share_at_most=1.0, lag_p99_ms_at_most=5000),
    )
