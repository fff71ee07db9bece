"""gunicorn's threaded worker without its go-between: each thread waits for requests itself.

gthread's main thread learns that a connection has something to say, hands it to a pool, and is told by a
pipe when it may listen to it again: three changes of thread for a request, which cost more than Flask does.
Here the threads share one epoll, whose EPOLLONESHOT gives a ready connection to exactly one of them.
What a connection says is still read, judged and answered by gthread.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

_TICK_S = 1.0
_STOPPING_TICK_S = 0.05
_MANY = 4096
_NOBODY_THERE = frozenset({errno.EAGAIN, errno.ECONNABORTED})
_NO_MORE_FILES = frozenset({errno.EMFILE, errno.ENFILE})


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """A connection that says nothing, and the moment (monotonic) to end it."""

    conn: TConn
    until: float


class DirectWorker(ThreadWorker):
    """Needs epoll (Linux). The main thread only shows signs of life, and ends what was silent too long."""

    def init_process(self) -> None:
        """Called by gunicorn in the new process; returns when the worker ends."""
        self._poll = select.epoll()
        self._open: set[TConn] = set()
        self._waiting: dict[int, _Waiting] = {}
        # gthread asks how many of these there are, to keep no more than it may.
        self.keepalived_conns = self._waiting  # type: ignore[assignment]
        self._kept_until = float("inf")
        self._listeners: dict[int, socket.socket] = {}
        super().init_process()  # type: ignore[no-untyped-call]

    def handle_exit(self, sig: int, frame: object) -> None:
        """SIGTERM. Its number in gunicorn's pipe of signals is what wakes the main thread."""
        Worker.handle_exit(self, sig, frame)  # type: ignore[no-untyped-call]

    def run(self) -> None:
        """Serve until told to stop; then end what runs, and let idle callers send what is on its way."""
        for listener in self.sockets:
            listener.setblocking(False)
            self._listeners[listener.fileno()] = listener
            self._poll.register(listener.fileno(), select.EPOLLIN | select.EPOLLONESHOT)
        for number in range(self.cfg.threads):
            threading.Thread(target=self._serve, name=f"request-{number}", daemon=True).start()
        while self.alive and self.is_parent_alive():  # type: ignore[no-untyped-call]
            self._tick(_TICK_S)
        self._stop()

    def _stop(self) -> None:
        self._listeners.clear()
        for listener in self.sockets:
            listener.close()
        now = time.monotonic()
        self._kept_until, until = now + STOP_KEEPALIVE_LINGER, now + self.cfg.graceful_timeout
        while self._open and time.monotonic() < until:
            self._tick(_STOPPING_TICK_S)

    def _tick(self, seconds: float) -> None:
        self.notify()  # type: ignore[no-untyped-call]
        signalled, _, _ = select.select([self.PIPE[0]], [], [], seconds)
        if signalled:
            os.read(self.PIPE[0], _MANY)
        now = time.monotonic()
        for waiting in list(self._waiting.values()):
            if min(waiting.until, self._kept_until) <= now:
                # Its reading end only: a request that has just come is answered before the end is seen.
                with suppress(OSError):
                    waiting.conn.sock.shutdown(socket.SHUT_RD)

    def _serve(self) -> None:
        while True:
            for descriptor, _ in self._poll.poll(maxevents=1):
                try:
                    self._serve_one(descriptor)
                except Exception:  # a thread that ends would be missed by all later requests
                    self.log.exception("Error around a request.")

    def _serve_one(self, descriptor: int) -> None:
        if (waiting := self._waiting.pop(descriptor, None)) is not None:
            self._answer(waiting.conn)
        elif (listener := self._listeners.get(descriptor)) is not None:
            self._accept(listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in _NO_MORE_FILES:
                time.sleep(_TICK_S)
            elif error.errno not in _NOBODY_THERE and self._listeners:
                self.log.exception("Can't take a connection.")
        else:
            conn = TConn(self.cfg, sock, client, listener.getsockname())  # type: ignore[no-untyped-call]
            conn.data_ready = True  # it is not handed to gthread before there is something to read
            self._open.add(conn)
            self._wait_for(conn, self._poll.register)
        self._listen()

    def _listen(self) -> None:
        """Be told of new connections again, while there is room for more."""
        if len(self._open) >= self.worker_connections:
            return
        for descriptor in list(self._listeners):
            with suppress(OSError):
                self._poll.modify(descriptor, select.EPOLLIN | select.EPOLLONESHOT)

    def _answer(self, conn: TConn) -> None:
        kept = self.handle(conn)  # type: ignore[no-untyped-call]
        while kept and _read_ahead(conn):
            kept = self.handle(conn)  # type: ignore[no-untyped-call]
        if kept:
            self._wait_for(conn, self._poll.modify)
            return
        was_full = len(self._open) >= self.worker_connections
        self._open.discard(conn)
        with suppress(OSError):
            conn.close(graceful=True)  # type: ignore[no-untyped-call]
        if was_full:
            self._listen()

    def _wait_for(self, conn: TConn, arm: Callable[[int, int], None]) -> None:
        descriptor = conn.sock.fileno()
        self._waiting[descriptor] = _Waiting(conn=conn, until=time.monotonic() + self.cfg.keepalive)
        arm(descriptor, select.EPOLLIN | select.EPOLLONESHOT)


def _read_ahead(conn: TConn) -> bool:
    """Whether some of the next request came with the last: that doesn't make the socket readable again."""
    return conn.parser is not None and bool(conn.parser.unreader.buf.getvalue())


def worker_class() -> object:
    """For gunicorn's setting of that name: its own threads where the system has no epoll to share."""
    return DirectWorker if hasattr(select, "epoll") else "gthread"
