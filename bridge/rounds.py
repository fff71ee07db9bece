"""One round of the chores by hand, beside a bridge that may be serving from the same store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from bridge.delivery.leases import boot_of, owner_of
from bridge.lifecycle import rules_of
from bridge.metrics import Counters
from bridge.model import Delivery
from bridge.settings import Settings, SettingsError
from bridge.store import Finding, SqliteStore, migrate, utc_now
from bridge.upkeep import Process, reconciler_of, status_poll


def reconcile_once(settings: Settings) -> Sequence[Finding]:
    """Ask MOSIP about what is silent, then OpenCRVS for what waits.

    What is set going is taken up by the bridge that serves. Raises SettingsError (no system client),
    :class:`bridge.reconcile.ReconcileFailedError`, :class:`bridge.store.StoreError`.
    """
    migrate(settings.sqlite_database_path)
    with closing(SqliteStore(settings.sqlite_database_path)) as store:
        counters = Counters()
        process = Process(
            settings=settings,
            store=store,
            owner=owner_of(boot_of(settings.bridge_instance_id)),
            rules=rules_of(settings),
            counters=counters,
            hand_on=_leave,
            now=utc_now,
        )
        reconciler = reconciler_of(process)
        if reconciler is None:
            raise SettingsError("OPENCRVS_CLIENT_ID: only a system client may search for records")
        poll = status_poll(process, unheard=_nothing)
        if poll is not None:
            poll.round()
        findings = reconciler.round()
        counters.flush(store)
        return findings


def _leave(_: Delivery) -> None:
    """The sweeper of the bridge that serves finds it due."""


def _nothing() -> None:
    """The bridge that serves keeps its subscriptions itself."""
