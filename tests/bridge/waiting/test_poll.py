"""What MOSIP's word on a silent registration does: mosip/registration: registration-status-service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bridge.delivery import transitions
from bridge.delivery.poll import OFF_S, StatusPoll
from bridge.delivery.transitions import Confirmation, Outcome
from bridge.http import Reply
from bridge.model import State
from bridge.mosip.status import Statuses
from bridge.store import Receipt

HOUR = timedelta(hours=1)


@dataclass
class Mosip:
    """A status service that says what it is told to."""

    says: dict[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    fails: Reply | None = None
    asked: list[list[str]] = field(default_factory=list)

    def ask(self, rids: Sequence[str]) -> Statuses | Reply:
        self.asked.append(list(rids))
        return self.fails or Statuses(known=self.says, unknown=self.unknown)


@dataclass
class Uptime:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def poll(
    desk: Any, mosip: Mosip, *, birth: Confirmation = Confirmation.CREDENTIAL, **more: Any
) -> StatusPoll:
    return StatusPoll(
        store=desk.store,
        status=mosip,
        rules=desk.rules(birth),
        after=HOUR,
        hand_on=desk.handed_on.append,
        unheard=more.pop("unheard", lambda: None),
        counters=desk.counters,
        now=desk.clock,
        **more,
    )


@pytest.mark.parametrize(
    ("status", "birth", "state", "reason"),
    [
        ("PROCESSING", "credential", State.AWAITING, None),
        ("PROCESSED", "credential", State.AWAITING, None),
        ("RESEND", "credential", State.AWAITING, None),
        ("REREGISTER", "credential", State.REFUSED, "mosip.workflow.failed"),
        ("REJECTED", "credential", State.REFUSED, "mosip.workflow.rejected"),
        ("UIN_GENERATED", "credential", State.AWAITING, "mosip.credential.not-issued"),
        ("UIN_GENERATED", "event", State.ANSWERED, None),
        ("REJECTED", "event", State.REFUSED, "mosip.workflow.rejected"),
    ],
)
def test_each_status_has_its_consequence(
    desk: Any, status: str, birth: str, state: State, reason: str | None
) -> None:
    row = desk.row()
    desk.clock.move(3600)
    poll(desk, Mosip(says={row.rid: status}), birth=Confirmation(birth)).round()
    now = desk.now(row)
    assert (now.state, now.reason and now.reason.code) == (state, reason)
    assert [each.rid for each in desk.handed_on] == ([] if state is State.AWAITING else [row.rid])


def test_the_sub_status_stands_in_the_words(desk: Any) -> None:
    row = desk.row()
    desk.clock.move(3600)
    poll(desk, Mosip(says={row.rid: "REREGISTER"})).round()
    assert "REREGISTER" in desk.now(row).reason.words


def test_only_what_has_been_silent_long_enough_is_asked_about_a_hundred_at_a_time(desk: Any) -> None:
    rows = [desk.row() for _ in range(101)]
    desk.clock.move(3599)
    mosip = Mosip()
    poll(desk, mosip).round()
    assert mosip.asked == []
    desk.clock.move(1)
    fresh = desk.row()
    poll(desk, mosip).round()
    assert [len(each) for each in mosip.asked] == [100, 1]
    asked = {rid for each in mosip.asked for rid in each}
    assert asked == {row.rid for row in rows}
    assert fresh.rid not in asked


def test_what_is_done_without_a_credential_keeps_its_deadline_and_doubts_the_subscription(desk: Any) -> None:
    row, doubts = desk.row(), []
    mosip = Mosip(says={row.rid: "UIN_GENERATED"})
    for _ in range(3):
        desk.clock.move(3600)
        poll(desk, mosip, unheard=lambda: doubts.append(1)).round()
    assert desk.now(row).due_at == row.due_at
    assert doubts == [1], "told once, not with each round"
    desk.clock.move(7 * 86400)
    overdue = transitions.gave_up(desk.now(row))
    assert (overdue.state, overdue.reason.code) == (State.PARKED, "mosip.credential.not-issued")
    receipt, after = transitions.with_credential(overdue, b"sealed", desk.clock(), desk.rules())
    assert (receipt, after.state) == (Receipt.STORED, State.ANSWERED), "a late one sets it going"


def test_a_rid_that_mosip_does_not_know_is_told_and_waits_for_its_deadline(desk: Any) -> None:
    row = desk.row()
    desk.clock.move(3600)
    poll(desk, Mosip(unknown=frozenset({row.rid}))).round()
    now = desk.now(row)
    assert (now.state, now.reason.code) == (State.AWAITING, "mosip.status.rid-unknown")
    assert transitions.gave_up(now).reason.code == "mosip.status.rid-unknown"


def test_what_was_not_answered_stays_as_it_is(desk: Any) -> None:
    row = desk.row()
    desk.clock.move(3600)
    poll(desk, Mosip()).round()
    assert desk.now(row) == row


@pytest.mark.parametrize("says", ["UIN_GENERATED", "REREGISTER", None])
@pytest.mark.parametrize("birth", ["credential", "event"])
def test_an_answer_that_came_meanwhile_counts(desk: Any, birth: str, says: str | None) -> None:
    row = desk.row()
    desk.clock.move(3600)

    class Slow(Mosip):
        def ask(self, rids: Sequence[str]) -> Statuses | Reply:
            told = transitions.with_outcome(row, Outcome.REJECTED, None, desk.clock(), desk.rules())[1]
            self.meanwhile = desk.store.revise(row.rid, lambda _: told)
            return super().ask(rids)

    mosip = Slow(says={row.rid: says}) if says else Slow(unknown=frozenset({row.rid}))
    poll(desk, mosip, birth=Confirmation(birth)).round()
    assert desk.now(row) == mosip.meanwhile
    assert mosip.meanwhile.state is State.REFUSED


def test_a_refusal_switches_the_poll_off_for_an_hour_and_the_rows_wait(desk: Any) -> None:
    row, uptime = desk.row(), Uptime()
    desk.clock.move(3600)
    mosip = Mosip(fails=Reply(party="registration_status", status=403))
    asking = poll(desk, mosip, clock=uptime)
    asking.round()
    uptime.seconds += OFF_S - 1
    asking.round()
    assert len(mosip.asked) == 1
    assert desk.now(row) == row
    assert desk.counted()["poll.forbidden"] == 1
    uptime.seconds += 1
    mosip.fails, mosip.says = None, {row.rid: "REJECTED"}
    asking.round()
    assert desk.now(row).state is State.REFUSED


@pytest.mark.parametrize(
    "reply",
    [
        Reply(party="auth_manager", status=200, codes=("500",)),
        Reply(party="registration_status", status=401),
        Reply(party="registration_status", status=503),
        Reply(party="registration_status", status=None, error="timeout"),
        Reply(party="registration_status", status=200, json={"errors": [{"errorCode": "RPR-RGS-018"}]}),
    ],
)
def test_a_failure_changes_nothing_and_the_next_round_asks_again(desk: Any, reply: Reply) -> None:
    row = desk.row()
    desk.clock.move(3600)
    mosip = Mosip(fails=reply)
    asking = poll(desk, mosip)
    asking.round()
    asking.round()
    assert len(mosip.asked) == 2
    assert desk.now(row) == row
