"""Accept and reject of a waiting registration (opencrvs-core
packages/events/src/router/event/actions/index.ts).
"""

from __future__ import annotations

import threading
from typing import Any

import pytest

ACCEPT = "event.actions.register.accept"
REJECT = "event.actions.register.reject"
REGISTER = "event.actions.register.request"
NOWHERE = "00000000-0000-4000-8000-000000000000"


def rejection(event: dict[str, Any], action: dict[str, Any], transaction: str = "reject-1") -> dict[str, Any]:
    return {"eventId": event["id"], "actionId": action["id"], "transactionId": transaction}


def last(event: dict[str, Any], count: int = 2) -> list[tuple[str, str]]:
    return [(each["type"], each["status"]) for each in event["actions"]][-count:]


def effects(opencrvs: Any, operation: str) -> list[list[str]]:
    page = opencrvs.admin.journal(after=0, operation=operation)
    return [[effect["name"] for effect in each["effects"]] for each in page.entries]


def test_accept_brings_number_and_identifier(opencrvs: Any, registrar: Any) -> None:
    event, action, token = registrar.requested()
    accepted = opencrvs.ok(ACCEPT, registrar.accept(event, action, surprise="stripped"), token)
    assert last(accepted) == [("REGISTER", "Accepted"), ("UNASSIGN", "Accepted")]
    entry, unassign = accepted["actions"][-2:]
    assert entry["originalActionId"] == action["id"]
    assert (entry["registrationNumber"], entry["declaration"]) == (
        "K3V9Q0ZT7M2A",
        {"child.nid": "4170936258"},
    )
    assert "surprise" not in entry
    assert unassign["transactionId"] == entry["transactionId"]
    state = opencrvs.record(event["id"])
    assert (state["status"], state["flags"]) == ("REGISTERED", [])
    assert (state["registrationNumber"], state["declaration"]["child.nid"]) == ("K3V9Q0ZT7M2A", "4170936258")
    assert effects(opencrvs, "opencrvs.events.register_accept") == [["accept-took-effect"]]


def test_accept_keeps_the_assignment_when_asked(opencrvs: Any, registrar: Any) -> None:
    event, action, token = registrar.requested()
    accepted = opencrvs.ok(ACCEPT, registrar.accept(event, action, keepAssignment=True), token)
    assert last(accepted, 1) == [("REGISTER", "Accepted")]
    assert opencrvs.record(event["id"])["assignedTo"] == action["createdBy"]


@pytest.mark.parametrize("changes", [{}, {"transactionId": "another", "registrationNumber": "OTHER0000000"}])
def test_second_accept_changes_nothing(opencrvs: Any, registrar: Any, changes: Any) -> None:
    event, action, token = registrar.requested()
    given = registrar.accept(event, action)
    first = opencrvs.ok(ACCEPT, given, token)
    assert opencrvs.ok(ACCEPT, {**given, **changes}, token) == first
    assert effects(opencrvs, "opencrvs.events.register_accept") == [["accept-took-effect"], []]


def test_reject_has_no_declaration_and_leaves_the_flag(opencrvs: Any, registrar: Any) -> None:
    event, action, token = registrar.requested()
    rejected = opencrvs.ok(REJECT, rejection(event, action), token)
    assert last(rejected) == [("REGISTER", "Rejected"), ("UNASSIGN", "Accepted")]
    entry = rejected["actions"][-2]
    assert entry["originalActionId"] == action["id"]
    assert not {"declaration", "annotation"} & set(entry)
    state = opencrvs.record(event["id"])
    assert (state["status"], state["flags"]) == ("DECLARED", ["register:rejected"])
    assert effects(opencrvs, "opencrvs.events.register_reject") == [["reject-took-effect"]]


def test_after_a_reject_registration_may_be_asked_again(opencrvs: Any, registrar: Any) -> None:
    event, action, token = registrar.requested()
    opencrvs.ok(REJECT, {**rejection(event, action), "keepAssignment": True}, token)
    again = opencrvs.ok(REGISTER, registrar.input(event), registrar.token)
    fresh = again["actions"][-1]
    assert fresh["id"] != action["id"]
    opencrvs.ok(ACCEPT, registrar.accept(event, fresh), registrar.action_token(event["id"], fresh["id"]))
    assert opencrvs.record(event["id"])["status"] == "REGISTERED"


ORDER = [
    # first, second, status of the second, its message
    ("accept", "accept", 200, None),
    ("reject", "reject", 200, None),
    ("reject", "accept", 400, "Action has already been rejected."),
    ("accept", "reject", 500, "Action has already been accepted."),
]


@pytest.mark.parametrize(("first", "second", "status", "message"), ORDER)
def test_second_answer_to_one_action(
    opencrvs: Any, registrar: Any, first: str, second: str, status: int, message: str | None
) -> None:
    event, action, token = registrar.requested()
    inputs = {"accept": registrar.accept(event, action), "reject": rejection(event, action)}
    procedures = {"accept": ACCEPT, "reject": REJECT}
    after_first = opencrvs.ok(procedures[first], inputs[first], token)
    answer = opencrvs.call(procedures[second], inputs[second], token)
    assert answer.status_code == status
    if message is None:
        assert answer.json()[0]["result"]["data"]["json"] == after_first
    else:
        assert answer.json()[0]["error"]["json"]["message"] == message


