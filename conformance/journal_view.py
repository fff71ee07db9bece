"""One view over the journals of all mocks, kept up to date by a thread per mock; waits are woken by it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from threading import Condition, Event, Thread
from typing import Protocol

from conformance.exchanges import Effect, Exchange, exchange_from
from conformance.parties import HarnessError
from mock_control.client import AdminError, JournalPage

POLL_SECONDS = 5.0
_NEAR_LIMIT = 5


class JournalSource(Protocol):
    """A mock that can be asked for its journal."""

    def journal(self, *, after: int = 0, wait: float = 0) -> JournalPage: ...


@dataclass
class _Cursor:
    after: int = 0
    epoch: int = 0
    floor: int = 0
    dropped: int = 0


class JournalView:
    """The merged journal: ``start`` begins to follow, ``close`` ends it, ``begin`` forgets what came before.

    Every method may raise HarnessError once a journal has been lost sight of: no verdict stands on half a
    journal.
    """

    def __init__(self, sources: Mapping[str, JournalSource]) -> None:
        self._sources = sources
        self._cursors = {party: _Cursor() for party in sources}
        self._entries: dict[tuple[str, str], Exchange] = {}
        self._first_seen: dict[tuple[str, str], float] = {}
        self._changed = Condition()
        self._version = 0
        self._broken: str | None = None
        self._closing = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Follow every journal from here on."""
        self.catch_up()
        for party in self._sources:
            thread = Thread(target=self._follow, args=(party,), name=f"journal-{party}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop following; the threads end with the poll they are in, whoever waits is told at once."""
        self._closing.set()
        self._break("the journals are not followed any more")

    def begin(self) -> None:
        """Forget all entries: a new scenario starts in a new epoch."""
        self.catch_up()
        with self._changed:
            self._entries.clear()
            self._first_seen.clear()
            for cursor in self._cursors.values():
                cursor.floor = cursor.epoch

    def catch_up(self) -> None:
        """Read now what the mocks have and the followers may not have read yet."""
        self._check()
        for party in self._sources:
            try:
                self._pull(party, wait=0)
            except AdminError as error:
                raise HarnessError(f"the journal of {party} cannot be read: {error}") from error

    def exchanges(
        self, *, operation: str = "*", owner: str | None = None, scenario: str | None = None
    ) -> list[Exchange]:
        """Exchanges in the order in which they began; ``operation`` may be a pattern as ``mosip.*``."""
        with self._changed:
            found = [
                each
                for each in self._entries.values()
                if fnmatchcase(each.operation, operation)
                and (owner is None or each.owner == owner)
                and (scenario is None or each.scenario == scenario or _owned_by(each, scenario))
            ]
        return sorted(found, key=_began)

    def effects(self, *, owner: str) -> list[Effect]:
        """What became true for one action, in order."""
        return [effect for each in self.exchanges(owner=owner) for effect in each.effects]

    def unowned_effects(self, names: Iterable[str]) -> list[Exchange]:
        """Exchanges of nobody that had one of these effects: with them a count of effects is not certain."""
        wanted = set(names)
        with self._changed:
            return [
                each
                for each in self._entries.values()
                if each.owner is None and any(effect.name in wanted for effect in each.effects)
            ]

    def open_for_ms(self, exchange: Exchange) -> float | None:
        """How long an exchange that has not ended has been seen open, by our own clock; None once it has."""
        with self._changed:
            since = self._first_seen.get(exchange.key)
        return None if exchange.closed or since is None else (time.monotonic() - since) * 1000

    def wait(
        self, until: Callable[[], bool], *, within: float, poll: float | None = None, woken: bool = True
    ) -> bool:
        """Whether ``until`` became true within that many seconds.

        It is asked again whenever a journal changes (unless not to be ``woken``), and every ``poll`` seconds
        when it looks at more than journals.
        """
        deadline = time.monotonic() + within
        while True:
            with self._changed:
                self._check()
                seen = self._version
            if until():
                return True
            with self._changed:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                pause = left if poll is None else min(left, poll)
                if woken:
                    self._changed.wait_for(partial(self._moved_on, seen), timeout=pause)
                    continue
            self._closing.wait(pause)

    def quiet(self, *, seconds: float, within: float, scenario: str) -> bool:
        """Whether nothing of the scenario was journaled for ``seconds``; gives up after ``within``."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            before = self._latest(scenario)
            if not self.wait(partial(self._has_news, scenario, before), within=seconds):
                return True
        return False

    def near(self, *, operation: str, owner: str | None) -> list[str]:
        """What came nearest to an exchange that was not seen.

        The same operation of others, then what the same owner did elsewhere, then calls of unknown paths.
        """
        same_operation = [
            f"same operation, but it belongs to {each.owner or 'nobody'}: {each.line()}"
            for each in self.exchanges(operation=operation)
            if owner is not None and each.owner != owner
        ]
        same_owner = [f"same owner: {each.line()}" for each in self.exchanges(owner=owner)] if owner else []
        unknown = [
            f"unknown path {each.method} {each.path}"
            + (f", near {', '.join(each.near)}" if each.near else "")
            for each in self.exchanges()
            if each.near
        ]
        return same_operation[-_NEAR_LIMIT:] + same_owner[-_NEAR_LIMIT:] + unknown[-_NEAR_LIMIT:]

    def _moved_on(self, version: int) -> bool:
        return self._version != version

    def _has_news(self, scenario: str, before: tuple[int, int]) -> bool:
        return self._latest(scenario) != before

    def _latest(self, scenario: str) -> tuple[int, int]:
        mine = self.exchanges(scenario=scenario)
        return len(mine), sum(each.seq for each in mine)

    def _follow(self, party: str) -> None:
        while not self._closing.is_set():
            try:
                self._pull(party, wait=POLL_SECONDS)
            except AdminError as error:
                self._break(f"the journal of {party} cannot be followed: {error}")
                return

    def _break(self, reason: str) -> None:
        with self._changed:
            self._broken = self._broken or reason
            self._version += 1
            self._changed.notify_all()

    def _pull(self, party: str, *, wait: float) -> None:
        with self._changed:
            after = self._cursors[party].after
        self._merge(party, self._sources[party].journal(after=after, wait=wait))

    def _merge(self, party: str, page: JournalPage) -> None:
        last, epoch, dropped = page.last, page.epoch, page.dropped
        with self._changed:
            cursor = self._cursors[party]
            changed = False
            for entry in page.entries:
                changed = self._take(exchange_from({**entry, "party": party})) or changed
            if epoch < cursor.epoch:
                return
            if epoch == cursor.epoch and dropped > cursor.dropped:
                self._broken = f"the journal of {party} dropped {dropped - cursor.dropped} entries"
            cursor.dropped = dropped
            cursor.after = max(cursor.after, last)
            cursor.epoch = epoch
            if changed or self._broken:
                self._version += 1
                self._changed.notify_all()

    def _take(self, exchange: Exchange) -> bool:
        if exchange.epoch < self._cursors[exchange.party].floor:
            return False
        known = self._entries.get(exchange.key)
        if known is not None and known.seq >= exchange.seq:
            return False
        self._entries[exchange.key] = exchange
        self._first_seen.setdefault(exchange.key, time.monotonic())
        return True

    def _check(self) -> None:
        if self._broken:
            raise HarnessError(self._broken)


def _began(exchange: Exchange) -> tuple[str, str, int]:
    """The order in which exchanges began: stamps tell milliseconds, ids grow, ``seq`` changes."""
    return exchange.time, exchange.party, int(exchange.id) if exchange.id.isdecimal() else 0


def _owned_by(exchange: Exchange, scenario: str) -> bool:
    return exchange.owner is not None and exchange.owner.startswith(f"{scenario}/")
