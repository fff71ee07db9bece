"""What the bridge counts, and which upstreams fail, shared by all its processes through the store."""

import threading
from collections import Counter

from bridge.store import Store


class Counters:
    """Counts in memory and hands the sums to the store now and then: counting costs a request nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """One more of ``name``."""
        with self._lock:
            self._pending[name] += 1

    def flush(self, store: Store) -> None:
        """Store the sums; they are kept when the store can't take them. Raises StoreUnavailableError."""
        with self._lock:
            amounts, self._pending = self._pending, Counter()
        if not amounts:
            return
        try:
            store.add_counters(amounts)
        except BaseException:
            with self._lock:
                self._pending.update(amounts)
            raise


class UpstreamHealth:
    """Which upstreams fail at present; the store is written only when that changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._faults: dict[str, str] = {}

    def answered(self, party: str) -> None:
        """It answered as it should."""
        with self._lock:
            mended = self._faults.pop(party, None) is not None
        if mended:
            self._store.set_upstream(party, None)

    def failing(self, party: str, fault: str) -> None:
        """It failed: ``connect``, ``timeout``, a status, a reason's code."""
        with self._lock:
            new = self._faults.get(party) != fault
            self._faults[party] = fault
        if new:
            self._store.set_upstream(party, fault)

    def refresh(self) -> None:
        """Learn what the other processes have seen, so that any of them may call an upstream well again."""
        faults = {each.party: each.fault for each in self._store.upstream_faults()}
        with self._lock:
            self._faults = faults
