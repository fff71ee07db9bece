"""The packs that ship: each is whole, the two differ, and each writes what its MOSIP takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft7Validator

import contracts
from mock_opencrvs.country_config.mapping import Dialect, Writer, is_eligible
from mock_opencrvs.country_config.pack import CountryPack, pack_names
from mock_opencrvs.country_config.verification import facts_of, question
from mock_opencrvs.desk.http_component import HttpValue
from mock_opencrvs.desk.page import Page

FIRST, SECOND = "farajaland-like", "savanna-like"
PSUT = "294061538857201948563201947562018374"
TILWA = "7c60e4f8-1b95-4a3c-9d27-40f8b6a1d312"
NAMES = {"firstname": "Amara", "middlename": "J", "surname": "Okello"}
BIRTH: dict[str, Any] = {
    "enfant.noms": NAMES,
    "enfant.dateNaissance": "2026-04-28",
    "enfant.sexe": "F",
    "mere.noms": {"firstname": "Nadia", "surname": "Haddad"},
    "mere.dateNaissance": "1996-01-31",
    "mere.sexe": "F",
    "mere.numeroPersonnel": "7058649208312401",
    "mere.adresse": {"administrativeArea": TILWA},
    "mere.verify-nid-http-fetch": {"data": {"sub": PSUT}},
    "declarant.lien": "MERE",
    "declarant.courriel": "nadia@example.org",
}
DEATH: dict[str, Any] = {
    "defunt.noms": NAMES,
    "defunt.dateNaissance": "1951-04-22",
    "defunt.sexe": "M",
    "defunt.numeroPersonnel": "5260181591",
    "deces.date": "2026-05-01",
    "deces.nature": "NATURELLE",
}


@pytest.fixture(params=pack_names())
def pack(request: pytest.FixtureRequest) -> CountryPack:
    return CountryPack.load(request.param)


@pytest.fixture
def savanna() -> CountryPack:
    return CountryPack.load(SECOND)


def test_a_pack_that_ships_is_whole(pack: CountryPack) -> None:
    """Loading has checked its names; here is what only its neighbours in OpenCRVS can say."""
    assert set(pack.events) == {"birth", "death"}
    assert not [name for each in pack.events.values() for name in each.form if "_" in name]
    for each in pack.events.values():
        pages = {name.partition(".")[0] for name in each.form if name.endswith(".verify-nid-http-fetch")}
        assert set(each.verifies) <= pages, "who is verified has a page"
        for page in pages:
            assert {f"{page}.{field}" for field in pack.page_fields.values()} <= set(each.form)
        token = each.registration.informant_token
        assert token is not None
        assert {*token.pages.values(), token.otherwise} <= pages
        assert set(token.pages) <= set(pack.choices["relation"].values())


def of_forms(pack: CountryPack) -> set[str]:
    """Form fields that are the country's to name."""
    toolkit = ("verified", "id-reader", "query-params", "verify-nid-http-fetch")
    return {name for each in pack.events.values() for name in each.form if not name.endswith(toolkit)}


DIFFERENT: dict[str, Callable[[CountryPack], Any]] = {
    "languages": lambda pack: set(pack.languages),
    "fields": of_forms,
    "sexes": lambda pack: {each.form for each in pack.sexes.values()},
    "words": lambda pack: {word for each in pack.choices.values() for word in each.values()},
    "processes": lambda pack: {each.registration.process for each in pack.events.values()},
    "places": lambda pack: set(pack.locations),
    "tokens": lambda pack: {
        each.registration.informant_token.request_field
        for each in pack.events.values()
        if each.registration.informant_token
    },
    "dates": lambda pack: {pack.dates},
    "identifier": lambda pack: {pack.identifier},
    "completion": lambda pack: {pack.completes},
    "deaths": lambda pack: {pack.mosip.death},
    "source": lambda pack: {pack.mosip.source},
    "schema": lambda pack: {pack.mosip.id_schema.version},
    "waiting": lambda pack: {pack.events["death"].registration.waits_for},
    "demanding": lambda pack: {bool(pack.events["birth"].registration.eligible.verified_any_of)},
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_the_two_differ_in_every_point(what: str) -> None:
    first, second = (DIFFERENT[what](CountryPack.load(name)) for name in (FIRST, SECOND))
    assert first
    assert second
    assert first & second == set()


def written(pack: CountryPack, kind: str, dialect: Dialect, declaration: dict[str, Any]) -> dict[str, Any]:
    rule = pack.events[kind].registration
    return Writer(pack=pack, dialect=dialect).request_fields(rule, declaration, "K3V9Q0ZT7M2A")


def both(french: str, arabic: str | None = None) -> str:
    listed = [{"language": "fra", "value": french}, {"language": "ara", "value": arabic or french}]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":"))


