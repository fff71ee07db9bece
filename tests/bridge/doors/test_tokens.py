"""Who gets in with which token."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from bridge.errors import Problem
from bridge.settings import Settings
from bridge.tokens import ActionTokens

RS256 = {"alg": "RS256", "typ": "JWT"}
EVENT = "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"
ACTION = "0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002"
KEY_PATH = "/.well-known"


@pytest.fixture
def doors(upstream: Any, auth_key: Any, told: Any, make_settings: Callable[..., Settings]) -> ActionTokens:
    """Tokens checked against the key that the upstream serves."""
    upstream.answer = lambda _: told(
        body=auth_key.public_pem.encode(), headers=[("Content-Type", "text/plain")]
    )
    return ActionTokens.of(make_settings(opencrvs_public_key_url=upstream.url + KEY_PATH))


def refusal(doors: ActionTokens, authorization: str | None) -> Problem:
    with pytest.raises(Problem) as refused:
        doors.verify(authorization)
    return refused.value


def test_a_good_token(
    doors: ActionTokens, auth_key: Any, action_claims: dict[str, object], upstream: Any
) -> None:
    raw = auth_key.rs256(RS256, action_claims)
    for _ in range(3):
        token = doors.verify(f"Bearer {raw}")
    assert (token.event_id, token.action_id, token.raw) == (EVENT, ACTION, raw)
    assert token.expires_at.timestamp() == action_claims["exp"]
    assert raw not in repr(token)
    assert len(upstream.seen) == 1, "the key is fetched once"


@pytest.mark.parametrize(
    "scope",
    [
        ["record.confirm-registration"],
        ["type=record.confirm-registration"],
        ["type=record.confirm-registration&event=birth,death"],
        "record.read record.confirm-registration",
    ],
)
def test_both_spellings_of_the_scope(
    doors: ActionTokens, auth_key: Any, action_claims: dict[str, object], scope: object
) -> None:
    doors.verify("Bearer " + auth_key.rs256(RS256, {**action_claims, "scope": scope}))


NOW = int(time.time())
CLAIMS_REFUSED: list[tuple[str, dict[str, object], int, str, str]] = [
    ("expired", {"exp": NOW - 120}, 401, "expired", "exp"),
    ("no-expiry", {"exp": None}, 401, "expiry", "exp"),
    ("expiry-is-text", {"exp": "2030"}, 401, "expiry", "exp"),
    ("expiry-is-true", {"exp": True}, 401, "expiry", "exp"),
    ("not-before", {"nbf": NOW + 600}, 401, "not-yet", "nbf"),
    ("issued-tomorrow", {"iat": NOW + 86400}, 401, "not-yet", "iat"),
    ("other-issuer", {"iss": "opencrvs:other"}, 401, "issuer", "iss"),
    ("no-issuer", {"iss": None}, 401, "issuer", "iss"),
    ("other-audience", {"aud": ["opencrvs:search-user"]}, 403, "audience", "aud"),
    ("no-audience", {"aud": None}, 403, "audience", "aud"),
    ("no-scope", {"scope": None}, 403, "scope", "scope"),
    ("other-scope", {"scope": ["search.birth"]}, 403, "scope", "scope"),
    ("scope-within-another", {"scope": ["xrecord.confirm-registration"]}, 403, "scope", "scope"),
    ("scope-with-more-behind", {"scope": ["type=record.confirm-registration2"]}, 403, "scope", "scope"),
    ("reject-only", {"scope": ["type=record.reject-registration"]}, 403, "scope", "scope"),
    ("no-event", {"eventId": None}, 403, "claim-missing", "eventId"),
    ("no-action", {"actionId": None}, 403, "claim-missing", "actionId"),
    ("event-is-no-uuid", {"eventId": "7"}, 403, "claim-malformed", "eventId"),
    ("action-in-braces", {"actionId": "{" + ACTION + "}"}, 403, "claim-malformed", "actionId"),
    ("action-with-newline", {"actionId": ACTION + "\n"}, 403, "claim-malformed", "actionId"),
    (
        "record-token-of-1.8",
        {"eventId": None, "actionId": None, "recordId": EVENT},
        403,
        "claim-missing",
        "eventId",
    ),
]


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [row[1:] for row in CLAIMS_REFUSED],
    ids=[row[0] for row in CLAIMS_REFUSED],
)
def test_claims_refused(
    doors: ActionTokens,
    auth_key: Any,
    action_claims: dict[str, object],
    changed: dict[str, object],
    status: int,
    code: str,
    field: str,
) -> None:
    claims = {name: value for name, value in {**action_claims, **changed}.items() if value is not None}
    problem = refusal(doors, "Bearer " + auth_key.rs256(RS256, claims))
    assert (problem.status, problem.code, problem.field) == (status, f"bridge.token.{code}", field)


def test_leeway_of_half_a_minute(
    doors: ActionTokens, auth_key: Any, action_claims: dict[str, object]
) -> None:
    soon = int(time.time())
    doors.verify("Bearer " + auth_key.rs256(RS256, {**action_claims, "exp": soon - 20, "iat": soon + 20}))


@pytest.mark.parametrize(
    "authorization", [None, "", "Basic abc", "Bearer", "Bearer a.b", "Bearer a.b.c", "Bearer x"]
)
def test_no_token_at_all(doors: ActionTokens, authorization: str | None) -> None:
    problem = refusal(doors, authorization)
    assert problem.status == 401
    assert problem.field == "Authorization"
    assert problem.headers["WWW-Authenticate"] == "Bearer"


def forged(kind: str, auth_key: Any, other_key: Any, claims: dict[str, object]) -> str:
    good = auth_key.rs256(RS256, claims)
    head, _, tail = good.split(".")
    unsigned = auth_key.rs256({"alg": "none"}, claims).rpartition(".")[0]
    if kind == "none":
        return f"{unsigned}.AA"
    if kind == "none-empty":
        return f"{unsigned}."
    if kind == "hs256-with-the-public-key":
        signed = auth_key.rs256({"alg": "HS256"}, claims).rpartition(".")[0]
        mac = hmac.new(auth_key.public_pem.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{b64(mac)}"
    if kind == "another-key":
        return str(other_key.rs256(RS256, claims))
    if kind == "altered-claims":
        return f"{head}.{b64(json.dumps({**claims, 'actionId': EVENT}).encode())}.{tail}"
    if kind == "critical-extension":
        return str(auth_key.rs256({**RS256, "crit": ["x"], "x": 1}, claims))
    if kind == "another-algorithm":
        return str(auth_key.rs256({"alg": "RS512"}, claims))
    if kind == "claims-in-a-list":
        return str(auth_key.rs256(RS256, [claims]))
    assert kind == "too-long"
    return str(auth_key.rs256(RS256, {**claims, "x": "y" * 20_000}))


def b64(raw: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "kind",
    [
        "none",
        "none-empty",
        "hs256-with-the-public-key",
        "another-key",
        "altered-claims",
        "critical-extension",
        "another-algorithm",
        "claims-in-a-list",
        "too-long",
    ],
)
def test_forged_tokens(
    doors: ActionTokens, auth_key: Any, other_key: Any, action_claims: dict[str, object], kind: str
) -> None:
    token = forged(kind, auth_key, other_key, action_claims)
    problem = refusal(doors, f"Bearer {token}")
    assert problem.status == 401
    assert token not in problem.detail


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, b"down"), (200, b"<html>502</html>"), (200, b""), (404, b"")],
    ids=["down", "error-page", "empty", "not-found"],
)
def test_no_key_is_503_and_nothing_is_kept(
    doors: ActionTokens,
    auth_key: Any,
    action_claims: dict[str, object],
    upstream: Any,
    told: Any,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: bytes,
) -> None:
    good = upstream.answer
    upstream.answer = lambda _: told(status=status, body=body)
    token = "Bearer " + auth_key.rs256(RS256, action_claims)
    problem = refusal(doors, token)
    assert (problem.status, problem.code) == (503, "bridge.token.key-unavailable")
    assert int(problem.headers["Retry-After"]) > 0
    upstream.answer = good
    monkeypatch.setattr("bridge.keys._FAILED_FETCH_PAUSE_S", 0)
    assert doors.verify(token).action_id == ACTION


def test_an_unreachable_key_is_503(
    make_settings: Callable[..., Settings], auth_key: Any, action_claims: dict[str, object]
) -> None:
    doors = ActionTokens.of(make_settings(opencrvs_public_key_url="http://127.0.0.1:9/.well-known"))
    assert refusal(doors, "Bearer " + auth_key.rs256(RS256, action_claims)).status == 503


def test_a_new_key_is_fetched_but_not_for_every_forger(
    upstream: Any,
    auth_key: Any,
    other_key: Any,
    told: Any,
    action_claims: dict[str, object],
    make_settings: Callable[..., Settings],
) -> None:
    serving = [auth_key.public_pem]
    upstream.answer = lambda _: told(body=serving[0].encode())
    eager = ActionTokens.of(make_settings(opencrvs_public_key_url=upstream.url, bridge_key_refetch_s=1e-6))
    patient = ActionTokens.of(make_settings(opencrvs_public_key_url=upstream.url))
    old = "Bearer " + auth_key.rs256(RS256, action_claims)
    new = "Bearer " + other_key.rs256(RS256, action_claims)
    for doors in (eager, patient):
        doors.verify(old)
    serving[0] = other_key.public_pem
    eager.verify(new)
    assert refusal(eager, old).status == 401
    asked = len(upstream.seen)
    for _ in range(5):
        assert refusal(patient, new).status == 401
    assert len(upstream.seen) == asked, "the floor of a minute holds"
