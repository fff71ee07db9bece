"""What is done now and then beside the deliveries, each in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bridge.delivery.leases import NamedLease
from bridge.store import StoreUnavailableError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Chore:
    """``work`` is one round. With a ``lease`` only the process that holds it works."""

    name: str
    every_s: float
    work: Callable[[], None]
    lease: NamedLease | None = None

    def round(self) -> None:
        """Work once, if it is this process's to do. Raises what the work raises."""
        if self.lease is None or self.lease.held():
            self.work()


class Chores:
    """All chores of a process."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(chore,), name=chore.name, daemon=True)
            for chore in chores
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, within_s: float) -> None:
        """End them; a call that runs is waited for no longer than ``within_s``."""
        self._ending.set()
        deadline = time.monotonic() + within_s
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, chore: Chore) -> None:
        while not self._ending.is_set():
            try:
                chore.round()
            except StoreUnavailableError:
                log.warning("chore.store-unavailable", action=chore.name)
            except Exception:  # whatever it was, the next round must come
                log.exception("chore.fault", action=chore.name)
            self._ending.wait(chore.every_s)
