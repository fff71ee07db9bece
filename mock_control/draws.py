"""Chance that repeats: one seed gives the same draws, whatever else is drawn and in whatever order."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from threading import Lock


def seeded(*parts: object) -> random.Random:
    """A generator whose stream depends on ``parts`` (JSON values) alone."""
    digest = hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).digest()
    return random.Random(digest)  # noqa: S311 - repeatable draws for synthetic people, never a secret


class Draws:
    """Hands out generators by (seed, purpose, owner, n), where n counts per purpose and owner within an
    epoch.
    """

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self._lock = Lock()
        self._drawn: Counter[tuple[str, str | None]] = Counter()

    def draw(self, purpose: str, owner: str | None) -> random.Random:
        """The next generator for this purpose and owner."""
        with self._lock:
            n = self._drawn[purpose, owner]
            self._drawn[purpose, owner] += 1
        return seeded(self.seed, purpose, owner, n)

    def reset(self, scenario: str | None) -> None:
        """Counts anew from zero, for all or for the owners of one scenario."""
        with self._lock:
            if scenario is None:
                self._drawn.clear()
                return
            for purpose, owner in [key for key in self._drawn if (key[1] or "").startswith(f"{scenario}/")]:
                del self._drawn[purpose, owner]
