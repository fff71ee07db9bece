"""Records: creating, reading, finding, requesting; scopes, assignment, replay, forms (opencrvs-core
packages/events).
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import contracts

NOWHERE = "00000000-0000-4000-8000-000000000000"
OFFICE = "0f0c5a2e-7a55-4c55-9d0f-3f6a4b1c2d01"
REGISTER = "event.actions.register.request"
DECLARE = "event.actions.declare.request"


def entries(event: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["type"], each["status"]) for each in event["actions"]]


def test_user_gets_a_new_record_assigned(opencrvs: Any, registrar: Any) -> None:
    event = registrar.create()
    assert entries(event) == [("CREATE", "Accepted"), ("ASSIGN", "Accepted")]
    assert re.fullmatch("[0-9A-Z]{6}", event["trackingId"])
    create, assign = event["actions"]
    assert create["transactionId"] == assign["transactionId"]
    assert assign["assignedTo"] == create["createdBy"]
    assert (create["createdByRole"], create["createdByUserType"]) == ("REGISTRAR", "user")
    assert create["createdAtLocation"] == OFFICE
    assert contracts.violations("opencrvs/event-document", event) == []


def test_create_is_idempotent_on_transaction_and_type(opencrvs: Any, registrar: Any) -> None:
    given = {"type": "birth", "transactionId": "same"}
    first = opencrvs.ok("event.create", given, registrar.token)
    assert opencrvs.ok("event.create", given, registrar.token) == first
    assert opencrvs.ok("event.create", {**given, "type": "death"}, registrar.token)["id"] != first["id"]


def test_system_client_creates_at_a_place_and_is_not_assigned(opencrvs: Any) -> None:
    token = system_token(opencrvs)
    event = opencrvs.ok(
        "event.create", {"type": "birth", "transactionId": "s", "createdAtLocation": OFFICE}, token
    )
    assert entries(event) == [("CREATE", "Accepted")]


def system_token(opencrvs: Any) -> str:
    client = opencrvs.clients[0]
    given = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.secret,
    }
    return str(opencrvs.http("POST", "/token", json=given).json()["access_token"])


@pytest.mark.parametrize(
    ("who", "given", "status", "code", "message"),
    [
        ("user", {"type": "birth"}, 400, "BAD_REQUEST", "transactionId"),
        ("user", {"type": "marriage", "transactionId": "x"}, 400, "BAD_REQUEST", "marriage"),
        (
            "user",
            {"type": "birth", "transactionId": "x", "createdAtLocation": OFFICE},
            400,
            "BAD_REQUEST",
            "createdAtLocation is not allowed for non-system users",
        ),
        (
            "system",
            {"type": "birth", "transactionId": "x"},
            400,
            "BAD_REQUEST",
            "createdAtLocation is required and must be a valid location id",
        ),
        (
            "system",
            {"type": "birth", "transactionId": "x", "createdAtLocation": NOWHERE},
            400,
            "BAD_REQUEST",
            "createdAtLocation must be a valid location id",
        ),
        ("reader", {"type": "birth", "transactionId": "x"}, 403, "FORBIDDEN", "FORBIDDEN"),
        ("deaths", {"type": "birth", "transactionId": "x"}, 403, "FORBIDDEN", "FORBIDDEN"),
    ],
)
def test_refused_create(
    opencrvs: Any, registrar: Any, who: str, given: Any, status: int, code: str, message: str
) -> None:
    tokens = {
        "user": lambda: registrar.token,
        "system": lambda: system_token(opencrvs),
        "reader": lambda: opencrvs.user(scopes=["type=record.read"]),
        "deaths": lambda: opencrvs.user(scopes=["type=record.create&event=death"]),
    }
    refusal = opencrvs.refused("event.create", given, tokens[who]())
    assert refusal[:2] == (status, code)
    assert message in refusal[2]


def test_get_appends_a_read_and_changes_nothing_else(opencrvs: Any, registrar: Any) -> None:
    event = registrar.declared()
    before = opencrvs.record(event["id"])
    read = opencrvs.ok("event.get", {"eventId": event["id"]}, registrar.token)
    assert entries(read) == [*entries(event), ("READ", "Accepted")]
    after = opencrvs.record(event["id"])
    assert (before["status"], before["flags"]) == (after["status"], after["flags"]) == ("DECLARED", [])


def test_get_is_refused(opencrvs: Any, registrar: Any) -> None:
    event = registrar.create()
    given = {"eventId": event["id"]}
    missing = (404, "NOT_FOUND", f"Event not found with ID: {event['id']}")
    deaths = opencrvs.user(scopes=["type=record.read&event=death"])
    assert opencrvs.refused("event.get", given, deaths) == missing
    declarer = opencrvs.user(scopes=["type=record.declare"])
    assert opencrvs.refused("event.get", given, declarer) == (403, "FORBIDDEN", "FORBIDDEN")
    other = registrar.action_token(NOWHERE, NOWHERE)
    refusal = opencrvs.refused("event.get", given, other)
    assert refusal == (403, "FORBIDDEN", "Token does not grant access to this event")
    old_form = opencrvs.refused("event.get", event["id"], registrar.token)
    assert old_form[:2] == (400, "BAD_REQUEST")


def test_declare_is_accepted_at_once_and_unassigns(opencrvs: Any, registrar: Any) -> None:
    event = registrar.create()
    given = registrar.input(event, declaration={"child.name": {"firstname": "A", "surname": "B"}})
    declared = opencrvs.ok(DECLARE, given, registrar.token)
    assert entries(declared)[2:] == [
        ("DECLARE", "Requested"),
        ("DECLARE", "Accepted"),
        ("UNASSIGN", "Accepted"),
    ]
    requested, accepted, unassign = declared["actions"][2:]
    assert accepted["originalActionId"] == requested["id"]
    assert accepted["declaration"] == {}
    assert unassign["transactionId"] == requested["transactionId"]
    state = opencrvs.record(event["id"])
    assert (state["status"], state["flags"], state["assignedTo"]) == ("DECLARED", [], None)
    assert state["declaration"]["child.name"]["firstname"] == "A"


def test_register_waits_after_a_202(opencrvs: Any, registrar: Any) -> None:
    event, action, _ = registrar.requested()
    assert entries(event)[-1] == ("REGISTER", "Requested")
    state = opencrvs.record(event["id"])
    assert (state["status"], state["flags"]) == ("DECLARED", ["register:requested"])
    assert state["assignedTo"] == action["createdBy"]
    assert contracts.violations("opencrvs/event-document", event) == []


def test_replay_of_a_request_returns_the_record_and_calls_nobody(
    opencrvs: Any, registrar: Any, bridge: Any
) -> None:
    event = registrar.declared()
    given = registrar.input(event)
    first = opencrvs.ok(REGISTER, given, registrar.token)
    assert opencrvs.ok(REGISTER, given, registrar.token) == first
    assert len(bridge.received) == 1


def test_second_request_while_one_waits_is_a_conflict(opencrvs: Any, registrar: Any) -> None:
    event, _, _ = registrar.requested()
    status, code, message = opencrvs.refused(REGISTER, registrar.input(event), registrar.token)
    assert (status, code) == (409, "CONFLICT")
    assert message.startswith(
        "Action 'REGISTER' cannot be performed on an event in 'DECLARED' state"
        " with [register:requested] flags."
    )
    assert "Available actions: READ" in message


def test_transaction_of_another_record_records_nothing(opencrvs: Any, registrar: Any) -> None:
    first, second = registrar.declared(), registrar.declared()
    given = registrar.input(first)
    opencrvs.ok(REGISTER, given, registrar.token)
    status, code, message = opencrvs.refused(REGISTER, {**given, "eventId": second["id"]}, registrar.token)
    assert (status, code) == (500, "INTERNAL_SERVER_ERROR")
    assert message.startswith("Expected exactly one pending action")
    assert opencrvs.record(second["id"])["flags"] == []


@pytest.mark.parametrize(
    ("changes", "status", "code", "says"),
    [
        ({"eventId": NOWHERE}, 404, "NOT_FOUND", f"Event not found with ID: {NOWHERE}"),
        ({"eventId": "x"}, 400, "BAD_REQUEST", "Invalid UUID"),
        ({"eventId": None}, 400, "BAD_REQUEST", "expected string, received null"),
        ({"transactionId": 7}, 400, "BAD_REQUEST", "expected string, received number"),
        ({"declaration": []}, 400, "BAD_REQUEST", "expected record, received array"),
        ({"keepAssignment": "yes"}, 400, "BAD_REQUEST", "expected boolean, received string"),
        ({"type": "DECLARE"}, 400, "BAD_REQUEST", 'expected "REGISTER"'),
        ({"surprise": 1}, 400, "BAD_REQUEST", 'Unrecognized key: "surprise"'),
        ({"createdAtLocation": OFFICE}, 400, "BAD_REQUEST", "not allowed for non-system users"),
    ],
)
def test_input_of_a_request_is_strict(
    opencrvs: Any, registrar: Any, changes: Any, status: int, code: str, says: str
) -> None:
    given = {**registrar.input(registrar.declared()), **changes}
    refusal = opencrvs.refused(REGISTER, given, registrar.token)
    assert refusal[:2] == (status, code)
    assert says in json.loads(refusal[2])[0]["message"] if refusal[2].startswith("[") else says in refusal[2]


@pytest.mark.parametrize(
    ("update", "message", "field"),
    [
        ({"child.shoeSize": "7"}, "Unexpected field", "child.shoeSize"),
        ({"child.nid": "4170936258"}, "Hidden or disabled field should not receive a value", "child.nid"),
        ({"child.dob": "28/04/2026"}, "Invalid date field", "child.dob"),
        ({"child.name": "Amara"}, "Invalid input", "child.name"),
        ({"child.name": None}, "Required", "child.name"),
    ],
)
def test_form_is_checked_on_request(
    opencrvs: Any, registrar: Any, update: Any, message: str, field: str
) -> None:
    given = registrar.input(
        registrar.create(), declaration={"child.name": {"firstname": "A", "surname": "B"}, **update}
    )
    status, code, text = opencrvs.refused(DECLARE, given, registrar.token)
    assert (status, code) == (400, "BAD_REQUEST")
    assert [(each["message"], each["id"]) for each in json.loads(text)] == [(message, field)]


def test_who_may_request(opencrvs: Any, registrar: Any) -> None:
    event = registrar.declared()
    given = registrar.input(event)
    colleague = opencrvs.user()
    assert opencrvs.refused(REGISTER, given, colleague) == (
        409,
        "CONFLICT",
        "You are not assigned to this event",
    )
    agent = opencrvs.user(role="FIELD_AGENT")
    assert opencrvs.refused(REGISTER, given, agent) == (403, "FORBIDDEN", "FORBIDDEN")
    system = system_token(opencrvs)
    assert opencrvs.refused(REGISTER, given, system) == (403, "FORBIDDEN", "FORBIDDEN")
    deaths = opencrvs.user(scopes=["type=record.register&event=death"])
    assert opencrvs.refused(REGISTER, given, deaths)[0] == 404


@pytest.mark.parametrize("state", ["CREATED", "REGISTERED"])
def test_register_only_when_declared(opencrvs: Any, registrar: Any, state: str) -> None:
    if state == "CREATED":
        event = registrar.create()
    else:
        event, action, token = registrar.requested()
        given = registrar.accept(event, action, keepAssignment=True)
        opencrvs.ok("event.actions.register.accept", given, token)
    declaration = {"child.name": {"firstname": "A", "surname": "B"}}
    refusal = opencrvs.refused(REGISTER, registrar.input(event, declaration=declaration), registrar.token)
    assert refusal[:2] == (409, "CONFLICT")
    assert f"in '{state}' state with [] flags" in refusal[2]


def test_assignment_is_taken_and_let_go(opencrvs: Any, registrar: Any) -> None:
    event = registrar.create()
    me = event["actions"][1]["assignedTo"]
    colleague = opencrvs.admin.command("opencrvs.user_token")
    take = "event.actions.assignment.assign"
    theirs = registrar.input(event, assignedTo=colleague["sub"])
    assert opencrvs.refused(take, theirs, colleague["token"])[:2] == (409, "CONFLICT")
    opencrvs.ok("event.actions.assignment.unassign", registrar.input(event, assignedTo=None), registrar.token)
    assert opencrvs.record(event["id"])["assignedTo"] is None
    opencrvs.ok(take, theirs, colleague["token"])
    assert opencrvs.record(event["id"])["assignedTo"] == colleague["sub"] != me


def find(opencrvs: Any, token: str, *clauses: Any, join: str = "and") -> list[str]:
    given = {"query": {"type": join, "clauses": list(clauses)}, "limit": 100, "offset": 0}
    found = opencrvs.ok("event.search", given, token)
    assert found["total"] == len(found["results"])
    assert contracts.violations("opencrvs/event-search.response", found) == []
    return [each["id"] for each in found["results"]]


def test_search_by_tracking_id_flags_and_fields(opencrvs: Any, registrar: Any) -> None:
    waiting, _, _ = registrar.requested()
    declared = registrar.declared("death")
    registrar.create()  # not past CREATED: never indexed
    token = registrar.token
    tracking = {"eventType": "birth", "trackingId": {"type": "exact", "term": waiting["trackingId"]}}
    assert find(opencrvs, token, tracking) == [waiting["id"]]
    assert find(opencrvs, token, {"flags": {"anyOf": ["register:requested"]}}) == [waiting["id"]]
    assert find(opencrvs, token, {"flags": {"noneOf": ["register:requested"]}}) == [declared["id"]]
    assert set(find(opencrvs, token, {"eventType": "birth"}, {"eventType": "death"}, join="or")) == {
        waiting["id"],
        declared["id"],
    }
    assert find(opencrvs, token, {"data": {"deceased.nid": {"type": "exact", "term": "6082941573"}}}) == [
        declared["id"]
    ]
    assert find(opencrvs, token, {"status": {"type": "anyOf", "terms": ["REGISTERED"]}}) == []
    deaths = opencrvs.user(scopes=["type=record.search&event=death"])
    assert find(opencrvs, deaths, {"status": {"type": "exact", "term": "DECLARED"}}) == [declared["id"]]


@pytest.mark.parametrize(
    "query",
    [
        {"type": "nor", "clauses": [{"eventType": "birth"}]},
        {"type": "and", "clauses": []},
        {"type": "and", "clauses": [{"colour": 1}]},
    ],
)
def test_search_refuses_what_it_does_not_know(opencrvs: Any, registrar: Any, query: Any) -> None:
    registrar.declared()
    assert opencrvs.refused("event.search", {"query": query}, registrar.token)[:2] == (400, "BAD_REQUEST")
