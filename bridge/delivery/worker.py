"""Drives one delivery as far as it goes: claim, call, rule, commit."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bridge.delivery import transitions
from bridge.delivery.breakers import Breakers
from bridge.delivery.in_hand import InHand
from bridge.delivery.steps import NEXT, ColumnEmptyError, Step, Steps
from bridge.delivery.transitions import Confirmation, Ruled, Rules
from bridge.delivery.verdicts import Ruling, Verdict, rule
from bridge.http import Reply
from bridge.model import OPEN, Delivery, Kind, Reason, replace
from bridge.sealing import SealBrokenError
from bridge.store import Store, StoreUnavailableError

log = structlog.get_logger(__name__)

_LONGEST_ASKED_S = 86400.0
_GIVES_TOKENS_FOR = {
    "packet_manager": "auth_manager",
    "workflow": "auth_manager",
    "opencrvs": "opencrvs_auth",
}


class Health(Protocol):
    """Who is told how the upstreams do."""

    def answered(self, party: str) -> None: ...

    def failing(self, party: str, fault: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Full jitter between half and the whole of a delay that doubles from ``first_s`` to ``max_s``."""

    first_s: float
    max_s: float

    def delay_s(
        self, failures: int, *, slowly: bool, not_before_s: float | None, draw: random.Random
    ) -> float:
        """Seconds until the next try; never sooner than the upstream asked for (within a day)."""
        whole = self.max_s if slowly else min(self.max_s, self.first_s * 2.0 ** min(failures, 30))
        asked = min(not_before_s or 0.0, _LONGEST_ASKED_S)
        return max(asked, whole * draw.uniform(0.5, 1.0))


