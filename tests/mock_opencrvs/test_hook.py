"""The hook and the country configuration: what each answer of the hook does to the record, and what
the bridge gets.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

import contracts

REGISTER = "event.actions.register.request"
DECLARE = "event.actions.declare.request"
ACCEPT = "event.actions.register.accept"
TRIGGER = "opencrvs.country_config.trigger"
SEND = "opencrvs.country_config.send_registration"
UNEXPECTED = "Unexpected failure from country config action confirmation API"
INVALID = "Invalid payload received from country config action confirmation API"


def strike(opencrvs: Any, at: str, **do: Any) -> None:
    opencrvs.admin.fault(at=at, scope="everyone", do=do)


ANSWERS = [
    # fault of the hook's receiver, status for the registrar, message, last entry, flags
    ({"status": 202}, 200, None, ("REGISTER", "Requested"), ["register:requested"]),
    ({"status": 400}, 200, None, ("UNASSIGN", "Accepted"), ["register:rejected"]),
    ({"errors": ["REJECTED"]}, 200, None, ("UNASSIGN", "Accepted"), ["register:rejected"]),
    ({"status": 500}, 500, UNEXPECTED, ("REGISTER", "Requested"), ["register:requested"]),
    ({"status": 503}, 500, UNEXPECTED, ("REGISTER", "Requested"), ["register:requested"]),
    ({"status": 401}, 500, UNEXPECTED, ("REGISTER", "Requested"), ["register:requested"]),
    ({"status": 302}, 500, UNEXPECTED, ("REGISTER", "Requested"), ["register:requested"]),
    ({"reset": "before"}, 500, UNEXPECTED, ("REGISTER", "Requested"), ["register:requested"]),
    ({"answer": "number-is-no-text"}, 500, INVALID, ("REGISTER", "Requested"), ["register:requested"]),
    ({"answer": "empty"}, 500, INVALID, ("REGISTER", "Requested"), ["register:requested"]),
]


@pytest.mark.parametrize(("do", "status", "message", "last", "flags"), ANSWERS)
def test_answer_of_the_hook(
    opencrvs: Any, registrar: Any, do: Any, status: int, message: str | None, last: Any, flags: list[str]
) -> None:
    event = registrar.declared()
    strike(opencrvs, TRIGGER, **do)
    answer = opencrvs.call(REGISTER, registrar.input(event), registrar.token)
    assert answer.status_code == status
    if message is not None:
        assert answer.json()[0]["error"]["json"]["message"] == message
    state = opencrvs.record(event["id"])
    assert (state["actions"][-1]["type"], state["actions"][-1]["status"]) == last
    assert state["flags"] == flags


def test_hook_is_not_repeated_and_a_stuck_record_can_still_be_accepted(opencrvs: Any, registrar: Any) -> None:
    event = registrar.declared()
    strike(opencrvs, TRIGGER, status=500)
    given = registrar.input(event)
    assert opencrvs.refused(REGISTER, given, registrar.token)[0] == 500
    opencrvs.ok(REGISTER, given, registrar.token)  # the client's own retry: the record, and no second hook
    assert len(opencrvs.admin.journal(after=0, operation=TRIGGER).entries) == 2  # one was the declaration's
    action = opencrvs.record(event["id"])["actions"][-1]
    opencrvs.ok(ACCEPT, registrar.accept(event, action), registrar.action_token(event["id"], action["id"]))
    assert opencrvs.record(event["id"])["status"] == "REGISTERED"


def test_declaration_that_failed_calls_again_on_replay(opencrvs: Any, registrar: Any) -> None:
    event = registrar.create()
    given = registrar.input(event, declaration={"child.name": {"firstname": "A", "surname": "B"}})
    opencrvs.admin.fault(at=TRIGGER, scope="everyone", do={"status": 500}, times=1)
    assert opencrvs.refused(DECLARE, given, registrar.token)[2] == UNEXPECTED
    assert opencrvs.record(event["id"])["flags"] == ["declare:requested"]
    opencrvs.ok(DECLARE, given, registrar.token)
    assert opencrvs.record(event["id"])["status"] == "DECLARED"
    assert len(opencrvs.admin.journal(after=0, operation="opencrvs.hook.call").entries) == 2


def test_what_core_tells_the_country_configuration(opencrvs: Any, registrar: Any) -> None:
    event, action, _ = registrar.requested()
    call = opencrvs.admin.journal(after=0, operation="opencrvs.hook.call").entries[-1]
    assert (call["method"], call["path"]) == ("POST", "/trigger/events/birth/actions/REGISTER")
    told = call["view"]
    assert told["id"] == event["id"]
    assert told["actions"][-1]["id"] == action["id"]
    assert contracts.violations("opencrvs/hook.request", told) == []
    assert (call["keys"]["strong"], call["violations"]) == ({"action": action["id"]}, [])
    cause = opencrvs.admin.journal(after=0, operation="opencrvs.events.register").entries[-1]
    assert call["cause"] == cause["id"]


def test_accept_before_the_bridge_has_answered_survives_the_202(
    opencrvs: Any, registrar: Any, bridge: Any
) -> None:
    event = registrar.declared()

    def accept_first(headers: dict[str, str], body: dict[str, Any]) -> None:
        action = opencrvs.record(event["id"])["actions"][-1]
        token = headers["authorization"].removeprefix("Bearer ")
        number = body["requestFields"]["birthCertificateNumber"]
        opencrvs.ok(ACCEPT, registrar.accept(event, action, registrationNumber=number), token)

    bridge.before_answer = accept_first
    waiting = opencrvs.ok(REGISTER, registrar.input(event), registrar.token)
    assert (waiting["actions"][-1]["type"], waiting["actions"][-1]["status"]) == ("REGISTER", "Requested")
    state = opencrvs.record(event["id"])
    assert (state["status"], state["flags"]) == ("REGISTERED", [])
    assert state["declaration"]["child.nid"] == "4170936258"


def decoded(text: str) -> Any:
    return json.loads(text)


def english(value: str) -> list[dict[str, str]]:
    return [{"language": "eng", "value": value}]


def test_birth_in_language_arrays(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    event, action, _ = registrar.requested()
    headers, sent = bridge.received[0]
    assert sent.pop("path") == "/events/registration"
    assert contracts.violations("bridge/registration.request", sent) == []
    assert sent["trackingId"] == event["trackingId"]
    assert sent["notification"] == {
        "recipientFullName": "Nadia Haddad",
        "recipientEmail": "nadia@example.org",
        "recipientPhone": "0712345678",
    }
    assert (sent["metaInfo"], sent["audit"]) == ({}, {})
    fields = sent["requestFields"]
    assert re.fullmatch("[0-9A-Z]{12}", fields.pop("birthCertificateNumber"))
    arrays = {
        name: decoded(fields.pop(name)) for name in ("fullName", "gender", "zone", "region", "province")
    }
    assert arrays == {
        "fullName": english("Amara J Okello"),
        "gender": english("Female"),
        "zone": english("North Zone"),
        "region": english("Lake Region"),
        "province": english("Ibombo"),
    }
    assert fields == {
        "dateOfBirth": "2026/04/28",
        "postalCode": "10104",
        "email": "nadia@example.org",
        "phone": "0712345678",
        "preferredLang": "English",
    }
    assert headers["authorization"].startswith("Bearer ")
    page = opencrvs.admin.journal(after=0, operation=SEND).entries
    assert [(each["keys"]["strong"], each["violations"]) for each in page] == [({"action": action["id"]}, [])]


def test_birth_in_plain_texts(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    opencrvs.admin.settings({"opencrvs.dialect": "plain"})
    registrar.requested()
    fields = bridge.received[0][1]["requestFields"]
    assert (fields["fullName"], fields["dateOfBirth"], fields["gender"]) == (
        "Amara J Okello",
        "2026-04-28",
        "female",
    )


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            "language-arrays",
            {
                "fullName": '[{"language":"eng","value":"Isuru Perera"}]',
                "dateOfBirth": "1951/04/22",
                "gender": '[{"language":"eng","value":"Male"}]',
                "UIN": "6082941573",
                "deceasedDeclarationDate": "2026/05/01",
                "typeOfDeath": '[{"language":"eng","value":"Manner_natural"}]',
            },
        ),
        (
            "plain",
            {
                "fullName": "Isuru Perera",
                "dateOfBirth": "1951-04-22",
                "gender": "male",
                "nationalIdNumber": "6082941573",
                "deceasedDeclarationDate": "2026-05-01",
                "typeOfDeath": "Manner_natural",
            },
        ),
    ],
)
def test_death_in_both_dialects(
    opencrvs: Any, registrar: Any, bridge: Any, dialect: str, expected: Any
) -> None:
    opencrvs.admin.settings({"opencrvs.dialect": dialect})
    event, _, _ = registrar.requested("death")
    fields = bridge.received[0][1]["requestFields"]
    number = fields.pop("deathCertificateNumber")
    assert re.fullmatch("[0-9A-Z]{12}", number)
    same = {
        "declaredAsDeceased": "Y",
        "email": "sandun@example.org",
        "phone": "0798765432",
        "preferredLang": "English",
    }
    assert fields == {**expected, **same}
    assert opencrvs.record(event["id"])["flags"] == ["register:requested"]


def years_ago(years: int) -> str:
    today = datetime.now(UTC).date()
    day = min(today.day, 28)
    return today.replace(year=today.year - years, day=day).isoformat()


@pytest.mark.parametrize(
    ("kind", "changes", "sent"),
    [
        ("birth", {}, True),
        ("birth", {"child.dob": None}, False),
        ("birth", {"child.dob": years_ago(9)}, True),
        ("birth", {"child.dob": years_ago(11)}, False),
        ("death", {}, True),
        ("death", {"deceased.nid": None}, False),
    ],
)
def test_who_is_not_eligible_is_registered_at_once(
    opencrvs: Any, registrar: Any, bridge: Any, kind: str, changes: Any, sent: bool
) -> None:
    event = registrar.declared(kind, **changes)
    answer = opencrvs.ok(REGISTER, registrar.input(event), registrar.token)
    state = opencrvs.record(event["id"])
    assert len(bridge.received) == sent
    if sent:
        assert state["flags"] == ["register:requested"]
        return
    assert (state["status"], state["flags"]) == ("REGISTERED", [])
    accepted = answer["actions"][-2]
    assert (accepted["type"], accepted["status"], accepted["declaration"]) == ("REGISTER", "Accepted", {})
    assert re.fullmatch("[0-9A-Z]{12}", accepted["registrationNumber"])
    told = opencrvs.admin.journal(after=0, operation="opencrvs.events.register").entries[-1]["effects"]
    assert told == [
        {"name": "registered", "action": accepted["originalActionId"], "event": event["id"], "by": "hook"}
    ]


@pytest.mark.parametrize("failure", ["status-500", "status-401", "lost", "reset"])
def test_bridge_that_fails_rejects_the_registration(
    opencrvs: Any, registrar: Any, bridge: Any, failure: str
) -> None:
    event = registrar.declared()
    if failure.startswith("status"):
        bridge.status = int(failure.removeprefix("status-"))
    elif failure == "reset":
        opencrvs.admin.fault(at=SEND, scope="everyone", do={"reset": "before"})
    else:
        opencrvs.admin.lose(at=SEND, scope="everyone", as_="failed", when="before")
    opencrvs.ok(REGISTER, registrar.input(event), registrar.token)
    state = opencrvs.record(event["id"])
    assert (state["status"], state["flags"]) == ("DECLARED", ["register:rejected"])


def test_held_hook_lets_other_records_pass(opencrvs: Any, registrar: Any) -> None:
    event = registrar.declared()
    gate = opencrvs.admin.hold(at="opencrvs.hook.call", scope="everyone", when="before")
    answers: list[int] = []
    given = registrar.input(event)
    thread = threading.Thread(
        target=lambda: answers.append(opencrvs.call(REGISTER, given, registrar.token).status_code)
    )
    thread.start()
    opencrvs.admin.wait_for("opencrvs.hook.call", state="open", within=5)
    assert opencrvs.record(event["id"])["flags"] == ["register:requested"]
    opencrvs.admin.release(gate)
    thread.join(10)
    assert answers == [200]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/trigger/events/birth/actions/REGISTER", {}, 500),
        ("/trigger/events/birth/actions/REGISTER", "[1]", 500),
        ("/trigger/events/death/actions/REGISTER", "event", 500),
        ("/trigger/events/birth/actions/DECLARE", "event", 500),
    ],
)
def test_hook_that_makes_no_sense(
    opencrvs: Any, registrar: Any, bridge: Any, path: str, body: Any, status: int
) -> None:
    event, _, token = registrar.requested()
    data = json.dumps(event if body == "event" else body)
    headers = {"Content-Type": "application/json"}
    answer = opencrvs.http("POST", path, token=token, data=data, headers=headers)
    assert answer.status_code == status
    assert len(bridge.received) == 1
    assert "Okello" not in answer.text


@pytest.mark.parametrize("audience", [None, "opencrvs:gateway-user"])
def test_hook_wants_a_token_for_the_country_configuration(
    opencrvs: Any, registrar: Any, bridge: Any, signing_key: str, audience: str | None
) -> None:
    event, _, _ = registrar.requested()
    token = None
    if audience is not None:
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "scope": [],
            "iat": now,
            "exp": now + 60,
            "aud": [audience],
            "iss": "opencrvs:auth-service",
            "sub": "x",
        }
        key = RSAKey.import_key(signing_key)
        token = jws.serialize_compact({"alg": "RS256"}, json.dumps(claims), key, algorithms=["RS256"])
    answer = opencrvs.http("POST", "/trigger/events/birth/actions/REGISTER", token=token, json=event)
    assert answer.status_code == 401
    assert len(bridge.received) == 1
