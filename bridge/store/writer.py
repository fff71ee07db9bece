"""Pieces of work for one connection that writes: many of them, one commit (and so one sync of the disk)."""

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from bridge.store.interface import StoreUnavailableError

T = TypeVar("T")
_GROUP = 64
_COMPANY_S = 0.001
"""What came together once will do so again: so long a group waits for more where the last one had several."""


class _Piece(Generic[T]):
    """Work, and how it ended. ``told`` is released when that is known, or when its caller shall ``lead``."""

    __slots__ = ("error", "lead", "result", "told", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self.work = work
        self.result: T | None = None
        self.error: Exception | None = None
        self.lead = False
        self.told = threading.Lock()
        self.told.acquire()


class Writer:
    """Runs each piece of work in a savepoint and answers only after the commit it belongs to.

    There is no thread for it: who comes while nobody writes leads, and commits for all who have come by then;
    the first of those who came too late leads next. So a change of thread is paid for only in company.
    """

    def __init__(self, connection: sqlite3.Connection, *, patience_s: float = 10.0) -> None:
        self._connection = connection
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._open = True
        self._led = False
        self._company = 0
        self._waiting: list[_Piece[object]] = []

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Durable when it returns. What ``work`` raises is raised here, and nothing of it is stored."""
        with self._lock:
            if not self._open:
                raise StoreUnavailableError("the store is closed")
            piece = self._queued(work)
        return self._ended(piece)

    def close(self) -> None:
        """Finish what has come, then end."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            last = self._queued(lambda _: None)
        try:
            self._ended(last)
        finally:
            self._connection.close()

    def _queued(self, work: Callable[[sqlite3.Connection], T]) -> _Piece[T]:
        """Call it with the lock."""
        piece = _Piece(work)
        self._waiting.append(cast("_Piece[object]", piece))
        piece.lead = not self._led
        self._led = True
        return piece

    def _ended(self, piece: _Piece[T]) -> T:
        if not piece.lead and not piece.told.acquire(timeout=self._patience_s):
            with self._lock:
                if not piece.lead:
                    # It may be in the group that doesn't end, else it must not lead one later.
                    self._waiting = [each for each in self._waiting if each is not piece]
                    raise StoreUnavailableError("the store doesn't answer")
        if piece.lead:
            self._lead()
        if piece.error is not None:
            raise piece.error
        return cast(T, piece.result)

    def _lead(self) -> None:
        group: list[_Piece[object]] = []
        try:
            if self._company > 1:
                time.sleep(_COMPANY_S)
            with self._lock:
                group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
            self._company = len(group)
            self._commit(group)
        finally:
            with self._lock:
                self._led = bool(self._waiting)
                following = self._waiting[:1]
                for piece in following:
                    piece.lead = True
            for piece in (*group, *following):
                piece.told.release()

    def _commit(self, group: list[_Piece[object]]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for piece in group:
                self._run(piece)
            self._connection.execute("COMMIT")
        except BaseException as error:
            for piece in group:
                piece.error = piece.error or StoreUnavailableError(str(error))
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if not isinstance(error, sqlite3.Error):
                raise

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
