"""Asks MOSIP about registrations of which nothing was heard: its events get lost, and nobody repeats them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bridge.delivery import transitions
from bridge.delivery.transitions import Confirmation, Outcome, Rules
from bridge.http import Reply
from bridge.metrics import Counters
from bridge.model import BACKLOG, Delivery, Reason, State, replace
from bridge.mosip.status import MOST_AT_ONCE, Statuses
from bridge.store import Store

log = structlog.get_logger(__name__)

OFF_S = 3600.0
DONE = "UIN_GENERATED"
REFUSALS = {"REREGISTER": Outcome.FAILED, "REJECTED": Outcome.REJECTED}
NOT_ISSUED = Reason(
    code="mosip.credential.not-issued",
    party="mosip",
    words="MOSIP has finished this registration, but no credential has come",
)
RID_UNKNOWN = Reason(
    code="mosip.status.rid-unknown",
    party="mosip",
    words="MOSIP's registration status doesn't know this registration id",
)


class Status(Protocol):
    """MOSIP's registration status service."""

    def ask(self, rids: Sequence[str]) -> Statuses | Reply: ...


@dataclass(kw_only=True)
class StatusPoll:
    """One thread's. ``after``: how long a delivery waits without news before it is asked about.

    ``unheard`` is told when MOSIP has finished what we heard nothing of: the subscription may be lost.
    """

    store: Store
    status: Status
    rules: Rules
    after: timedelta
    hand_on: Callable[[Delivery], None]
    unheard: Callable[[], None]
    counters: Counters
    now: Callable[[], datetime]
    clock: Callable[[], float] = time.monotonic
    _off_until: float = 0.0

    def round(self) -> None:
        """Ask about all that is silent. Raises StoreUnavailableError."""
        if self.clock() < self._off_until:
            return
        since, after = self.now() - self.after, 0
        while rows := self.store.silent(since=since, after=after, limit=MOST_AT_ONCE):
            told = self.status.ask([row.rid for row in rows])
            if isinstance(told, Reply):
                self._failed(told)
                return
            self.counters.add("poll.asked")
            for row in rows:
                self._judge(row, told)
            after = rows[-1].id

    def _judge(self, row: Delivery, told: Statuses) -> None:
        status = told.known.get(row.rid)
        if status is None and row.rid not in told.unknown:
            return
        moved = self.store.revise(row.rid, lambda each: polled(each, status, self.now(), self.rules))
        if moved is None or moved == row:
            return
        reason = moved.reason and moved.reason.code
        log.info("poll.told", rid=row.rid, state=moved.state, reason=reason, verdict=status)
        self.counters.add(f"poll.{moved.state}")
        if status == DONE:
            self.unheard()
        if moved.state in BACKLOG:
            self.hand_on(moved)

    def _failed(self, reply: Reply) -> None:
        fault = reply.error or str(reply.status)
        if reply.status == 403:
            self._off_until = self.clock() + OFF_S
            log.error("poll.off", party=reply.party, status=reply.status, reason="mosip.auth.role-missing")
            self.counters.add("poll.forbidden")
            return
        log.warning("poll.failed", party=reply.party, status=reply.status, error=reply.error)
        self.counters.add(f"poll.failed.{reply.party}.{fault}")


def polled(row: Delivery, status: str | None, now: datetime, rules: Rules) -> Delivery:
    """The row after MOSIP's word; ``status`` None: it does not know the RID.

    Whatever it says, the deadline stays: a registration that is done without a credential is not on its way.
    """
    if row.state is not State.AWAITING:
        return row
    if status in REFUSALS:
        return transitions.with_outcome(row, REFUSALS[status], status, now, rules)[1] or row
    if status == DONE:
        if rules.confirmation[row.kind] is not Confirmation.CREDENTIAL:
            return transitions.with_outcome(row, Outcome.PROCESSED, None, now, rules)[1] or row
        return replace(row, outcome=Outcome.PROCESSED, reason=row.reason or NOT_ISSUED)
    if status is None:
        return replace(row, reason=row.reason or RID_UNKNOWN)
    return row
