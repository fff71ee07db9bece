"""Hands to the lanes what is due: work of a process that died, second tries, and what found no room."""

import threading
from itertools import product

import structlog

from bridge.delivery.breakers import Breakers
from bridge.delivery.lanes import Lane, Lanes
from bridge.delivery.leases import NamedLease
from bridge.delivery.steps import NEXT
from bridge.metrics import Counters, UpstreamHealth
from bridge.store import Store

log = structlog.get_logger(__name__)


class Sweeper:
    """A thread in each process; the one that holds the lease sweeps, all of them flush what they counted."""

    def __init__(
        self,
        *,
        store: Store,
        lanes: Lanes,
        breakers: Breakers,
        lease: NamedLease,
        counters: Counters,
        health: UpstreamHealth,
        every_s: float,
    ) -> None:
        self._store = store
        self._lanes = lanes
        self._breakers = breakers
        self._lease = lease
        self._counters = counters
        self._health = health
        self._every_s = every_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End it; returns when it has ended."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def sweep(self) -> None:
        """One round. Raises StoreUnavailableError."""
        self._counters.flush(self._store)
        self._health.refresh()
        if self._lease.held():
            for lane in self._lanes.all:
                self._fill(lane)

    def _run(self) -> None:
        while True:
            try:
                self.sweep()
            except Exception:  # whatever it was, the thread must try again
                log.exception("sweeper.fault")
            if self._ending.wait(self._every_s):
                return

    def _fill(self, lane: Lane) -> None:
        for state, kind in product(sorted(lane.spec.states), sorted(lane.spec.kinds)):
            if self._breakers.pause(NEXT[state], kind) > 0:
                continue
            room = 1 if self._breakers.is_open(NEXT[state], kind) else lane.vacancies()
            for delivery_id in self._store.due(states=(state,), kinds=(kind,), limit=room):
                lane.offer(delivery_id)
