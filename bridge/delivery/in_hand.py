"""Which deliveries a process has in hand, so that their leases last as long as the work does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from bridge.store import Store


class InHand:
    """The ids of the deliveries that the threads of this process drive at present."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[int] = set()

    @contextmanager
    def holding(self, delivery_id: int) -> Iterator[None]:
        """In hand for as long as the block lasts, however it ends."""
        with self._lock:
            self._ids.add(delivery_id)
        try:
            yield
        finally:
            with self._lock:
                self._ids.discard(delivery_id)

    def ids(self) -> frozenset[int]:
        """All of them now."""
        with self._lock:
            return frozenset(self._ids)


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """Keeps what is in hand: a slow upstream must not cost a row its owner while the step still runs."""

    store: Store
    in_hand: InHand
    owner: str
    lease: timedelta

    def round(self) -> None:
        """Renew once. Raises StoreUnavailableError."""
        self.store.renew(self.in_hand.ids(), owner=self.owner, lease=self.lease)
