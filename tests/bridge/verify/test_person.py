"""Claims become values of a form: no word is lost, nothing is invented."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.person import Mapper, iso_date


def mapper(**changed: Any) -> Mapper:
    return Mapper(**{"shape": "2.0", "language": "eng", "order": "given-first", "genders": {}, **changed})


def told(claims: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return mapper(**changed).user_info({"sub": "psut", **claims})


@pytest.mark.parametrize(
    ("claims", "first", "middle", "last"),
    [
        ({"name": "Amina Diallo"}, "Amina", None, "Diallo"),
        ({"name": " Amina   Diallo "}, "Amina", None, "Diallo"),
        ({"name": "Ana Maria de Souza"}, "Ana", "Maria de", "Souza"),
        ({"name": "Suharto"}, "Suharto", None, ""),
        ({"name": "Charles Dikkens Doe 2nd"}, "Charles", "Dikkens Doe", "2nd"),
        ({"given_name": "Jenny", "middle_name": "Debra", "family_name": "Doe"}, "Jenny", "Debra", "Doe"),
        (
            {"name": "Jenny Doe", "given_name": "Jenny", "middle_name": "Debra", "family_name": "Doe"},
            "Jenny",
            "Debra",
            "Doe",
        ),
        ({"name": "Doe Jenny", "given_name": "Jenny", "family_name": "Doe"}, "Jenny", None, "Doe"),
        ({"name": "Mary Ann Lee", "given_name": "Mary Ann", "family_name": "Lee"}, "Mary Ann", None, "Lee"),
        ({"name": "Jenny Debra Doe", "given_name": "Jenny", "family_name": "Doe"}, "Jenny", "Debra", "Doe"),
        ({"name": "Jenny Doe", "given_name": "Jenny"}, "Jenny", None, "Doe"),
        ({"name": "Ana Ana", "given_name": "Ana"}, "Ana", None, "Ana"),
        ({"given_name": "Suharto"}, "Suharto", None, ""),
        ({"family_name": "Doe"}, "", None, "Doe"),
        ({"name": "Amina Diallo", "given_name": "", "family_name": "  "}, "Amina", None, "Diallo"),
        ({"name#eng": "Amina Diallo", "name#fra": "Amine Diallot"}, "Amina", None, "Diallo"),
        ({"name#fra": "Amine Diallot"}, "Amine", None, "Diallot"),
        ({"name#FRA": "Amine Diallot", "name": ""}, "Amine", None, "Diallot"),
        ({"given_name#eng": "Amina", "family_name#eng": "Diallo"}, "Amina", None, "Diallo"),
        (
            {"name": ["x"], "name#ara": "\u0623\u0645\u064a\u0646\u0629"},
            "\u0623\u0645\u064a\u0646\u0629",
            None,
            "",
        ),
    ],
)
def test_names(claims: dict[str, Any], first: str, middle: str | None, last: str) -> None:
    expected = {"firstname": first, "surname": last, **({"middlename": middle} if middle else {})}
    assert told(claims)["name"] == expected


@pytest.mark.parametrize("language", ["eng", "fra"])
def test_the_language_of_the_country_comes_first(language: str) -> None:
    claims = {"name#eng": "English Name", "name": "Plain Name", "name#fra": "French Name"}
    assert (
        told(claims, language=language)["name"]["firstname"] == {"eng": "English", "fra": "French"}[language]
    )
    assert told(claims, language="amh")["name"]["firstname"] == "Plain"


def test_names_that_begin_with_the_family() -> None:
    expected = {"firstname": "Ze", "middlename": "Dong", "surname": "Mao"}
    assert told({"name": "Mao Ze Dong"}, order="family-first")["name"] == expected
    assert told({"name": "Suharto"}, order="family-first")["name"] == {"firstname": "Suharto", "surname": ""}


@pytest.mark.parametrize("claims", [{}, {"name": ""}, {"name": None}, {"name": 7}, {"name": "x" * 5000}])
def test_no_name_is_no_name(claims: dict[str, Any]) -> None:
    assert "name" not in told(claims)


@pytest.mark.parametrize(
    ("birthdate", "date"),
    [
        ("1991/04/09", "1991-04-09"),
        ("1991-04-09", "1991-04-09"),
        ("2000-02-29", "2000-02-29"),
        ("2001-02-29", None),
        ("1991", None),
        ("1991-04", None),
        ("0000-04-09", None),
        ("09/04/1991", None),
        ("1991/04-09", None),
        ("1991-04-09T00:00:00Z", None),
        ("1991-04-09\n", None),
        ("\u0661991-04-09", None),
        ("", None),
    ],
)
def test_dates_of_birth(birthdate: str, date: str | None) -> None:
    assert iso_date(birthdate) == date
    answer = told({"birthdate": birthdate})
    if birthdate.strip() == birthdate:
        assert answer.get("birthDate") == date
        assert ("dobUnknown" in answer) == (date is not None)


@pytest.mark.parametrize(
    ("claim", "genders", "value"),
    [
        ("Male", {}, "male"),
        ("FEMALE", {}, "female"),
        ("M", {}, "male"),
        ("f", {}, "female"),
        ("Others", {}, "others"),
        ("Femme", {"femme": "female"}, "female"),
        ("\u0630\u0643\u0631", {"\u0630\u0643\u0631": "male"}, "male"),
        ("", {}, None),
        (None, {}, None),
        (1, {}, None),
    ],
)
def test_genders(claim: Any, genders: dict[str, str], value: str | None) -> None:
    assert told({"gender": claim}, genders=genders).get("gender") == value


@pytest.mark.parametrize(
    ("shape", "number", "id_type", "nid"),
    [
        ("2.0", "5260181591", "NATIONAL_ID", "5260181591"),
        ("2.0", None, None, None),
        ("1.9", "5260181591", None, None),
    ],
)
def test_identifiers(shape: str, number: str | None, id_type: str | None, nid: str | None) -> None:
    answer = told({"individual_id": number}, shape=shape)
    assert (answer["idType"], answer["nid"]) == (id_type, nid)
    assert ("sub" in answer) == (shape == "2.0")