def test_a_birth_goes_out_in_two_languages(savanna: CountryPack) -> None:
    fields = written(savanna, "birth", "language-arrays", BIRTH)
    assert fields == {
        "birthCertificateNumber": "K3V9Q0ZT7M2A",
        "fullName": both("Amara J Okello"),
        "dateOfBirth": "2026-04-28",
        "gender": both("Féminin", "أنثى"),
        "guardianOrParentName": both("Nadia Haddad"),
        "commune": both("Tilwa"),
        "wilaya": both("Plaines du Nord"),
        "email": "nadia@example.org",
        "preferredLang": "fra",
        "declarantToken": PSUT,
    }
    assert contracts.violations("bridge/registration.request", request(fields, savanna)) == []


def test_a_death_names_the_dead_and_the_day(savanna: CountryPack) -> None:
    assert written(savanna, "death", "language-arrays", DEATH) == {
        "deathCertificateNumber": "K3V9Q0ZT7M2A",
        "fullName": both("Amara J Okello"),
        "dateOfBirth": "1951-04-22",
        "gender": both("Masculin", "ذكر"),
        "UIN": "5260181591",
        "deathDeclared": "yes",
        "dateOfDeath": "2026-05-01",
        "natureDeces": both("Naturelle"),
        "preferredLang": "fra",
    }


def test_the_plain_dialect_knows_no_languages(savanna: CountryPack) -> None:
    fields = written(savanna, "birth", "plain", BIRTH)
    assert (fields["fullName"], fields["gender"], fields["commune"]) == ("Amara J Okello", "F", "Tilwa")


def request(fields: dict[str, Any], pack: CountryPack) -> dict[str, Any]:
    told = {"recipientFullName": "", "recipientEmail": "", "recipientPhone": ""}
    return {
        "trackingId": "7QX2MB",
        "notification": told,
        "requestFields": fields,
        "metaInfo": {},
        "audit": {},
        "schemaJson": pack.mosip.id_schema.document,
    }


@pytest.mark.parametrize(("kind", "declared"), [("birth", BIRTH), ("death", DEATH)])
def test_what_goes_out_is_in_the_countrys_own_schema(
    savanna: CountryPack, kind: str, declared: dict[str, Any]
) -> None:
    """As the bridge hands it on: language lists as lists, days with slashes, without the death's number."""
    document = savanna.mosip.id_schema.document
    assert document is not None
    schema = json.loads(document)
    Draft7Validator.check_schema(schema)
    sent = written(savanna, kind, "language-arrays", declared)
    identity = {
        name: json.loads(text) if text.startswith("[") else text.replace("-", "/") if "date" in name else text
        for name, text in sent.items()
        if name != "deathCertificateNumber"
    }
    whole = {"identity": {"IDSchemaVersion": 0.5, **identity}}
    assert [each.message for each in Draft7Validator(schema).iter_errors(whole)] == []
    whole["identity"]["zone"] = "none of its fields"
    assert not Draft7Validator(schema).is_valid(whole)


@pytest.mark.parametrize(
    ("status", "eligible"),
    [("verified", True), ("authenticated", True), ("failed", False), ("pending", False), (None, False)],
)
@pytest.mark.parametrize("page", ["mere", "pere", "declarant"])
def test_a_birth_needs_somebody_who_was_verified(
    savanna: CountryPack, page: str, status: str | None, eligible: bool
) -> None:
    rule = savanna.events["birth"].registration.eligible
    declaration = {**BIRTH, f"{page}.verified": status}
    assert is_eligible(rule, declaration, today=date(2026, 5, 4)) is eligible


def test_a_person_is_verified_by_the_fields_of_the_country(savanna: CountryPack) -> None:
    facts = facts_of("mere", BIRTH, savanna.page_fields)
    assert facts == {
        "nid": "7058649208312401",
        "name": {"firstname": "Nadia", "surname": "Haddad"},
        "dob": "1996-01-31",
    }
    event: Any = type("Event", (), {"type": "birth", "id": "e-1"})()
    asked = question("mere", facts, savanna.events["birth"].verifies["mere"], BIRTH, event)
    assert (asked["gender"], asked["transactionId"]) == ("F", "mere-e-1")
    proved = {**BIRTH, "mere.verified": "authenticated"}
    assert facts_of("mere", proved, savanna.page_fields) is None
    assert facts_of("pere", BIRTH, savanna.page_fields) is None


def test_a_login_fills_in_the_fields_of_the_country(savanna: CountryPack) -> None:
    person = {
        "verificationStatus": "authenticated",
        "name": {"firstname": "Nadia", "surname": "Haddad"},
        "birthDate": "1996-01-31",
        "gender": "F",
        "nid": "5260181591",
        "brn": "no field of this country",
    }
    value = HttpValue(loading=False, error=None, data=person)
    state = Page(name="mere", version="2.0", fields=savanna.page_fields).filled(http=value)
    held = {name: value for name, value in state.fields.items() if name != "mere.verify-nid-http-fetch"}
    assert held == {
        "mere.noms": {"firstname": "Nadia", "surname": "Haddad"},
        "mere.dateNaissance": "1996-01-31",
        "mere.sexe": "F",
        "mere.numeroPersonnel": "5260181591",
        "mere.verified": "authenticated",
    }
