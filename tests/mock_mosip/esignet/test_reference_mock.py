"""The profile that answers as the reference implementation's mock. (opencrvs/mosip: esignet-mock)"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

FORM = {"client_id": "anybody", "claims": "name,family_name", "acr_values": "mosip:idp:acr:static-code"}


@pytest.fixture
def mock(run_esignet: Callable[..., Any]) -> Any:
    running = run_esignet(profile="reference-mock")
    running.person()
    return running


def test_a_login_as_the_reference_implementation_does_it(mock: Any) -> None:
    page = mock.authorize(**FORM, redirect_uri="http://localhost:3000/drafts/1?x=y")
    assert 'id="id-input"' in page.text
    assert 'id="authenticate"' in page.text
    form = {
        "individual_id": "8267411571",
        "redirect_uri": "http://localhost:3000/drafts/1?x=y",
        "state": "s1",
    }
    back = mock.post("/login", data=form).headers["Location"]
    code = base64.b64encode(b"8267411571").decode()
    assert back == "http://localhost:3000/drafts/1?x=y&code=ODI2NzQxMTU3MQ%3D%3D&state=s1"
    form = {
        "code": code,
        "client_id": "anybody",
        "redirect_uri": "http://localhost:3000/drafts/1",
        "grant_type": "x",
    }
    tokens = mock.post("/oauth/token", data=form).json()
    assert set(tokens) == {"access_token", "expires_in"}
    assert tokens["expires_in"] == "1h"
    text, _, signature = tokens["access_token"].rpartition(".")
    made = hmac.digest(b"mock-secret", text.encode(), hashlib.sha256)
    assert base64.urlsafe_b64decode(signature + "=") == made
    assert json.loads(base64.urlsafe_b64decode(text.partition(".")[2] + "=="))["code"] == code
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = mock.get("/oidc/userinfo", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    told = mock.opened(answer.text)
    wanted = {
        "sub": "405710304278395",
        "name": "Amina Fatou Diallo",
        "given_name": "Amina",
        "middle_name": "Fatou",
        "family_name": "Diallo",
        "gender": "female",
        "birthdate": "1991/04/09",
    }
    assert {name: told[name] for name in wanted} == wanted
    assert told["updated_at"] > 1_000_000_000_000
    again = mock.get("/oidc/userinfo", headers=headers)
    assert (again.status_code, again.json()["message"]) == (500, "Invalid redirect_uri provided!")


def test_headless(mock: Any) -> None:
    answer = mock.authorize(**FORM, auto="8267411571")
    assert mock.sent_back(answer) == {"code": "ODI2NzQxMTU3MQ==", "state": "s1"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/authorize?client_id=a", 400),
        ("/oidc/userinfo", 500),
        ("/.well-known/openid-configuration", 404),
        ("/v1/esignet/oidc/userinfo", 404),
    ],
)
def test_what_it_refuses(mock: Any, path: str, status: int) -> None:
    assert mock.get(path).status_code == status


def test_a_person_nobody_knows_ends_in_500(mock: Any) -> None:
    mock.authorize(**FORM)
    form = {"code": "MTIz", "client_id": "a", "redirect_uri": mock.query()["redirect_uri"], "grant_type": "x"}
    token = mock.post("/oauth/token", data=form).json()["access_token"]
    answer = mock.get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["statusCode"]) == (500, 500)
