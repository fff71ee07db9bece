"""Timers, stamps, epochs and draws."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_control import Keys
from mock_control.client import AdminError

WAIT = 5.0
DAY = 86400


def test_an_advance_runs_what_falls_due_in_order_and_what_that_brings(toy: Any) -> None:
    ran: list[tuple[str, int]] = []
    begun = toy.control.timers.now()

    def note(name: str) -> None:
        ran.append((name, round((toy.control.timers.now() - begun) / timedelta(days=1))))

    def first() -> None:
        note("first")
        toy.control.timers.after(DAY, lambda: note("brought by the first"), what="child")
        toy.control.timers.soon(lambda: note("at once"), what="child")

    toy.control.timers.after(5 * DAY, lambda: note("third"), what="third")
    toy.control.timers.after(9 * DAY, lambda: note("never"), what="never")
    toy.control.timers.after(2 * DAY, first, what="first")
    toy.control.timers.after(4 * DAY, lambda: note("second"), what="second")

    advanced = toy.admin.advance("7d")

    assert ran == [("first", 2), ("at once", 2), ("brought by the first", 3), ("second", 4), ("third", 5)]
    assert (advanced["ran"], advanced["unfinished"]) == (5, [])
    clock = toy.admin.clock()
    assert abs(timedelta(seconds=clock["advanced_s"]) - timedelta(days=7)) < timedelta(minutes=1)
    assert [each["what"] for each in clock["pending"]] == ["never"]
    assert clock["next_due"] == clock["pending"][0]["due"]


def test_an_advance_does_not_wait_for_what_a_gate_holds(toy: Any) -> None:
    gate = toy.admin.hold("toy.workflow.mint", scope="everyone")
    minted = threading.Event()
    toy.control.timers.after(
        60,
        lambda: toy.control.stage("toy.workflow.mint", keys=Keys(), run=lambda _: minted.set()),
        what="minting",
    )

    assert toy.admin.advance("1h")["unfinished"] == ["minting"]

    toy.admin.release(gate)
    assert minted.wait(WAIT)


def test_work_runs_by_itself_when_its_time_comes(toy: Any) -> None:
    done = threading.Event()
    toy.control.timers.after(0.01, done.set, what="soon")

    assert done.wait(WAIT)


def test_more_work_than_threads_is_all_done(toy: Any) -> None:
    done = threading.Semaphore(0)
    for _ in range(100):
        toy.control.timers.soon(done.release, what="one of many")

    assert all(done.acquire(timeout=WAIT) for _ in range(100))


def test_a_failure_of_timed_work_is_shown_not_lost(toy: Any, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("the packet has no name")

    toy.control.timers.after(60, fail, what="walking the stages of R1")
    toy.admin.advance("1h")

    (failure,) = toy.admin.health()["failures"]
    assert failure["what"] == "walking the stages of R1"
    assert failure["error"] == "ValueError: the packet has no name"
    assert "walking the stages of R1" in caplog.text
    toy.admin.reset()
    assert toy.admin.health()["failures"] == []


def test_skew_moves_stamps_and_not_timers(toy: Any) -> None:
    toy.admin.skew("-10m")

    assert datetime.now(UTC) - toy.control.stamps.now() > timedelta(minutes=9)
    assert abs(datetime.now(UTC) - toy.control.timers.now()) < timedelta(minutes=1)
    assert toy.control.stamps.iso().endswith("Z")
    assert len(toy.control.stamps.iso()) == len("2026-01-01T00:00:00.000Z")
    toy.admin.skew("0s")
    assert toy.admin.clock()["skew_s"] == 0


def test_an_advance_does_not_move_stamps(toy: Any) -> None:
    toy.admin.advance("7d")

    assert abs(datetime.now(UTC) - toy.control.stamps.now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "wish",
    [{"advance": "-1s"}, {"advance": "soon"}, {"advance": "99999d"}, {}, {"advance": "1s", "skew": "1s"}],
)
def test_a_clock_that_can_not_be_moved_so(toy: Any, wish: dict[str, str]) -> None:
    answer = toy.ask("POST", "clock", wish)

    assert answer.status_code == 400
    assert toy.admin.clock()["advanced_s"] == 0


def test_a_reset_begins_an_epoch_and_drops_the_work_of_the_old(toy: Any) -> None:
    ran: list[str] = []
    toy.control.timers.after(60, lambda: ran.append("old"), what="old")
    toy.create(rid="R1")
    toy.admin.advance("1s")
    toy.admin.skew("1h")
    toy.admin.settings({"toy.policy": "lenient"})
    toy.admin.fault(at="toy.*", scope="everyone", do={"delay": "0s"})
    before = toy.admin.health()

    assert toy.admin.reset() == before["epoch"] + 1

    after = toy.admin.health()
    assert (after["epoch"], after["boot"]) == (before["epoch"] + 1, before["boot"])
    assert toy.admin.journal().entries == []
    assert toy.admin.faults() == []
    assert toy.control.settings_value("toy.policy") == "strict"
    assert toy.admin.clock()["skew_s"] == toy.admin.clock()["advanced_s"] == 0
    toy.admin.advance("1h")
    assert ran == []
    (reset,) = toy.resets
    assert (reset.scenario, reset.epoch) == (None, after["epoch"])


def test_a_reset_of_one_scenario_leaves_the_others(toy: Any) -> None:
    ran: list[str] = []
    for scenario in ("one#1", "two#1"):
        owner = f"{scenario}/birth.registration"
        toy.admin.reserve(scenario=scenario, actions=[{"owner": owner, "action_id": f"A-{scenario}"}])
        toy.admin.fault(at="toy.auth.failing", scenario=scenario, do={"status": 500})
        toy.control.stage(
            "toy.workflow.mint",
            keys=Keys(strong={"action": f"A-{scenario}"}),
            run=lambda _, name=scenario: toy.control.timers.after(60, lambda: ran.append(name), what=name),
        )
    epoch = toy.control.epoch

    assert toy.admin.reset(scenario="one#1") == epoch

    assert {entry["scenario"] for entry in toy.admin.journal().entries} == {"two#1"}
    assert [each["scenario"] for each in toy.admin.faults()] == ["two#1"]
    (reset,) = toy.resets
    assert (reset.scenario, reset.owners) == ("one#1", ("one#1/birth.registration",))
    assert reset.covers("one#1/birth.registration")
    assert not reset.covers("one#11/birth.registration")
    toy.admin.advance("1h")
    assert ran == ["two#1"]
    assert toy.create(action="A-one#1").status_code == 410
    assert toy.create(action="A-two#1").status_code == 200


def test_work_that_a_reset_overtakes_can_do_no_more(toy: Any, receiver: Any) -> None:
    begun, reset = threading.Event(), threading.Event()

    def work() -> Any:
        begun.set()
        assert reset.wait(WAIT)
        deliveries = toy.send(receiver.url)
        toy.control.timers.soon(lambda: toy.served.append("child"), what="child")
        toy.control.stage("toy.workflow.mint", keys=Keys(), run=lambda _: toy.served.append("stage"))
        return deliveries

    result = toy.in_background(work)
    assert begun.wait(WAIT)
    toy.admin.reset()
    reset.set()

    assert result.get(timeout=WAIT).__name__ == "StageLost"
    assert toy.served == []
    assert receiver.got.empty()
    assert toy.admin.journal().entries == []


def test_draws_repeat_by_seed_and_do_not_disturb_each_other(make_toy: Any) -> None:
    one, two, other = make_toy(seed=5).control, make_toy(seed=5).control, make_toy(seed=6).control

    first = [one.draw("uin", "a").random() for _ in range(3)]
    two.draw("uin", "b").random()
    two.draw("vid", "a").random()

    assert [two.draw("uin", "a").random() for _ in range(3)] == first
    assert len({*first, two.draw("uin", None).random(), other.draw("uin", "a").random()}) == 5
    one.reset()
    assert one.draw("uin", "a").random() == first[0]


def test_a_scenarios_reset_draws_its_owners_anew_and_no_others(toy: Any) -> None:
    owners = ("one#1/birth.registration", "two#1/birth.registration")
    first = [toy.control.draw("uin", owner).random() for owner in owners]

    toy.admin.reset(scenario="one#1")

    again = [toy.control.draw("uin", owner).random() for owner in owners]
    assert again[0] == first[0]
    assert again[1] != first[1]


def test_reset_is_quick_with_a_full_journal(toy: Any) -> None:
    for number in range(300):
        toy.control.stage("toy.workflow.mint", keys=Keys(strong={"rid": f"R{number}"}), run=lambda _: None)
    begun = datetime.now(UTC)

    toy.control.reset()

    assert datetime.now(UTC) - begun < timedelta(milliseconds=200)


def test_an_unreachable_party_is_an_admin_error() -> None:
    from mock_control.client import AdminClient

    with pytest.raises(AdminError) as refused:
        AdminClient("http://127.0.0.1:1", "token").health()

    assert refused.value.status == 0
