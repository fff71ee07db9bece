"""Finds records that wait in OpenCRVS and that no open delivery is about, and does what can be done.

Core tells the country configuration of a registration once; when that call fails, nobody repeats it and
the record waits for ever. The bridge can't make a delivery of such a record by itself (``bridge.records``),
so it has the country configuration do it: it is told again, with the pending action's own token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.delivery import transitions
from bridge.delivery.transitions import Rules
from bridge.http import Reply
from bridge.metrics import Counters
from bridge.model import BACKLOG, OPEN, Delivery, Kind, State
from bridge.reading import JSON
from bridge.records import Records, WaitingRecord, pending_registration
from bridge.store import Finding, Found, Store

log = structlog.get_logger(__name__)

AWAY = frozenset({"upstream", "mosip.auth.no-token", "opencrvs.auth.no-token"})
"""Reasons (or their first word) that tell of an upstream that was away, not of the record."""
WORDS: Mapping[str, str] = {
    "reconcile.adopted": "the bridge had never seen it; the country configuration has sent it now",
    "reconcile.never-seen": "the bridge has never seen it, and BRIDGE_COUNTRY_CONFIG_URL is not set",
    "reconcile.other-action": "what waits in it is not one registration",
    "reconcile.other-kind": "the bridge takes births and deaths only",
    "reconcile.unreadable": "OpenCRVS doesn't let the bridge read the record",
    "reconcile.no-authority": "OpenCRVS gives the bridge no token for the action",
    "reconcile.country-config-failed": "the country configuration did not take it",
    "reconcile.country-config-decided": (
        "the country configuration would close it without MOSIP; a person must tell OpenCRVS"
    ),
    "reconcile.not-sent-here": "the country configuration says that it is on its way, but nothing came here",
    "reconcile.closed-here": "the bridge has finished with it, but OpenCRVS still waits",
}


class ReconcileFailedError(Exception):
    """OpenCRVS could not be asked. Names the party and what it answered, nothing personal."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was made of a record; ``code`` is of WORDS or a delivery's own reason."""

    found: Found
    code: str
    words: str
    action_id: str | None = None
    rid: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    """``after``: how long a record must have waited, so that a slow call of core is never overtaken."""

    store: Store
    records: Records
    rules: Rules
    after: timedelta
    hand_on: Callable[[Delivery], None]
    counters: Counters
    now: Callable[[], datetime]

    def round(self) -> Sequence[Finding]:
        """Look once, and keep what was found. Raises ReconcileFailedError, StoreUnavailableError."""
        waiting = self.records.waiting()
        if isinstance(waiting, Reply):
            raise ReconcileFailedError(_how(waiting))
        since = self.now() - self.after
        before = {each.event_id: each for each in self.store.findings()}
        findings = [
            self._finding(record, verdict)
            for record in waiting
            if record.changed_at <= since
            and (verdict := self._judge(record, before.get(record.event_id))) is not None
        ]
        self.store.keep_findings(findings)
        self.counters.add("reconcile.rounds")
        log.info("reconcile.done", count=len(findings), backlog=len(waiting))
        return findings

    def work(self) -> None:
        """A round in which nobody waits for the findings. Raises StoreUnavailableError."""
        try:
            self.round()
        except ReconcileFailedError as error:
            log.warning("reconcile.failed", reason=str(error))
            self.counters.add("reconcile.failed")

    def _judge(self, record: WaitingRecord, before: Finding | None) -> Verdict | None:
        rows = self.store.of_event(record.event_id)
        if any(row.state in OPEN for row in rows):
            return None
        if record.kind not in set(Kind):
            return _person("reconcile.other-kind")
        if not rows and not self.records.can_hand_over:
            return _person("reconcile.never-seen")
        if before is not None and before.waits_since == record.changed_at:
            # Each read leaves a mark in the record's log: what has not changed is not read again.
            row = next((each for each in rows if each.action_id == before.action_id), None)
            if row is not None:
                return self._known(row)
        document = self.records.document(record.event_id)
        if isinstance(document, Reply):
            return _person("reconcile.unreadable")
        action_id = pending_registration(document)
        if action_id is None:
            return _person("reconcile.other-action")
        row = next((each for each in rows if each.action_id == action_id), None)
        return self._adopted(record, action_id, document) if row is None else self._known(row)

    def _known(self, row: Delivery) -> Verdict | None:
        if row.state is not State.PARKED:
            return _person("reconcile.closed-here", action_id=row.action_id, rid=row.rid)
        code = "" if row.reason is None else row.reason.code
        words = "" if row.reason is None else row.reason.words
        if not {code, code.partition(".")[0]} & AWAY:
            return Verdict(
                found=Found.NEEDS_PERSON, code=code, words=words, action_id=row.action_id, rid=row.rid
            )
        now = self.now()
        again = self.store.revise(row.rid, lambda each: transitions.retried(each, now, self.rules))
        if again is not None and again.state in BACKLOG:
            self.hand_on(again)
        return Verdict(found=Found.RETRIED, code=code, words=words, action_id=row.action_id, rid=row.rid)

    def _adopted(self, record: WaitingRecord, action_id: str, document: Mapping[str, JSON]) -> Verdict:
        if not self.records.can_hand_over:
            return _person("reconcile.never-seen", action_id=action_id)
        token = self.records.action_token(event_id=record.event_id, action_id=action_id)
        if isinstance(token, Reply):
            return _person("reconcile.no-authority", action_id=action_id)
        answer = self.records.hand_over(document, kind=record.kind, token=token)
        row = next(
            (each for each in self.store.of_event(record.event_id) if each.action_id == action_id), None
        )
        if row is not None:
            words = WORDS["reconcile.adopted"]
            return Verdict(
                found=Found.ADOPTED, code="reconcile.adopted", words=words, action_id=action_id, rid=row.rid
            )
        codes = {200: "reconcile.country-config-decided", 202: "reconcile.not-sent-here"}
        code = codes.get(answer.status or 0, "reconcile.country-config-failed")
        return _person(code, action_id=action_id)

    def _finding(self, record: WaitingRecord, verdict: Verdict) -> Finding:
        now = self.now()
        tell = log.warning if verdict.found is Found.NEEDS_PERSON else log.info
        tell(
            "reconcile.found",
            event_id=record.event_id,
            action_id=verdict.action_id,
            kind=record.kind,
            rid=verdict.rid,
            verdict=verdict.found,
            reason=verdict.code,
        )
        self.counters.add(f"reconcile.{verdict.found}")
        return Finding(
            event_id=record.event_id,
            action_id=verdict.action_id,
            kind=record.kind,
            tracking_id=record.tracking_id,
            rid=verdict.rid,
            verdict=verdict.found,
            code=verdict.code,
            words=verdict.words,
            waits_since=record.changed_at,
            found_at=now,
            seen_at=now,
        )


def _person(code: str, *, action_id: str | None = None, rid: str | None = None) -> Verdict:
    return Verdict(found=Found.NEEDS_PERSON, code=code, words=WORDS[code], action_id=action_id, rid=rid)


def _how(reply: Reply) -> str:
    return f"{reply.party}:{reply.error or reply.status}"
