"""Country packs and settings files: what is wrong with one is said with its place; an app starts
from the environment.
"""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from mock_opencrvs.country_config.mapping import is_eligible
from mock_opencrvs.country_config.pack import CountryPack, Eligibility, PackError
from mock_opencrvs.settings import EsignetLink, OpencrvsSettings, SettingsError
from mock_opencrvs.wsgi import app

PACK = (
    files("mock_opencrvs.country_config")
    .joinpath("packs", "farajaland-like.yaml")
    .read_text(encoding="utf-8")
)


RULE_OFF = "verified: {enabled: false, any_of: [mother"
RULE_ON = RULE_OFF.replace("false", "true")


def test_the_pack_that_ships_is_good() -> None:
    pack = CountryPack.load("farajaland-like")
    assert set(pack.events) == {"birth", "death"}
    assert pack.events["birth"].registration.process == "CRVS_NEW"
    assert pack.events["death"].registration.process == "CRVS_DEATH"
    assert pack.events["death"].registration.waits_for == "event"
    assert pack.completes is False
    for each in pack.events.values():
        assert set(each.names.values()) <= set(each.form)
        sources = {name for field in each.registration.request_fields.values() for name in field.sources}
        assert sources | set(each.registration.eligible.present) <= set(each.form)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("identifier: vid", "identifier: passport", "identifier: 'passport' is not one of"),
        ("waits_for: event", "waits_for: godot", "events.death.registration.waits_for: 'godot'"),
        ("completes: false", "completes: sometimes", "completes: 'sometimes' is not of type 'boolean'"),
        ("languages: [eng]", "languages: [English]", "languages.0: 'English' does not match"),
        ("languages: [eng]", "language: eng", "'language' was unexpected"),
        ("as: postal-code}", "as: zip}", "events.birth.registration.request_fields.postalCode"),
        ("process: CRVS_NEW", "process: [", "while parsing"),
        ("verify: {enabled: true}", "verify: {enabled: maybe}", "verify.enabled: 'maybe' is not of type"),
        ("mother: {value: female}", "mother: {value: lady}", "events.birth.verifies.mother.value: 'lady'"),
        ("as: languages}", "as: list}", "events.birth.registration.informant_token.as: 'list'"),
        ("office: 0f0c5a2e", "office: 1f0c5a2e", "office: is none of the locations"),
        ("{eng: Female}", "{fra: Femme}", "sexes.female.words: one for each of eng is needed"),
        ("identifier: child.nid", "identifier: child.vid", "events.birth.names.identifier: the form has no"),
        (
            "present: [child.dob]",
            "present: [child.born]",
            "events.birth.registration: the form has no child.born",
        ),
        ("as: place.zone", "as: place.county", "registration.request_fields: not every location has county"),
        ("credential: always", "credential: never", "identifier: is none where no credential brings one"),
        ("credential: always", "credential: never", "registration.waits_for: there will be no credential"),
        (
            'version: "0.100"}',
            'version: "1.0", file: x.id-schema.json}',
            "mosip.id_schema.file: there is no x",
        ),
    ],
)
def test_a_bad_pack_says_where(old: str, new: str, says: str) -> None:
    assert old in PACK
    with pytest.raises(PackError) as caught:
        CountryPack.parse(PACK.replace(old, new, 1), file="bad.yaml")
    assert "bad.yaml" in str(caught.value)
    assert says in str(caught.value)


def test_unknown_pack_names_the_known_ones() -> None:
    with pytest.raises(PackError, match="farajaland-like"):
        CountryPack.load("atlantis")


@pytest.mark.parametrize(
    ("born", "today", "eligible"),
    [
        ("2016-05-04", date(2026, 5, 4), True),
        ("2016-05-04", date(2026, 5, 5), False),
        ("2016-02-29", date(2026, 2, 28), True),
        ("2016-02-29", date(2026, 3, 1), False),
        ("not a date", date(2026, 5, 4), False),
    ],
)
def test_ten_years_to_the_day(born: str, today: date, eligible: bool) -> None:
    rule = Eligibility(present=("child.dob",), at_most=("child.dob", 10))
    assert is_eligible(rule, {"child.dob": born}, today=today) is eligible


