"""workflowinstance, the stages, the identities that come of them, and the status API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_mosip.id_repository.numbers import is_uin, is_vid, partner_token

RID = "10001100040000120261123100000"
OTHER = "10001100040000220261123100000"
WORKFLOW = "/registrationprocessor/v1/workflowmanager/workflowinstance"
SUPERVISED = json.dumps([{"label": "officerId", "value": None}, {"label": "supervisorId", "value": "crvs1"}])
NOBODY = json.dumps([{"label": "officerPassword", "value": "true"}])


def labels(**values: str) -> str:
    return json.dumps([{"label": name, "value": value} for name, value in values.items()])


def english(text: str) -> str:
    return json.dumps([{"language": "eng", "value": text}])


def born(years: float) -> str:
    return f"{datetime.now(UTC).date() - timedelta(days=int(years * 365.25)):%Y/%m/%d}"


# -- workflowinstance ---------------------------------------------------------------------------------


def test_a_workflow_begins(mosip: Any) -> None:
    mosip.create_packet(mosip.packet(RID))
    answer = mosip.start(RID)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Set-Cookie"].startswith("Authorization=")
    assert answer.text.startswith('{\n  "id" : "mosip.registration.processor.workflow.instance",\n')
    body = answer.json()
    assert body["errors"] is None
    assert len(body["response"]["workflowInstanceId"]) == 36


def test_a_packet_alone_starts_nothing(mosip: Any) -> None:
    mosip.create_packet(mosip.packet(RID))
    assert mosip.state("workflows") == []
    assert mosip.identities() == []


def changed(**members: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda body: body | members


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda body: {key: value for key, value in body.items() if key != name}


def inside(**members: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda body: body | {"request": body["request"] | members}


REFUSED: list[tuple[str, Callable[[dict[str, Any]], Any], str, str]] = [
    ("no id", without("id"), "RPR-WIN-000", "Missing Request Value - id"),
    ("no version", without("version"), "RPR-WIN-000", "Missing Request Value - version"),
    ("no requesttime", without("requesttime"), "RPR-WIN-000", "Missing Request Value - requesttime"),
    ("null id", changed(id=None), "RPR-WIN-000", "Missing Request Value - id"),
    ("nothing", lambda _: {}, "RPR-WIN-000", "Missing Request Value - id"),
    ("other id", changed(id="mosip.other"), "RPR-WIN-001", "Invalid Request Value - id"),
    ("other version", changed(version="1.0"), "RPR-WIN-001", "Invalid Request Value - version"),
    ("bad time", changed(requesttime="today"), "RPR-WIN-001", "Invalid Request Value - requesttime"),
    (
        "a date",
        changed(requesttime="2026-13-23T10:00:00.000Z"),
        "RPR-WIN-001",
        "Invalid Request Value - requesttime",
    ),
    ("no request", without("request"), "RPR-WIN-002", "Unknown Exception"),
    ("request is text", changed(request="x"), "RPR-WIN-002", "Unknown Exception"),
    ("a list", lambda _: [], "RPR-WIN-002", "Unknown Exception"),
    ("process is a list", inside(process=["CRVS_NEW"]), "RPR-WIN-002", "Unknown Exception"),
    ("short id", inside(registrationId="123456789"), "RPR-WIS-000", "Unknown Exception"),
    ("no registration id", inside(registrationId=None), "RPR-WIS-000", "Unknown Exception"),
    ("no process", inside(process=None), "RPR-WIS-000", "Unknown Exception"),
]


@pytest.mark.parametrize(
    ("change", "code", "message"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_refusals_are_200(mosip: Any, change: Callable[..., Any], code: str, message: str) -> None:
    answer = mosip.call("POST", WORKFLOW, json=change(mosip.instance(RID)), token=mosip.login())
    assert answer.status_code == 200
    assert answer.json()["response"] is None
    assert answer.json()["errors"] == [{"errorCode": code, "message": message}]
    assert mosip.state("workflows") == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_a_body_that_is_no_json(mosip: Any, body: bytes) -> None:
    answer = mosip.call("POST", WORKFLOW, data=body, token=mosip.login())
    assert (answer.status_code, answer.json()["errors"][0]["errorCode"]) == (200, "RPR-WIN-002")


@pytest.mark.parametrize(
    "change",
    [
        changed(id="MOSIP.Registration.Processor.Workflow.Instance", version="V1"),
        inside(notificationInfo=None),
        inside(additionalInfoReqId=None, unknown=[1]),
    ],
)
def test_what_is_taken_all_the_same(mosip: Any, change: Callable[..., Any]) -> None:
    answer = mosip.call("POST", WORKFLOW, json=change(mosip.instance(RID)), token=mosip.login())
    assert answer.json()["response"]


def test_the_same_registration_again_is_refused(mosip: Any) -> None:
    mosip.register(RID)
    mosip.ended(RID)
    assert mosip.start(RID).json()["errors"][0]["errorCode"] == "RPR-WIS-001"
    assert mosip.start(RID, "CRVS_DEATH").json()["errors"] is None
    assert len(mosip.identities()) == 1


def test_forced_answers(mosip: Any) -> None:
    at = "mosip.workflow.create_instance"
    mosip.admin.fault(at=at, do={"answer": "bare-string"}, times=1, scope="everyone")
    answer = mosip.start(RID)
    assert (answer.status_code, answer.text) == (200, '"boom"')
    mosip.admin.fault(at=at, do={"errors": ["RPR-WIS-001"]}, times=1, scope="everyone")
    assert mosip.start(RID).json()["errors"] == [
        {"errorCode": "RPR-WIS-001", "message": "WorkflowInstance already present"}
    ]


# -- births -------------------------------------------------------------------------------------------


def test_a_birth_makes_an_identity(mosip: Any) -> None:
    mosip.register(RID)
    row = mosip.ended(RID)
    assert (row["status"], row["result"]) == ("PROCESSED", "PROCESSED")
    assert [each["stage"] for each in row["history"]] == [
        "packet_validator",
        "packet_classifier",
        "cmd_validator",
        "operator_validator",
        "supervisor_validator",
        "demo_dedupe",
        "uin_generator",
        "finalization",
    ]
    [identity] = mosip.identities()
    assert is_uin(identity["uin"])
    assert is_vid(identity["vid"])
    assert (identity["rid"], identity["status"]) == (RID, "ACTIVATED")
    assert (identity["name"], identity["death_declared"]) == ("Amara Okello", False)
    minted = mosip.effect("identity-minted", rid=RID)
    assert minted["operation"] == "mosip.workflow.finalization"
    assert minted["effects"][0] == {
        "name": "identity-minted",
        "rid": RID,
        "uin": identity["uin"],
        "vid": identity["vid"],
        "psut": partner_token(identity["uin"], mosip.settings.partner_id),
    }


INVALID = "Packet validation failed in packet manager"
NO_OFFICER = "Neither officerId nor supervisorId is present in the packet"

FAILING: list[tuple[str, dict[str, Any], str, str]] = [
    ("date of birth in ISO form", {"fields": {"dateOfBirth": "2026-01-01"}}, "packet_validator", INVALID),
    ("name in plain text", {"fields": {"fullName": "Amara"}}, "packet_validator", INVALID),
    ("name too short", {"fields": {"fullName": english("Al")}}, "packet_validator", INVALID),
    (
        "unknown centre",
        {"meta": {"metaData": labels(centerId="99999", machineId="10004")}},
        "cmd_validator",
        "Center ID Not Found in Master DB",
    ),
    (
        "unknown machine",
        {"meta": {"metaData": labels(centerId="10001", machineId="1")}},
        "cmd_validator",
        "Machine ID Not Found in Master DB",
    ),
    ("no meta data", {"meta": {"metaData": None}}, "cmd_validator", "Center ID Not Found in Master DB"),
    ("six years old", {"fields": {"dateOfBirth": born(7)}}, "cmd_validator", "Age group is not INFANT"),
    ("born tomorrow", {"fields": {"dateOfBirth": born(-0.1)}}, "cmd_validator", "Age group is not INFANT"),
    ("no date of birth", {"fields": {"dateOfBirth": None}}, "cmd_validator", "Age group is not INFANT"),
    ("nobody responsible", {"meta": {"operationsData": NOBODY}}, "cmd_validator", NO_OFFICER),
    (
        "meta of Farajaland",
        {"meta": {"operationsData": None, "informantPsut": "1"}},
        "cmd_validator",
        NO_OFFICER,
    ),
    (
        "unknown officer",
        {"meta": {"operationsData": labels(officerId="stranger")}},
        "operator_validator",
        "OfficerId is inActive",
    ),
    (
        "unknown supervisor",
        {"meta": {"operationsData": labels(supervisorId="stranger")}},
        "supervisor_validator",
        "SupervisorId is inActive",
    ),
    (
        "UIN of nobody",
        {"fields": {"UIN": "5260181591"}},
        "uin_generator",
        "UIN Generation failed - IDR-IDC-007 No Record(s) found",
    ),
]


@pytest.mark.parametrize(
    ("changes", "stage", "sub_status"), [each[1:] for each in FAILING], ids=[each[0] for each in FAILING]
)
def test_births_that_fail(mosip: Any, changes: dict[str, Any], stage: str, sub_status: str) -> None:
    mosip.register(RID, **changes)
    row = mosip.ended(RID)
    assert (row["result"], row["stage"], row["sub_status"]) == ("FAILED", stage, sub_status)
    assert mosip.identities() == []


def test_a_workflow_without_a_packet_fails_late(mosip: Any) -> None:
    assert mosip.start(RID).json()["response"]
    assert mosip.ended(RID)["result"] == "FAILED"


def test_a_supervisor_alone_will_do(mosip: Any) -> None:
    mosip.register(RID, meta={"operationsData": SUPERVISED})
    row = mosip.ended(RID)
    assert row["result"] == "PROCESSED"
    assert "operator_validator" not in [each["stage"] for each in row["history"]]


def test_a_child_of_five_is_still_an_infant(mosip: Any) -> None:
    mosip.register(RID, fields={"dateOfBirth": born(5.5)})
    assert mosip.ended(RID)["result"] == "PROCESSED"


def test_the_same_child_twice_is_rejected(mosip: Any) -> None:
    mosip.register(RID)
    mosip.ended(RID)
    mosip.register(OTHER, fields={"fullName": english("AMARA   okello"), "birthCertificateNumber": "B9"})
    row = mosip.ended(OTHER)
    assert (row["result"], row["stage"]) == ("REJECTED", "demo_dedupe")
    assert row["sub_status"] == "Potential Demo Match was Found"
    assert len(mosip.identities()) == 1


@pytest.mark.parametrize(
    ("selected", "result"), [('["birthCertificateNumber"]', "FAILED"), (None, "PROCESSED")]
)
def test_a_handle_guards_only_when_it_is_selected(mosip: Any, selected: str | None, result: str) -> None:
    number = {"birthCertificateNumber": "2026B0001", "selectedHandles": selected}
    mosip.register(RID, fields=number)
    [first] = [mosip.ended(RID)]
    assert first["result"] == "PROCESSED"
    mosip.register(OTHER, fields=number | {"fullName": english("Somebody Else")})
    row = mosip.ended(OTHER)
    assert row["result"] == result
    if result == "FAILED":
        assert row["sub_status"].startswith("UIN Generation failed - IDR-IDC-014")
        assert mosip.identities()[0]["handles"] == ["2026b0001@birthCertificateNumber"]


def test_the_strict_list_wants_more(mosip: Any) -> None:
    mosip.admin.settings({"mosip.mandatory_attributes": "strict"})
    mosip.register(RID)
    row = mosip.ended(RID)
    assert (row["result"], row["sub_status"]) == ("FAILED", "Mandatory Fields are Not Present in ID Object")


@pytest.mark.parametrize(
    ("stage", "outcome", "result"),
    [
        ("packet_validator", "failed", "FAILED"),
        ("demo_dedupe", "rejected", "REJECTED"),
        ("finalization", "failed", "FAILED"),
    ],
)
def test_outcomes_can_be_forced(mosip: Any, stage: str, outcome: str, result: str) -> None:
    mosip.admin.fault(at=f"mosip.workflow.{stage}", do={"answer": outcome}, scope="everyone")
    mosip.register(RID)
    assert mosip.ended(RID)["result"] == result
    assert mosip.identities() == []


def test_an_internal_error_is_reprocessed_later(mosip: Any) -> None:
    mosip.admin.fault(
        at="mosip.workflow.uin_generator", do={"answer": "reprocess"}, times=2, scope="everyone"
    )
    mosip.register(RID)
    mosip.admin.wait_for("mosip.workflow.uin_generator")
    assert mosip.state("workflows")[0]["status"] == "REPROCESS"
    mosip.admin.advance("31m")
    row = mosip.ended(RID)
    assert (row["result"], row["retries"]) == ("PROCESSED", 2)


def test_reprocessing_ends_after_twenty_times(mosip: Any) -> None:
    mosip.admin.fault(at="mosip.workflow.uin_generator", do={"answer": "reprocess"}, scope="everyone")
    mosip.register(RID)
    mosip.admin.wait_for("mosip.workflow.uin_generator")
    mosip.admin.advance("1d")
    row = mosip.ended(RID)
    assert (row["result"], row["retries"]) == ("FAILED", 21)
    assert row["sub_status"] == "Reprocess count has exceeded the configured attempts"


def test_a_lost_stage_swallows_the_birth(mosip: Any) -> None:
    mosip.admin.lose(at="mosip.workflow.uin_generator", when="before", scope="everyone")
    mosip.register(RID)
    mosip.admin.wait_for("mosip.workflow.uin_generator")
    assert mosip.state("workflows")[0]["result"] is None
    assert mosip.identities() == []


def test_stages_wait_for_the_timers(run_mosip: Callable[..., Any]) -> None:
    mosip = run_mosip(stage_delay_s=3600.0)
    mosip.register(RID)
    assert mosip.state("workflows")[0]["status"] == "RESUMABLE"
    mosip.admin.advance("9h")
    assert mosip.ended(RID)["result"] == "PROCESSED"


# -- deaths -------------------------------------------------------------------------------------------


def person(mosip: Any, state: str = "active") -> dict[str, Any]:
    [made] = mosip.admin.people(
        scenario="s#1",
        people=[
            {
                "id": "deceased",
                "name": {"first": "Isuru", "last": "Perera"},
                "born": "1951-04-22",
                "gender": "Male",
                "at": {"id_repository": state},
            }
        ],
    )
    found: dict[str, Any] = made
    return found


def die(mosip: Any, **fields: str | None) -> dict[str, Any]:
    mosip.register(
        RID,
        "CRVS_DEATH",
        fields={
            "fullName": english("Isuru Perera"),
            "dateOfBirth": "1951/04/22",
            "birthCertificateNumber": None,
            "deathDeclared": "yes",
            **fields,
        },
    )
    found: dict[str, Any] = mosip.ended(RID)
    return found


@pytest.mark.parametrize("number", ["uin", "vid"])
def test_a_death_deactivates(mosip: Any, number: str) -> None:
    deceased = person(mosip)
    row = die(mosip, UIN=deceased[number])
    assert row["result"] == "PROCESSED"
    [identity] = mosip.identities()
    assert (identity["status"], identity["vid_status"]) == ("DEACTIVATED", "DEACTIVATED")
    assert identity["death_declared"]
    entry = mosip.effect("identity-deactivated", rid=RID)
    assert entry["effects"][0] == {"name": "identity-deactivated", "rid": RID, "uin": deceased["uin"]}


def test_stock_mosip_only_flags(mosip: Any) -> None:
    mosip.admin.settings({"mosip.death_policy": "flag"})
    deceased = person(mosip)
    assert die(mosip, UIN=deceased["uin"])["result"] == "PROCESSED"
    [identity] = mosip.identities()
    assert (identity["status"], identity["death_declared"]) == ("ACTIVATED", True)
    assert mosip.effect("identity-flagged", rid=RID, uin=deceased["uin"])


@pytest.mark.parametrize("policy", ["deactivate", "flag"])
def test_a_death_of_one_who_is_deactivated_fails(mosip: Any, policy: str) -> None:
    mosip.admin.settings({"mosip.death_policy": policy})
    deceased = person(mosip, "deactivated")
    row = die(mosip, UIN=deceased["uin"])
    assert (row["result"], row["sub_status"]) == ("FAILED", "UIN already deactivated")


def test_a_death_of_nobody_known_fails(mosip: Any) -> None:
    absent = person(mosip, "absent")
    row = die(mosip, UIN=absent["uin"])
    assert row["sub_status"] == "UIN Generation failed - IDR-IDC-007 No Record(s) found"
    assert mosip.identities() == []


@pytest.mark.parametrize("uin", [None, "", "null"])
def test_the_trap_a_death_without_uin_makes_a_person(mosip: Any, uin: str | None) -> None:
    person(mosip)
    assert die(mosip, UIN=uin)["result"] == "PROCESSED"
    assert [each["status"] for each in mosip.identities()] == ["ACTIVATED", "ACTIVATED"]
    assert mosip.effect("identity-minted", rid=RID)


def test_the_strict_list_stops_the_trap(mosip: Any) -> None:
    mosip.admin.settings({"mosip.mandatory_attributes": "strict"})
    person(mosip)
    row = die(mosip)
    assert (row["result"], row["sub_status"]) == ("FAILED", "Mandatory Fields are Not Present in ID Object")
    assert len(mosip.identities()) == 1


def test_people_are_as_the_scenario_wants_them(mosip: Any) -> None:
    active, gone, absent = (person(mosip, state) for state in ("active", "deactivated", "absent"))
    assert all(is_uin(each["uin"]) and is_vid(each["vid"]) for each in (active, gone, absent))
    assert {each["uin"]: each["status"] for each in mosip.identities()} == {
        active["uin"]: "ACTIVATED",
        gone["uin"]: "DEACTIVATED",
    }
    assert mosip.identities()[0]["name"] == "Isuru Perera"


# -- repeatability, reset -----------------------------------------------------------------------------


def test_a_reset_forgets_and_the_seed_repeats(mosip: Any) -> None:
    mosip.register(RID)
    mosip.ended(RID)
    [before] = mosip.identities()
    mosip.admin.reset()
    assert [mosip.state(name) for name in ("identities", "packets", "workflows")] == [[], [], []]
    mosip.register(OTHER)
    mosip.ended(OTHER)
    [after] = mosip.identities()
    assert (after["uin"], after["vid"]) == (before["uin"], before["vid"])


def test_a_reset_drops_what_was_under_way(mosip: Any) -> None:
    gate = mosip.admin.hold(at="mosip.workflow.finalization", when="before", scope="everyone")
    mosip.register(RID)
    mosip.admin.wait_for("mosip.workflow.finalization", state="open")
    mosip.admin.reset()
    assert gate
    assert mosip.identities() == []
    assert mosip.state("workflows") == []


def owned_rid(number: int) -> str:
    """A registration id for one test: what had an owner is refused as late once its scenario has ended."""
    return f"1000110004{number:05d}20261123110000"


def test_a_reset_of_one_scenario_leaves_the_others(mosip: Any) -> None:
    for run, rid, number in (("a#1", owned_rid(1), "BA"), ("b#1", owned_rid(2), "BB")):
        reserve(mosip, run, number)
        mosip.register(rid, fields={"birthCertificateNumber": number, "fullName": english(f"Child {number}")})
        mosip.ended(rid)
    assert [each["owner"] for each in mosip.identities()] == [
        "a#1/birth.registration",
        "b#1/birth.registration",
    ]
    mosip.admin.reset(scenario="a#1")
    assert [each["owner"] for each in mosip.identities()] == ["b#1/birth.registration"]
    assert [each["rid"] for each in mosip.state("packets")] == [owned_rid(2)]


def reserve(mosip: Any, run: str, number: str) -> None:
    action = {
        "owner": f"{run}/birth.registration",
        "record": "birth",
        "action_type": "REGISTER",
        "certificate_number": number,
        "process": "CRVS_NEW",
    }
    mosip.admin.reserve(scenario=run, actions=[action])


def test_every_exchange_of_a_birth_belongs_to_its_action(mosip: Any) -> None:
    reserve(mosip, "a#1", "BA")
    mosip.register(owned_rid(3), fields={"birthCertificateNumber": "BA"})
    mosip.ended(owned_rid(3))
    entries = mosip.admin.wait_for("mosip.credential.issue", owner="a#1/birth.registration")
    owned = mosip.admin.journal(owner="a#1/birth.registration").entries
    names = {each["operation"] for each in owned}
    assert {"mosip.packet_manager.create_packet", "mosip.workflow.create_instance"} < names
    began = next(each for each in owned if each["operation"] == "mosip.workflow.create_instance")
    stages = [each for each in owned if each["kind"] == "stage"]
    assert len(stages) == 9
    assert {each["cause"] for each in (*stages, *entries)} == {began["id"]}


@pytest.mark.parametrize(
    ("rid", "subject", "fields"),
    [
        (owned_rid(4), {"identifiers": ["5260181591"]}, {"UIN": "5260181591"}),
        (owned_rid(5), {"identifiers": ["7058649208312401"]}, {"nationalIdNumber": "7058649208312401"}),
        (owned_rid(6), {"name": "isuru perera", "born": "1951-04-22"}, {}),
    ],
)
def test_a_death_is_found_by_whom_it_is_of(
    mosip: Any, rid: str, subject: dict[str, Any], fields: dict[str, str]
) -> None:
    owner = "d#1/death.registration"
    mosip.admin.reserve(
        scenario="d#1",
        actions=[{"owner": owner, "record": "death", "process": "CRVS_DEATH", "subject": subject}],
    )
    about = {"fullName": english("Isuru Perera"), "dateOfBirth": "1951/04/22", "birthCertificateNumber": None}
    mosip.create_packet(mosip.packet(rid, "CRVS_DEATH", fields=about | fields))
    assert mosip.state("packets")[0]["owner"] == owner


# -- status -------------------------------------------------------------------------------------------

STATUS = "/registrationprocessor/v1/registrationstatus"


def ask(mosip: Any, path: str, **changes: Any) -> Any:
    wanted = "mosip.registration.status" if path == "/search" else "mosip.registration.external.status"
    body = {
        "id": wanted,
        "version": "1.0",
        "requesttime": "2026-11-23T10:05:00.000Z",
        "request": [{"registrationId": RID}],
        **changes,
    }
    answer = mosip.call("POST", STATUS + path, json=body, token=mosip.login("mosip-status-client"))
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("outcome", "internal", "external"),
    [
        (None, "PROCESSED", "UIN_GENERATED"),
        ("failed", "PROCESSED", "REREGISTER"),
        ("rejected", "PROCESSED", "REJECTED"),
    ],
)
def test_only_the_external_search_tells_success(
    mosip: Any, outcome: str | None, internal: str, external: str
) -> None:
    if outcome is not None:
        mosip.admin.fault(at="mosip.workflow.demo_dedupe", do={"answer": outcome}, scope="everyone")
    mosip.register(RID)
    mosip.ended(RID)
    for path, status in (("/search", internal), ("/externalstatus/search", external)):
        body = ask(mosip, path)
        assert body["response"] == [
            {"registrationId": RID, "statusCode": status, "additionalInfoReqId": None}
        ]
        assert body["errors"] == []


def test_who_brings_packets_may_ask_where_a_deployment_lets_them(mosip: Any) -> None:
    mosip.register(RID)
    mosip.ended(RID)

    def status() -> int:
        body = {
            "id": "mosip.registration.external.status",
            "version": "1.0",
            "requesttime": "2026-11-23T10:05:00.000Z",
            "request": [{"registrationId": RID}],
        }
        path = f"{STATUS}/externalstatus/search"
        return mosip.call("POST", path, json=body, token=mosip.login()).status_code

    assert status() == 403
    mosip.admin.settings({"mosip.status_roles": "extended"})
    assert status() == 200


def test_unknown_registrations_stand_beside_known_ones(mosip: Any) -> None:
    gate = mosip.admin.hold(at="mosip.workflow.packet_validator", when="before", scope="everyone")
    mosip.register(RID)
    body = ask(mosip, "/search", request=[{"registrationId": RID}, {"registrationId": OTHER}])
    assert [each["statusCode"] for each in body["response"]] == ["PROCESSING"]
    assert body["errors"] == [
        {"errorCode": "RPR-RGS-031", "message": "RID Not Found", "registrationId": OTHER}
    ]
    mosip.admin.release(gate)
    mosip.ended(RID)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": None}, "RPR-RGS-021"),
        ({"version": None}, "RPR-RGS-019"),
        ({"requesttime": None}, "RPR-RGS-020"),
        ({"id": "x"}, "RPR-RGS-024"),
        ({"version": "v1"}, "RPR-RGS-022"),
        ({"requesttime": "x"}, "RPR-RGS-023"),
        ({"request": [{"registrationId": None}]}, "RPR-RGS-006"),
        ({"request": None}, "RPR-RGS-015"),
        ({"request": "x"}, "RPR-RGS-015"),
    ],
)
def test_status_requests_that_are_wrong(mosip: Any, changes: dict[str, Any], code: str) -> None:
    body = ask(mosip, "/search", **changes)
    assert [each["errorCode"] for each in body["errors"]] == [code]
    assert body["response"] is None
