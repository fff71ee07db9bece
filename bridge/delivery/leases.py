"""Who holds what: names of owners, and the things that must exist once among all processes."""

import os
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

from bridge.store import Store


def boot_of(instance: str) -> str:
    """A name for this start of an instance; everything that it owns begins so."""
    return f"{prefix_of(instance)}{secrets.token_hex(4)}"


def prefix_of(instance: str) -> str:
    """How the owners of every start of an instance begin."""
    return f"{quote(instance, safe='')}:"


def owner_of(boot: str, pid: int | None = None) -> str:
    """The name under which one process of a start owns leases."""
    return f"{owned_by_boot(boot)}{os.getpid() if pid is None else pid}:"


def owned_by_boot(boot: str) -> str:
    """How the owners of one start begin."""
    return f"{boot}:"


class NamedLease:
    """Something that exists once, as long as its holder asks often enough. For one thread only."""

    def __init__(
        self,
        name: str,
        *,
        store: Store,
        owner: str,
        lease_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._store = store
        self._owner = owner
        self._lease_s = lease_s
        self._clock = clock
        self._renew_at = 0.0

    def held(self) -> bool:
        """Whether this process holds it now; renews at half its time. Raises StoreUnavailableError."""
        now = self._clock()
        if now < self._renew_at:
            return True
        taken = self._store.take_lease(self._name, owner=self._owner, lease=timedelta(seconds=self._lease_s))
        self._renew_at = now + self._lease_s / 2 if taken else 0.0
        return taken
