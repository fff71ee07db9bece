"""No exchange has two owners, and what can't be told apart has none."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import requests

from mock_control.client import AdminError
from mock_control.keys import Keys
from mock_control.ownership import NOBODY, Ownership

RUN = "family#1"
ADA, BEN, ADA_FIX = f"{RUN}/ada.registration", f"{RUN}/ben.registration", f"{RUN}/ada.correction"
DEATH, MARY_FIX = f"{RUN}/death.registration", f"{RUN}/mary.correction"
ACTIONS: list[dict[str, Any]] = [
    {
        "owner": ADA,
        "event_id": "event-ada",
        "action_type": "REGISTER",
        "action_id": "action-ada",
        "transaction_id": "transaction-ada",
        "tracking_id": "7QX2MB",
        "certificate_number": "C-ADA",
        "process": "CRVS_NEW",
        "subject": {"name": "Ada Okello", "born": "2026-04-28"},
    },
    {
        "owner": BEN,
        "event_id": "event-ben",
        "action_type": "REGISTER",
        "action_id": "action-ben",
        "certificate_number": "C-BEN",
        "process": "CRVS_NEW",
        "subject": {"name": "Ben Okello", "born": "2026-04-28"},
    },
    {
        "owner": ADA_FIX,
        "event_id": "event-ada",
        "action_type": "APPROVE_CORRECTION",
        "process": "CRVS_UPDATE",
        "subject": {"name": "Ada Okello", "born": "2026-04-28", "identifiers": ["1111"]},
    },
    {
        "owner": DEATH,
        "event_id": "event-death",
        "action_type": "REGISTER",
        "process": "CRVS_DEATH",
        "subject": {"name": "Mary Okello", "born": "1990-01-01", "identifiers": ["9999"]},
    },
    {
        "owner": MARY_FIX,
        "event_id": "event-mary",
        "action_type": "APPROVE_CORRECTION",
        "process": "CRVS_UPDATE",
        "subject": {"name": "Mary Okello", "born": "1990-01-01", "identifiers": ["9999"]},
    },
]
STORY: list[tuple[str, dict[str, Any], str | None]] = [
    ("a twin by her certificate", {"rid": "R1", "process": "CRVS_NEW", "certificate": "C-ADA"}, ADA),
    ("the other twin by his", {"rid": "R2", "process": "CRVS_NEW", "certificate": "C-BEN"}, BEN),
    ("her again, by the RID alone", {"rid": "R1"}, ADA),
    (
        "a correction, by the subject's number",
        {"rid": "R3", "process": "CRVS_UPDATE", "identifiers": ["1111"], "name": "Adah Okello"},
        ADA_FIX,
    ),
    (
        "the mother's death without a number",
        {"rid": "R4", "process": "CRVS_DEATH", "name": "  MARY\tokello ", "born": "1990-01-01"},
        DEATH,
    ),
    (
        "a correction of the mother while her death is open",
        {"rid": "R5", "process": "CRVS_UPDATE", "identifiers": ["9999"]},
        MARY_FIX,
    ),
    ("the death goes on", {"rid": "R4", "hub_event": "H4"}, DEATH),
    ("and is known by the hub's event", {"hub_event": "H4"}, DEATH),
    ("an unnamed twin", {"rid": "R6", "process": "CRVS_NEW", "born": "2026-04-28"}, None),
    (
        "both persons' numbers at once",
        {"rid": "R7", "process": "CRVS_UPDATE", "identifiers": ["1111", "9999"]},
        None,
    ),
    (
        "a stranger of the same name",
        {"rid": "R8", "process": "CRVS_DEATH", "name": "Mary Okello", "born": "1991-01-01"},
        None,
    ),
    (
        "another certificate, the same name and day",
        {
            "rid": "R9",
            "process": "CRVS_NEW",
            "certificate": "C-XXX",
            "name": "Ada Okello",
            "born": "2026-04-28",
        },
        None,
    ),
    (
        "a claim without a process",
        {"rid": "R10", "certificate": "C-ADA"},
        None,
    ),
    (
        "a RID keeps its owner, whatever it claims",
        {"rid": "R1", "process": "CRVS_NEW", "certificate": "C-BEN"},
        ADA,
    ),
    ("two strong keys of two owners", {"rid": "R1", "hub_event": "H4"}, None),
    ("a reserved action's id", {"action": "action-ada", "event": "event-ada"}, ADA),
    ("a reserved transaction", {"transaction": "transaction-ada"}, ADA),
    ("event with action type", {"event": "event-ada", "action_type": "APPROVE_CORRECTION"}, ADA_FIX),
    ("an event alone is a record, no action", {"event": "event-ada"}, None),
    (
        "a forged action id on a known event",
        {"action": "action-forged", "event": "event-ada", "action_type": "REGISTER"},
        None,
    ),
    ("nothing at all", {}, None),
]


def test_each_exchange_of_a_family_has_its_one_owner_or_none(toy: Any) -> None:
    toy.admin.reserve(scenario=RUN, actions=ACTIONS)

    got = [(what, toy.create(**told).json()["owner"]) for what, told, _ in STORY]

    assert got == [(what, owner) for what, _, owner in STORY]
    entries = toy.admin.journal().entries
    assert [entry["owner"] for entry in entries] == [owner for _, _, owner in STORY]
    owners: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        for key in entry["keys"]["strong"].items():
            if entry["owner"]:
                owners[key].add(entry["owner"])
    assert all(len(each) == 1 for each in owners.values())


def test_keys_learnt_in_an_owned_exchange_become_its_owners(toy: Any) -> None:
    toy.admin.reserve(scenario=RUN, actions=ACTIONS)
    toy.create(rid="R1", process="CRVS_NEW", certificate="C-ADA", hub_event="H1")

    assert toy.create(hub_event="H1").json()["owner"] == ADA
    assert toy.control.owner_of("hub_event", "H1") == ADA


def test_an_event_alone_tells_record_and_scenario(toy: Any) -> None:
    toy.admin.reserve(scenario=RUN, actions=ACTIONS)
    toy.create(event="event-ada")

    (entry,) = toy.admin.journal().entries

    assert (entry["owner"], entry["record"], entry["scenario"]) == (None, f"{RUN}/ada", RUN)


def test_reserved_ids_are_there_for_the_mock(toy: Any) -> None:
    toy.admin.reserve(scenario=RUN, actions=ACTIONS)

    found = toy.control.reservation(kind="transaction", value="transaction-ada")

    assert (found.event_id, found.tracking_id, found.certificate_number) == ("event-ada", "7QX2MB", "C-ADA")
    assert [each.action_id for each in toy.control.open_actions("event-ben", "REGISTER")] == ["action-ben"]
    assert toy.control.reservation(kind="tracking", value="UNKNOWN") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner": "other#1/x.registration", "action_id": "action-ada"},
        {"owner": "other#1/x.registration", "event_id": "event-ada"},
    ],
    ids=["action of another", "event of another"],
)
def test_an_id_is_reserved_once(toy: Any, wrong: dict[str, Any]) -> None:
    toy.admin.reserve(scenario=RUN, actions=ACTIONS)

    with pytest.raises(AdminError) as refused:
        toy.admin.reserve(scenario="other#1", actions=[wrong])

    assert refused.value.status == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner": "elsewhere#1/x.registration"},
        {"owner": f"{RUN}/nodot"},
        {"owner": f"{RUN}/x.y", "event_id": 7},
        {"owner": f"{RUN}/x.y", "subject": {"identifiers": [1]}},
        {"owner": f"{RUN}/x.y", "subject": "Ada"},
        "text",
    ],
    ids=[
        "foreign owner",
        "no action",
        "event no text",
        "identifier no text",
        "subject no object",
        "no object",
    ],
)
def test_a_wrong_reservation_is_refused(toy: Any, wrong: Any) -> None:
    answer = toy.ask("POST", "reserve", {"scenario": RUN, "actions": [wrong]})

    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "hostile",
    [
        {"rid": {"a": 1}},
        {"rid": ["x"]},
        {"rid": 7},
        {"rid": "x" * 10_000},
        {"rid": "R", "name": {"a": 1}, "process": []},
    ],
    ids=["object", "list", "number", "novel", "claim"],
)
def test_keys_from_hostile_bodies_harm_nobody(toy: Any, hostile: dict[str, Any]) -> None:
    toy.admin.reserve(scenario=RUN, actions=ACTIONS)

    assert toy.create(**hostile).json()["owner"] is None
    assert toy.admin.health()["failures"] == []


def test_after_unreserve_a_call_of_the_scenario_is_late(toy: Any) -> None:
    toy.admin.reserve(scenario=RUN, actions=ACTIONS)
    toy.create(rid="R1", process="CRVS_NEW", certificate="C-ADA")
    toy.admin.unreserve(RUN)

    late = toy.create(rid="R1")

    assert late.status_code == 410
    assert toy.served == ["create"]
    assert toy.admin.health()["late"] == 1
    assert toy.create(rid="R99").status_code == 200
    toy.control.own("rid", "R1", ADA)
    assert toy.create(rid="R1").status_code == 410, "a straggler can't bring an ended owner back"


def test_a_strong_key_never_changes_its_owner(toy: Any) -> None:
    toy.admin.reserve(scenario=RUN, actions=ACTIONS)
    toy.control.own("rid", "R1", ADA)

    toy.control.own("rid", "R1", BEN)
    toy.create(rid="R1", hub_event="H1", process="CRVS_NEW", certificate="C-BEN")

    assert [toy.control.owner_of(*key) for key in (("rid", "R1"), ("hub_event", "H1"))] == [ADA, ADA]


OTHER = "others#1"


@pytest.fixture
def families(toy: Any) -> Any:
    """Two scenario runs with people of their own, and one neighbour whom both know."""
    toy.admin.people(
        scenario=RUN, people=[{"id": "mother", "uin": "51", "vid": "52"}, {"id": "neighbour", "uin": "60"}]
    )
    toy.admin.people(scenario=OTHER, people=[{"id": "mother", "uin": "71"}, {"id": "neighbour", "uin": "60"}])
    return toy


@pytest.mark.parametrize(
    ("told", "scenario"),
    [
        ({"identifier": "51"}, RUN),
        ({"identifier": "52"}, RUN),
        ({"identifier": "71"}, OTHER),
        ({"identifier": "60"}, None),
        ({"identifier": "99"}, None),
        ({"identifier": "mother"}, None),
        ({"identifier": "1111"}, RUN),
        ({"identifier": "71", "event": "event-ada"}, RUN),
        ({"identifier": ["51"]}, None),
    ],
    ids=[
        "a person's UIN",
        "their VID",
        "of the other run",
        "of both",
        "of nobody",
        "what is no identifier",
        "an identifier of a reserved action",
        "an event counts for more",
        "hostile",
    ],
)
def test_a_person_tells_the_scenario_and_no_owner(families: Any, told: Any, scenario: str | None) -> None:
    families.admin.reserve(scenario=RUN, actions=ACTIONS)
    families.create(rid="R1", **told)

    (entry,) = families.admin.journal().entries

    assert (entry["owner"], entry["scenario"]) == (None, scenario)
    assert families.control.owner_of("rid", "R1") is None


def test_a_person_in_two_roles_and_people_of_two_scenarios() -> None:
    table = Ownership()
    table.add_people(RUN, ["51", "52"])
    table.add_people(OTHER, ["71"])

    def scenario(**weak: str) -> str | None:
        by_role = {f"identifier.{role}": number for role, number in weak.items()}
        return table.settle(Keys(weak=by_role), NOBODY).scenario

    assert scenario(mother="51", informant="52") == RUN
    assert scenario(mother="51", informant="99") == RUN
    assert scenario(mother="51", informant="71") is None


def test_a_fault_strikes_the_scenarios_people_and_nobody_elses(families: Any) -> None:
    for narrowed in ({}, {"of": f"{RUN}/ada"}):
        families.admin.fault(at="toy.packets.create", scenario=RUN, do={"status": 503}, **narrowed)

        assert families.create(identifier="71").status_code == 200
        assert families.create(identifier="60").status_code == 200
        assert families.create(identifier="51").status_code == (200 if narrowed else 503)
        families.admin.clear()


def test_a_gate_holds_the_scenarios_people_and_nobody_elses(families: Any) -> None:
    gate = families.admin.lose("toy.packets.create", scenario=RUN)

    assert families.create(identifier="71").status_code == 200
    with pytest.raises(requests.ConnectionError):
        families.create(identifier="52")
    assert [each["struck"] for each in families.admin.gates() if each["id"] == gate] == [1]


@pytest.mark.parametrize("end", ["reset", "unreserve"])
def test_people_are_the_scenarios_until_it_ends(families: Any, end: str) -> None:
    if end == "reset":
        families.admin.reset(scenario=RUN)
    else:
        families.admin.unreserve(RUN)

    for number in ("51", "60", "71"):
        families.create(identifier=number)

    scenarios = [entry["scenario"] for entry in families.admin.journal().entries]
    assert scenarios == [None, OTHER, OTHER], "the neighbour is the others' alone now"


def test_a_reset_tells_which_people_are_nobody_elses(families: Any) -> None:
    families.admin.reset(scenario=RUN)
    families.admin.reset()

    first, full = families.resets
    assert first.people == {"51", "52"}
    assert (first.covers(None, "51"), first.covers(None, "60"), full.covers(None, "60")) == (
        True,
        False,
        True,
    )
    families.create(identifier="71")
    (entry,) = families.admin.journal().entries
    assert entry["scenario"] is None


def test_people_of_no_scenario_are_nobodys(toy: Any) -> None:
    toy.ask("POST", "people", {"people": [{"uin": "51"}]})
    toy.create(identifier="51")

    (entry,) = toy.admin.journal().entries

    assert entry["scenario"] is None
    assert toy.ask("POST", "people", {"scenario": 7, "people": []}).status_code == 400
