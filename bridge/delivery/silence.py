"""What to do when MOSIP should have been heard: the hub forgets subscribers, and tells nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bridge.delivery.keeper import Subscriptions
from bridge.metrics import Counters

log = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class Silence:
    """Subscribes again once something was not heard that should have been; at most every ``pause_s``.

    A hub that still knows us denies it and leaves the first subscription in force, so asking costs nothing.
    """

    subscriptions: Subscriptions
    counters: Counters
    pause_s: float
    clock: Callable[[], float] = time.monotonic
    _noticed: threading.Event = field(default_factory=threading.Event)
    _not_before: float = 0.0

    def notice(self) -> None:
        """An answer of MOSIP is overdue, or there is one that we have not heard. Safe in any thread."""
        self._noticed.set()

    def round(self) -> None:
        """Ask the hub, if anything was noticed. For one thread only; raises StoreUnavailableError."""
        if not self._noticed.is_set() or self.clock() < self._not_before:
            return
        self._noticed.clear()
        self._not_before = self.clock() + self.pause_s
        for topic in self.subscriptions.topics:
            reply = self.subscriptions.subscribe(topic)
            taken = reply.error is None and reply.status is not None and 200 <= reply.status < 300
            if not taken:
                self._noticed.set()
            self.counters.add("subscription.asked-in-silence")
            log.warning("subscription.silence", party=reply.party, status=reply.status, error=reply.error)
