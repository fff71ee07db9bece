"""Keeps the bridge subscribed at the hub, from the first try on and for ever."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from bridge.delivery.leases import NamedLease
from bridge.delivery.worker import Health
from bridge.http import Reply

log = structlog.get_logger(__name__)


class Subscriptions(Protocol):
    """The bridge's subscriptions at the hub."""

    @property
    def topics(self) -> Sequence[str]: ...

    def state(self, topic: str) -> str: ...

    def subscribe(self, topic: str) -> Reply: ...


class Keeper:
    """A thread in each process; the one that holds the lease asks the hub.

    A topic that isn't verified is asked for again after ``first_s``, doubling up to ``max_s``; one that is,
    each ``renew_s`` (the hub forgets subscribers without a word) and once after each start.
    """

    def __init__(
        self,
        *,
        subscriptions: Subscriptions,
        lease: NamedLease,
        health: Health,
        first_s: float,
        max_s: float,
        renew_s: float,
        every_s: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._subscriptions = subscriptions
        self._lease = lease
        self._health = health
        self._first_s = first_s
        self._max_s = max_s
        self._renew_s = renew_s
        self._every_s = every_s
        self._clock = clock
        self._asked_at: dict[str, float] = {}
        self._tries: dict[str, int] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="subscription-keeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, within_s: float) -> None:
        """End it; a call to the hub that runs is waited for no longer than ``within_s``."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(within_s)

    def tend(self) -> None:
        """One round. Raises StoreUnavailableError."""
        if not self._lease.held():
            return
        for topic in self._subscriptions.topics:
            if self._due(topic):
                self._ask(topic)

    def _run(self) -> None:
        while True:
            try:
                self.tend()
            except Exception:  # whatever it was, the thread must try again
                log.exception("keeper.fault")
            if self._ending.wait(self._every_s):
                return

    def _due(self, topic: str) -> bool:
        asked_at = self._asked_at.get(topic)
        if asked_at is None:
            return True
        if self._subscriptions.state(topic) == "verified":
            self._tries[topic] = 0
            return self._clock() - asked_at >= self._renew_s
        pause = min(self._max_s, self._first_s * 2.0 ** min(self._tries.get(topic, 0), 30))
        return self._clock() - asked_at >= pause

    def _ask(self, topic: str) -> None:
        first = topic not in self._asked_at
        self._asked_at[topic] = self._clock()
        self._tries[topic] = 0 if first else self._tries.get(topic, 0) + 1
        reply = self._subscriptions.subscribe(topic)
        taken = reply.error is None and reply.status is not None and 200 <= reply.status < 300
        if taken:
            log.info("subscription.asked", party=reply.party, status=reply.status)
            self._health.answered("hub")
            self._health.answered("auth_manager")
        else:
            log.warning("subscription.failed", party=reply.party, status=reply.status, error=reply.error)
            self._health.failing(reply.party, reply.error or str(reply.status))