CODES = {400: "BAD_REQUEST", 403: "FORBIDDEN", 404: "NOT_FOUND", 500: "INTERNAL_SERVER_ERROR"}


@pytest.mark.parametrize(
    ("procedure", "status", "message"),
    [(ACCEPT, 404, "Action not found."), (REJECT, 500, "Action not found.")],
)
def test_unknown_action(opencrvs: Any, registrar: Any, procedure: str, status: int, message: str) -> None:
    event, _, _ = registrar.requested()
    token = registrar.action_token(event["id"], NOWHERE)
    given = registrar.accept(event, {"id": NOWHERE})
    assert opencrvs.refused(procedure, given, token) == (status, CODES[status], message)


@pytest.mark.parametrize("procedure", [ACCEPT, REJECT])
def test_unknown_event(opencrvs: Any, registrar: Any, procedure: str) -> None:
    token = registrar.action_token(NOWHERE, NOWHERE)
    given = registrar.accept({"id": NOWHERE}, {"id": NOWHERE})
    expected = (404, "NOT_FOUND", f"Event not found with ID: {NOWHERE}")
    assert opencrvs.refused(procedure, given, token) == expected


@pytest.mark.parametrize("procedure", [ACCEPT, REJECT])
@pytest.mark.parametrize(
    ("scopes", "claims", "message"),
    [
        (["type=record.register"], None, "Missing required scopes for action confirmation"),
        (["type=record.confirm-registration"], None, "Missing required scopes for action confirmation"),
        (
            ["type=record.confirm-registration", "type=record.reject-registration"],
            None,
            "Missing required claims for action confirmation",
        ),
        (
            ["record.confirm-registration", "record.reject-registration"],
            None,
            "Missing required claims for action confirmation",
        ),
        (None, (NOWHERE, "own"), "FORBIDDEN"),
        (None, ("own", NOWHERE), "FORBIDDEN"),
    ],
)
def test_token_must_be_of_this_action(
    opencrvs: Any, registrar: Any, procedure: str, scopes: Any, claims: Any, message: str
) -> None:
    event, action, _ = registrar.requested()
    if scopes is not None:
        token = opencrvs.user(scopes=scopes)
    else:
        ids = [
            own if each == "own" else each
            for own, each in zip((event["id"], action["id"]), claims, strict=True)
        ]
        token = registrar.action_token(*ids)
    assert opencrvs.refused(procedure, registrar.accept(event, action), token) == (403, "FORBIDDEN", message)
    assert opencrvs.record(event["id"])["flags"] == ["register:requested"]


@pytest.mark.parametrize("missing", ["eventId", "actionId", "transactionId", "registrationNumber"])
def test_accept_lacks_something(opencrvs: Any, registrar: Any, missing: str) -> None:
    event, action, token = registrar.requested()
    given = registrar.accept(event, action)
    del given[missing]
    status, code, message = opencrvs.refused(ACCEPT, given, token)
    assert (status, code) == (400, "BAD_REQUEST")
    assert missing in message


def test_number_is_unique_across_records_and_another_one_works(opencrvs: Any, registrar: Any) -> None:
    first, action, token = registrar.requested()
    opencrvs.ok(ACCEPT, registrar.accept(first, action), token)
    second, other, other_token = registrar.requested()
    status, code, message = opencrvs.refused(ACCEPT, registrar.accept(second, other), other_token)
    assert (status, code) == (500, "INTERNAL_SERVER_ERROR")
    assert "registration_number" in message
    assert opencrvs.record(second["id"])["flags"] == ["register:requested"]
    opencrvs.ok(ACCEPT, registrar.accept(second, other, registrationNumber="any text will do"), other_token)
    assert opencrvs.record(second["id"])["registrationNumber"] == "any text will do"


def test_transaction_used_elsewhere_silently_records_nothing(opencrvs: Any, registrar: Any) -> None:
    first, action, token = registrar.requested()
    given = registrar.accept(first, action)
    opencrvs.ok(ACCEPT, given, token)
    second, other, other_token = registrar.requested()
    stolen = registrar.accept(
        second, other, transactionId=given["transactionId"], registrationNumber="NEW000000000"
    )
    answer = opencrvs.ok(ACCEPT, stolen, other_token)
    assert last(answer, 1) == [("REGISTER", "Requested")]
    assert opencrvs.record(second["id"])["flags"] == ["register:requested"]
    assert effects(opencrvs, "opencrvs.events.register_accept")[-1] == []


def test_ten_accepts_at_once_take_effect_once(opencrvs: Any, registrar: Any) -> None:
    event, action, token = registrar.requested()
    statuses: list[int] = []

    def accept(number: int) -> None:
        given = registrar.accept(event, action, transactionId=f"race-{number}")
        statuses.append(opencrvs.call(ACCEPT, given, token).status_code)

    threads = [threading.Thread(target=accept, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert statuses == [200] * 10
    told = effects(opencrvs, "opencrvs.events.register_accept")
    assert sorted(told) == [[]] * 9 + [["accept-took-effect"]]
