"""The one thread of a process that writes: many pieces of work, one commit (and so one sync of the disk)."""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from bridge.store.interface import StoreUnavailableError

T = TypeVar("T")
_GROUP = 64
_COMPANY_S = 0.001
"""What came together once will do so again: so long a group waits for the next of those it met last time."""


class _Piece(Generic[T]):
    """Work, and how it ended; ``done`` is released when that is known."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self.work = work
        self.result: T | None = None
        self.error: Exception | None = None
        self.done = threading.Lock()
        self.done.acquire()


class Writer:
    """Runs each piece of work in a savepoint and answers only after the commit it belongs to."""

    def __init__(self, connection: sqlite3.Connection, *, patience_s: float = 10.0) -> None:
        self._connection = connection
        self._patience_s = patience_s
        self._queue: queue.SimpleQueue[_Piece[object] | None] = queue.SimpleQueue()
        self._closed = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Durable when it returns. What ``work`` raises is raised here, and nothing of it is stored."""
        piece = _Piece(work)
        with self._closed:
            if not self._open:
                raise StoreUnavailableError("the store is closed")
            self._queue.put(cast("_Piece[object]", piece))
        if not piece.done.acquire(timeout=self._patience_s):
            raise StoreUnavailableError("the store doesn't answer")
        if piece.error is not None:
            raise piece.error
        return cast(T, piece.result)

    def close(self) -> None:
        """Finish what is queued, then end."""
        with self._closed:
            if not self._open:
                return
            self._open = False
            self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        company = 0
        while (first := self._queue.get()) is not None:
            if company > 1:
                time.sleep(_COMPANY_S)
            group, last = self._gather(first)
            company = len(group)
            self._commit(group)
            if last:
                return

    def _gather(self, first: _Piece[object]) -> tuple[list[_Piece[object]], bool]:
        group = [first]
        while len(group) < _GROUP:
            try:
                piece = self._queue.get_nowait()
            except queue.Empty:
                break
            if piece is None:
                return group, True
            group.append(piece)
        return group, False

    def _commit(self, group: list[_Piece[object]]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for piece in group:
                self._run(piece)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            for piece in group:
                if piece.error is None:
                    piece.error = StoreUnavailableError(str(error))
        for piece in group:
            piece.done.release()

    def _run(self, piece: _Piece[object]) -> None:
        self._connection.execute("SAVEPOINT piece")
        try:
            piece.result = piece.work(self._connection)
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - it is the caller's, and raised in the caller's thread
            self._connection.execute("ROLLBACK TO piece")
            piece.error = error
        self._connection.execute("RELEASE piece")
