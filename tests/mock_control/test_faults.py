"""Each fault does what it says, to whom it is meant for and to nobody else, as often as it was asked to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from mock_control import Keys
from mock_control.client import AdminError

CREATE = "toy.packets.create"


def test_status_with_headers_and_body(toy: Any) -> None:
    toy.admin.fault(
        at=CREATE,
        scope="everyone",
        do={"status": 503, "headers": {"Retry-After": "2"}, "body": {"why": "busy"}},
    )

    answer = toy.create()

    assert (answer.status_code, answer.headers["Retry-After"], answer.json()) == (503, "2", {"why": "busy"})
    assert toy.served == []
    (entry,) = toy.admin.journal().entries
    assert entry["fault"]["do"]["status"] == 503


def test_errors_in_the_services_own_envelope(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"errors": ["KER-PUT-006", "KER-PUT-007"]})

    answer = toy.create()

    assert answer.status_code == 200
    assert [each["errorCode"] for each in answer.json()["errors"]] == ["KER-PUT-006", "KER-PUT-007"]


def test_an_answer_by_name(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"answer": "null-response"})

    assert toy.create().json() == {"response": None}


def test_commit_then_serves_and_says_something_else(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"commit_then": 504})

    assert toy.create().status_code == 504
    assert toy.served == ["create"]


@pytest.mark.parametrize(("when", "served"), [("before", []), ("after", ["create"])])
def test_reset_cuts_the_connection(toy: Any, when: str, served: list[str]) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"reset": when}, times=1)

    with pytest.raises(requests.ConnectionError) as cut:
        toy.create()

    assert "reset by peer" in str(cut.value)
    assert toy.served == served
    (entry,) = toy.admin.wait_for(CREATE, within=5)
    assert entry["error"] == "reset"
    assert toy.create().status_code == 200


def test_delay_waits_and_then_serves(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"delay": {"range": ["60ms", "80ms"]}})

    begun = time.monotonic()

    assert toy.create().status_code == 200
    assert time.monotonic() - begun >= 0.06


def test_a_reset_of_the_mock_ends_a_delay(toy: Any) -> None:
    toy.admin.fault(at="toy.workflow.mint", scope="everyone", do={"delay": "300s"})
    result = toy.in_background(
        lambda: toy.control.stage("toy.workflow.mint", keys=Keys(), run=lambda _: "minted")
    )
    toy.admin.wait_for("toy.workflow.mint", state="open", where=lambda entry: bool(entry["fault"]), within=5)

    toy.admin.reset()

    assert result.get(timeout=5).__name__ == "StageLost"


def test_a_stage_is_forced_to_an_outcome(toy: Any) -> None:
    toy.admin.fault(at="toy.workflow.mint", scope="everyone", do={"answer": "duplicate"}, times=1)

    outcomes = [
        toy.control.stage("toy.workflow.mint", keys=Keys(), run=lambda outcome: outcome) for _ in range(2)
    ]

    assert outcomes == ["duplicate", None]


def test_a_message_is_not_sent_but_answered_or_reset(toy: Any, receiver: Any) -> None:
    toy.admin.fault(at="toy.hub.deliver", scope="everyone", do={"status": 500}, when={"nth": [1]})
    toy.admin.fault(at="toy.hub.deliver", scope="everyone", do={"reset": "before"}, times=1)

    deliveries = [toy.send(receiver.url, body=b"{}")[0] for _ in range(3)]

    assert [(each.status, each.error) for each in deliveries] == [(500, None), (None, "reset"), (202, None)]
    assert receiver.bodies() == ["{}"]


def test_nth_and_times_count_only_what_is_meant(toy: Any) -> None:
    toy.admin.fault(
        at=CREATE, scope="everyone", do={"status": 500}, when={"nth": [2, 3], "body": {"$.kind": "x"}}
    )

    got = [toy.create(kind=kind).status_code for kind in "xyxyxx"]

    assert got == [200, 200, 500, 200, 500, 200]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.request.process", "NEW"),
        ("/request/process", "NEW"),
        ("$['request'].list[1]", 2),
        ("$.request.none", None),
    ],
)
def test_a_body_condition_reads_paths_and_pointers(toy: Any, path: str, value: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"status": 500}, when={"body": {path: value}})

    assert toy.create(request={"process": "NEW", "list": [1, 2], "none": None}).status_code == 500
    assert toy.create(request={"process": "OLD", "list": [1]}).status_code == 200


def test_for_ends_by_itself(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"status": 500}, for_="0s")

    assert toy.create().status_code == 200


def test_probability_draws_the_same_by_the_same_seed(toy: Any) -> None:
    def struck() -> list[int]:
        fault = toy.admin.fault(
            at=CREATE, scope="everyone", do={"status": 500}, when={"probability": 0.5, "seed": 7}
        )
        got = [toy.create().status_code for _ in range(12)]
        toy.admin.clear(fault)
        return got

    first = struck()

    assert first == struck()
    assert set(first) == {200, 500}


def test_overlapping_scenarios_never_strike_each_other(toy: Any, reserve: Callable[..., str]) -> None:
    one, two = reserve("one#1", rid="R1"), reserve("two#1", rid="R2")
    toy.admin.fault(at="toy.*", scenario="one#1", do={"status": 501})
    toy.admin.fault(at=CREATE, scenario="two#1", of=two, do={"status": 502})
    toy.admin.fault(at=CREATE, scenario="two#1", of=one, do={"status": 599})

    got = [toy.create(**told).status_code for told in ({"rid": "R1"}, {"rid": "R2"}, {"rid": "R3"}, {})]

    assert got == [501, 502, 200, 200]
    assert toy.call("GET", "/packets/R1").status_code == 501
    assert toy.call("POST", "/failing").status_code == 503, (
        "what nobody owns is struck by scope everyone only"
    )


def test_of_may_name_a_record(toy: Any) -> None:
    actions = [
        {"owner": f"one#1/{record}.registration", "event_id": record, "action_type": "REGISTER"}
        for record in ("birth", "death")
    ]
    toy.admin.reserve(scenario="one#1", actions=actions)
    toy.admin.fault(at=CREATE, scenario="one#1", of="one#1/birth", do={"status": 500})

    got = [toy.create(event=event, action_type="REGISTER").status_code for event in ("birth", "death")]

    assert got == [500, 200]


def test_faults_are_listed_counted_and_cleared(toy: Any) -> None:
    first = toy.admin.fault(at=CREATE, scope="everyone", do={"status": 500}, times=1)
    toy.admin.fault(at=CREATE, scenario="one#1", do={"status": 500})
    toy.create()
    toy.create()

    assert [(each["id"], each["struck"]) for each in toy.admin.faults()] == [(first, 1), (first + 1, 0)]
    toy.admin.clear(scenario="one#1")
    assert [each["id"] for each in toy.admin.faults()] == [first]
    toy.admin.clear(first)
    assert toy.admin.faults() == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown operation": ({"at": "toy.packets.creat", "do": {"status": 500}}, CREATE),
    "unknown fault": ({"at": CREATE, "do": {"statsu": 500}}, "status"),
    "errors where there is no envelope": ({"at": "toy.auth.login", "do": {"errors": ["X"]}}, "status"),
    "unknown answer": ({"at": CREATE, "do": {"answer": "nul-response"}}, "null-response"),
    "status of a stage": ({"at": "toy.workflow.mint", "do": {"status": 500}}, "delay"),
    "trickle of a stage": ({"at": "toy.workflow.mint", "do": {"trickle": "5s"}}, "delay"),
    "another address for a route": ({"at": CREATE, "do": {"to": "http://127.0.0.1:1"}}, "trickle"),
    "a change of a route": ({"at": CREATE, "do": {"mutate": "shouted"}}, "trickle"),
    "unknown change": ({"at": "toy.hub.deliver", "do": {"mutate": "shoutd"}}, "shouted"),
    "unknown signature": ({"at": "toy.hub.deliver", "do": {"sign": "nto"}}, "not"),
    "unknown member": ({"at": CREATE, "do": {"status": 500}, "tims": 2}, "times"),
    "unknown condition": ({"at": CREATE, "do": {"status": 500}, "when": {"nht": [1]}}, "nth"),
}


@pytest.mark.parametrize(("wish", "near"), WRONG.values(), ids=WRONG)
def test_a_fault_that_can_not_fit_is_refused_with_what_is_near(
    toy: Any, wish: dict[str, Any], near: str
) -> None:
    answer = toy.ask("POST", "faults", {"scope": "everyone", **wish})

    assert answer.status_code == 400
    assert near in answer.json()["near"]


@pytest.mark.parametrize(
    "wish",
    [
        {"do": {"status": 99}},
        {"do": {"status": True}},
        {"do": {}},
        {"do": {"headers": {}}},
        {"do": {"status": 500, "errors": ["X"]}},
        {"do": {"errors": []}},
        {"do": {"delay": "soon"}},
        {"do": {"delay": {"range": ["3s", "1s"]}}},
        {"do": {"reset": "now"}},
        {"do": {"delay": {"median": "1s"}}},
        {"do": {"delay": {"median": "0s", "sigma": 1}}},
        {"do": {"delay": {"median": "1s", "sigma": 0}}},
        {"do": {"delay": {"range": ["1s", "2s"], "sigma": 1}}},
        {"do": {"hang": "1h"}},
        {"do": {"hang": False}},
        {"do": {"hang": "1s", "status": 500}},
        {"do": {"trickle": "0s"}},
        {"do": {"truncate": False, "garbage": "much"}},
        {"do": {"mutate": 7}, "at": "toy.hub.deliver"},
        {"do": {"to": "127.0.0.1:2024"}, "at": "toy.hub.deliver"},
        {"do": {"to": "http://127.0.0.1:2024/path"}, "at": "toy.hub.deliver"},
        {"do": {"to": "http://user@127.0.0.1"}, "at": "toy.hub.deliver"},
        {"do": {"status": 500}, "times": 0},
        {"do": {"status": 500}, "when": {"nth": ["1"]}},
        {"do": {"status": 500}, "when": {"probability": 2}},
        {"do": {"status": 500}, "when": {"body": {"request": 1}}},
        {"do": {"status": 500}, "when": {"body": {"$.a[*]": 1}}},
        {"do": {"status": 500}, "for": "1 week"},
        {"do": {"status": 500}, "scope": "all"},
        {"do": {"status": 500}, "scenario": "one#1"},
        {"do": {"status": 500}, "of": 3},
    ],
    ids=str,
)
def test_a_broken_wish_is_refused(toy: Any, wish: dict[str, Any]) -> None:
    answer = toy.ask("POST", "faults", {"at": CREATE, "scope": "everyone", **wish})

    assert answer.status_code == 400
    assert toy.admin.faults() == []


def test_neither_scenario_nor_everyone_is_refused(toy: Any) -> None:
    with pytest.raises(AdminError, match="scope: everyone"):
        toy.admin.fault(at=CREATE, do={"status": 500})


def test_a_pattern_strikes_only_what_it_fits(toy: Any) -> None:
    toy.admin.fault(at="toy.*", scope="everyone", do={"errors": ["X"]})

    assert toy.create().json()["errors"] == [{"errorCode": "X"}]
    assert toy.call("POST", "/login").json()["access_token"] == "secret-issued"


def test_flasks_test_client_gets_a_reset_as_a_connection_error(make_toy: Any) -> None:
    toy = make_toy()
    from flask import Flask

    from mock_control import Answer, Control, ControlSettings, operation

    app = Flask("inner")

    @app.get("/")
    @operation("toy.inner.get", help="Gets")
    def get(_: Any) -> Answer:
        return Answer()

    control = Control(party="toy", settings=ControlSettings(admin_token=None))
    control.init_app(app)
    control.faults.set({"at": "toy.inner.get", "scope": "everyone", "do": {"reset": "before"}})

    with pytest.raises(ConnectionResetError):
        app.test_client().get("/")
    assert toy.served == []
