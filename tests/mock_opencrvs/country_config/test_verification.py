"""The country configuration has the bridge verify the people of a declaration, and stores its word."""

from __future__ import annotations

from typing import Any

import pytest

import contracts
from mock_control.client import AdminError
from mock_opencrvs.country_config.pack import CountryPack

VERIFY = "opencrvs.country_config.verify"
DECLARE = "event.actions.declare.request"
REGISTER = "event.actions.register.request"
UNEXPECTED = "Unexpected failure from country config action confirmation API"


def person(page: str, nid: str = "5260181591", **more: Any) -> dict[str, Any]:
    facts = {
        "name": {"firstname": "Nadia", "surname": "Haddad"},
        "dob": "1994-10-02",
        "gender": "unknown",
        "nid": nid,
        **more,
    }
    return {f"{page}.{fact}": value for fact, value in facts.items() if value is not None}


@pytest.fixture
def opencrvs(opencrvs_with: Any) -> Any:
    return opencrvs_with(bridge_verifies=True)


def says(bridge: Any, text: str, *, status: int = 200) -> None:
    bridge.answers["/verify"] = (status, "text/plain; charset=utf-8", text)


def asked(bridge: Any) -> list[dict[str, Any]]:
    bodies = [dict(body) for _, body in bridge.received]
    return [body for body in bodies if body.pop("path") == "/verify"]


