"""The auth manager: logins, tokens, and what protected services make of a bad one."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LOGIN = "/v1/authmanager/authenticate/clientidsecretkey"
VALIDATE = "/v1/authmanager/authorize/admin/validateToken"
CREATE_PACKET = "/commons/v1/packetmanager/createPacket"
WORKFLOW = "/registrationprocessor/v1/workflowmanager/workflowinstance"
STATUS = "/registrationprocessor/v1/registrationstatus/search"


def envelope(**changes: Any) -> dict[str, Any]:
    return {
        "id": "string",
        "version": "v7",
        "requesttime": "2026-11-23T10:00:00.000Z",
        "metadata": {},
        "request": {"clientId": "mosip-crvs-client", "secretKey": "packet-secret", "appId": "regproc"},
        **changes,
    }


def request_with(**changes: Any) -> dict[str, Any]:
    return envelope(request={**envelope()["request"], **changes})


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_login_carries_the_token_in_header_and_cookie(mosip: Any) -> None:
    answer = mosip.call("POST", LOGIN, json=envelope())
    assert answer.status_code == 200
    token = answer.headers["Authorization"]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"Authorization={token}; Max-Age=6000000; Expires=")
    assert cookie.endswith("; Path=/; HttpOnly")
    body = answer.json()
    assert body.pop("responsetime").endswith("Z")
    assert body == {
        "id": "string",
        "version": "v7",
        "metadata": None,
        "response": {
            "status": "Success",
            "message": "Clientid and Token combination had been validated successfully",
        },
        "errors": None,
    }


def test_the_token_is_signed_and_says_what_keycloak_says(mosip: Any, token_key: Any, tmp_path: Path) -> None:
    head, claims, signature = mosip.login().split(".")
    assert decoded(head)["alg"] == "RS256"
    said = decoded(claims)
    assert said["iss"] == f"{mosip.url}/auth/realms/mosip"
    assert said["azp"] == said["clientId"] == "mosip-crvs-client"
    assert said["preferred_username"] == "service-account-mosip-crvs-client"
    assert said["realm_access"] == {"roles": ["ONLINE_REGISTRATION_CLIENT"]}
    assert (said["aud"], said["typ"]) == ("account", "Bearer")
    assert said["exp"] - said["iat"] == 900
    (tmp_path / "cert.pem").write_text(token_key.certificate_pem)
    (tmp_path / "signed").write_text(f"{head}.{claims}")
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    public = subprocess.run(
        ["openssl", "x509", "-in", "cert.pem", "-pubkey", "-noout"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    (tmp_path / "key.pem").write_bytes(public.stdout)
    checked = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert checked.stdout == b"Verified OK\n"


LOGIN_FAILURES = [
    (json.dumps(envelope(request=None)), 200, "KER-ATH-019", "request must not be null"),
    (json.dumps({"id": "a"}), 200, "KER-ATH-019", "request must not be null"),
    ("{", 200, "KER-ATH-019", None),
    ("", 200, "KER-ATH-019", None),
    ("[]", 200, "KER-ATH-019", None),
    (json.dumps(envelope(requesttime="2026-11-23")), 200, "KER-ATH-019", None),
    (json.dumps(request_with(clientId={"a": 1})), 200, "KER-ATH-019", None),
    ("[" * 5000, 200, "KER-ATH-019", None),
    (json.dumps(request_with(appId="OPENCRVS")), 200, "KER-ATH-026", "Realm not found:: OPENCRVS"),
    (json.dumps(request_with(appId="RegProc")), 200, "KER-ATH-026", "Realm not found:: RegProc"),
    (json.dumps(request_with(appId=None)), 200, "KER-ATH-026", "Realm not found:: null"),
    (json.dumps(request_with(secretKey="wrong")), 500, "500", None),
    (json.dumps(request_with(secretKey=None)), 500, "500", None),
    (json.dumps(request_with(clientId="nobody")), 500, "500", None),
]


@pytest.mark.parametrize(("body", "status", "code", "message"), LOGIN_FAILURES)
def test_a_failed_login_gives_no_token(
    mosip: Any, body: str, status: int, code: str, message: str | None
) -> None:
    answer = mosip.call("POST", LOGIN, data=body.encode(), headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert "Authorization" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    [error] = answer.json()["errors"]
    assert error["errorCode"] == code
    assert message is None or error["message"] == message
    assert answer.json()["response"] is None


def test_the_text_of_keycloak_is_in_the_500(mosip: Any) -> None:
    body = mosip.call("POST", LOGIN, json=request_with(secretKey="wrong")).json()
    assert body["errors"][0]["message"].startswith("401 Unauthorized: [")
    assert "wrong" not in json.dumps(body)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"answer": "keycloak-down"}, 500, "500"),
        ({"answer": "null-keycloak-body"}, 200, "KER-ATH-501"),
        ({"errors": ["KER-ATH-019"]}, 200, "KER-ATH-019"),
        ({"errors": ["500"]}, 500, "500"),
    ],
)
def test_forced_failures_look_like_real_ones(
    mosip: Any, fault: dict[str, Any], status: int, code: str
) -> None:
    mosip.admin.fault(at="mosip.auth_manager.authenticate", do=fault, scope="everyone")
    answer = mosip.call("POST", LOGIN, json=envelope())
    assert (answer.status_code, answer.json()["errors"][0]["errorCode"]) == (status, code)
    assert "Authorization" not in answer.headers


@pytest.mark.parametrize(
    ("cookie", "code"),
    [
        (None, "KER-ATH-006"),
        ("JSESSIONID=1", "KER-ATH-007"),
        ("Authorization=", "KER-ATH-007"),
        ("Authorization=nonsense", "KER-ATH-401"),
        ("Authorization=a.b.c", "KER-ATH-401"),
    ],
)
def test_validate_token_refuses_with_200(mosip: Any, cookie: str | None, code: str) -> None:
    answer = mosip.call("GET", VALIDATE, headers={} if cookie is None else {"Cookie": cookie})
    assert answer.status_code == 200
    assert [each["errorCode"] for each in answer.json()["errors"]] == [code]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", VALIDATE), ("POST", "/v1/authmanager/authorize/validateToken")]
)
def test_validate_token_tells_who_it_is(mosip: Any, method: str, path: str) -> None:
    token = mosip.login("opencrvs-partner")
    answer = mosip.call(method, path, headers={"Cookie": f"JSESSIONID=1; Authorization={token}"})
    person = answer.json()["response"]
    assert person["userId"] == "service-account-opencrvs-partner"
    assert "SUBSCRIBE_CREDENTIAL_ISSUED_INDIVIDUAL" in person["role"].split(",")
    assert person["token"] == token
    assert answer.headers["Set-Cookie"].startswith(f"Authorization={token};")


def tampered(token: str) -> str:
    head, claims, signature = token.split(".")
    said = decoded(claims) | {"azp": "admin"}
    forged = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
    return f"{head}.{forged}.{signature}"


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


BAD_TOKENS: list[tuple[str, Callable[[str], dict[str, str]]]] = [
    ("nothing", lambda _: {}),
    ("header only", lambda token: {"Authorization": f"Bearer {token}"}),
    ("malformed", lambda _: {"Cookie": "Authorization=nonsense"}),
    ("tampered", lambda token: {"Cookie": f"Authorization={tampered(token)}"}),
    ("unsigned", lambda token: {"Cookie": f"Authorization={unsigned(token)}"}),
]


@pytest.mark.parametrize("headers", [each for _, each in BAD_TOKENS], ids=[name for name, _ in BAD_TOKENS])
@pytest.mark.parametrize(
    ("method", "path", "client", "body"),
    [
        ("PUT", CREATE_PACKET, "mosip-crvs-client", {"id": "i", "version": "v"}),
        ("POST", WORKFLOW, "mosip-crvs-client", {"id": "i", "version": "v"}),
        ("POST", STATUS, "mosip-status-client", {"id": "i", "version": "v"}),
    ],
)
def test_a_bad_token_is_401(
    mosip: Any, method: str, path: str, client: str, body: Any, headers: Callable[[str], dict[str, str]]
) -> None:
    answer = mosip.call(method, path, json=body, headers=headers(mosip.login(client)))
    assert answer.status_code == 401
    said = answer.json()
    assert said.pop("responsetime").endswith("Z")
    echoed = ("i", "v") if path == WORKFLOW else (None, None)
    assert said == {
        "id": echoed[0],
        "version": echoed[1],
        "metadata": None,
        "response": None,
        "errors": [{"errorCode": "KER-ATH-401", "message": "Authentication Failed"}],
    }


@pytest.mark.parametrize(
    ("method", "path", "client", "status", "code"),
    [
        ("PUT", CREATE_PACKET, "mosip-bare-client", 403, "KER-ATH-403"),
        ("PUT", CREATE_PACKET, "opencrvs-partner", 401, "KER-ATH-401"),
        ("POST", WORKFLOW, "mosip-bare-client", 403, "KER-ATH-403"),
        ("POST", WORKFLOW, "opencrvs-partner", 403, "KER-ATH-403"),
        ("POST", STATUS, "mosip-crvs-client", 403, "KER-ATH-403"),
        ("POST", STATUS, "opencrvs-partner", 401, "KER-ATH-401"),
    ],
    ids=lambda value: str(value).rpartition("/")[2],
)
def test_a_good_token_of_the_wrong_client(
    mosip: Any, method: str, path: str, client: str, status: int, code: str
) -> None:
    answer = mosip.call(method, path, json={}, token=mosip.login(client))
    assert (answer.status_code, answer.json()["errors"][0]["errorCode"]) == (status, code)


def test_any_cookie_whose_name_contains_authorization_counts(mosip: Any) -> None:
    answer = mosip.call(
        "PUT", CREATE_PACKET, json={}, headers={"Cookie": f"a=b; XAuthorizationToken={mosip.login()}"}
    )
    assert answer.status_code == 500  # past the filter: request is null


def test_a_token_expires_by_the_timers_and_a_new_one_lives(mosip: Any) -> None:
    old = mosip.login()
    mosip.admin.advance("899s")
    assert mosip.create_packet(mosip.packet("10001100040000120261123100000"), token=old).status_code == 200
    mosip.admin.advance("2s")
    assert mosip.create_packet(mosip.packet("10001100040000120261123100000"), token=old).status_code == 401
    mosip.admin.advance("7d")
    assert mosip.create_packet(mosip.packet("10001100040000120261123100000")).status_code == 200


def test_a_short_lived_token(run_mosip: Callable[..., Any]) -> None:
    mosip = run_mosip(token_ttl_s=2.0)
    token = mosip.login()
    mosip.admin.advance("3s")
    assert mosip.create_packet(mosip.packet("10001100040000120261123100000"), token=token).status_code == 401


# -- what may befall it ----------------------------------------------------------------------------------


def is_good(mosip: Any, token: str) -> bool:
    answer = mosip.call("GET", VALIDATE, token=token)
    return answer.json()["errors"] is None


def test_every_token_ends_at_once(mosip: Any) -> None:
    before = mosip.login()
    assert is_good(mosip, before)
    assert mosip.admin.command("mosip.expire_tokens")["ended"] >= 1
    assert not is_good(mosip, before)
    assert is_good(mosip, mosip.login())
    mosip.admin.reset()
    assert not is_good(mosip, before), "a reset wakes no token"


def test_a_token_of_before_a_reset_ends_too(mosip: Any) -> None:
    before = mosip.login()
    mosip.admin.reset()
    mosip.admin.command("mosip.expire_tokens")
    assert not is_good(mosip, before)


def test_a_secret_is_rotated_and_given_back(mosip: Any) -> None:
    before = mosip.login()
    told = mosip.admin.command("mosip.rotate_secret", of="packets")
    assert "mosip-crvs-client" in told["clients"]
    refused = mosip.call("POST", LOGIN, json=envelope())
    assert refused.status_code == 500
    assert [each["errorCode"] for each in refused.json()["errors"]] == ["500"]
    assert is_good(mosip, before), "a token outlives the secret"
    mosip.admin.command("mosip.rotate_secret", back=True)
    assert mosip.call("POST", LOGIN, json=envelope()).status_code == 200


def test_a_reset_gives_a_secret_back(mosip: Any) -> None:
    mosip.admin.command("mosip.rotate_secret")
    assert mosip.call("POST", LOGIN, json=envelope()).status_code == 500
    mosip.admin.reset()
    assert mosip.call("POST", LOGIN, json=envelope()).status_code == 200
