"""Many callers, one connection: who leads, who follows, and what becomes of them when something fails."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from bridge.store import StoreUnavailableError
from bridge.store.connection import connect
from bridge.store.writer import Writer

DEADLINE_S = 20
Work = Callable[[sqlite3.Connection], int]


class KilledError(BaseException):
    """What no piece of work may catch."""


class Held:
    """A piece of work that waits in the middle, and then ends as it is told."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.begun, self._free = threading.Event(), threading.Event()
        self._error = error

    def __call__(self, connection: sqlite3.Connection) -> int:
        written = put(0)(connection)
        self.begun.set()
        assert self._free.wait(DEADLINE_S)
        if self._error is not None:
            raise self._error
        return written

    def free(self) -> None:
        self._free.set()


def put(value: int) -> Work:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO kept VALUES (?)", (value,))
        return value

    return work


@pytest.fixture
def path(tmp_path: Path) -> Path:
    connection = sqlite3.connect(tmp_path / "kept.db")
    connection.execute("CREATE TABLE kept (value INTEGER)")
    connection.close()
    return tmp_path / "kept.db"


@pytest.fixture
def commits() -> list[str]:
    return []


@pytest.fixture
def make(path: Path, commits: list[str]) -> Iterator[Callable[..., Writer]]:
    made: list[Writer] = []

    def writer(patience_s: float = DEADLINE_S) -> Writer:
        connection = connect(path)
        connection.set_trace_callback(
            lambda statement: commits.append(statement) if statement == "COMMIT" else None
        )
        made.append(Writer(connection, patience_s=patience_s))
        return made[-1]

    yield writer
    for each in made:
        each.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(200) as threads:
        yield threads


def kept(path: Path) -> list[int]:
    connection = sqlite3.connect(path)
    try:
        return sorted(value for (value,) in connection.execute("SELECT value FROM kept"))
    finally:
        connection.close()


def behind(writer: Writer, pool: ThreadPoolExecutor, works: list[Work]) -> list[Future[int]]:
    """Callers that come one after another while somebody leads; returns when all of them wait."""
    futures = []
    for work in works:
        waiting = len(writer._waiting)
        futures.append(pool.submit(writer.run, work))
        until = time.monotonic() + DEADLINE_S
        while len(writer._waiting) == waiting:
            assert time.monotonic() < until
            time.sleep(0)
    return futures


def test_those_who_wait_share_commits(
    make: Callable[..., Writer], pool: ThreadPoolExecutor, path: Path, commits: list[str]
) -> None:
    writer, first = make(), Held()
    leader = pool.submit(writer.run, first)
    assert first.begun.wait(DEADLINE_S)
    followers = behind(writer, pool, [put(number) for number in range(1, 151)])
    assert kept(path) == [], "nobody is told before it is durable"
    assert not any(each.done() for each in (leader, *followers))
    first.free()
    assert [each.result(DEADLINE_S) for each in (leader, *followers)] == list(range(151))
    assert kept(path) == list(range(151))
    assert len(commits) == 4, "one of its own, then 64, 64 and 22"


def test_what_ends_a_leader_ends_nobody_who_came_later(
    make: Callable[..., Writer], pool: ThreadPoolExecutor, path: Path
) -> None:
    writer, first = make(), Held(KilledError())
    leader = pool.submit(writer.run, first)
    assert first.begun.wait(DEADLINE_S)
    followers = behind(writer, pool, [put(1), put(2)])
    first.free()
    with pytest.raises(KilledError):
        leader.result(DEADLINE_S)
    assert [each.result(DEADLINE_S) for each in followers] == [1, 2]
    assert kept(path) == [1, 2]


def test_those_who_went_with_a_leader_that_ended_are_told_so(
    make: Callable[..., Writer], pool: ThreadPoolExecutor, path: Path
) -> None:
    writer, first = make(), Held()
    leader = pool.submit(writer.run, first)
    assert first.begun.wait(DEADLINE_S)

    def die(_: sqlite3.Connection) -> int:
        raise KilledError

    before, killed, after = behind(writer, pool, [put(1), die, put(2)])
    first.free()
    assert leader.result(DEADLINE_S) == 0
    ends = [type(each.exception(DEADLINE_S)) for each in (before, killed, after)]
    assert ends == [KilledError, StoreUnavailableError, StoreUnavailableError], "the first of them led"
    assert kept(path) == [0]
    assert writer.run(put(3)) == 3


def test_who_loses_patience_neither_writes_nor_leads_later(
    make: Callable[..., Writer], pool: ThreadPoolExecutor, path: Path
) -> None:
    writer, first = make(patience_s=0.1), Held()
    leader = pool.submit(writer.run, first)
    assert first.begun.wait(DEADLINE_S)
    with pytest.raises(StoreUnavailableError, match="doesn't answer"):
        writer.run(put(1))
    first.free()
    assert leader.result(DEADLINE_S) == 0
    assert writer.run(put(2)) == 2
    assert kept(path) == [0, 2]


def test_closing_lets_everything_end_that_has_come(
    make: Callable[..., Writer], pool: ThreadPoolExecutor, path: Path
) -> None:
    writer, first = make(), Held()
    leader = pool.submit(writer.run, first)
    assert first.begun.wait(DEADLINE_S)
    followers = behind(writer, pool, [put(1), put(2)])
    closing = pool.submit(writer.close)
    first.free()
    closing.result(DEADLINE_S)
    assert [each.result(DEADLINE_S) for each in (leader, *followers)] == [0, 1, 2]
    with pytest.raises(StoreUnavailableError, match="closed"):
        writer.run(put(3))
    assert kept(path) == [0, 1, 2]
