"""A country pack as settings: every party is told the same, by its own names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bridge.settings import Settings
from mock_mosip.settings import MosipSettings
from mock_opencrvs.country_config.pack import CountryPack
from sandbox.box import Sandbox
from sandbox.cli import main
from sandbox.country import DEFAULT_COUNTRY, country, country_names
from sandbox.errors import SandboxError
from sandbox.layout import Layout, StateDir
from sandbox.ports import PARTIES
from sandbox.settings_files import own_environment, reference_environment, write_mock_settings

TOLD: dict[str, dict[str, Any]] = {
    "farajaland-like": {
        "processes": {"CRVS_NEW": "CRVS_NEW", "CRVS_DEATH": "CRVS_DEATH", "CRVS_UPDATE": "CRVS_UPDATE"},
        "credential_policy": {"CRVS_NEW": "always", "CRVS_DEATH": "never", "CRVS_UPDATE": "always"},
        "identifier_claim": "VID",
        "death_policy": "deactivate",
        "versions": [],
        "languages": ("eng",),
        "environment": {
            "LOCALE": "eng",
            "MOSIP_VERIFIABLE_CREDENTIAL_NATIONAL_ID_KEY": "VID",
            "BRIDGE_PROCESS_BIRTH": "CRVS_NEW",
            "BRIDGE_PROCESS_DEATH": "CRVS_DEATH",
            "BRIDGE_SOURCE": "OPENCRVS",
            "BRIDGE_SCHEMA_VERSION": "0.100",
            "BRIDGE_BIRTH_CONFIRMATION": "credential",
            "BRIDGE_DEATH_CONFIRMATION": "event",
            "BRIDGE_IDENTIFIER_FIELD": "child.nid",
            "BRIDGE_GENDERS": None,
        },
    },
    "savanna-like": {
        "processes": {
            "NAISSANCE_CIVILE": "CRVS_NEW",
            "DECES_CIVIL": "CRVS_DEATH",
            "CRVS_UPDATE": "CRVS_UPDATE",
        },
        "credential_policy": {"NAISSANCE_CIVILE": "always", "DECES_CIVIL": "never", "CRVS_UPDATE": "always"},
        "identifier_claim": "PSUT",
        "death_policy": "flag",
        "versions": ["0.500"],
        "languages": ("fra", "ara"),
        "environment": {
            "LOCALE": "fra",
            "MOSIP_VERIFIABLE_CREDENTIAL_NATIONAL_ID_KEY": "PSUT",
            "BRIDGE_PROCESS_BIRTH": "NAISSANCE_CIVILE",
            "BRIDGE_PROCESS_DEATH": "DECES_CIVIL",
            "BRIDGE_SOURCE": "CRVS1",
            "BRIDGE_SCHEMA_VERSION": "0.500",
            "BRIDGE_BIRTH_CONFIRMATION": "credential",
            "BRIDGE_DEATH_CONFIRMATION": "none",
            "BRIDGE_IDENTIFIER_FIELD": "enfant.numeroPersonnel",
            "BRIDGE_GENDERS": "F=Féminin,M=Masculin",
        },
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys are made once."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(params=country_names())
def layout(request: pytest.FixtureRequest, folder: Path) -> Layout:
    state = StateDir.at(folder)
    state.begin(PARTIES)
    urls = {party: f"http://127.0.0.1:{port}" for port, party in enumerate(PARTIES, start=20000)}
    return Layout.of(state, urls, country=request.param)


def test_mosip_is_set_up_for_the_country(layout: Layout) -> None:
    settings, told = MosipSettings.from_file(write_mock_settings("mosip", layout, {})), TOLD[layout.country]
    for name in ("processes", "credential_policy", "identifier_claim", "death_policy"):
        assert getattr(settings, name) == told[name]
    assert list(settings.id_schemas) == told["versions"]
    assert settings.ida is not None
    assert settings.ida.languages == told["languages"]


def test_only_one_of_them_demands_that_somebody_was_verified() -> None:
    assert [name for name in country_names() if country(name).demands_verification] == ["savanna-like"]


def test_opencrvs_plays_the_country(layout: Layout) -> None:
    written = json.loads(write_mock_settings("opencrvs", layout, {}).read_text())
    assert written["country_pack"] == layout.country


def test_the_bridge_is_told_of_the_country(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    variables, told = {**reference_environment(layout), **own_environment(layout)}, TOLD[layout.country]
    assert {name: variables.get(name) for name in told["environment"]} == told["environment"]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = Settings.model_validate({})
    assert settings.language == told["languages"][0]
    genders = {"F": "Féminin", "M": "Masculin"} if layout.country == "savanna-like" else None
    assert settings.bridge_genders == genders


def test_births_without_a_credential_are_confirmed_by_event() -> None:
    pack = CountryPack.load(DEFAULT_COUNTRY)
    text = (
        Path(__file__)
        .parents[2]
        .joinpath("mock_opencrvs/country_config/packs/farajaland-like.yaml")
        .read_text()
    )
    changed = text.replace("credential: always", "credential: never").replace(
        "waits_for: credential", "waits_for: event"
    )
    other = type(country(pack.id))(
        pack=CountryPack.parse(changed.replace("identifier: vid", "identifier: none"), file="x")
    )
    settings = other.mosip_settings()
    assert settings["credential_policy"] == {
        "CRVS_NEW": "never",
        "CRVS_DEATH": "never",
        "CRVS_UPDATE": "always",
    }
    assert settings["identifier_claim"] == "none"
    assert other.own_environment()["BRIDGE_BIRTH_CONFIRMATION"] == "event"
    assert other.reference_environment() == {"LOCALE": "eng"}


def test_a_country_that_does_not_ship_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="no country pack 'atlantis'; there are: farajaland-like, savanna"):
        Sandbox(state_dir=tmp_path, country="atlantis").start()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["up", "conform"])
def test_a_command_names_the_countries_there_are(command: str) -> None:
    answer = CliRunner().invoke(main, [command, "--country", "atlantis"])
    assert answer.exit_code == 2
    assert "there is no atlantis, only farajaland-like, savanna-like" in answer.output


def test_a_target_file_says_its_country_itself(tmp_path: Path) -> None:
    target = tmp_path / "theirs.yaml"
    target.write_text(
        'target: theirs\nbridge: {instances: {a: "http://127.0.0.1:9"}, speaks: mosip-api-2.0}\n'
    )
    answer = CliRunner().invoke(main, ["conform", "--target", str(target), "--country", "savanna-like"])
    assert answer.exit_code == 2
    assert "write it there" in answer.output
