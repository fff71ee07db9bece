"""The threads that wait for requests themselves: what connections may expect of them."""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux", reason="epoll is Linux's; elsewhere gunicorn's own threads serve"
    ),
]
ROOT = Path(__file__).parents[3]
DEADLINE_S = 20
THREADS = 2
GET = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
APPLICATION = """
import os

def app(environ, start_response):
    environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/hold":
        os.write(int(os.environ["TOLD"]), b"x")
        os.read(int(os.environ["FREED"]), 1)
    if environ["PATH_INFO"] == "/fail":
        raise RuntimeError("planted")
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


class Caller:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        self._read = self.socket.makefile("rb")

    def ask(self, path: str = "/", *, count: int = 1) -> None:
        self.socket.sendall(GET.replace(b"/ ", path.encode() + b" ", 1) * count)

    def hear(self) -> tuple[int, bool]:
        """Status, and whether the connection stays open."""
        status = int(self._read.readline().split()[1])
        head = b"".join(iter(self._read.readline, b"\r\n")).lower()
        self._read.read(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
        return status, b"connection: close" not in head

    @property
    def ended(self) -> bool:
        """Waits until the server says that nothing more will come."""
        return self._read.read(1) == b""

    def close(self) -> None:
        self._read.close()
        self.socket.close()


class Server:
    """gunicorn with one worker of two threads."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        (folder / "application.py").write_text(APPLICATION)
        listener = socket.create_server(("127.0.0.1", 0))
        self.told, told = os.pipe()
        freed, self.free = os.pipe()
        self.port: int = listener.getsockname()[1]
        self.log = folder / "server.log"
        command = ["--worker-class", "bridge.direct.DirectWorker", "--threads", str(THREADS), *arguments]
        bind = ["--bind", f"fd://{listener.fileno()}", "application:app"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *command, *bind],
                env={
                    **os.environ,
                    "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
                    "TOLD": str(told),
                    "FREED": str(freed),
                },
                pass_fds=(listener.fileno(), told, freed),
                stdout=log,
                stderr=log,
            )
        listener.close()
        os.close(told)
        os.close(freed)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE_S)
        os.close(self.told)
        os.close(self.free)


Serve = Callable[..., Server]
Connect = Callable[[Server], Caller]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    with ExitStack() as stack:

        def start(*arguments: str) -> Server:
            server = Server(tmp_path, *arguments)
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[[Server], Caller]]:
    with ExitStack() as stack:

        def make(server: Server) -> Caller:
            caller = Caller(server.port)
            stack.callback(caller.close)
            return caller

        yield make


def test_more_connections_stay_open_than_there_are_threads(serve: Serve, connect: Connect) -> None:
    server = serve()
    callers = [connect(server) for _ in range(8 * THREADS)]
    for _ in range(2):
        for caller in callers:
            caller.ask()
        assert [caller.hear() for caller in callers] == [(200, True)] * len(callers)


def test_who_says_nothing_holds_no_thread(serve: Serve, connect: Connect) -> None:
    server = serve()
    for _ in range(4 * THREADS):
        connect(server)
    caller = connect(server)
    caller.ask()
    assert caller.hear() == (200, True)


def test_requests_that_come_together_are_each_answered(serve: Serve, connect: Connect) -> None:
    caller = connect(serve())
    caller.ask(count=5)
    assert [caller.hear() for _ in range(5)] == [(200, True)] * 5


def test_what_fails_costs_no_thread(serve: Serve, connect: Connect) -> None:
    server = serve()
    for _ in range(THREADS + 1):
        failing, garbled, cut = (connect(server) for _ in range(3))
        failing.ask("/fail")
        assert failing.hear()[0] == 500
        garbled.socket.sendall(b"nonsense\r\n\r\n")
        assert garbled.hear() == (400, False)
        cut.socket.sendall(b"GET / HT")
        cut.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        cut.close()
    caller = connect(server)
    caller.ask()
    assert caller.hear() == (200, True)


def test_a_connection_that_was_silent_too_long_is_ended(serve: Serve, connect: Connect) -> None:
    server = serve("--keep-alive", "1")
    silent, kept = connect(server), connect(server)
    kept.ask()
    assert kept.hear() == (200, True)
    assert kept.ended
    assert silent.ended


def test_sigterm_ends_what_runs_and_lets_the_rest_go(serve: Serve, connect: Connect) -> None:
    server = serve()
    idle, running = connect(server), connect(server)
    idle.ask()
    assert idle.hear() == (200, True)
    running.ask("/hold")
    assert os.read(server.told, 1) == b"x"
    server.process.send_signal(signal.SIGTERM)
    assert idle.ended, "after it had time to send what was on its way"
    os.write(server.free, b"x")
    assert running.hear()[0] == 200
    assert running.ended
    assert server.process.wait(DEADLINE_S) == 0