def test_a_pack_that_wants_somebody_verified() -> None:
    off, on = (CountryPack.parse(text, file="pack.yaml") for text in (PACK, PACK.replace(RULE_OFF, RULE_ON)))
    found = [pack.events["birth"].registration.eligible.verified_any_of for pack in (off, on)]
    assert found == [(), ("mother.verified", "father.verified", "informant.verified")]


def test_verified_rule_when_it_is_on() -> None:
    rule = Eligibility(present=(), verified_any_of=("mother.verified", "father.verified"))
    for value, eligible in (("verified", True), ("authenticated", True), ("failed", False), (None, False)):
        assert is_eligible(rule, {"father.verified": value}, today=date(2026, 5, 4)) is eligible


def settings(signing_key: str, **changes: Any) -> dict[str, Any]:
    given = {
        "public_url": "http://127.0.0.1:7070/",
        "bridge_url": "http://127.0.0.1:2024",
        "token_key_pem": signing_key,
        "clients": [{"client_id": "a", "secret": "b", "scopes": ["type=record.read"]}],
        "state_dir": "/nowhere",
        "country_config_url": None,
    }
    return {name: value for name, value in {**given, **changes}.items() if value != "absent"}


def test_settings_file_makes_an_app(
    signing_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "opencrvs.json"
    path.write_text(json.dumps(settings(signing_key)), encoding="utf-8")
    monkeypatch.setenv("HARNESS_PARTY_SETTINGS", str(path))
    answer = app().test_client().get("/health")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert OpencrvsSettings.from_file(path).country_config_url == "http://127.0.0.1:7070"


def test_where_the_button_leads(signing_key: str) -> None:
    link = {"authorize_url": "http://127.0.0.1:20260/authorize", "client_id": "opencrvs-client"}
    read = OpencrvsSettings.from_json(settings(signing_key, esignet=link, bridge_verifies=True))
    assert read.esignet == EsignetLink(**link)
    assert (read.bridge_verifies, OpencrvsSettings.from_json(settings(signing_key)).esignet) == (True, None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"bridge_url": "absent"}, "bridge_url"),
        ({"bridge_url": 7}, "bridge_url"),
        ({"token_key_pem": ""}, "token_key_pem"),
        ({"bridge_timeout_s": "15"}, "bridge_timeout_s"),
        ({"clients": ["x"]}, "clients"),
        ({"clients": [{"client_id": "a"}]}, "secret"),
        ({"colour": "blue"}, "colour"),
        ({"bridge_verifies": "yes"}, "bridge_verifies"),
        ({"esignet": "http://esignet"}, "esignet"),
        ({"bridge_routes": ["/x"]}, "bridge_routes must be an object of registration, update, verify"),
        ({"bridge_routes": {"registraton": "/x"}}, "bridge_routes must be an object of registration"),
        ({"bridge_routes": {"verify": "x"}}, "bridge_routes: verify must begin with a slash"),
        ({"bridge_routes": {"verify": 7}}, "verify must be a text"),
        ({"esignet": {"authorize_url": "http://esignet/authorize"}}, "esignet"),
        ({"esignet": {"authorize_url": "http://e/authorize", "client_id": 7}}, "client_id"),
    ],
)
def test_bad_settings_are_named(signing_key: str, changes: Any, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        OpencrvsSettings.from_json(settings(signing_key, **changes))


def test_settings_must_be_a_json_object(tmp_path: Path) -> None:
    path = tmp_path / "opencrvs.json"
    for text in ("[]", "{broken"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError, match="JSON"):
            OpencrvsSettings.from_file(path)


def test_no_settings_no_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARNESS_PARTY_SETTINGS", raising=False)
    with pytest.raises(SettingsError, match="HARNESS_PARTY_SETTINGS"):
        app()
