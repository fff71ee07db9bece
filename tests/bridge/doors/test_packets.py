"""Bodies for MOSIP: whole, in its forms, and never against what the country configuration said."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

import contracts
from bridge.packets import draw_rid, packet_body, stamp, workflow_body
from bridge.registration import Registration, parse_registration
from bridge.settings import Settings

NOW = datetime(2026, 11, 23, 10, 0, 1, 2999, tzinfo=UTC)
RID = "10001100040000720261123100001"


def parse(body: object) -> Registration:
    return parse_registration(json.dumps(body).encode("utf-8"), "application/json")


@pytest.fixture
def packet(make_settings: Callable[..., Settings]) -> Callable[..., dict[str, object]]:
    """The ``request`` of a packet made of a body."""

    def make(body: object, **given: object) -> dict[str, object]:
        raw = packet_body(parse(body), rid=RID, settings=make_settings(**given), now=NOW)
        message = json.loads(raw)
        assert contracts.violations("mosip/create-packet.request", message) == []
        request = message["request"]
        assert isinstance(request, dict)
        return request

    return make


def labels(text: object) -> dict[str, object]:
    assert isinstance(text, str)
    return {each["label"]: each["value"] for each in json.loads(text)}


def identity_of(request: dict[str, object]) -> dict[str, object]:
    """ID.json as MOSIP's writer makes it of the fields: brackets are parsed as JSON."""
    fields = request["fields"]
    assert isinstance(fields, dict)
    parsed = {name: json.loads(text) if text[:1] in "[{" else text for name, text in fields.items()}
    return {**parsed, "IDSchemaVersion": float(str(request["schemaVersion"]))}


def test_a_bare_birth_is_completed(
    birth: dict[str, object], packet: Callable[..., dict[str, object]]
) -> None:
    request = packet(birth)
    assert (request["id"], request["refId"], request["process"]) == (RID, "10001_10004", "CRVS_NEW")
    assert (request["source"], request["schemaVersion"]) == ("OPENCRVS", "0.100")
    meta, audits = request["metaInfo"], request["audits"]
    assert isinstance(meta, dict)
    assert isinstance(audits, list)
    assert labels(meta["metaData"]) == {
        "registrationType": "CRVS_NEW",
        "centerId": "10001",
        "machineId": "10004",
    }
    assert labels(meta["operationsData"])["officerId"] == "opencrvs"
    assert (meta["registrationId"], meta["creationDate"]) == (RID, "2026-11-23T10:00:01.002Z")
    assert len(audits) == 1
    assert (audits[0]["id"], audits[0]["eventId"], audits[0]["moduleId"]) == (
        RID,
        "REG-EVT-066",
        "REG-MOD-117",
    )


def test_what_was_sent_stays(birth: dict[str, object], packet: Callable[..., dict[str, object]]) -> None:
    sent = {
        **birth,
        "metaInfo": {
            "metaData": '[{"label":"registrationType","value":"NEW"},{"label":"machineId","value":"99"}]',
            "operationsData": '[{"label":"officerId","value":"crvs1"},{"label":"officerPIN","value":null}]',
            "registrationId": "2025B1",
            "creationDate": "20260504081102",
            "informantPsut": "psut",
        },
        "audit": {"eventName": "THEIRS", "hostName": "", "extra": "kept"},
    }
    request = packet(sent)
    meta, audits = request["metaInfo"], request["audits"]
    assert isinstance(meta, dict)
    assert isinstance(audits, list)
    assert labels(meta["metaData"]) == {"registrationType": "NEW", "machineId": "99", "centerId": "10001"}
    operations = labels(meta["operationsData"])
    assert (operations["officerId"], operations["officerPIN"]) == ("crvs1", None)
    assert (meta["registrationId"], meta["creationDate"]) == ("2025B1", "20260504081102")
    assert meta["informantPsut"] == "psut"
    assert (audits[0]["eventName"], audits[0]["hostName"], audits[0]["extra"]) == ("THEIRS", "bridge", "kept")


def test_a_supervisor_stands_for_the_officer(
    birth: dict[str, object], packet: Callable[..., dict[str, object]]
) -> None:
    supervised = '[{"label":"supervisorId","value":"boss"},{"label":"officerId","value":null}]'
    meta = packet({**birth, "metaInfo": {"operationsData": supervised}})["metaInfo"]
    assert isinstance(meta, dict)
    assert labels(meta["operationsData"]) == {"supervisorId": "boss", "officerId": None}


