"""What a durable row costs, written by one thread that commits for many, in SQLite."""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from load.bench.floor.timing import TIMES, each

WRITERS: Final = 16
ROW_BYTES: Final = 3_900


def measure_rows(path: Path) -> Mapping[str, float]:
    """Milliseconds by part; a new database is made at that path."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(
            "CREATE TABLE work (id INTEGER PRIMARY KEY, rid TEXT UNIQUE, state TEXT, body BLOB)"
        )
        body = os.urandom(ROW_BYTES)
        numbers = iter(range(10**9))

        def insert() -> None:
            number = next(numbers)
            connection.execute(
                "INSERT INTO work VALUES (?, ?, 'queued', ?)", (number, f"{number:029d}", body)
            )

        inserted = _grouped(connection, insert)
        again = iter(range(10**9))

        def update() -> None:
            rid = f"{next(again):029d}"
            connection.execute("UPDATE work SET state='done', body=NULL WHERE rid=?", (rid,))

        updated = _grouped(connection, update)
        lookup = each(lambda: connection.execute("SELECT * FROM work WHERE rid=?", (f"{7:029d}",)).fetchone())
    return {"row inserted": inserted, "row updated": updated, "row looked up": lookup}


class _Writer:
    """One thread that does the work of many and commits for all who wait; ``work`` is one piece of it."""

    def __init__(self, connection: sqlite3.Connection, work: Callable[[], None]) -> None:
        self._connection = connection
        self._work = work
        self._asked: queue.SimpleQueue[threading.Event | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Until `end`."""
        while (first := self._asked.get()) is not None:
            group = [first]
            while not self._asked.empty() and (more := self._asked.get()) is not None:
                group.append(more)
            self._connection.execute("BEGIN")
            for _ in group:
                self._work()
            self._connection.execute("COMMIT")
            for done in group:
                done.set()

    def ask(self) -> None:
        """Has some pieces done, each durable before the next."""
        for _ in range(TIMES // WRITERS):
            done = threading.Event()
            self._asked.put(done)
            done.wait()

    def end(self) -> None:
        """No more will be asked."""
        self._asked.put(None)


def _grouped(connection: sqlite3.Connection, work: Callable[[], None]) -> float:
    """Milliseconds of CPU for each piece of work that many threads ask one writer for."""
    writer = _Writer(connection, work)
    writing = threading.Thread(target=writer.run, daemon=True)
    askers = [threading.Thread(target=writer.ask, daemon=True) for _ in range(WRITERS)]
    writing.start()
    began = time.process_time()
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    used = time.process_time() - began
    writer.end()
    writing.join()
    return used / (WRITERS * (TIMES // WRITERS)) * 1000
