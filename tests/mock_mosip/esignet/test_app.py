"""E-Signet as a whole: discovery, keys, settings, who an exchange belongs to, and that it says no secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import contracts
from mock_control.client import AdminError
from mock_mosip.esignet.settings import EsignetSettings
from mock_mosip.esignet.wsgi import app
from mock_mosip.settings import SettingsError


@pytest.mark.parametrize(
    "path",
    ["/.well-known/openid-configuration", "/v1/esignet/oidc/.well-known/openid-configuration"],
)
def test_discovery(esignet: Any, path: str) -> None:
    answer = esignet.get(path)
    found = answer.json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert contracts.violations("esignet/discovery.response", found) == []
    assert {
        name: found[name] for name in found if name.endswith(("endpoint", "uri")) or name == "issuer"
    } == {
        "issuer": esignet.url,
        "authorization_endpoint": f"{esignet.url}/authorize",
        "token_endpoint": f"{esignet.url}/v1/esignet/oauth/v2/token",
        "userinfo_endpoint": f"{esignet.url}/v1/esignet/oidc/userinfo",
        "jwks_uri": f"{esignet.url}/.well-known/jwks.json",
    }
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert "given_name" not in found["claims_supported"]


@pytest.mark.parametrize(
    "path",
    ["/.well-known/oauth-authorization-server", "/v1/esignet/oauth/.well-known/oauth-authorization-server"],
)
def test_server_metadata(esignet: Any, path: str) -> None:
    found = esignet.get(path).json()
    assert (found["issuer"], found["grant_types_supported"]) == (esignet.url, ["authorization_code"])
    assert "userinfo_endpoint" not in found


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/v1/esignet/oauth/.well-known/jwks.json"])
def test_keys(esignet: Any, path: str) -> None:
    found = esignet.get(path).json()
    assert contracts.violations("esignet/jwks.response", found) == []
    (key,) = found["keys"]
    assert set(key) == {"kid", "kty", "use", "exp", "x5c", "x5t#S256", "e", "n"}


def test_keys_rotate(esignet: Any) -> None:
    token = esignet.tokens()["id_token"]
    old = [each["kid"] for each in esignet.get("/.well-known/jwks.json").json()["keys"]]
    new = esignet.admin.command("esignet.rotate_key")["kid"]
    assert [each["kid"] for each in esignet.get("/.well-known/jwks.json").json()["keys"]] == [new, *old]
    assert esignet.opened(token)["sub"] == esignet.opened(esignet.tokens()["id_token"])["sub"]
    only = esignet.admin.command("esignet.rotate_key", withdraw=True)["kid"]
    assert [each["kid"] for each in esignet.get("/.well-known/jwks.json").json()["keys"]] == [only]
    esignet.admin.reset()
    assert [each["kid"] for each in esignet.get("/.well-known/jwks.json").json()["keys"]] == old
    esignet.admin.command("esignet.rotate_key", withdraw=True)
    assert [esignet.admin.command("esignet.rotate_key", back=True)["kid"]] == old
    assert [each["kid"] for each in esignet.get("/.well-known/jwks.json").json()["keys"]] == old


def test_under_which_name_each_client_is_told_of_a_person(esignet: Any) -> None:
    names = {(each["uin"], each["client_id"]): each["sub"] for each in esignet.admin.state("subjects")}
    assert names["8267411571", "opencrvs-rp"] == esignet.told(scope="openid")["sub"]
    assert len(set(names.values())) == len(names) == 3


def test_a_login_belongs_to_whoever_reserved_it(esignet: Any) -> None:
    owner = "run#1/mother.login"
    esignet.admin.reserve(
        scenario="run#1",
        actions=[{"owner": owner, "process": "LOGIN", "subject": {"identifiers": ["8267411571"]}}],
    )
    esignet.admin.fault(at="esignet.oidc.userinfo", scenario="run#1", do={"answer": "error-claims"}, times=1)
    key = esignet.identified(claims=esignet.asking(essential=("name",)))
    esignet.verify(key)
    back = esignet.sent_back(esignet.post("/consent", data={"transaction": key, "decision": "allow"}))
    token = esignet.redeem(back["code"]).json()["access_token"]
    assert "error" in esignet.opened(esignet.userinfo(token).text)
    assert esignet.userinfo(esignet.tokens()["access_token"]).status_code == 200
    owned = [
        each["operation"] for each in esignet.admin.journal(owner=owner).entries if each["state"] == "closed"
    ]
    assert owned[:5] == [
        "esignet.oauth.login",
        "esignet.oauth.login",
        "esignet.oauth.consent",
        "esignet.oauth.token",
        "esignet.oidc.userinfo",
    ]


def test_the_journal_tells_no_secret(esignet: Any) -> None:
    verifier, challenge = esignet.pkce()
    key = esignet.identified(code_challenge=challenge, code_challenge_method="S256")
    esignet.verify(key)
    back = esignet.sent_back(esignet.post("/consent", data={"transaction": key, "decision": "allow"}))
    assertion = esignet.assertion()
    tokens = esignet.redeem(back["code"], code_verifier=verifier, client_assertion=assertion).json()
    esignet.userinfo(tokens["access_token"])
    journal = json.dumps(esignet.admin.journal().entries)
    for secret in (back["code"], verifier, assertion, tokens["access_token"], tokens["id_token"]):
        assert secret not in journal
    assert "[secret " in journal


def test_messages_of_the_happy_road_keep_their_contracts(esignet: Any) -> None:
    esignet.tokens()
    assert [each["violations"] for each in esignet.admin.journal().entries if each["violations"]] == []


def test_people_are_read_with_care(esignet: Any) -> None:
    for wrong in (
        "Amina",
        {"uin": "1"},
        {"uin": "1", "vid": "two"},
        {"uin": "1", "vid": "2", "born": "09.04.1991"},
        {"uin": "1", "vid": "2", "name": 7},
        {"uin": "1", "vid": "2", "at": {"esignet": "asleep"}},
        {"uin": "1", "vid": "2", "address": {"region": 1}},
    ):
        with pytest.raises(AdminError, match=r"person|at\.esignet"):
            esignet.admin.people(scenario="test", people=[wrong])
    assert [each["uin"] for each in esignet.admin.state("people")] == ["8267411571"]


# -- settings --------------------------------------------------------------------------------------------


@pytest.fixture
def members(make_settings: Callable[..., EsignetSettings]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(make_settings("http://127.0.0.1:1"))))
    return found


def test_settings_come_from_a_file(
    members: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "esignet.json"
    path.write_text(json.dumps(members | {"state_dir": str(tmp_path), "otp": "222222"}))
    settings = EsignetSettings.from_file(path)
    assert (settings.otp, settings.state_dir) == ("222222", tmp_path)
    assert settings.clients[0].redirect_uris[0] == "https://crvs.example/**"
    monkeypatch.setenv("HARNESS_PARTY_SETTINGS", str(path))
    assert app().test_client().get("/health").get_json() == {"status": "ok"}
    monkeypatch.delenv("HARNESS_PARTY_SETTINGS")
    with pytest.raises(SettingsError, match="HARNESS_PARTY_SETTINGS"):
        app()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"profil": "1.8"}, "profil"),
        ({"profile": "9"}, "profile"),
        ({"clients": [{"client_id": "a"}]}, "redirect_uris"),
        ({"clients": "secret-words"}, "clients"),
        ({"public_url": None}, "public_url"),
    ],
)
def test_wrong_settings_are_named_and_not_shown(
    members: dict[str, Any], tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    path = tmp_path / "esignet.json"
    path.write_text(json.dumps(members | changes))
    with pytest.raises(SettingsError, match=named) as caught:
        EsignetSettings.from_file(path)
    assert "secret-words" not in str(caught.value)


def test_a_client_needs_a_key_and_a_name_of_its_own(members: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "esignet.json"
    first = members["clients"][0]
    for clients in ([first, first], [first | {"jwk": {"kty": "RSA"}}]):
        path.write_text(json.dumps(members | {"clients": clients}))
        with pytest.raises(SettingsError):
            EsignetSettings.from_file(path)


def test_no_secret_of_a_query_is_in_the_journal(esignet: Any) -> None:
    tokens = esignet.tokens()
    code, access, identity = esignet.code(), tokens["access_token"], tokens["id_token"]
    esignet.get("/v1/esignet/oauth/v2/token", params={"code": code, "grant_type": "authorization_code"})
    esignet.get("/v1/esignet/oidc/userinfo", params={"access_token": access})
    esignet.get("/authorize", params={**esignet.query(), "id_token_hint": "hint-secret"})
    esignet.get("/callback", params={"code": code, "state": "s1", "token": identity})
    esignet.get("/callback", headers={"Referer": f"https://crvs.example/back?state=s1&code={code}"})
    esignet.post("/callback", json={"code": code, "redirect_uri": "https://crvs.example/back"})
    kept = json.dumps([esignet.admin.journal().entries, esignet.admin.state()])
    assert [secret for secret in (code, access, identity, "hint-secret") if secret in kept] == []
