"""Hold and release, lose and repeat: races that need no seconds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from mock_control import Keys, StageLost
from mock_control.client import AdminError

CREATE, MINT, DELIVER = "toy.packets.create", "toy.workflow.mint", "toy.hub.deliver"
WAIT = 5.0


def holding(entry: dict[str, Any]) -> bool:
    return bool(entry["gate"]) and entry["gate"]["holding"]


def wait_until_held(toy: Any, operation: str, *, count: int = 1) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = toy.admin.wait_for(
        operation, state="open", where=holding, count=count, within=WAIT
    )
    return held


def mint(toy: Any, rid: str = "R1") -> Callable[[], object]:
    return lambda: toy.control.stage(
        MINT, keys=Keys(strong={"rid": rid}), run=lambda _: toy.served.append(rid)
    )


@pytest.mark.parametrize(("when", "served"), [("before", []), ("after", ["create"])])
def test_a_request_is_held_before_or_after_it_was_served(toy: Any, when: str, served: list[str]) -> None:
    gate = toy.admin.hold(CREATE, scope="everyone", when=when)
    with ThreadPoolExecutor(1) as background:
        answer = background.submit(toy.create)
        wait_until_held(toy, CREATE)
        assert toy.served == served
        assert [each["holding"] for each in toy.admin.gates()] == [1]
        assert not answer.done()

        toy.admin.release(gate)

        assert answer.result(WAIT).status_code == 200
    assert toy.served == ["create"]
    assert [(each["holding"], each["struck"], each["open"]) for each in toy.admin.gates()] == [(0, 1, True)]


def test_a_released_gate_stays_open(toy: Any) -> None:
    gate = toy.admin.hold(CREATE, scope="everyone")
    toy.admin.release(gate)

    assert toy.create().status_code == 200


def test_keep_lets_go_of_what_is_held_and_stays_shut(toy: Any) -> None:
    gate = toy.admin.hold(MINT, scope="everyone")
    toy.in_background(mint(toy, "R1"))
    wait_until_held(toy, MINT)
    toy.admin.release(gate, keep=True)
    toy.admin.wait_for(MINT, within=WAIT)

    toy.in_background(mint(toy, "R2"))
    toy.admin.wait_for(
        MINT, state="open", where=lambda entry: holding(entry) and entry["keys"]["strong"]["rid"] == "R2"
    )

    assert toy.served == ["R1"]
    toy.admin.remove_gate(gate)
    toy.admin.wait_for(MINT, count=2, within=WAIT)
    assert toy.served == ["R1", "R2"]


@pytest.mark.parametrize("in_parallel", [False, True])
def test_a_held_message_is_released_in_copies(toy: Any, receiver: Any, in_parallel: bool) -> None:
    gate = toy.admin.hold(DELIVER, scope="everyone")
    result = toy.in_background(lambda: toy.send(receiver.url, body=b'"news"'))
    wait_until_held(toy, DELIVER)
    assert receiver.bodies() == []

    toy.admin.release(gate, copies=3, in_parallel=in_parallel)

    assert [each.status for each in result.get(timeout=WAIT)] == [202, 202, 202]
    assert receiver.bodies() == ['"news"'] * 3
    assert len(toy.admin.wait_for(DELIVER, count=3, within=WAIT)) == 3


def test_a_release_in_copies_that_comes_first_waits_for_the_next(toy: Any, receiver: Any) -> None:
    gate = toy.admin.hold(DELIVER, scope="everyone")
    toy.admin.release(gate, copies=2)

    assert len(toy.send(receiver.url)) == 2
    assert len(toy.send(receiver.url)) == 1


def test_two_held_messages_leave_in_another_order(
    toy: Any, receiver: Any, reserve: Callable[..., str]
) -> None:
    owners = [reserve("one#1", rid="R1"), reserve("two#1", rid="R2")]
    gates = [toy.admin.hold(DELIVER, scenario=owner.partition("/")[0], of=owner) for owner in owners]
    results = [
        toy.in_background(
            lambda rid=rid: toy.send(receiver.url, Keys(strong={"rid": rid}), body=rid.encode())
        )
        for rid in ("R1", "R2")
    ]
    wait_until_held(toy, DELIVER, count=2)

    for number in (1, 0):
        toy.admin.release(gates[number])
        results[number].get(timeout=WAIT)

    assert receiver.bodies() == ["R2", "R1"]


def test_a_gate_of_one_scenario_holds_no_other(toy: Any, receiver: Any, reserve: Callable[..., str]) -> None:
    reserve("one#1", rid="R1")
    reserve("two#1", rid="R2")
    toy.admin.hold(DELIVER, scenario="one#1")
    toy.admin.lose(CREATE, scenario="one#1")

    assert [each.status for each in toy.send(receiver.url, Keys(strong={"rid": "R2"}))] == [202]
    assert [each.status for each in toy.send(receiver.url)] == [202]
    assert toy.create(rid="R2").status_code == 200
    with pytest.raises(requests.ConnectionError):
        toy.create(rid="R1")
    assert [each["struck"] for each in toy.admin.gates()] == [0, 1]


@pytest.mark.parametrize("believed", ["delivered", "failed"])
def test_a_lost_message_counts_as_delivered_or_failed(toy: Any, receiver: Any, believed: str) -> None:
    toy.admin.lose(DELIVER, scope="everyone", as_=believed, times=1)

    lost, sent = toy.send(receiver.url), toy.send(receiver.url)

    assert [each.error for each in lost] == [f"lost-as-{believed}"]
    assert lost[0].ok == (believed == "delivered")
    assert [each.status for each in sent] == [202]
    assert receiver.got.qsize() == 1
    assert toy.admin.journal().entries[0]["error"] == f"lost-as-{believed}"


@pytest.mark.parametrize(("when", "served"), [("before", []), ("after", ["R1"])])
def test_a_lost_stage_ends_its_road(toy: Any, when: str, served: list[str]) -> None:
    toy.admin.lose(MINT, scope="everyone", when=when)

    with pytest.raises(StageLost):
        mint(toy)()

    assert toy.served == served
    assert toy.admin.health()["failures"] == []


def test_a_message_that_is_sent_and_whose_answer_is_lost(toy: Any, receiver: Any) -> None:
    toy.admin.lose(DELIVER, scope="everyone", when="after", as_="failed")

    assert [each.error for each in toy.send(receiver.url)] == ["lost-as-failed"]
    assert receiver.got.qsize() == 1


@pytest.mark.parametrize("in_parallel", [False, True])
def test_repeat_sends_copies(toy: Any, receiver: Any, in_parallel: bool) -> None:
    toy.admin.repeat(DELIVER, scope="everyone", copies=3, in_parallel=in_parallel, times=1)

    assert [len(toy.send(receiver.url)) for _ in range(2)] == [3, 1]
    assert receiver.got.qsize() == 4


@pytest.mark.parametrize("ending", ["all", "scenario"])
def test_reset_ends_what_is_held(toy: Any, reserve: Callable[..., str], ending: str) -> None:
    reserve("one#1", rid="R1")
    toy.admin.hold("toy.*", scenario="one#1")
    stage = toy.in_background(mint(toy))
    wait_until_held(toy, MINT)
    with ThreadPoolExecutor(1) as background:
        answer = background.submit(toy.create, rid="R1")
        wait_until_held(toy, CREATE)

        toy.admin.reset(scenario=None if ending == "all" else "one#1")

        assert stage.get(timeout=WAIT) is StageLost
        assert answer.result(WAIT).status_code == 410
    assert toy.served == []
    assert toy.admin.gates() == []


def test_a_hold_is_bounded(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_control.gates.LONGEST_HOLD", 0.01)
    toy.admin.hold(CREATE, scope="everyone")

    assert toy.create().status_code == 200
    (failure,) = toy.admin.health()["failures"]
    assert failure["what"] == CREATE


@pytest.mark.parametrize(
    "wish",
    [
        {"at": CREATE, "do": "repeat"},
        {"at": DELIVER, "do": "repeat", "when": "after"},
        {"at": DELIVER, "do": "repeat", "copies": 0},
        {"at": DELIVER, "do": "repeat", "copies": 101},
        {"at": DELIVER, "do": "stop"},
        {"at": DELIVER, "do": "lose", "as": "ignored"},
        {"at": "toy.hub.delivery", "do": "hold"},
        {"at": DELIVER, "hold": True},
    ],
    ids=str,
)
def test_a_gate_that_can_not_be_is_refused(toy: Any, wish: dict[str, Any]) -> None:
    answer = toy.ask("POST", "gates", {"scope": "everyone", **wish})

    assert answer.status_code == 400
    assert toy.admin.gates() == []


def test_copies_of_a_request_are_refused(toy: Any) -> None:
    gate = toy.admin.hold(CREATE, scope="everyone")

    with pytest.raises(AdminError, match="only messages"):
        toy.admin.release(gate, copies=2)


def test_an_unknown_gate_is_not_found(toy: Any) -> None:
    with pytest.raises(AdminError) as refused:
        toy.admin.release(99)

    assert refused.value.status == 404
