"""A memory whose entries end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import RLock
from typing import Generic, TypeVar

T = TypeVar("T")
SWEEP_EVERY = 256


@dataclass(frozen=True, kw_only=True)
class Entry(Generic[T]):
    """A value and when it ends."""

    value: T
    ends: datetime


class Expiring(Generic[T]):
    """Values by key, each for its own time on the clock ``now``; safe to use from all threads.

    Entries that have ended are gone; they are swept now and then, so that memory stays bounded by what is
    alive.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._entries: dict[str, Entry[T]] = {}
        self._puts = 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """For what must be read and changed in one."""
        with self._lock:
            yield

    def put(self, key: str, value: T, *, seconds: float) -> None:
        """Keeps a value for that long, in place of any other."""
        with self._lock:
            self._puts += 1
            if self._puts % SWEEP_EVERY == 0:
                self._sweep()
            self._entries[key] = Entry(value=value, ends=self._now() + timedelta(seconds=seconds))

    def add(self, key: str, value: T, *, seconds: float) -> bool:
        """Keeps a value unless there is one; says whether it was new."""
        with self._lock:
            if self.get(key) is not None:
                return False
            self.put(key, value, seconds=seconds)
            return True

    def change(self, key: str, value: T) -> None:
        """Another value in its place; when it ends stays. Nothing if it is gone."""
        with self._lock:
            known = self._entries.get(key)
            if known is not None:
                self._entries[key] = Entry(value=value, ends=known.ends)

    def get(self, key: str) -> T | None:
        """The value, None when there is none or it has ended."""
        with self._lock:
            entry = self._entries.get(key)
            return entry.value if entry is not None and self._now() < entry.ends else None

    def pop(self, key: str) -> T | None:
        """The value, which is gone from now on: of two callers one gets it."""
        with self._lock:
            value = self.get(key)
            self._entries.pop(key, None)
            return value

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._entries.clear()

    def alive(self) -> list[T]:
        """All values that have not ended."""
        with self._lock:
            return [each.value for each in self._entries.values() if self._now() < each.ends]

    def _sweep(self) -> None:
        now = self._now()
        self._entries = {key: each for key, each in self._entries.items() if now < each.ends}
