"""A key that another party publishes: fetched when needed, kept, fetched anew when it seems outdated."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")

_FAILED_FETCH_PAUSE_S = 1.0


class KeyUnavailableError(Exception):
    """The key can't be fetched now, so nobody knows whether a signature is good."""


class KeptKey(Generic[Key]):
    """One key, shared between threads. ``fetch`` gives None for what is no key, and that is never kept."""

    def __init__(
        self,
        *,
        fetch: Callable[[], Key | None],
        refetch_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._refetch_s = refetch_s
        self._clock = clock
        self._lock = threading.Lock()
        self._key: Key | None = None
        self._fetched_at = float("-inf")
        self._failed_at = float("-inf")

    def get(self) -> Key:
        """The kept key, else a fetched one. Raises KeyUnavailableError."""
        if self._key is not None:
            return self._key
        with self._lock:
            return self._renew() if self._key is None else self._key

    def newer_than(self, refused: Key) -> Key:
        """Another key than the one that refused a signature, or that one while it is younger than the floor.

        The floor keeps forgers from making us ask without end. Raises KeyUnavailableError.
        """
        with self._lock:
            if self._key is not None and self._key is not refused:
                return self._key
            if self._clock() - self._fetched_at < self._refetch_s:
                return refused
            return self._renew()

    def _renew(self) -> Key:
        now = self._clock()
        if now - self._failed_at < _FAILED_FETCH_PAUSE_S:
            raise KeyUnavailableError
        key = self._fetch()
        if key is None:
            self._failed_at = now
            raise KeyUnavailableError
        self._key, self._fetched_at = key, now
        return key