def test_everybody_who_can_be_asked_about(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    says(bridge, "verified")
    people = {**person("mother", "1"), **person("father", "2"), **person("informant", "3")}
    event = registrar.declared(**people)
    common = {"name": {"firstname": "Nadia", "surname": "Haddad"}, "dob": "1994-10-02"}
    assert asked(bridge) == [
        {**common, "nid": "1", "gender": "female", "transactionId": f"mother-{event['id']}"},
        {**common, "nid": "2", "gender": "male", "transactionId": f"father-{event['id']}"},
        {**common, "nid": "3", "transactionId": f"informant-{event['id']}"},
    ]
    record = opencrvs.record(event["id"])
    requested, accepted = [each for each in record["actions"] if each["type"] == "DECLARE"]
    assert accepted["declaration"] == {
        "mother.verified": "verified",
        "father.verified": "verified",
        "informant.verified": "verified",
    }
    assert record["declaration"]["father.verified"] == "verified"
    token = bridge.received[0][0]["authorization"].removeprefix("Bearer ")
    assert token != registrar.token
    assert contracts.violations("bridge/verify.request", asked(bridge)[0]) == []
    entries = opencrvs.admin.journal(after=0, operation=VERIFY).entries
    assert [each["keys"]["strong"] for each in entries] == [{"action": requested["id"]}] * 3
    assert {each["keys"]["weak"]["action_type"] for each in entries} == {"DECLARE"}
    assert [each["violations"] for each in entries] == [[], [], []]


def test_deceased_is_asked_about_with_gender(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    says(bridge, "failed")
    event = registrar.declared("death", **person("spouse", "3"), **person("informant", "2"))
    common = {"name": {"firstname": "Nadia", "surname": "Haddad"}, "dob": "1994-10-02"}
    assert asked(bridge) == [
        {
            "nid": "6082941573",
            "name": {"firstname": "Isuru", "surname": "Perera"},
            "dob": "1951-04-22",
            "gender": "male",
        },
        {**common, "nid": "2"},
        {**common, "nid": "3"},
    ]
    declared = opencrvs.record(event["id"])["declaration"]
    pages = ("deceased", "informant", "spouse")
    assert [declared[f"{page}.verified"] for page in pages] == ["failed"] * 3


NOBODY = [
    {},
    person("mother", nid=None),
    person("mother", dob=None),
    person("mother", name=None),
    person("mother", verified="authenticated"),
    person("mother", nid=""),
]


@pytest.mark.parametrize("people", NOBODY)
def test_nobody_to_ask_about(opencrvs: Any, registrar: Any, bridge: Any, people: dict[str, Any]) -> None:
    changes = {"mother.name": None, **people}
    event = registrar.declared(**changes)
    assert asked(bridge) == []
    assert opencrvs.record(event["id"])["status"] == "DECLARED"


@pytest.mark.parametrize("before", ["pending", "failed", "verified"])
def test_a_status_that_is_no_login_is_asked_for_again(
    opencrvs: Any, registrar: Any, bridge: Any, before: str
) -> None:
    says(bridge, "verified")
    event = registrar.declared(**person("mother", verified=before))
    assert len(asked(bridge)) == 1
    assert opencrvs.record(event["id"])["declaration"]["mother.verified"] == "verified"


NO_WORD = [
    # status, text: from each the declaration stays Requested, and is accepted when it is sent again
    (500, "verified"),
    (503, "{}"),
    (401, '{"error": "Unauthorized"}'),
    (200, "pending"),
    (200, ""),
    (200, '{"status": "verified"}'),
    (202, "verifiedd"),
]


@pytest.mark.parametrize(("status", "text"), NO_WORD)
def test_without_a_word_the_declaration_waits(
    opencrvs: Any, registrar: Any, bridge: Any, status: int, text: str
) -> None:
    says(bridge, text, status=status)
    event = registrar.create()
    declared = {"child.name": {"firstname": "A", "surname": "B"}}
    people = {**person("mother", "1"), **person("father", "2")}
    given = registrar.input(event, declaration={**declared, **people})
    assert opencrvs.refused(DECLARE, given, registrar.token) == (500, "INTERNAL_SERVER_ERROR", UNEXPECTED)
    assert len(asked(bridge)) == 1  # the father is not reached
    assert opencrvs.record(event["id"])["flags"] == ["declare:requested"]
    trigger = opencrvs.admin.journal(after=0, operation="opencrvs.country_config.trigger").entries[-1]
    assert trigger["status"] == 500
    says(bridge, "verified")
    opencrvs.ok(DECLARE, given, registrar.token)
    assert opencrvs.record(event["id"])["status"] == "DECLARED"


@pytest.mark.parametrize("do", [{"status": 503}, {"reset": "before"}])
def test_a_fault_that_strikes_the_question(opencrvs: Any, registrar: Any, bridge: Any, do: Any) -> None:
    opencrvs.admin.fault(at=VERIFY, scope="everyone", do=do, times=1)
    given = registrar.input(
        registrar.create(),
        declaration={"child.name": {"firstname": "A", "surname": "B"}, **person("mother")},
    )
    assert opencrvs.refused(DECLARE, given, registrar.token)[0] == 500
    assert bridge.received == []


@pytest.mark.parametrize("kind", ["birth", "death"])
def test_a_registration_verifies_nobody(opencrvs: Any, registrar: Any, bridge: Any, kind: str) -> None:
    says(bridge, "verified")
    event = registrar.declared(kind, **person("informant"))
    before = len(asked(bridge))
    assert before > 0
    opencrvs.ok(REGISTER, registrar.input(event), registrar.token)
    assert len(asked(bridge)) == before
    assert len(bridge.received) == before + 1


def test_the_setting_goes_before_the_pack(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    assert opencrvs.admin.settings()["opencrvs.verify"]["value"] == "yes"
    opencrvs.admin.settings({"opencrvs.verify": "no"})
    event = registrar.declared(**person("mother"))
    assert bridge.received == []
    assert "mother.verified" not in opencrvs.record(event["id"])["declaration"]
    with pytest.raises(AdminError, match="maybe"):
        opencrvs.admin.settings({"opencrvs.verify": "maybe"})


def test_a_bridge_without_ida_is_not_asked(opencrvs_with: Any, bridge: Any) -> None:
    other = opencrvs_with()
    assert other.admin.settings()["opencrvs.verify"]["value"] == "no"
    token = other.user()
    record = other.ok("event.create", {"type": "birth", "transactionId": "t-1"}, token)
    declaration = {"child.name": {"firstname": "A", "surname": "B"}, **person("mother")}
    other.ok(DECLARE, {"eventId": record["id"], "transactionId": "t-2", "declaration": declaration}, token)
    assert bridge.received == []


def test_a_form_has_every_page_that_is_verified() -> None:
    pack = CountryPack.load("farajaland-like")
    assert {kind: sorted(each.verifies) for kind, each in pack.events.items()} == {
        "birth": ["father", "informant", "mother"],
        "death": ["deceased", "informant", "spouse"],
    }
    for each in pack.events.values():
        for page in each.verifies:
            facts = ("nid", "name", "dob", "verified", "verify-nid-http-fetch")
            assert {f"{page}.{fact}" for fact in facts} <= set(each.form)
