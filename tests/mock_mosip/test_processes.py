"""A country's own names for its processes, and its own id schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_mosip.settings import MosipSettings, SettingsError

RID = "10001100040000120261123100000"
OTHER = "10001100040000220261123100000"
PROCESSES = {"NAISSANCE_CIVILE": "CRVS_NEW", "DECES_CIVIL": "CRVS_DEATH"}
POLICY = {"NAISSANCE_CIVILE": "always", "DECES_CIVIL": "never"}
SCHEMA = json.dumps(
    {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"identity": {"required": ["commune"], "properties": {"commune": {"type": "string"}}}},
    }
)
SENT = {
    "IDSchemaVersion": {"type": "number", "fieldCategory": "none"},
    "fullName": {"$ref": "#/definitions/simpleType", "fieldCategory": "pvt"},
    "dateOfBirth": {"type": "string", "fieldCategory": "pvt"},
    "commune": {"type": "string", "fieldCategory": "pvt"},
}


@pytest.fixture
def mosip(run_mosip: Callable[..., Any]) -> Any:
    return run_mosip(
        processes=PROCESSES, credential_policy=POLICY, death_policy="flag", id_schemas={"0.500": SCHEMA}
    )


def test_a_birth_under_another_name_takes_the_route_of_births(mosip: Any) -> None:
    mosip.register(RID, "NAISSANCE_CIVILE")
    row = mosip.ended(RID)
    assert (row["process"], row["result"]) == ("NAISSANCE_CIVILE", "PROCESSED")
    assert "demo_dedupe" in [entry["operation"].rpartition(".")[2] for entry in stages(mosip)]
    assert len(mosip.identities()) == 1
    assert mosip.effect("credential-issued", rid=RID)


def test_an_elder_is_no_newborn_under_any_name(mosip: Any) -> None:
    mosip.register(RID, "NAISSANCE_CIVILE", fields={"dateOfBirth": "1951/04/22"})
    assert mosip.ended(RID)["result"] == "FAILED"


def test_a_death_under_another_name_marks_the_dead_and_issues_nothing(mosip: Any) -> None:
    mosip.register(RID, "NAISSANCE_CIVILE")
    mosip.ended(RID)
    [child] = mosip.identities()
    mosip.register(OTHER, "DECES_CIVIL", fields={"UIN": child["uin"]})
    assert mosip.ended(OTHER)["result"] == "PROCESSED"
    [dead] = mosip.identities()
    assert (dead["status"], dead["death_declared"]) == ("ACTIVATED", True)
    issued = [
        each for each in mosip.admin.journal(after=0).entries if each["operation"] == "mosip.credential.issue"
    ]
    assert [each["keys"]["strong"]["rid"] for each in issued] == [RID]


def test_a_name_that_is_not_set_up_is_refused(mosip: Any) -> None:
    answer = mosip.create_packet(mosip.packet(RID, "CRVS_DEATH")).json()
    assert answer["errors"][0]["errorCode"] == "KER-PUT-006"


@pytest.mark.parametrize(("commune", "result"), [("Tilwa", "PROCESSED"), (None, "FAILED")])
def test_a_packet_is_checked_by_the_schema_of_its_version(
    mosip: Any, commune: str | None, result: str
) -> None:
    """MOSIP's own schema for CRVS has no commune, and would refuse the one that has."""
    sent = json.dumps({"properties": {"identity": {"properties": SENT}}})
    more = {"schemaVersion": "0.500", "schemaJson": sent, "fields": {"commune": commune}}
    mosip.register(RID, "NAISSANCE_CIVILE", **more)
    assert mosip.ended(RID)["result"] == result


def stages(mosip: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mosip.admin.journal(after=0).entries
    return [each for each in found if each["operation"].startswith("mosip.workflow.")]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"processes": {"NAISSANCE": "BIRTH"}}, "processes must each take the route of"),
        ({"identifier_claim": "TOKEN"}, "identifier_claim must be one of"),
        ({"id_schemas": {"0.500": "{"}}, "id_schemas: version 0.500 is no JSON Schema"),
        ({"id_schemas": {"0.500": '{"type": 7}'}}, "id_schemas: version 0.500 is no JSON Schema"),
        ({"id_schemas": {"new": "{}"}}, "id_schemas: version new is no number"),
    ],
)
def test_settings_that_make_no_sense(
    make_settings: Callable[..., MosipSettings], tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        make_settings(tmp_path, **changes)
