"""The app as a whole: settings, health, the admin API, and that the happy road breaks no contract."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_mosip.app import create_app
from mock_mosip.settings import HubRetry, MosipSettings, SettingsError
from mock_mosip.wsgi import app

RID = "10001100040000120261123100000"


@pytest.fixture
def members(make_settings: Callable[..., MosipSettings], tmp_path: Path) -> dict[str, Any]:
    """The settings as a file holds them."""
    settings = make_settings(state_dir=tmp_path)
    found: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(settings), default=str))
    return found


def test_settings_come_from_a_file(members: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "mosip.json"
    path.write_text(json.dumps(members | {"hub_retry": {"first_s": 1.5}}))
    settings = MosipSettings.from_file(path)
    assert settings.hub_retry == HubRetry(first_s=1.5)
    assert settings.clients[0].roles == ("ONLINE_REGISTRATION_CLIENT",)
    assert settings.state_dir == tmp_path


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"death_polcy": "flag"}, "death_polcy"),
        ({"death_policy": "bury"}, "death_policy"),
        ({"credential_policy": {"CRVS_NEW": "maybe"}}, "credential_policy"),
        ({"clients": {}}, "clients"),
        ({"clients": [{"client_id": "a"}]}, "secret"),
        ({"clients": ["a"]}, "ClientSettings"),
        ({"hub_retry": {"tries": 1}}, "tries"),
    ],
)
def test_wrong_settings_are_named(
    members: dict[str, Any], tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    path = tmp_path / "mosip.json"
    path.write_text(json.dumps(members | changes))
    with pytest.raises(SettingsError, match=named):
        MosipSettings.from_file(path)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_file_that_is_no_object(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mosip.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"mosip\.json"):
        MosipSettings.from_file(path)


def test_the_wsgi_app_is_configured_by_the_environment(
    members: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mosip.json"
    path.write_text(json.dumps(members))
    monkeypatch.setenv("HARNESS_PARTY_SETTINGS", str(path))
    assert app().test_client().get("/health").get_json() == {"status": "ok"}
    monkeypatch.delenv("HARNESS_PARTY_SETTINGS")
    with pytest.raises(SettingsError, match="HARNESS_PARTY_SETTINGS"):
        app()


def test_without_control_there_is_no_admin_api(
    make_settings: Callable[..., MosipSettings], tmp_path: Path
) -> None:
    client = create_app(make_settings(state_dir=tmp_path, control=False)).test_client()
    assert client.get("/__admin/health").status_code == 404
    assert client.get("/health").status_code == 200


def test_operations_have_the_names_that_are_agreed(mosip: Any) -> None:
    stages = [
        "packet_validator",
        "packet_classifier",
        "cmd_validator",
        "operator_validator",
        "supervisor_validator",
        "demo_dedupe",
        "uin_generator",
        "finalization",
    ]
    assert {each["name"] for each in mosip.admin.operations()} == {
        "mosip.auth_manager.authenticate",
        "mosip.auth_manager.validate_token",
        "mosip.packet_manager.create_packet",
        "mosip.workflow.create_instance",
        "mosip.registration_status.search",
        "mosip.registration_status.external_search",
        "mosip.websub.hub",
        "mosip.well_known.controller",
        "mosip.well_known.public_key",
        "mosip.well_known.context",
        "mosip.websub.verify",
        "mosip.websub.deliver",
        "mosip.credential.issue",
        *(f"mosip.workflow.{name}" for name in stages),
    }


def test_a_birth_breaks_no_contract(mosip: Any, subscriber: Any, subscribe: Callable[..., Any]) -> None:
    subscribe(mosip, subscriber)
    mosip.register(RID)
    subscriber.credentials()
    entries = mosip.admin.journal().entries
    assert len(entries) > 10
    assert [each["violations"] for each in entries if each["violations"]] == []


def test_no_token_and_no_secret_is_in_the_journal(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    subscribe(mosip, subscriber)
    token = mosip.login()
    mosip.create_packet(mosip.packet(RID), token=token)
    shown = json.dumps(mosip.admin.journal().entries)
    for secret in (token, "packet-secret", "partner-secret", "websub-secret-of-the-test"):
        assert secret not in shown


def test_a_birth_needs_no_control(run_mosip: Callable[..., Any], subscriber: Any) -> None:
    mosip = run_mosip(control=False)
    form = {
        "hub.mode": "subscribe",
        "hub.topic": "opencrvs-partner/CREDENTIAL_ISSUED",
        "hub.callback": subscriber.url,
        "hub.secret": "a-secret",
    }
    mosip.call("POST", "/hub", data=form, token=mosip.login("opencrvs-partner"))
    subscriber.wait(lambda got: got.method == "GET")
    held = mosip.create_packet(mosip.packet(RID))
    assert held.json()["response"]
    # The hub keeps the subscription a moment after it got the echo: a second wish is then denied.
    mosip.call("POST", "/hub", data=form, token=mosip.login("opencrvs-partner"))
    subscriber.wait(lambda got: got.query.get("hub.mode") in ("denied", "subscribe"), count=2)
    assert mosip.start(RID).json()["response"]
    assert len(subscriber.credentials()) == 1
