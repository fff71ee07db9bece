"""What a scenario is given to spoil: what country-config would send, under good and bad tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

import contracts
from mock_control.client import AdminError

BIRTH = {"child.name": {"firstname": "Amara", "surname": "Okello"}, "child.dob": "2026-04-28"}
ACTION = "0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002"
NUMBER = "K3V9Q0ZT7M2A"


def handed(opencrvs: Any, **more: Any) -> dict[str, Any]:
    (one,) = opencrvs.admin.command("opencrvs.open_registrations", kind="birth", declarations=[BIRTH])[
        "registrations"
    ]
    answer: dict[str, Any] = opencrvs.admin.command(
        "opencrvs.registration",
        event_id=one["event_id"],
        action_id=ACTION,
        certificate_number=NUMBER,
        **more,
    )
    return {**answer, "event_id": one["event_id"]}


def public_key(opencrvs: Any) -> bytes:
    return requests.get(f"{opencrvs.url}/.well-known", timeout=(2, 5)).content


def claims(opencrvs: Any, token: str) -> dict[str, Any]:
    """The claims of a token that the key of OpenCRVS has signed; raises JoseError."""
    key = RSAKey.import_key(public_key(opencrvs))
    return jwt.decode(token, key, algorithms=["RS256"]).claims


def test_it_is_what_country_config_would_send(opencrvs: Any, bridge: Any) -> None:
    given = handed(opencrvs)
    assert contracts.violations("bridge/registration.request", given["request"]) == []
    assert given["request"]["requestFields"]["birthCertificateNumber"] == NUMBER
    found = claims(opencrvs, given["token"])
    assert (found["eventId"], found["actionId"]) == (given["event_id"], ACTION)
    assert "type=record.confirm-registration" in found["scope"]
    assert bridge.received == []


@pytest.mark.parametrize(
    ("token", "wrong"),
    [
        ("without-scope", lambda found: not any("confirm" in each for each in found["scope"])),
        ("without-action", lambda found: not {"eventId", "actionId"} & set(found)),
        ("other-audience", lambda found: "opencrvs:gateway-user" not in found["aud"]),
        ("other-issuer", lambda found: found["iss"] != "opencrvs:auth-service"),
        ("expired", lambda found: found["exp"] < time.time()),
    ],
)
def test_a_spoilt_token_is_signed_and_says_something_else(opencrvs: Any, token: str, wrong: Any) -> None:
    assert not wrong(claims(opencrvs, handed(opencrvs)["token"]))
    assert wrong(claims(opencrvs, handed(opencrvs, token=token)["token"]))


@pytest.mark.parametrize("token", ["other-key", "unsigned", "public-key-as-secret"])
def test_a_forged_token_says_the_same_and_is_not_signed(opencrvs: Any, token: str) -> None:
    forged = handed(opencrvs, token=token)["token"]
    with pytest.raises((JoseError, ValueError)):
        claims(opencrvs, forged)
    part = forged.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert said["actionId"] == ACTION


def test_one_is_signed_with_the_public_key_as_a_secret(opencrvs: Any) -> None:
    signed, _, tail = handed(opencrvs, token="public-key-as-secret")["token"].rpartition(".")
    mac = hmac.new(public_key(opencrvs), signed.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(tail + "==") == mac


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"token": "bent"}, 400),
        ({"certificate_number": None}, 400),
        ({"event_id": "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"}, 404),
    ],
)
def test_what_cannot_be_handed_over(opencrvs: Any, arguments: dict[str, Any], status: int) -> None:
    whole = {"event_id": "none", "action_id": ACTION, "certificate_number": NUMBER, **arguments}
    with pytest.raises(AdminError) as refused:
        opencrvs.admin.command("opencrvs.registration", **whole)
    assert refused.value.status == status
