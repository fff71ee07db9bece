"""The key, both grants of /token, and what the gateway says to a bad bearer (opencrvs-core
packages/auth, hapi-auth-jwt2).
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

EXCHANGE = "urn:opencrvs:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
RECORD = "urn:opencrvs:oauth:token-type:single_record_token"
EVENT = "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"
ACTION = "0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002"
GATEWAY_AUDIENCES = ["opencrvs:gateway-user", "opencrvs:auth-user"]


def signed(key: str, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "scope": ["type=record.read"],
        "userType": "user",
        "role": "REGISTRAR",
        "iat": now,
        "exp": now + 600,
        "aud": GATEWAY_AUDIENCES,
        "iss": "opencrvs:auth-service",
        "sub": "3f0c6a52-7f0e-4c1a-9b7e-5f2b1d0e9a11",
        **changes,
    }
    algorithm = str(changes.get("alg", "RS256"))
    return jws.serialize_compact(
        {"alg": algorithm, "typ": "JWT"}, json.dumps(claims), RSAKey.import_key(key), algorithms=[algorithm]
    )


def claims_of(token: str, opencrvs: Any) -> dict[str, Any]:
    pem = opencrvs.http("GET", "/.well-known").text
    claims: dict[str, Any] = json.loads(
        jws.deserialize_compact(token, RSAKey.import_key(pem), algorithms=["RS256"]).payload
    )
    return claims


def test_public_key_is_pem_text_of_no_json_type(opencrvs: Any) -> None:
    answer = opencrvs.http("GET", "/.well-known")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.text.startswith("-----BEGIN PUBLIC KEY-----")


def credentials(opencrvs: Any, **changes: str | None) -> dict[str, str]:
    client = opencrvs.clients[0]
    given = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.secret,
    }
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def exchange(subject: str, **changes: str | None) -> dict[str, str]:
    given = {
        "grant_type": EXCHANGE,
        "subject_token": subject,
        "subject_token_type": ACCESS,
        "requested_token_type": RECORD,
        "event_id": EVENT,
        "action_id": ACTION,
    }
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


@pytest.mark.parametrize("path", ["/token", "/auth/token"])
@pytest.mark.parametrize("where", ["query", "form", "json"])
def test_client_credentials_in_every_place(opencrvs: Any, path: str, where: str) -> None:
    given = credentials(opencrvs)
    how = {"query": {"params": given}, "form": {"data": given}, "json": {"json": given}}[where]
    answer = opencrvs.http("POST", path, **how)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {"access_token", "token_type"}
    assert body["token_type"] == "Bearer"
    claims = claims_of(body["access_token"], opencrvs)
    assert claims["userType"] == "system"
    assert "role" not in claims
    assert claims["exp"] - claims["iat"] == 600
    assert claims["iss"] == "opencrvs:auth-service"
    assert claims["sub"] == opencrvs.clients[0].client_id
    assert {"opencrvs:gateway-user", "opencrvs:auth-user", "opencrvs:countryconfig-user"} <= set(
        claims["aud"]
    )
    # bare record scopes of older clients are rewritten, others are left alone
    assert claims["scope"] == [
        "type=record.read",
        "type=record.search",
        "type=record.create",
        "type=record.register&event=birth,death",
    ]


def test_exchanged_token_is_for_one_action(opencrvs: Any) -> None:
    user = opencrvs.user()
    answer = opencrvs.http("POST", "/auth/token?" + urlencode(exchange(user)))
    assert answer.status_code == 200
    claims = claims_of(answer.json()["access_token"], opencrvs)
    assert (claims["eventId"], claims["actionId"]) == (EVENT, ACTION)
    assert claims["scope"][:2] == ["type=record.confirm-registration", "type=record.reject-registration"]
    assert set(claims["scope"][2:]) == {"type=record.read", "type=record.reject"}
    assert claims["exp"] - claims["iat"] == 604_800
    assert claims["userType"] == "user"
    assert claims["sub"] == claims_of(user, opencrvs)["sub"]


def test_exchange_of_a_system_token_keeps_its_user_type(opencrvs: Any) -> None:
    system = opencrvs.http("POST", "/token", json=credentials(opencrvs)).json()["access_token"]
    answer = opencrvs.http("POST", "/token", json=exchange(system))
    assert claims_of(answer.json()["access_token"], opencrvs)["userType"] == "system"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": None}, 400, "invalid_request"),
        ({"client_secret": None}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "unsupported_grant_type"),
    ],
)
def test_refused_client_credentials(opencrvs: Any, changes: Any, status: int, error: str) -> None:
    check_refusal(opencrvs.http("POST", "/token", params=credentials(opencrvs, **changes)), status, error)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"subject_token": None}, 400, "invalid_request"),
        ({"event_id": None}, 400, "invalid_request"),
        ({"action_id": None}, 400, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}, 400, "invalid_request"),
        ({"requested_token_type": ACCESS}, 400, "invalid_request"),
        ({"record_id": EVENT}, 400, "invalid_request"),
        ({"subject_token": "no.token.atall"}, 401, "unauthorized_client"),
    ],
)
def test_refused_exchange(opencrvs: Any, changes: Any, status: int, error: str) -> None:
    check_refusal(opencrvs.http("POST", "/token", params=exchange(opencrvs.user(), **changes)), status, error)


@pytest.mark.parametrize(
    "claims",
    [{"aud": ["opencrvs:gateway-user"]}, {"iss": "somebody-else"}, {"exp": 1_000_000_000}],
    ids=["not-for-auth", "other-issuer", "expired"],
)
def test_subject_token_must_verify_for_auth(opencrvs: Any, signing_key: str, claims: Any) -> None:
    answer = opencrvs.http("POST", "/token", params=exchange(signed(signing_key, **claims)))
    check_refusal(answer, 401, "unauthorized_client")


def check_refusal(answer: Any, status: int, error: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, error)
    assert body["error_description"]
    assert ("error_uri" in body) is (error != "unauthorized_client")


def test_bearers_the_gateway_refuses(opencrvs: Any, signing_key: str, foreign_key: str) -> None:
    good = signed(signing_key)
    invalidated = opencrvs.user()
    opencrvs.admin.command("opencrvs.invalidate_token", token=invalidated)
    header, payload, signature = good.split(".")
    rows: list[tuple[str | None, str]] = [
        (None, "Missing authentication"),
        ("", "Missing authentication"),
        ("Bearer", "Missing authentication"),
        ("Bearer nonsense", "Missing authentication"),
        (f"Basic {good}", "Missing authentication"),
        (f"Bearer {signed(signing_key, exp=1_000_000_000)}", "Expired token"),
        (f"Bearer {signed(foreign_key)}", "Invalid token"),
        (f"Bearer {signed(signing_key, iss='other')}", "Invalid token"),
        (f"Bearer {signed(signing_key, aud=['opencrvs:auth-user'])}", "Invalid token"),
        (f"Bearer {signed(signing_key, alg='PS256')}", "Invalid token"),
        (f"Bearer {header}.{payload}.", "Invalid token"),
        (f"Bearer {header}.{payload[:-4]}AAAA.{signature}", "Invalid token"),
        (f"Bearer {invalidated}", "Invalid credentials"),
    ]
    for authorization, message in rows:
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = opencrvs.http(
            "POST", "/events/event.get?batch=1", json={"0": {"json": {"eventId": EVENT}}}, headers=headers
        )
        expected: dict[str, Any] = {"statusCode": 401, "error": "Unauthorized", "message": message}
        challenge = "Token"
        if message != "Missing authentication":
            expected["attributes"] = {"error": message}
            challenge = f'Token error="{message}"'
        assert (answer.status_code, answer.json()) == (401, expected), authorization
        assert answer.headers["WWW-Authenticate"] == challenge
    accepted = opencrvs.call("event.get", {"eventId": EVENT}, good)
    assert accepted.status_code == 404


def test_action_token_runs_out_when_the_clock_is_advanced(opencrvs: Any) -> None:
    token = opencrvs.http("POST", "/token", json=exchange(opencrvs.user())).json()["access_token"]
    assert opencrvs.call("event.get", {"eventId": EVENT}, token).status_code == 404
    opencrvs.admin.advance("8d")
    answer = opencrvs.call("event.get", {"eventId": EVENT}, token)
    assert (answer.status_code, answer.json()["message"]) == (401, "Expired token")


def test_faults_speak_as_the_service_does(opencrvs: Any) -> None:
    opencrvs.admin.fault(
        at="opencrvs.auth.token", scope="everyone", do={"errors": ["invalid_client"]}, times=1
    )
    answer = opencrvs.http("POST", "/token", json=credentials(opencrvs))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    opencrvs.admin.fault(
        at="opencrvs.auth.public_key", scope="everyone", do={"answer": "error-page"}, times=1
    )
    page = opencrvs.http("GET", "/.well-known")
    assert (page.status_code, page.headers["Content-Type"].split(";")[0]) == (200, "text/html")


def test_secrets_and_tokens_stay_out_of_the_journal(opencrvs: Any) -> None:
    given = credentials(opencrvs)
    token = opencrvs.http("POST", "/token", params=given).json()["access_token"]
    journal = json.dumps(opencrvs.admin.journal(after=0).entries)
    assert given["client_secret"] not in journal
    assert token not in journal


# -- what may befall it ------------------------------------------------------------------------------------


def reads(opencrvs: Any, token: str) -> int:
    status: int = opencrvs.call("event.search", {"query": {"type": "and", "clauses": []}}, token).status_code
    return status


def test_a_new_key_makes_old_tokens_void_until_it_is_taken_back(opencrvs: Any) -> None:
    old, published = opencrvs.user(), opencrvs.http("GET", "/.well-known").text
    assert reads(opencrvs, old) == 200
    opencrvs.admin.command("opencrvs.rotate_key")
    assert opencrvs.http("GET", "/.well-known").text != published
    assert (reads(opencrvs, old), reads(opencrvs, opencrvs.user())) == (401, 200)
    opencrvs.admin.command("opencrvs.rotate_key", back=True)
    assert opencrvs.http("GET", "/.well-known").text == published
    assert reads(opencrvs, old) == 200


def client_login(opencrvs: Any) -> int:
    status: int = opencrvs.http("POST", "/token?" + urlencode(credentials(opencrvs))).status_code
    return status


def test_a_refreshed_secret_is_nobodys_until_it_is_taken_back(opencrvs: Any) -> None:
    assert client_login(opencrvs) == 200
    assert opencrvs.admin.command("opencrvs.refresh_secret")["clients"]
    assert client_login(opencrvs) == 401
    opencrvs.admin.command("opencrvs.refresh_secret", back=True)
    assert client_login(opencrvs) == 200


def test_a_full_reset_undoes_both(opencrvs: Any) -> None:
    old = opencrvs.user()
    opencrvs.admin.command("opencrvs.rotate_key")
    opencrvs.admin.command("opencrvs.refresh_secret")
    opencrvs.admin.reset()
    assert (reads(opencrvs, old), client_login(opencrvs)) == (200, 200)
