"""The ring of exchanges, bounded by bytes, that can be waited on."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition

from mock_control.exchange import Exchange

LONGEST_WAIT = 30.0


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which entries: those published after ``after`` that match every field that is set."""

    after: int = 0
    operation: str | None = None
    owner: str | None = None
    scenario: str | None = None
    limit: int = 1000

    def wants(self, entry: Exchange) -> bool:
        """Whether the entry matches."""
        return (
            (self.operation is None or entry.operation == self.operation)
            and (self.owner is None or entry.owner == self.owner)
            and (self.scenario is None or entry.scenario == self.scenario)
        )


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a query found: ``last`` is the ``after`` of the next query; ``dropped`` counts entries lost to the
    bound.
    """

    entries: list[Exchange]
    last: int
    dropped: int


class Journal:
    """Keeps the newest exchanges; one that changes is published again under a new sequence number."""

    def __init__(self, *, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._changed = Condition()
        self._entries: OrderedDict[int, tuple[Exchange, int]] = OrderedDict()
        self._bytes = 0
        self._seq = 0
        self._dropped = 0
        self._epoch = 0

    @property
    def last(self) -> int:
        """The newest sequence number."""
        return self._seq

    def publish(self, entry: Exchange) -> None:
        """Adds an entry or moves a changed one to the end, and wakes who waits; not of an old epoch."""
        size = entry.size()
        with self._changed:
            if entry.epoch < self._epoch:
                return
            _, old_size = self._entries.pop(entry.id, (entry, 0))
            self._seq += 1
            entry.seq = self._seq
            self._entries[entry.id] = (entry, size)
            self._bytes += size - old_size
            while self._bytes > self._limit and len(self._entries) > 1:
                _, (_, dropped_size) = self._entries.popitem(last=False)
                self._bytes -= dropped_size
                self._dropped += 1
            self._changed.notify_all()

    def read(self, query: Query, *, wait: float = 0.0, stop: Callable[[], bool] = lambda: False) -> Page:
        """Entries that match, oldest first; waits up to ``wait`` seconds (30 at most) for the first."""
        deadline = time.monotonic() + min(wait, LONGEST_WAIT)
        with self._changed:
            seen = query.after
            while True:
                found = self._matching(query, seen)
                left = deadline - time.monotonic()
                if found or left <= 0 or stop():
                    break
                seen = max(seen, self._seq)
                self._changed.wait(left)
            cut = found[: query.limit]
            last = cut[-1].seq if len(cut) < len(found) else max(self._seq, query.after)
            return Page(entries=cut, last=last, dropped=self._dropped)

    def _matching(self, query: Query, after: int) -> list[Exchange]:
        found: list[Exchange] = []
        for entry, _ in reversed(self._entries.values()):
            if entry.seq <= after:
                break
            if query.wants(entry):
                found.append(entry)
        found.reverse()
        return found

    def begin(self, epoch: int) -> None:
        """Forgets the entries of earlier epochs, and takes no more of them."""
        with self._changed:
            self._epoch = epoch
            self._dropped = 0
            self._forget(lambda entry: entry.epoch < epoch)

    def clear(self, scenario: str) -> None:
        """Takes one scenario's entries out."""
        with self._changed:
            self._forget(lambda entry: entry.scenario == scenario)

    def _forget(self, wanted: Callable[[Exchange], bool]) -> None:
        for entry_id, (entry, size) in list(self._entries.items()):
            if wanted(entry):
                del self._entries[entry_id]
                self._bytes -= size
        self._changed.notify_all()
