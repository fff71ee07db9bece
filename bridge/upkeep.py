"""The chores of a process: asking about what is silent, reconciling, the quarantine, leases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.delivery.chores import Chore, Chores
from bridge.delivery.in_hand import InHand, Renewal
from bridge.delivery.leases import NamedLease
from bridge.delivery.poll import StatusPoll
from bridge.delivery.silence import Silence
from bridge.delivery.transitions import Rules
from bridge.instances import Siblings
from bridge.metrics import Counters
from bridge.model import Delivery
from bridge.mosip.status import RegistrationStatus
from bridge.quarantine import Quarantine
from bridge.reconcile import Reconciler
from bridge.records import Records
from bridge.settings import Settings
from bridge.store import Store

_LEASE_S = 60.0
_EXAMINE_EVERY_S = 60.0
_SILENCE_EVERY_S = 0.25
_SIBLINGS_EVERY_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Process:
    """What the chores of a process work with."""

    settings: Settings
    store: Store
    owner: str
    rules: Rules
    counters: Counters
    hand_on: Callable[[Delivery], None]
    now: Callable[[], datetime]


def chores_of(
    process: Process, *, silence: Silence, quarantine: Quarantine, in_hand: InHand, step_lease: timedelta
) -> Chores:
    """All that the settings ask for."""
    renewal = Renewal(store=process.store, in_hand=in_hand, owner=process.owner, lease=step_lease)
    chores = [
        Chore(name="lease-renewal", every_s=step_lease.total_seconds() / 4, work=renewal.round),
        Chore(
            name="siblings",
            every_s=_SIBLINGS_EVERY_S,
            work=Siblings(database=process.settings.sqlite_database_path, store=process.store).round,
        ),
        Chore(name="silence", every_s=_SILENCE_EVERY_S, work=silence.round),
        Chore(
            name="quarantine",
            every_s=_EXAMINE_EVERY_S,
            work=quarantine.examine,
            lease=_named("quarantine", process),
        ),
    ]
    poll, reconciler = status_poll(process, unheard=silence.notice), reconciler_of(process)
    settings = process.settings
    if poll is not None:
        chores.append(
            Chore(
                name="status-poll",
                every_s=settings.bridge_status_every_s,
                work=poll.round,
                lease=_named("status-poll", process),
            )
        )
    if reconciler is not None:
        chores.append(
            Chore(
                name="reconciler",
                every_s=settings.bridge_reconcile_every_s,
                work=reconciler.work,
                lease=_named("reconciler", process),
            )
        )
    return Chores(chores)


def status_poll(process: Process, *, unheard: Callable[[], None]) -> StatusPoll | None:
    """The poll; None where MOSIP's status service is not named."""
    status = RegistrationStatus.of(process.settings)
    if status is None:
        return None
    return StatusPoll(
        store=process.store,
        status=status,
        rules=process.rules,
        after=timedelta(seconds=process.settings.bridge_status_after_s),
        hand_on=process.hand_on,
        unheard=unheard,
        counters=process.counters,
        now=process.now,
    )


def reconciler_of(process: Process) -> Reconciler | None:
    """The reconciler; None without a system client, for nobody else may search."""
    records = Records.of(process.settings)
    if records is None:
        return None
    return Reconciler(
        store=process.store,
        records=records,
        rules=process.rules,
        after=timedelta(seconds=process.settings.bridge_reconcile_after_s),
        hand_on=process.hand_on,
        counters=process.counters,
        now=process.now,
    )


def _named(name: str, process: Process) -> NamedLease:
    return NamedLease(name, store=process.store, owner=process.owner, lease_s=_LEASE_S)
