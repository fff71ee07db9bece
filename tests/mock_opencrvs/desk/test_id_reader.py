"""ID_READER: QR codes of both generations, and those that mean no good."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_opencrvs.desk.id_reader import METHODS, Scanned, scan

OLD = {
    "firstName": "Nadia",
    "familyName": "Haddad",
    "gender": "female",
    "birthDate": "1994-10-02",
    "nid": "5260181591",
}
NEW = {
    "name": {"firstname": "Nadia", "surname": "Haddad"},
    "birthDate": "1994-10-02",
    "gender": "female",
    "idType": "NATIONAL_ID",
    "nid": "5260181591",
    "verificationStatus": "pending",
}
ROWS: list[tuple[Any, str, str]] = [
    # code, what forms of 2.0 and of 1.8 make of it: the data, or an error
    (json.dumps(NEW), "data", "invalid"),
    (json.dumps(OLD), "data", "data"),
    (json.dumps({**OLD, "nid": 5260181591}), "data", "invalid"),
    (json.dumps({name: OLD[name] for name in OLD if name != "gender"}), "data", "invalid"),
    ("{}", "data", "invalid"),
    ("[]", "data", "invalid"),
    ("null", "data", "invalid"),
    ('"5260181591"', "data", "invalid"),
    ("5260181591", "data", "invalid"),
    ("https://esignet.example/verify?id=5260181591", "parse", "parse"),
    ("PN=Nadia;DOB=1994-10-02", "parse", "parse"),
    ("{'nid': '5260181591'}", "parse", "parse"),
    ('{"nid": "5260181591"', "parse", "parse"),
    ('{"nid": NaN}', "parse", "parse"),
    ('{"nid": "\\ud800"}', "parse", "parse"),
    ("[" * 1400 + "]" * 1400, "parse", "parse"),
    ('{"nid":"' + "9" * 3000 + '"}', "parse", "parse"),
    ("\ud800", "parse", "parse"),
]


@pytest.mark.parametrize(("text", "new", "old"), ROWS)
def test_what_a_code_becomes(text: str, new: str, old: str) -> None:
    for version, expected in (("2.0", new), ("1.8", old)):
        read = scan(text, version)  # type: ignore[arg-type]
        if expected == "data":
            assert read == Scanned(value={"data": json.loads(text)})
        else:
            assert read == Scanned(error=expected)  # type: ignore[arg-type]


def test_an_empty_code_is_not_noticed() -> None:
    assert scan("", "2.0") == Scanned()


def test_methods() -> None:
    assert METHODS == ("QR_READER", "LINK_BUTTON")
