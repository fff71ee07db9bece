"""The one thread of a process that writes: many pieces of work, one commit (and so one sync of the disk)."""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from bridge.store.interface import StoreUnavailableError

T = TypeVar("T")
_Piece = tuple[Callable[[sqlite3.Connection], object], "Future[object]"]
_GROUP = 64


class Writer:
    """Runs each piece of work in a savepoint and answers only after the commit it belongs to."""

    def __init__(self, connection: sqlite3.Connection, *, patience_s: float = 10.0) -> None:
        self._connection = connection
        self._patience_s = patience_s
        self._queue: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._closed = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Durable when it returns. What ``work`` raises is raised here, and nothing of it is stored."""
        future: Future[object] = Future()
        with self._closed:
            if not self._open:
                raise StoreUnavailableError("the store is closed")
            self._queue.put((work, future))
        try:
            return future.result(timeout=self._patience_s)  # type: ignore[return-value]
        except TimeoutError as error:
            raise StoreUnavailableError("the store doesn't answer") from error

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
        while True:
            first = self._queue.get()
            if first is None:
                return
            group, last = self._gather(first)
            self._commit(group)
            if last:
                return

    def _gather(self, first: _Piece) -> tuple[list[_Piece], bool]:
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

    def _commit(self, group: list[_Piece]) -> None:
        done: list[tuple[Future[object], object]] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for work, future in group:
                self._piece(work, future, done)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            for _, future in group:
                if not future.done():
                    future.set_exception(StoreUnavailableError(str(error)))
            return
        for future, result in done:
            future.set_result(result)

    def _piece(
        self,
        work: Callable[[sqlite3.Connection], object],
        future: "Future[object]",
        done: list[tuple["Future[object]", object]],
    ) -> None:
        self._connection.execute("SAVEPOINT piece")
        try:
            result = work(self._connection)
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - it is the caller's, and raised in the caller's thread
            self._connection.execute("ROLLBACK TO piece")
            future.set_exception(error)
        else:
            done.append((future, result))
        self._connection.execute("RELEASE piece")
