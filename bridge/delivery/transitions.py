"""How a delivery changes. Pure functions of the row as it is, run inside the store's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.delivery.steps import Step
from bridge.delivery.verdicts import Ruling, Verdict
from bridge.model import FINISHED, Delivery, Hold, Kind, Reason, State, replace
from bridge.store.interface import Receipt

MAX_REDRAWS = 3
_DOUBT = "mosip.credential."
_STATUS = "mosip.status."
_WAITS_FOR_MOSIP = frozenset({State.QUEUED, State.PACKET_SENT, State.AWAITING})
NO_ANSWER = Reason(
    code="mosip.no-answer", party="mosip", words="MOSIP has not answered within the time that is allowed"
)
NO_IDENTIFIER = Reason(
    code=f"{_DOUBT}no-identifier",
    party="mosip",
    words="MOSIP's credential doesn't hold the identifier that its policy should share",
)
NO_ROOM_FOR_RID = Reason(
    code="mosip.workflow.rid-taken",
    party="workflow",
    words="MOSIP knew every registration id that was drawn as somebody else's",
)


class Confirmation(StrEnum):
    """What a kind of record waits for once MOSIP has taken the packet."""

    CREDENTIAL = "credential"
    EVENT = "event"
    NONE = "none"


class Outcome(StrEnum):
    """How MOSIP's workflow ended (``resultCode`` of its completed event)."""

    PROCESSED = "PROCESSED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the settings say. ``stale_after`` None: wait for ever."""

    confirmation: Mapping[Kind, Confirmation]
    retry_limit: int
    stale_after: timedelta | None


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """A verdict on a step with all that its consequence depends on.

    ``sent_before``: ``workflowinstance`` may have reached MOSIP with this RID before this step ran.
    ``hears_events``: the subscription to the workflow's events is verified.
    ``goes_on``: the next step runs at once, so that it is about to run is recorded with the end of this one.
    """

    step: Step
    verdict: Verdict
    now: datetime
    again_at: datetime
    sent_before: bool = False
    hears_events: bool = False
    goes_on: bool = False


def about_to_send(current: Delivery) -> Delivery:
    """Recorded before ``workflowinstance`` leaves."""
    return replace(current, instance_sent=True)


def held(current: Delivery, hold: Hold) -> Delivery:
    """Taken by somebody, who may then run its next step; the row must be free."""
    return replace(current, lease_owner=hold.owner, lease_until=hold.until, attempt=current.attempt + 1)


def released(current: Delivery) -> Delivery:
    """Free for anybody again."""
    return replace(current, lease_owner=None, lease_until=None)


def postponed(current: Delivery, until: datetime) -> Delivery:
    """Nothing was tried; come back then."""
    return released(replace(current, due_at=until))


def after_step(current: Delivery, ruled: Ruled, rules: Rules) -> Delivery:
    """The row after a step. What else moves a row frees its lease, so that the fence stops a late step."""
    verdict = ruled.verdict
    if verdict.ruling is Ruling.DONE:
        return _done(current, ruled, rules)
    if verdict.ruling is Ruling.PRESENT_BEFORE:
        return _present_before(current, ruled, rules)
    if verdict.ruling is Ruling.ACCEPTED_BEFORE:
        return _closed(current, State.TOLD if current.kind is Kind.DEATH else State.CONFIRMED)
    if verdict.ruling is Ruling.REJECTED_BEFORE:
        return _closed(current, State.REJECTED)
    if not verdict.reached and ruled.step is Step.CREATE_INSTANCE:
        current = replace(current, instance_sent=ruled.sent_before)
    if verdict.ruling is Ruling.PARK or current.failures + 1 >= rules.retry_limit:
        return parked(replace(current, failures=current.failures + 1), verdict.reason)
    return released(
        replace(current, failures=current.failures + 1, due_at=ruled.again_at, reason=verdict.reason)
    )


def gave_up(current: Delivery) -> Delivery:
    """MOSIP's answer is overdue: a person must look."""
    return parked(current, current.reason if _lacks_answer(current) else NO_ANSWER)


def parked(current: Delivery, reason: Reason | None) -> Delivery:
    """Closed to the machine, open to a person; keeps what a retry needs."""
    return released(
        replace(current, state=State.PARKED, parked_from=current.state, reason=reason, due_at=None)
    )


def retried(current: Delivery, now: datetime, rules: Rules) -> Delivery:
    """Back to the state it left, by a person's wish; anything that is not parked stays as it is."""
    if current.state is not State.PARKED or current.parked_from is None:
        return current
    back = replace(current, state=current.parked_from, parked_from=None, reason=None, failures=0, redraws=0)
    return (
        _waiting_or_answered(back, now, rules)
        if back.state is State.AWAITING
        else _due(back, back.state, now)
    )


def redrawn(current: Delivery, rid: str, now: datetime) -> Delivery:
    """Another RID, the packet again; a credential that came for the first one is somebody else's."""
    fresh = replace(
        current,
        rid=rid,
        redraws=current.redraws + 1,
        instance_sent=False,
        credential=None,
        outcome=None,
        outcome_code=None,
    )
    return _due(fresh, State.QUEUED, now)


