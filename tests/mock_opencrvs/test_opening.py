"""Registrations opened in bulk for load tests, and the feed of those that were answered."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import contracts
from mock_control.client import AdminError

BIRTH = {"child.name": {"firstname": "Amara", "surname": "Okello"}, "child.dob": "2026-04-28"}
DEATH = {"deceased.name": {"firstname": "Isuru", "surname": "Perera"}, "deceased.nid": "6082941573"}


def opened(opencrvs: Any, kind: str, *declarations: dict[str, Any]) -> list[dict[str, Any]]:
    answer = opencrvs.admin.command("opencrvs.open_registrations", kind=kind, declarations=[*declarations])
    found: list[dict[str, Any]] = answer["registrations"]
    return found


def accept(opencrvs: Any, one: dict[str, Any], *, transaction: str = "t-1") -> Any:
    given = {
        "transactionId": transaction,
        "eventId": one["event_id"],
        "actionId": one["action_id"],
        "registrationNumber": one["certificate_number"],
        "declaration": {},
    }
    return opencrvs.call("event.actions.register.accept", given, one["token"])


@pytest.mark.parametrize(
    ("kind", "declaration", "field"),
    [
        ("birth", BIRTH, "birthCertificateNumber"),
        ("death", DEATH, "deathCertificateNumber"),
    ],
)
def test_a_record_waits_for_the_bridge_and_nobody_was_called(
    opencrvs: Any, bridge: Any, kind: str, declaration: dict[str, Any], field: str
) -> None:
    (one,) = opened(opencrvs, kind, declaration)
    record = opencrvs.record(one["event_id"])
    last = record["actions"][-1]
    assert (last["id"], last["type"], last["status"]) == (one["action_id"], "REGISTER", "Requested")
    assert record["trackingId"] == one["tracking_id"]
    assert record["status"] == "DECLARED"
    assert bridge.received == []
    assert one["request"]["trackingId"] == one["tracking_id"]
    assert one["request"]["requestFields"][field] == one["certificate_number"]
    assert contracts.violations("bridge/registration.request", one["request"]) == []


def test_each_has_ids_of_its_own(opencrvs: Any) -> None:
    found = opened(opencrvs, "birth", BIRTH, BIRTH, BIRTH)
    for name in ("event_id", "action_id", "tracking_id", "certificate_number", "token"):
        assert len({each[name] for each in found}) == len(found)


def test_its_token_confirms_it_and_no_other(opencrvs: Any) -> None:
    one, other = opened(opencrvs, "birth", BIRTH, BIRTH)
    assert accept(opencrvs, {**other, "token": one["token"]}).status_code == 403
    assert accept(opencrvs, one).status_code == 200
    assert opencrvs.record(one["event_id"])["status"] == "REGISTERED"
    assert opencrvs.record(other["event_id"])["status"] == "DECLARED"


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "marriage", "declarations": []},
        {"kind": "birth"},
        {"kind": "birth", "declarations": {}},
        {"kind": "birth", "declarations": [{}] * 1001},
        {"kind": "birth", "declarations": [{"child.dob": "2026-04-28"}]},
        {"kind": "birth", "declarations": ["Amara"]},
    ],
)
def test_what_can_not_be_opened_is_refused(opencrvs: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(AdminError) as refused:
        opencrvs.admin.command("opencrvs.open_registrations", **arguments)
    assert refused.value.status == 400


def test_the_feed_tells_each_answer_once_with_what_repeated_it(opencrvs: Any) -> None:
    one, other = opened(opencrvs, "birth", BIRTH, BIRTH)
    accept(opencrvs, one)
    accept(opencrvs, one)
    accept(opencrvs, {**other, "token": one["token"]})
    told = opencrvs.admin.command("opencrvs.answers")
    seen = [(each["action"], each["answer"], each["transaction"], each["first"]) for each in told["answers"]]
    assert seen == [(one["action_id"], "accept", "t-1", True), (one["action_id"], "accept", "t-1", False)]
    reject = {"transactionId": "t-2", "eventId": other["event_id"], "actionId": other["action_id"]}
    assert opencrvs.call("event.actions.register.reject", reject, other["token"]).status_code == 200
    later = opencrvs.admin.command("opencrvs.answers", after=told["last"])
    assert [(each["answer"], each["action"]) for each in later["answers"]] == [("reject", other["action_id"])]


def test_the_feed_waits_for_news(opencrvs: Any) -> None:
    (one,) = opened(opencrvs, "birth", BIRTH)
    heard: list[Any] = []
    listener = threading.Thread(
        target=lambda: heard.append(opencrvs.admin.command("opencrvs.answers", after=0, wait=5))
    )
    listener.start()
    accept(opencrvs, one)
    listener.join(10)
    assert [each["action"] for each in heard[0]["answers"]] == [one["action_id"]]


def test_a_reset_empties_the_feed(opencrvs: Any) -> None:
    (one,) = opened(opencrvs, "birth", BIRTH)
    accept(opencrvs, one)
    opencrvs.admin.reset()
    assert opencrvs.admin.command("opencrvs.answers")["answers"] == []


@pytest.mark.parametrize("arguments", [{"after": "x"}, {"wait": -1}, {"after": True}])
def test_the_feed_refuses_what_is_no_number(opencrvs: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(AdminError) as refused:
        opencrvs.admin.command("opencrvs.answers", **arguments)
    assert refused.value.status == 400
