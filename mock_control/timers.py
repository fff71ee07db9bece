"""Timers: what falls due inside a mock, on a clock that can be advanced, run by a pool of threads."""

from __future__ import annotations

import heapq
import itertools
import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from threading import Condition, Thread

from mock_control.errors import StageLost

POOL = 32
ADVANCE_PATIENCE = 4.0  # seconds for one piece of work during an advance; the sandbox gives a party 5

log = logging.getLogger(__name__)


@dataclass(order=True)
class Work:
    """One piece of timed work: when it is due (on the timers' clock), what it does, and whose doing it is."""

    due: datetime
    order: int
    run: Callable[[], None] = field(compare=False)
    what: str = field(compare=False)
    cause: int | None = field(compare=False)
    scenario: str | None = field(compare=False)
    dropped: bool = field(default=False, compare=False)
    held: bool = field(default=False, compare=False)
    done: bool = field(default=False, compare=False)


_working: ContextVar[Work | None] = ContextVar("mock_control_work", default=None)


def current_work() -> Work | None:
    """The timed work that this thread is doing, if any."""
    return _working.get()


@dataclass(frozen=True, kw_only=True)
class Advanced:
    """What an advance did: the new time, how much work ran, and what of it has not ended (held, or too
    slow).
    """

    now: datetime
    ran: int
    unfinished: tuple[str, ...]


class Timers:
    """The scheduler of one mock. Threads start when first needed, and end with the process."""

    def __init__(
        self, *, origin: Callable[[], tuple[int | None, str | None]], failed: Callable[[str, Exception], None]
    ) -> None:
        self._origin = origin
        self._failed = failed
        self._changed = Condition()
        self._offset = timedelta()
        self._order = itertools.count()
        self._due: list[Work] = []
        self._running: dict[int, Work] = {}
        self._queue: SimpleQueue[Work] = SimpleQueue()
        self._threads = 0
        self._scheduler: Thread | None = None
        self._advancing = False

    def now(self) -> datetime:
        """Aware UTC time of the timers' clock, for expiries: real time plus what was advanced."""
        return datetime.now(UTC) + self._offset

    @property
    def advanced(self) -> timedelta:
        """By how much the clock was advanced in all."""
        return self._offset

    def soon(self, run: Callable[[], None], *, what: str) -> None:
        """Runs ``run`` on the pool at once."""
        self.after(0.0, run, what=what)

    def after(self, seconds: float, run: Callable[[], None], *, what: str) -> None:
        """Runs ``run`` on the pool when ``seconds`` of the timers' clock have passed; ``what`` names it in
        failures.
        """
        parent = current_work()
        if parent is not None and parent.dropped:
            return
        cause, scenario = self._origin()
        with self._changed:
            work = Work(
                due=self.now() + timedelta(seconds=max(seconds, 0.0)),
                order=next(self._order),
                run=run,
                what=what,
                cause=cause,
                scenario=scenario,
            )
            if seconds <= 0 and not self._advancing:
                self._hand_out(work)
                return
            heapq.heappush(self._due, work)
            if self._scheduler is None:
                self._scheduler = Thread(target=self._schedule, name="timers", daemon=True)
                self._scheduler.start()
            self._changed.notify_all()

    def _schedule(self) -> None:
        with self._changed:
            while True:
                left = (self._due[0].due - self.now()).total_seconds() if self._due else None
                if self._advancing or left is None or left > 0:
                    self._changed.wait(None if self._advancing else left)
                    continue
                self._hand_out(heapq.heappop(self._due))

    def _hand_out(self, work: Work) -> None:
        """Gives work to the pool; the lock is held."""
        self._running[work.order] = work
        if self._threads < min(len(self._running), POOL):
            self._threads += 1
            Thread(target=self._serve, name=f"timers-{self._threads}", daemon=True).start()
        self._queue.put(work)

    def _serve(self) -> None:
        while True:
            work = self._queue.get()
            self._run(work)
            with self._changed:
                work.done = True
                self._running.pop(work.order, None)
                if self._advancing:
                    self._changed.notify_all()

    def _run(self, work: Work) -> None:
        if work.dropped:
            return
        token = _working.set(work)
        try:
            work.run()
        except StageLost:
            log.debug("timed work %s ended at a lost stage", work.what)
        except Exception as error:
            log.exception("timed work %s failed", work.what)
            self._failed(work.what, error)
        finally:
            _working.reset(token)

    def hold(self, held: bool) -> None:
        """Tells that the work of this thread waits at a gate (or no longer): an advance does not wait for
        it.
        """
        work = current_work()
        if work is not None:
            with self._changed:
                work.held = held
                self._changed.notify_all()

    def advance(self, seconds: float) -> Advanced:
        """Moves the clock to each due time in turn, runs what is due there and what that brings, up to the
        target.
        """
        ran, started = 0, []
        with self._changed:
            while self._advancing:
                self._changed.wait()
            self._advancing = True
            target = self.now() + timedelta(seconds=seconds)
            try:
                while self._due and self._due[0].due <= target:
                    work = heapq.heappop(self._due)
                    self._offset += max(work.due - self.now(), timedelta())
                    self._hand_out(work)
                    started.append(work)
                    ran += 1
                    self._wait_for(started)
                self._offset += max(target - self.now(), timedelta())
            finally:
                self._advancing = False
                self._changed.notify_all()
        return Advanced(
            now=self.now(), ran=ran, unfinished=tuple(each.what for each in started if not each.done)
        )

    def _wait_for(self, started: list[Work]) -> None:
        deadline = time.monotonic() + ADVANCE_PATIENCE
        while any(not (work.done or work.held or work.dropped) for work in started):
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._changed.wait(left)

    def drop(self, scenario: str | None) -> None:
        """Drops the work of one scenario (of all: None), waiting or running."""
        with self._changed:
            for work in (*self._due, *self._running.values()):
                work.dropped = work.dropped or scenario is None or work.scenario == scenario
            self._due = [work for work in self._due if not work.dropped]
            heapq.heapify(self._due)
            if scenario is None:
                self._offset = timedelta()
            self._changed.notify_all()

    def pending(self) -> list[Work]:
        """Work that is not yet due, earliest first."""
        with self._changed:
            return sorted(self._due)