@dataclass(frozen=True, kw_only=True)
class Worker:
    """``owner`` names this process in leases. A lease is longer than all time-outs of a step together."""

    store: Store
    steps: Steps
    rules: Rules
    backoff: Backoff
    breakers: Breakers
    health: Health
    owner: str
    lease: timedelta
    draw_rid: Callable[[int], str]
    hears_events: Callable[[], bool]
    hand_on: Callable[[Delivery], None]
    now: Callable[[], datetime]
    random: random.Random
    in_hand: InHand = field(default_factory=InHand)
    unheard: Callable[[], None] = lambda: None

    def run(self, delivery_id: int, held: Delivery | None = None) -> None:
        """Drive a delivery until it waits, stops or belongs to somebody else.

        ``held`` is its row where this process holds it already.
        """
        try:
            with self.in_hand.holding(delivery_id):
                held = self._driven(delivery_id, held)
        except StoreUnavailableError:
            log.warning("delivery.store-unavailable", exc_info=True)
            return
        if held is not None and held.state in OPEN and held.due_at is not None and held.due_at <= self.now():
            self.hand_on(held)

    def _driven(self, delivery_id: int, held: Delivery | None) -> Delivery | None:
        before: Delivery | None = None
        if held is None:
            held = self.store.claim(delivery_id, owner=self.owner, lease=self.lease)
        elif not self._lasts(held):
            until = self.now() + self.lease
            held = self.store.settle(held, lambda row: replace(row, lease_until=until))
        while held is not None and held.lease_owner == self.owner:
            announced = before is not None and held.instance_sent and not before.instance_sent
            before, held = held, self._forward(held, announced=announced)
        return held

    def _lasts(self, held: Delivery) -> bool:
        """Whether a hold that was handed on outlasts the time-outs of a step."""
        return held.lease_until is not None and held.lease_until - self.now() >= self.lease

    def _forward(self, held: Delivery, *, announced: bool) -> Delivery | None:
        """``announced``: that the step is about to run was recorded with the end of the last one."""
        step = NEXT[held.state]
        if step is Step.GIVE_UP:
            log.warning("delivery.overdue", rid=held.rid, kind=held.kind)
            self.unheard()
            return self.store.settle(held, transitions.gave_up)
        if not announced and not self.breakers.admits(step, held.kind):
            pause = timedelta(seconds=max(0.05, self.breakers.pause(step, held.kind)))
            return self.store.settle(held, lambda row: transitions.postponed(row, self.now() + pause))
        return self._step(step, held, announced=announced)

    def _step(self, step: Step, held: Delivery, *, announced: bool) -> Delivery | None:
        sent_before = held.instance_sent and not announced
        if step is Step.CREATE_INSTANCE and not held.instance_sent:
            marked = self.store.settle(held, transitions.about_to_send)
            if marked is None:
                return None
            held = marked
        began = time.monotonic()
        reply, verdict = self._call(step, held)
        self._tell(step, held, reply, verdict)
        log.info(
            "delivery.step",
            rid=held.rid,
            step=step,
            status=reply and reply.status,
            error=reply and reply.error,
            verdict=verdict.ruling,
            reason=verdict.reason and verdict.reason.code,
            attempt=held.attempt,
            duration_ms=round((time.monotonic() - began) * 1000),
        )
        if (
            verdict.ruling is Ruling.PRESENT_BEFORE
            and not sent_before
            and held.redraws < transitions.MAX_REDRAWS
        ):
            rid = self.draw_rid(self.store.next_sequence())
            return self._commit(held, lambda row: transitions.redrawn(row, rid, self.now()))
        not_before = None if reply is None else reply.retry_after
        delay = self.backoff.delay_s(
            held.failures, slowly=verdict.slowly, not_before_s=not_before, draw=self.random
        )
        ruled = Ruled(
            step=step,
            verdict=verdict,
            now=self.now(),
            again_at=self.now() + timedelta(seconds=delay),
            sent_before=sent_before,
            hears_events=step is Step.CREATE_INSTANCE and self._hears_of(held.kind),
            goes_on=not self.breakers.is_open(Step.CREATE_INSTANCE, held.kind),
        )
        return self._commit(held, lambda row: transitions.after_step(row, ruled, self.rules))

    def _hears_of(self, kind: Kind) -> bool:
        """Whether the end of MOSIP's workflow will be told; asked for kinds that wait for it."""
        return self.rules.confirmation[kind] is Confirmation.EVENT and self.hears_events()

    def _call(self, step: Step, held: Delivery) -> tuple[Reply | None, Verdict]:
        try:
            reply = self.steps.run(step, held)
        except (SealBrokenError, ColumnEmptyError) as error:
            reason = Reason(code="bridge.row-unreadable", party="bridge", words=str(error))
            return None, Verdict(ruling=Ruling.PARK, reason=reason, alarm=True, reached=False)
        except Exception as error:
            log.exception("delivery.fault", rid=held.rid, step=step)
            words = f"the bridge itself failed ({type(error).__name__})"
            reason = Reason(code="bridge.fault", party="bridge", words=words)
            return None, Verdict(ruling=Ruling.AGAIN, reason=reason, alarm=True, slowly=True)
        return reply, rule(step, reply)

    def _tell(self, step: Step, held: Delivery, reply: Reply | None, verdict: Verdict) -> None:
        if reply is None:
            return
        if verdict.transient or verdict.blocks:
            self.breakers.failed(step, held.kind, held.id, at_once=verdict.blocks)
            self.health.failing(reply.party, reply.error or str(reply.status))
        elif verdict.ruling is not Ruling.AGAIN:
            self.breakers.succeeded(step, held.kind)
            self.health.answered(reply.party)
            self.health.answered(_GIVES_TOKENS_FOR.get(reply.party, reply.party))
        if verdict.alarm and verdict.reason is not None:
            log.error("delivery.alarm", rid=held.rid, reason=verdict.reason.code, party=verdict.reason.party)

    def _commit(self, held: Delivery, decide: Callable[[Delivery], Delivery]) -> Delivery | None:
        """Keep trying to record what happened for as long as the lease lasts."""
        until = self.now() + self.lease / 2
        while True:
            try:
                return self.store.settle(held, decide)
            except StoreUnavailableError:
                if self.now() >= until:
                    raise
                time.sleep(0.2)