def test_an_officer_of_null_is_no_officer(
    birth: dict[str, object], packet: Callable[..., dict[str, object]]
) -> None:
    meta = packet({**birth, "metaInfo": {"operationsData": '[{"label":"officerId","value":null}]'}})[
        "metaInfo"
    ]
    assert isinstance(meta, dict)
    assert json.loads(meta["operationsData"]) == [
        {"label": "officerId", "value": "opencrvs"},
        {"label": "officerPassword", "value": "true"},
    ]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"fullName": "Amara"}, {"fullName": '[{"language":"fra","value":"Amara"}]'}),
        ({"gender": "female"}, {"gender": '[{"language":"fra","value":"Female"}]'}),
        (
            {"gender": '[{"language":"eng","value":"male"}]'},
            {"gender": '[{"language":"eng","value":"Male"}]'},
        ),
        ({"gender": "женский"}, {"gender": '[{"language":"fra","value":"женский"}]'}),
        (
            {"postalCode": "10104", "preferredLang": "English"},
            {"postalCode": "10104", "preferredLang": "English"},
        ),
        ({"deceasedStatus": False}, {"deceasedStatus": "false"}),
    ],
)
def test_forms_of_values(
    birth: dict[str, object],
    packet: Callable[..., dict[str, object]],
    sent: dict[str, object],
    told: dict[str, str],
) -> None:
    body = {**birth, "requestFields": {"birthCertificateNumber": "K3", **sent}}
    assert packet(body, bridge_language="fra")["fields"] == {"birthCertificateNumber": "K3", **told}


def test_both_dialects_fit_mosips_identity(
    birth: dict[str, object], death: dict[str, object], packet: Callable[..., dict[str, object]]
) -> None:
    plain = {
        **birth,
        "requestFields": {
            "birthCertificateNumber": "K3V9Q0ZT7M2A",
            "fullName": "Amara J Okello",
            "dateOfBirth": "2026-04-28",
            "gender": "female",
            "region": "Lake Region",
        },
    }
    for body in (birth, plain, death):
        assert contracts.violations("mosip/identity", identity_of(packet(body))) == []


def test_death_goes_under_its_own_process(
    death: dict[str, object], packet: Callable[..., dict[str, object]]
) -> None:
    request = packet(death, bridge_process_death="CRVS_DEATH")
    assert request["process"] == "CRVS_DEATH"
    fields = request["fields"]
    assert isinstance(fields, dict)
    assert fields["UIN"] == "6082941573"
    assert not any("ertificateNumber" in name for name in fields)


def test_a_sent_schema_is_passed_on_and_says_what_is_listed(
    birth: dict[str, object], packet: Callable[..., dict[str, object]]
) -> None:
    theirs = {"fullName": {"type": "string"}, "typeOfDeath": {"$ref": "#/definitions/simpleType"}}
    text = json.dumps({"properties": {"identity": {"properties": theirs}}})
    fields = {"birthCertificateNumber": "K3", "fullName": "Amara", "typeOfDeath": "Manner_natural"}
    request = packet({**birth, "requestFields": fields, "schemaJson": text})
    assert request["schemaJson"] == text
    assert request["fields"] == {
        "birthCertificateNumber": "K3",
        "fullName": "Amara",
        "typeOfDeath": '[{"language":"eng","value":"Manner_natural"}]',
    }


def test_a_retry_sends_the_same_bytes(
    birth: dict[str, object], make_settings: Callable[..., Settings]
) -> None:
    registration, settings = parse(birth), make_settings()
    again = Registration.from_bytes(registration.to_bytes())
    for make in (packet_body, workflow_body):
        once = make(registration, rid=RID, settings=settings, now=NOW)
        assert make(again, rid=RID, settings=settings, now=NOW) == once


def test_workflow_instance(birth: dict[str, object], make_settings: Callable[..., Settings]) -> None:
    message = json.loads(workflow_body(parse(birth), rid=RID, settings=make_settings(), now=NOW))
    assert contracts.violations("mosip/workflow-instance.request", message) == []
    assert message["request"]["registrationId"] == RID
    assert message["request"]["notificationInfo"]["name"] == "Nadia Haddad"


def test_rid_has_29_digits() -> None:
    local = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    rid = draw_rid(center="10001", machine="10004", sequence=100_007, now=local, prefix=None)
    assert rid == "10001" + "10004" + "00007" + "20261123100001"


def test_rid_with_a_prefix_has_10_digits_more() -> None:
    drawn = {
        draw_rid(center="10001", machine="10004", sequence=1, now=NOW, prefix="10001") for _ in range(20)
    }
    assert len(drawn) == 20
    assert all(rid.startswith("10001") and len(rid) == 15 and rid.isdigit() for rid in drawn)


def test_stamps_are_utc_with_milliseconds() -> None:
    assert stamp(datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=timezone(timedelta(hours=1)))) == (
        "2026-01-02T02:04:05.999Z"
    )
