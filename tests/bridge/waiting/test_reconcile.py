"""Records that wait in OpenCRVS, and what the reconciler makes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bridge.http import RawReply, Reply
from bridge.model import Reason, State
from bridge.reconcile import ReconcileFailedError, Reconciler
from bridge.records import WaitingRecord

EVENT = "cd193ddd-9d8f-422e-82df-596818fac5a1"
ACTION = "568e9da8-9c62-4df8-b245-8e0d68f8ca7b"
OTHER_ACTION = "66d115ca-d5d4-41b0-a3e6-d164fffabe62"
HOUR = timedelta(hours=1)


def document(*actions: Mapping[str, object]) -> dict[str, object]:
    return {"id": EVENT, "type": "birth", "actions": list(actions)}


def requested(action_id: str = ACTION, kind: str = "REGISTER") -> dict[str, object]:
    return {"id": action_id, "type": kind, "status": "Requested"}


@dataclass
class OpenCrvs:
    """Records as the system client sees them, and the country configuration behind."""

    desk: Any
    kind: str = "birth"
    can_hand_over: bool = True
    holds: object = field(default_factory=lambda: document(requested()))
    token: str | Reply = "action-token"
    answer: RawReply = field(default_factory=lambda: RawReply(status=202))
    arrives: bool = True
    searched: Reply | None = None
    read: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)
    changed_at: Any = None

    def waiting(self) -> list[WaitingRecord] | Reply:
        changed = self.changed_at or self.desk.clock() - HOUR
        record = WaitingRecord(event_id=EVENT, kind=self.kind, tracking_id="7QX2MB", changed_at=changed)
        return self.searched or [record]

    def document(self, _: str) -> object:
        self.read += 1
        return self.holds

    def action_token(self, **_: str) -> str | Reply:
        return self.token

    def hand_over(self, _: object, *, kind: str, token: str) -> RawReply:
        self.told.append((kind, token))
        if self.arrives:
            self.desk.row(event_id=EVENT, action_id=ACTION)
        return self.answer


def reconciler(desk: Any, records: OpenCrvs) -> Reconciler:
    seen: Any = records
    return Reconciler(
        store=desk.store,
        records=seen,
        rules=desk.rules(),
        after=HOUR,
        hand_on=desk.handed_on.append,
        counters=desk.counters,
        now=desk.clock,
    )


def codes(desk: Any) -> list[tuple[str, str]]:
    return [(str(each.verdict), each.code) for each in desk.store.findings()]


def parked(code: str) -> dict[str, object]:
    reason = Reason(code=code, party="mosip", words="words")
    return {"state": State.PARKED, "parked_from": State.ANSWERED, "reason": reason, "due_at": None}


def test_a_record_that_the_bridge_never_saw_is_handed_to_it(desk: Any) -> None:
    records = OpenCrvs(desk)
    reconciler(desk, records).round()
    assert codes(desk) == [("adopted", "reconcile.adopted")]
    assert records.told == [("birth", "action-token")]
    (found,) = desk.store.findings()
    assert (found.event_id, found.action_id, found.tracking_id) == (EVENT, ACTION, "7QX2MB")
    assert found.rid == desk.store.of_event(EVENT)[0].rid
    assert desk.counted()["reconcile.adopted"] == 1
    reconciler(desk, records).round()
    assert codes(desk) == [], "it is a delivery like any other now"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"can_hand_over": False}, "reconcile.never-seen"),
        ({"kind": "marriage"}, "reconcile.other-kind"),
        ({"holds": Reply(party="opencrvs", status=403)}, "reconcile.unreadable"),
        ({"holds": document(requested(kind="APPROVE_CORRECTION"))}, "reconcile.other-action"),
        ({"holds": document(requested(), requested(OTHER_ACTION))}, "reconcile.other-action"),
        ({"holds": {"actions": "none"}}, "reconcile.other-action"),
        ({"token": Reply(party="opencrvs_auth", status=401)}, "reconcile.no-authority"),
        ({"arrives": False}, "reconcile.not-sent-here"),
        ({"arrives": False, "answer": RawReply(status=200)}, "reconcile.country-config-decided"),
        ({"arrives": False, "answer": RawReply(status=400)}, "reconcile.country-config-failed"),
        ({"arrives": False, "answer": RawReply(status=500)}, "reconcile.country-config-failed"),
        (
            {"arrives": False, "answer": RawReply(status=None, error="connect")},
            "reconcile.country-config-failed",
        ),
    ],
)
def test_what_can_not_be_done_is_told_with_the_reason(desk: Any, changed: dict[str, Any], code: str) -> None:
    reconciler(desk, OpenCrvs(desk, **changed)).round()
    assert codes(desk) == [("needs-person", code)]


def test_a_record_that_is_in_work_is_no_finding_and_not_read(desk: Any) -> None:
    desk.row(event_id=EVENT, action_id=ACTION)
    records = OpenCrvs(desk)
    reconciler(desk, records).round()
    assert (codes(desk), records.read) == ([], 0)


def test_a_record_that_has_not_waited_long_is_left_alone(desk: Any) -> None:
    records = OpenCrvs(desk, changed_at=desk.clock() - HOUR + timedelta(seconds=1))
    reconciler(desk, records).round()
    assert (codes(desk), records.told) == ([], [])


@pytest.mark.parametrize("code", ["upstream.unavailable", "mosip.auth.no-token", "opencrvs.auth.no-token"])
def test_what_was_parked_because_somebody_was_away_goes_on(desk: Any, code: str) -> None:
    row = desk.row(event_id=EVENT, action_id=ACTION, **parked(code))
    reconciler(desk, OpenCrvs(desk)).round()
    assert codes(desk) == [("retried", code)]
    assert desk.now(row).state is State.ANSWERED
    assert [each.rid for each in desk.handed_on] == [row.rid]


@pytest.mark.parametrize("code", ["opencrvs.bad-request", "mosip.no-answer", "opencrvs.forbidden"])
def test_what_was_parked_for_itself_stays_and_is_told(desk: Any, code: str) -> None:
    row = desk.row(event_id=EVENT, action_id=ACTION, **parked(code))
    records = OpenCrvs(desk, changed_at=desk.clock() - HOUR)
    for _ in range(3):
        reconciler(desk, records).round()
    assert codes(desk) == [("needs-person", code)]
    assert desk.now(row).state is State.PARKED
    assert records.read == 1, "what has not changed is not read again: each read stands in the record's log"


def test_who_is_finished_with_a_record_that_still_waits_tells_a_person(desk: Any) -> None:
    desk.row(event_id=EVENT, action_id=ACTION, state=State.CONFIRMED)
    records = OpenCrvs(desk)
    reconciler(desk, records).round()
    assert codes(desk) == [("needs-person", "reconcile.closed-here")]
    assert records.told == []


def test_another_action_of_a_record_that_the_bridge_knows_is_adopted(desk: Any) -> None:
    desk.row(event_id=EVENT, action_id=OTHER_ACTION, state=State.REJECTED)
    reconciler(desk, OpenCrvs(desk)).round()
    assert codes(desk) == [("adopted", "reconcile.adopted")]


def test_an_action_that_was_answered_is_not_the_one_that_waits(desk: Any) -> None:
    answer = {"id": "x", "type": "REGISTER", "status": "Rejected", "originalActionId": OTHER_ACTION}
    holds = document(requested(OTHER_ACTION), answer, requested())
    reconciler(desk, OpenCrvs(desk, holds=holds)).round()
    assert codes(desk) == [("adopted", "reconcile.adopted")]


def test_when_something_was_found_first_is_kept(desk: Any) -> None:
    records = OpenCrvs(desk, can_hand_over=False, changed_at=desk.clock() - HOUR)
    first = desk.clock()
    reconciler(desk, records).round()
    desk.clock.move(3600)
    reconciler(desk, records).round()
    (found,) = desk.store.findings()
    assert (found.found_at, found.seen_at) == (first, desk.clock())


def test_a_search_that_fails_keeps_what_was_found(desk: Any) -> None:
    reconciler(desk, OpenCrvs(desk, can_hand_over=False)).round()
    failing = OpenCrvs(desk, searched=Reply(party="opencrvs", status=403))
    with pytest.raises(ReconcileFailedError, match=r"^opencrvs:403$"):
        reconciler(desk, failing).round()
    reconciler(desk, failing).work()
    assert codes(desk) == [("needs-person", "reconcile.never-seen")]
    assert desk.counted()["reconcile.failed"] == 1
