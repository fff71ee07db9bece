"""One process of the bridge: everything it is made of, how it starts, drains and closes."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog

from bridge.callback import Callbacks
from bridge.delivery.breakers import Breakers
from bridge.delivery.chores import Chores
from bridge.delivery.holds import Holds
from bridge.delivery.inbox import Inbox
from bridge.delivery.intake import Intake
from bridge.delivery.keeper import Keeper
from bridge.delivery.lanes import Lanes, lane_specs
from bridge.delivery.leases import NamedLease
from bridge.delivery.silence import Silence
from bridge.delivery.steps import Steps
from bridge.delivery.sweeper import Sweeper
from bridge.delivery.transitions import Confirmation, Rules
from bridge.delivery.worker import Backoff, Worker
from bridge.login import Logins
from bridge.metrics import Counters, UpstreamHealth
from bridge.model import Delivery, Kind
from bridge.mosip.auth import MosipTokens
from bridge.mosip.packets import PacketManager
from bridge.mosip.websub import State as SubscriptionState
from bridge.mosip.websub import Subscription
from bridge.mosip.workflow import WorkflowManager
from bridge.opencrvs import Events
from bridge.packets import draw_rid, packet_body, workflow_body
from bridge.quarantine import Quarantine, mark_of
from bridge.registration import Registration
from bridge.sealing import Sealer
from bridge.settings import Settings
from bridge.store import SqliteStore, Store, StoreUnavailableError, utc_now
from bridge.tokens import ActionTokens
from bridge.upkeep import Process, chores_of
from bridge.verification import Verifier

log = structlog.get_logger(__name__)

DRAIN_S = 8.0
_CALLS_OF_A_STEP = 8
_LANE_WAIT_S = 30.0
_NAMED_LEASE_S = 5.0
_KEEPER_LEASE_S = 60.0
_KEEPER_MAX_S = 60.0


@dataclass(frozen=True, kw_only=True)
class KeptSubscriptions:
    """The store, as the subscription sees it."""

    store: Store

    def get(self, topic: str) -> SubscriptionState:
        """State of a topic; ``unknown`` when nothing was kept."""
        return cast(SubscriptionState, self.store.subscription(topic) or "unknown")

    def set(self, topic: str, state: SubscriptionState) -> None:
        """Keep the state of a topic."""
        self.store.set_subscription(topic, state)


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """What the resources of the API are served from, and the threads that deliver."""

    settings: Settings
    owner: str
    store: Store
    tokens: ActionTokens
    callbacks: Callbacks
    subscription: Subscription
    intake: Intake
    inbox: Inbox
    rules: Rules
    counters: Counters
    lanes: Lanes
    worker: Worker
    sweeper: Sweeper
    keeper: Keeper
    chores: Chores
    quarantine: Quarantine
    operator_token: str | None
    verifier: Verifier | None
    logins: Logins | None

    def start(self) -> None:
        """Start the threads; call it in the process that serves, after forking."""
        self.lanes.start(self.worker.run)
        self.sweeper.start()
        self.keeper.start()
        self.chores.start()

    def close(self, grace_s: float = DRAIN_S) -> bool:
        """Begin nothing new, let what runs end within the grace, close the store; whether all of it ended.

        What was cut short keeps its lease, and the next start of this instance frees it.
        """
        deadline = time.monotonic() + grace_s
        self.sweeper.stop()
        drained = self.lanes.drain(grace_s)
        self.keeper.stop(max(0.0, deadline - time.monotonic()))
        self.chores.stop(max(0.0, deadline - time.monotonic()))
        try:
            self.counters.flush(self.store)
            if drained:
                self.store.free_leases(owned_by=self.owner)
        except StoreUnavailableError:
            log.warning("close.store-unavailable", exc_info=True)
        self.store.close()
        return drained


def assemble(settings: Settings, *, owner: str, now: Callable[[], datetime] = utc_now) -> Bridge:
    """Build a process's bridge. The store must have been migrated.

    Raises :class:`bridge.settings.SettingsError`, :class:`bridge.store.StoreUnavailableError`.
    """
    sealer = Sealer(settings.store_key())
    callbacks, verifier, logins = Callbacks.of(settings), Verifier.of(settings), Logins.of(settings)
    store = SqliteStore(settings.sqlite_database_path)
    rules = rules_of(settings)
    breakers = Breakers(
        first_s=settings.bridge_retry_first_s, max_s=settings.bridge_retry_max_s, clock=time.monotonic
    )
    health = UpstreamHealth(store)
    counters = Counters()
    subscription = Subscription.of(
        settings, tokens=MosipTokens.for_websub(settings), store=KeptSubscriptions(store=store)
    )
    silence = Silence(subscriptions=subscription, counters=counters, pause_s=settings.bridge_retry_max_s)
    lanes = Lanes(lane_specs(settings.bridge_delivery_threads))
    worker = Worker(
        store=store,
        steps=_steps(settings, sealer),
        rules=rules,
        backoff=Backoff(first_s=settings.bridge_retry_first_s, max_s=settings.bridge_retry_max_s),
        breakers=breakers,
        health=health,
        owner=owner,
        lease=step_lease(settings),
        draw_rid=_drawer(settings, now),
        hears_events=lambda: subscription.state(settings.bridge_workflow_event_topic) == "verified",
        hand_on=lanes.offer,
        now=now,
        random=random.Random(),  # noqa: S311 - spreads retries, guards nothing
        unheard=silence.notice,
    )
    lease = worker.lease + timedelta(seconds=_LANE_WAIT_S)
    holds = Holds(store=store, lanes=lanes, owner=owner, lease=lease, now=now)
    inbox = Inbox(store=store, sealer=sealer, rules=rules, holds=holds, now=now)
    quarantine = Quarantine(
        store=store,
        sealer=sealer,
        callbacks=callbacks,
        inbox=inbox,
        counters=counters,
        mark=mark_of(settings.websub_secrets, settings.store_key()),
        now=now,
    )
    return Bridge(
        settings=settings,
        owner=owner,
        store=store,
        tokens=ActionTokens.of(settings),
        callbacks=callbacks,
        subscription=subscription,
        intake=Intake(
            store=store,
            sealer=sealer,
            draw_rid=worker.draw_rid,
            backlog_limit=settings.bridge_backlog_limit,
            holds=holds,
        ),
        inbox=inbox,
        rules=rules,
        counters=counters,
        lanes=lanes,
        worker=worker,
        sweeper=Sweeper(
            store=store,
            lanes=lanes,
            breakers=breakers,
            lease=NamedLease("sweeper", store=store, owner=owner, lease_s=_NAMED_LEASE_S),
            counters=counters,
            health=health,
            every_s=min(1.0, settings.bridge_retry_first_s),
        ),
        keeper=Keeper(
            subscriptions=subscription,
            lease=NamedLease("subscription", store=store, owner=owner, lease_s=_KEEPER_LEASE_S),
            health=health,
            first_s=settings.bridge_retry_first_s,
            max_s=min(_KEEPER_MAX_S, settings.bridge_retry_max_s),
            renew_s=settings.bridge_websub_lease_s / 4,
        ),
        chores=chores_of(
            Process(
                settings=settings,
                store=store,
                owner=owner,
                rules=rules,
                counters=counters,
                hand_on=lanes.offer,
                now=now,
            ),
            silence=silence,
            quarantine=quarantine,
            in_hand=worker.in_hand,
            step_lease=worker.lease,
        ),
        quarantine=quarantine,
        operator_token=None if settings.bridge_operator_token_file is None else settings.operator_token(),
        verifier=verifier,
        logins=logins,
    )


def rules_of(settings: Settings) -> Rules:
    """What the settings say about waiting and trying again."""
    return Rules(
        confirmation={
            Kind.BIRTH: Confirmation(settings.bridge_birth_confirmation),
            Kind.DEATH: Confirmation(settings.bridge_death_confirmation),
        },
        retry_limit=settings.bridge_retry_limit,
        stale_after=timedelta(seconds=settings.bridge_stale_after_s),
    )


def step_lease(settings: Settings) -> timedelta:
    """Longer than all calls of one step together, logins and second tries included."""
    one_call = settings.bridge_connect_timeout_s + settings.bridge_total_timeout_s
    return timedelta(seconds=_CALLS_OF_A_STEP * one_call)


def _drawer(settings: Settings, now: Callable[[], datetime]) -> Callable[[int], str]:
    def draw(sequence: int) -> str:
        return draw_rid(
            center=settings.mosip_center_id,
            machine=settings.mosip_machine_id,
            sequence=sequence,
            now=now(),
            prefix=settings.transaction_id_prefix,
        )

    return draw


def _steps(settings: Settings, sealer: Sealer) -> Steps:
    tokens = MosipTokens.for_packets(settings)

    # The moment in a body is the row's own, so that the same row always sends the same bytes.
    def packet(payload: bytes, row: Delivery) -> bytes:
        registration = Registration.from_bytes(payload)
        return packet_body(registration, rid=row.rid, settings=settings, now=row.created_at)

    def workflow(payload: bytes, row: Delivery) -> bytes:
        registration = Registration.from_bytes(payload)
        return workflow_body(registration, rid=row.rid, settings=settings, now=row.created_at)

    return Steps(
        packet_manager=PacketManager.of(settings, tokens),
        workflow=WorkflowManager.of(settings, tokens),
        events=Events.of(settings),
        sealer=sealer,
        packet_body=packet,
        workflow_body=workflow,
    )
