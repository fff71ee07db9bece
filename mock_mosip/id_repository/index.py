"""Finds things by what they have, so that no search goes through all of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Index(Generic[K]):
    """Ids of things by their keys; a thing has any number of keys, and a key any number of things."""

    def __init__(self) -> None:
        self._ids: dict[K, set[str]] = {}
        self._keys: dict[str, frozenset[K]] = {}

    def put(self, thing: str, keys: Iterable[K]) -> None:
        """The thing has these keys, and none that it had before."""
        self.remove(thing)
        self._keys[thing] = frozenset(keys)
        for key in self._keys[thing]:
            self._ids.setdefault(key, set()).add(thing)

    def remove(self, thing: str) -> None:
        """The thing has no keys any more."""
        for key in self._keys.pop(thing, ()):
            self._ids[key].discard(thing)
            if not self._ids[key]:
                del self._ids[key]

    def having(self, *keys: K) -> set[str]:
        """All things that have one of these keys."""
        return {thing for key in keys for thing in self._ids.get(key, ())}