def with_credential(
    current: Delivery | None, sealed: bytes | None, now: datetime, rules: Rules
) -> tuple[Receipt, Delivery | None]:
    """What a genuine credential does; ``sealed`` is the identifier, None when it holds none."""
    if current is None:
        return Receipt.UNKNOWN, None
    if current.state is State.REJECTED or (current.state is State.REFUSED and _in_hand(current)):
        return Receipt.ORPHAN, None
    if current.state in FINISHED or current.credential is not None or current.state is State.ANSWERED:
        return Receipt.LATE, None
    needs_one = current.kind is Kind.BIRTH and rules.confirmation[Kind.BIRTH] is Confirmation.CREDENTIAL
    if sealed is None and needs_one:
        # Also when it overtakes the workflow's answer: nobody sends it a second time.
        parks = current.state in _WAITS_FOR_MOSIP
        return Receipt.REFUSED, parked(current, NO_IDENTIFIER) if parks else None
    # A death never keeps an identifier, whatever its credential looks like: none may reach the record.
    told = replace(
        current,
        credential=sealed if current.kind is Kind.BIRTH else None,
        outcome=Outcome.PROCESSED,
        outcome_code=None,
    )
    return Receipt.STORED, _moved_by_answer(told, now, rules)


def with_outcome(
    current: Delivery | None, outcome: Outcome, code: str | None, now: datetime, rules: Rules
) -> tuple[Receipt, Delivery | None]:
    """What the end of MOSIP's workflow does."""
    if current is None:
        return Receipt.UNKNOWN, None
    settled = current.state in FINISHED or current.state in {State.ANSWERED, State.REFUSED}
    if settled or current.credential is not None:
        return Receipt.LATE, None
    told = replace(current, outcome=outcome, outcome_code=code)
    return Receipt.STORED, _moved_by_answer(told, now, rules)


def with_doubt(current: Delivery | None, problem: str) -> tuple[Receipt, Delivery | None]:
    """A credential that can't be believed changes no state; the row tells of it."""
    if current is None:
        return Receipt.UNKNOWN, None
    if current.state not in _WAITS_FOR_MOSIP:
        return Receipt.REFUSED, None
    reason = Reason(
        code=f"{_DOUBT}{problem}", party="mosip", words=f"a credential was not believed: {problem}"
    )
    return Receipt.REFUSED, replace(current, reason=reason)


def _done(current: Delivery, ruled: Ruled, rules: Rules) -> Delivery:
    if ruled.step is Step.CREATE_PACKET:
        sent = replace(current, state=State.PACKET_SENT, failures=0, reason=None, due_at=ruled.now)
        return about_to_send(sent) if ruled.goes_on else sent
    if ruled.step is Step.CREATE_INSTANCE:
        return _instance_made(current, ruled, rules)
    return _closed(current, State.CONFIRMED if ruled.step is Step.ACCEPT else State.REJECTED)


def _present_before(current: Delivery, ruled: Ruled, rules: Rules) -> Delivery:
    if ruled.sent_before:
        return _instance_made(current, ruled, rules)
    return parked(replace(current, instance_sent=False), NO_ROOM_FOR_RID)


def _instance_made(current: Delivery, ruled: Ruled, rules: Rules) -> Delivery:
    """MOSIP works on it from here on; no step needs the payload again."""
    made = replace(current, payload=None, reason=None)
    waits_for = rules.confirmation[made.kind]
    if waits_for is Confirmation.NONE:
        return _closed(made, State.TOLD)
    deaf = waits_for is Confirmation.EVENT and not ruled.hears_events
    if deaf and made.kind is Kind.DEATH and made.outcome is None:
        return _due(made, State.ANSWERED, ruled.now)
    return _waiting_or_answered(made, ruled.now, rules)


def _moved_by_answer(current: Delivery, now: datetime, rules: Rules) -> Delivery:
    if current.state is State.AWAITING:
        return _waiting_or_answered(current, now, rules)
    if current.state is State.REFUSED:
        return _due(current, State.ANSWERED, now)
    if current.state is State.PARKED and current.parked_from in _WAITS_FOR_MOSIP and _lacks_answer(current):
        # An answer that would leave it waiting for another one is no reason to take it from the person.
        settled = _waiting_or_answered(current, now, rules).state is not State.AWAITING
        return retried(current, now, rules) if settled else current
    return current


def _waiting_or_answered(current: Delivery, now: datetime, rules: Rules) -> Delivery:
    if current.outcome in {Outcome.FAILED, Outcome.REJECTED}:
        refusal = Reason(
            code=f"mosip.workflow.{(current.outcome or '').lower()}",
            party="mosip",
            words=f"MOSIP's workflow ended {current.outcome}"
            + (f" ({current.outcome_code})" if current.outcome_code else ""),
        )
        return _due(replace(current, reason=refusal), State.REFUSED, now)
    by_event = rules.confirmation[current.kind] is Confirmation.EVENT or current.kind is Kind.DEATH
    if current.credential is not None or (by_event and current.outcome is not None):
        return _due(replace(current, reason=None), State.ANSWERED, now)
    overdue = None if rules.stale_after is None else now + rules.stale_after
    return released(replace(current, state=State.AWAITING, failures=0, due_at=overdue))


def _lacks_answer(current: Delivery) -> bool:
    """It stands for want of an answer (or of one to believe), so that a good one sets it going again."""
    code = "" if current.reason is None else current.reason.code
    return code == NO_ANSWER.code or code.startswith((_DOUBT, _STATUS))


def _in_hand(current: Delivery) -> bool:
    """A reject of it may have left already."""
    return current.lease_owner is not None or current.failures > 0


def _due(current: Delivery, state: State, now: datetime) -> Delivery:
    return released(replace(current, state=state, failures=0, due_at=now))


def _closed(current: Delivery, state: State) -> Delivery:
    reason = current.reason if state is State.REJECTED else None
    emptied = replace(current, payload=None, token=None, credential=None, due_at=None, reason=reason)
    return released(replace(emptied, state=state))
