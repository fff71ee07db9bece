"""Several instances that share one store on one machine: each holds a lock file while it runs.

What a dead one held in hand is freed by the others at once, instead of when its leases run out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import IO

import structlog

from bridge.delivery.leases import owned_by_boot
from bridge.filelock import hold
from bridge.store import Store

log = structlog.get_logger(__name__)

_LOCK_PATIENCE_S = 5.0
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")


class InstanceRunsError(Exception):
    """Another bridge of the same instance id uses the same store."""


def lock_instance(database: Path, instance: str, *, boot: str) -> IO[str]:
    """Hold the file whose lock says that this instance runs; it tells the others the name of this start.

    Forked workers hold it too. A bridge that was killed a moment ago may still be ending, so a taken lock is
    waited for a little. Raises :class:`InstanceRunsError`, OSError.
    """
    safe = _NOT_IN_A_NAME.sub("_", instance)
    lock = hold(database.with_name(f"{database.name}.{safe}.lock"), within_s=_LOCK_PATIENCE_S)
    if lock is None:
        raise InstanceRunsError(f"{database}: a bridge of instance {instance} runs already")
    lock.truncate(0)
    lock.write(boot)
    lock.flush()
    return lock


def ended_boots(database: Path) -> Iterator[str]:
    """The last start of every instance that does not run now. Raises OSError."""
    for path in sorted(database.parent.glob(f"{escape(database.name)}.*.lock")):
        lock = hold(path, within_s=0.0)
        if lock is not None:
            with lock:
                lock.seek(0)
                boot = lock.read().strip()
            if boot:
                yield boot


@dataclass(frozen=True, kw_only=True)
class Siblings:
    """Frees the leases of instances that have died. For one thread of each process."""

    database: Path
    store: Store
    _freed: set[str] = field(default_factory=set)

    def round(self) -> None:
        """Look at every instance once. Raises StoreUnavailableError, OSError."""
        for boot in ended_boots(self.database):
            # A start that has ended owns nothing new; only that start is named, for the instance may be back.
            if boot not in self._freed:
                freed = self.store.free_leases(owned_by=owned_by_boot(boot))
                self._freed.add(boot)
                if freed:
                    log.warning("instance.leases-freed", instance=boot.partition(":")[0], count=freed)
