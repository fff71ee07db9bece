"""What it costs to be asked over HTTP, and to ask."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from load.bench.floor.timing import each
from load.processes import cpu_seconds
from sandbox.health import accepts
from sandbox.ports import listen
from sandbox.processes import kill_group

WAIT_S: Final = 15.0
CONNECTIONS: Final = 8
ROUNDS: Final = 100


@contextmanager
def hello() -> Iterator[tuple[str, int]]:
    """A Flask application that does nothing, served as the bridge is; its address and process group."""
    listener = listen(0)
    port, source = listener.getsockname()[1], str(Path(__file__).resolve().parents[3])
    command = [
        sys.executable, "-P", "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2",
        "--threads", "16", "--keep-alive", "75", "--log-level", "warning",
        "--bind", f"fd://{listener.fileno()}", "load.bench.hello:app",
    ]  # fmt: skip
    folders = [source, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    server = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        pass_fds=(listener.fileno(),),
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        listener.close()
        deadline = time.monotonic() + WAIT_S
        while not accepts(f"http://127.0.0.1:{port}").ready and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        kill_group(server.pid)
        server.wait()


def server_and_calls(url: str, group: int, body: bytes) -> tuple[float, float]:
    """CPU of the server for a request, and of its caller, on connections that stay open."""
    parts = urlsplit(url)
    connections = [
        http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=WAIT_S)
        for _ in range(CONNECTIONS)
    ]

    def call(connection: http.client.HTTPConnection) -> None:
        connection.request("PUT", "/", body=body, headers={"Content-Type": "application/json"})
        connection.getresponse().read()

    def one_from_each() -> None:
        for connection in connections:
            call(connection)

    for _ in range(10):
        one_from_each()
    served = cpu_seconds(group)
    called = each(one_from_each, ROUNDS) / len(connections)
    served = (cpu_seconds(group) - served) / ((ROUNDS + 1) * len(connections)) * 1000
    for connection in connections:
        connection.close()
    return served, called
