"""VERIFICATION_STATUS, ID_VERIFICATION_BANNER, what they lock, and which fields of a page are filled in."""

from __future__ import annotations

from typing import Any

import pytest

from mock_opencrvs.desk.http_component import HttpError, HttpValue
from mock_opencrvs.desk.page import GENERATED, Page

PERSON = {
    "name": {"firstname": "Nadia", "middlename": "R", "surname": "Haddad"},
    "gender": "female",
    "dobUnknown": None,
    "birthDate": "1994-10-02",
    "verificationStatus": "authenticated",
    "idType": None,
    "nid": None,
}
FAILED = HttpValue(
    error=HttpError(status_code=500, message="Internal Server Error"), data={"verificationStatus": "failed"}
)
FAILED_1_8 = HttpValue(error=HttpError(status_code=500, message="Internal Server Error"))


def told(**data: Any) -> HttpValue:
    return HttpValue(data=data, status=200)


STATUSES = [
    # version, call, scanned data, verified, banner, locked
    ("2.0", None, None, None, None, False),
    ("2.0", told(**PERSON), None, "authenticated", "authenticated", True),
    ("2.0", told(verificationStatus="verified"), None, "verified", "verified", True),
    ("2.0", told(verificationStatus="pending"), None, "pending", "pending", True),
    ("2.0", told(verificationStatus="failed"), None, "failed", "failed", False),
    ("2.0", FAILED, None, "failed", "failed", False),
    ("2.0", HttpValue(data="verified"), None, "verified", "verified", True),
    ("2.0", HttpValue(data="failed"), None, "failed", "failed", False),
    ("2.0", HttpValue(data="<html>"), None, None, None, False),
    ("2.0", told(verificationStatus="failedFetchIdDetails"), None, None, None, False),
    ("2.0", told(verificationStatus=["verified"]), None, None, None, False),
    ("2.0", told(name={}), None, None, None, False),
    ("2.0", None, {"verificationStatus": "pending"}, "pending", "pending", True),
    ("2.0", None, {"nid": "5260181591"}, None, None, False),
    ("2.0", None, [1], None, None, False),
    ("2.0", told(**PERSON), {"verificationStatus": "pending"}, "authenticated", "authenticated", True),
    ("2.0", told(name={}), {"verificationStatus": "pending"}, "pending", "pending", True),
    ("1.8", None, None, None, None, False),
    ("1.8", told(firstName="Nadia"), None, "authenticated", "authenticated", True),
    ("1.8", FAILED_1_8, None, "failedFetchIdDetails", "failedFetchIdDetails", False),
    ("1.8", HttpValue(data={}), None, None, None, False),
    ("1.8", None, {"firstName": "Nadia"}, "pending", None, True),
    ("1.8", told(firstName="Nadia"), {"firstName": "Nadia"}, "pending", None, True),
    ("1.8", FAILED_1_8, {"firstName": "Nadia"}, "pending", None, True),
]


@pytest.mark.parametrize(("version", "http", "read", "verified", "banner", "locked"), STATUSES)
def test_status_banner_and_lock(
    version: Any, http: Any, read: Any, verified: str | None, banner: str | None, locked: bool
) -> None:
    reader = None if read is None else {"data": read}
    state = Page(name="mother", version=version).filled(http=http, reader=reader)
    assert (state.verified, state.banner, state.locked) == (verified, banner, locked)
    assert state.fields.get("mother.verified") == verified


@pytest.mark.parametrize(("said", "banner"), [("verified", "verified"), ("failed", "failed")])
def test_a_verification_in_a_form_of_1_8(said: str, banner: str) -> None:
    state = Page(name="father", version="1.8").filled(http=HttpValue(data=said), typed={"nid": "1"})
    assert (state.verified, state.banner, state.locked) == (said, banner, said == "verified")


def without_state(state: Any) -> dict[str, Any]:
    kept = {name.partition(".")[2]: value for name, value in state.fields.items()}
    return {name: value for name, value in kept.items() if name not in GENERATED}


FILLED = [
    # version, data of the call, data of the code, fields
    (
        "2.0",
        PERSON,
        None,
        {"name": PERSON["name"], "dob": "1994-10-02", "gender": "female"},
    ),
    (
        "2.0",
        {**PERSON, "sub": "psut", "idType": "NATIONAL_ID", "nid": "5260181591", "dobUnknown": False},
        None,
        {
            "name": PERSON["name"],
            "dob": "1994-10-02",
            "gender": "female",
            "dobUnknown": False,
            "idType": "NATIONAL_ID",
            "nid": "5260181591",
        },
    ),
    ("2.0", {"verificationStatus": "authenticated", "idType": None, "nid": None}, None, {}),
    ("2.0", "verified", None, {}),
    ("2.0", None, {"passport": "P1", "brn": "B1", "nid": None}, {"passport": "P1", "brn": "B1"}),
    (
        "2.0",
        {"nid": None, "gender": "male"},
        {"nid": "1", "gender": "female"},
        {"nid": "1", "gender": "male"},
    ),
    ("2.0", None, {"firstName": "Nadia", "familyName": "Haddad", "nid": "1"}, {"nid": "1"}),
    ("2.0", None, ["nid"], {}),
    (
        "1.8",
        None,
        {
            "firstName": "Nadia",
            "familyName": "Haddad",
            "gender": "female",
            "birthDate": "1994-10-02",
            "nid": "1",
        },
        {
            "name": {"firstname": "Nadia", "surname": "Haddad"},
            "gender": "female",
            "dob": "1994-10-02",
            "nid": "1",
        },
    ),
    (
        "1.8",
        {"firstName": "Ana", "middleName": "Maria", "familyName": "Souza", "birthDate": "1990-01-31"},
        None,
        {"name": {"firstname": "Ana", "middlename": "Maria", "surname": "Souza"}, "dob": "1990-01-31"},
    ),
]


@pytest.mark.parametrize(("version", "called", "read", "fields"), FILLED)
def test_what_is_filled_in_and_what_is_left_alone(
    version: Any, called: Any, read: Any, fields: dict[str, Any]
) -> None:
    http = None if called is None else HttpValue(data=called, status=200)
    state = Page(name="mother", version=version).filled(
        http=http, reader=None if read is None else {"data": read}
    )
    assert all(name.startswith("mother.") for name in state.fields)
    assert without_state(state) == fields


def test_fields_that_the_integration_brings() -> None:
    assert GENERATED == ("verified", "query-params", "verify-nid-http-fetch", "fetch-loader", "id-reader")
    query = {"data": {"code": "c", "state": "s"}, "updatedAt": "2026-05-04T08:11:02.101Z"}
    state = Page(name="spouse", version="2.0").filled(query_params=query, http=FAILED)
    assert state.fields == {
        "spouse.query-params": query,
        "spouse.verify-nid-http-fetch": {
            "loading": False,
            "error": {"statusCode": 500, "message": "Internal Server Error"},
            "data": {"verificationStatus": "failed"},
        },
        "spouse.verified": "failed",
    }
