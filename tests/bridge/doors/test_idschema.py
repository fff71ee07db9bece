"""The id schema that goes with a packet when the country configuration sends none."""

from __future__ import annotations

import json

import pytest

import contracts
from bridge.idschema import encoded_default_schema, id_schema

LISTED = [
    "fullName",
    "gender",
    "sex",
    "residenceStatus",
    "residentStatus",
    "zone",
    "addressLine1",
    "addressLine2",
    "addressLine3",
    "city",
    "province",
    "region",
    "district",
    "village",
    "guardianOrParentName",
    "introducerName",
    "introducerInfoToken",
]
TEXTS = [
    "dateOfBirth",
    "postalCode",
    "phone",
    "email",
    "referenceIdentityNumber",
    "birthCertificateNumber",
    "passportNumber",
    "guardianOrParentBirthCertificateNumber",
    "nationalIdNumber",
    "drivingLicenseNumber",
    "UIN",
    "vid",
    "handleIdType",
    "handleIdValue",
    "deathDeclared",
    "dateOfDeath",
    "introducerRID",
    "introducerUIN",
]
HANDLES = [
    "birthCertificateNumber",
    "guardianOrParentBirthCertificateNumber",
    "passportNumber",
    "nationalIdNumber",
    "drivingLicenseNumber",
]


@pytest.fixture(scope="module")
def fields() -> dict[str, dict[str, object]]:
    """The schema's fields by name."""
    schema = json.loads(json.loads(encoded_default_schema()))
    identity = schema["properties"]["identity"]
    assert identity["additionalProperties"] is False
    assert set(identity["required"]) == {
        "IDSchemaVersion",
        "fullName",
        "dateOfBirth",
        "gender",
        "addressLine1",
    }
    found: dict[str, dict[str, object]] = identity["properties"]
    return found


def test_types(fields: dict[str, dict[str, object]]) -> None:
    listed = {name for name, about in fields.items() if about.get("$ref") == "#/definitions/simpleType"}
    assert listed == set(LISTED) == id_schema(None).language_fields
    assert {name for name, about in fields.items() if about.get("type") == "string"} == set(TEXTS)
    assert fields["deceasedStatus"]["type"] == "boolean"
    assert fields["IDSchemaVersion"]["type"] == "number"


def test_categories(fields: dict[str, dict[str, object]]) -> None:
    categories = {name: about["fieldCategory"] for name, about in fields.items()}
    assert set(categories.values()) == {"pvt", "kyc", "evidence", "none"}
    assert {name for name, category in categories.items() if category == "kyc"} == {
        "residenceStatus",
        "deceasedStatus",
    }
    assert {name for name, category in categories.items() if category == "none"} == {
        "IDSchemaVersion", "UIN", "vid", "handleIdType", "handleIdValue", "selectedHandles",
    }  # fmt: skip
    assert {name for name, about in fields.items() if about.get("handle")} == set(HANDLES)


def test_no_field_that_mosip_would_refuse(fields: dict[str, dict[str, object]]) -> None:
    known = contracts.contract("mosip/identity").schema["properties"]
    assert fields.keys() <= known.keys()
