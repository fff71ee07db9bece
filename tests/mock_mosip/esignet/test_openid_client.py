"""openid-client (npm), unpatched, signs in: discovery, PKCE, nonce, private_key_jwt, id_token, userinfo."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import RSAKey

import contracts

pytestmark = pytest.mark.node


@pytest.fixture
def play(
    run_node: Callable[[str, object], str], esignet: Any, client_key: RSAKey
) -> Callable[..., dict[str, Any]]:
    """Plays one case of client.mjs and returns what it says."""

    def run(case: str) -> dict[str, Any]:
        given = {
            "issuer": esignet.url,
            "clientId": "opencrvs-rp",
            "jwk": client_key.as_dict(private=True),
            "redirectUri": "https://crvs.example/callback",
            "individualId": "8267411571",
            "claims": {"name": {"essential": True}, "birthdate": None},
            "cases": [case],
        }
        said: dict[str, Any] = json.loads(run_node("node-oidc", given))
        return said

    return run


@pytest.mark.parametrize("assertion", ["RS256", "PS256"])
def test_a_login(play: Callable[..., dict[str, Any]], esignet: Any, assertion: str) -> None:
    said = play(assertion)
    assert said["ok"], said
    assert contracts.violations("esignet/id-token.claims", said["claims"]) == []
    assert said["expiresIn"] == 3600
    told = {name: said["userinfo"][name] for name in ("sub", "name", "birthdate")}
    assert told == {"sub": said["claims"]["sub"], "name": "Amina Fatou Diallo", "birthdate": "1991/04/09"}
    broken = [each["violations"] for each in esignet.admin.journal().entries if each["violations"]]
    assert broken == []


@pytest.mark.parametrize("case", ["code-twice", "other-verifier"])
def test_a_code_that_can_not_be_redeemed(play: Callable[..., dict[str, Any]], case: str) -> None:
    said = play(case)
    assert (said["ok"], said["status"], said["oauth"]) == (False, 400, "invalid_grant")


# where, fault, what the client finds
WRONG = [
    ("esignet.oauth.token", "id-token-bad-signature", "OAUTH_INVALID_RESPONSE"),
    ("esignet.oauth.token", "id-token-other-audience", "OAUTH_JWT_CLAIM_COMPARISON_FAILED"),
    ("esignet.oauth.token", "id-token-other-issuer", "OAUTH_JWT_CLAIM_COMPARISON_FAILED"),
    ("esignet.oauth.token", "id-token-expired", "OAUTH_JWT_TIMESTAMP_CHECK_FAILED"),
    ("esignet.oauth.token", "id-token-other-nonce", "OAUTH_JWT_CLAIM_COMPARISON_FAILED"),
    ("esignet.oauth.token", "id-token-missing", "OAUTH_INVALID_RESPONSE"),
    ("esignet.oidc.jwks", "no-keys", "OAUTH_KEY_SELECTION_FAILED"),
    ("esignet.oidc.userinfo", "unsigned-userinfo", "OAUTH_INVALID_RESPONSE"),
    ("esignet.oidc.userinfo", "bad-signature", "OAUTH_INVALID_RESPONSE"),
    ("esignet.oidc.userinfo", "error-claims", "OAUTH_INVALID_RESPONSE"),
    ("esignet.oidc.userinfo", "other-sub", "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED"),
    ("esignet.oidc.discovery", "html-502", "OAUTH_RESPONSE_IS_NOT_CONFORM"),
]


@pytest.mark.parametrize(("at", "answer", "code"), WRONG)
def test_what_is_wrong_is_seen(
    play: Callable[..., dict[str, Any]], esignet: Any, at: str, answer: str, code: str
) -> None:
    esignet.admin.fault(at=at, scope="everyone", do={"answer": answer})
    said = play("RS256")
    assert (said["ok"], said["code"]) == (False, code)


def test_the_issuer_of_userinfo_must_be_that_of_discovery(
    play: Callable[..., dict[str, Any]], esignet: Any
) -> None:
    esignet.admin.settings({"esignet.userinfo_iss": "legacy"})
    assert play("RS256")["code"] == "OAUTH_JWT_CLAIM_COMPARISON_FAILED"


def test_a_server_that_takes_only_its_token_endpoint_as_audience(
    play: Callable[..., dict[str, Any]], esignet: Any
) -> None:
    """As up to 1.6; this client names the issuer."""
    esignet.admin.settings({"esignet.assertion_audience": "token-endpoint"})
    said = play("RS256")
    assert (said["ok"], said["oauth"]) == (False, "invalid_client")


def test_a_denial_has_no_issuer_and_that_is_seen(play: Callable[..., dict[str, Any]]) -> None:
    """1.8 promises ``iss`` in each answer and leaves it out of errors."""
    said = play("denied")
    assert (said["ok"], said["code"]) == (False, "OAUTH_INVALID_RESPONSE")
