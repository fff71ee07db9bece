"""The token endpoint: its checks in their order, and what it gives. (esignet: OAuthServiceImpl.getTokens)"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import contracts

OLD = "/v1/esignet/oauth/token"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# the case, what is changed in the form, error, error_description
FORM: list[tuple[str, dict[str, Any], str, str]] = [
    ("no grant type", {"grant_type": None}, "unsupported_grant_type", "unsupported_grant_type"),
    (
        "client credentials",
        {"grant_type": "client_credentials"},
        "unsupported_grant_type",
        "unsupported_grant_type",
    ),
    ("no code", {"code": None}, "invalid_grant", "invalid_grant"),
    ("blank code", {"code": " "}, "invalid_grant", "invalid_grant"),
    ("no redirect", {"redirect_uri": None}, "invalid_request", "invalid_redirect_uri"),
    ("redirect is no URL", {"redirect_uri": "crvs"}, "invalid_request", "invalid_redirect_uri"),
    ("no assertion type", {"client_assertion_type": None}, "invalid_client", "invalid_client"),
    ("other assertion type", {"client_assertion_type": "saml"}, "invalid_client", "invalid_client"),
    ("no assertion", {"client_assertion": ""}, "invalid_client", "invalid_client"),
    ("unknown code", {"code": "x" * 43}, "invalid_grant", "invalid_grant"),
    ("other client", {"client_id": "narrow"}, "invalid_request", "invalid_client_id"),
    ("other redirect", {"redirect_uri": "https://crvs.example/"}, "invalid_request", "invalid_redirect_uri"),
    (
        "redirect with a query",
        {"redirect_uri": "https://crvs.example/events/declare/42/pages/mother?x=y"},
        "invalid_request",
        "invalid_redirect_uri",
    ),
    ("no JWT", {"client_assertion": "abc"}, "invalid_client", "invalid_client"),
    ("broken JWT", {"client_assertion": "a.b.c"}, "invalid_client", "invalid_client"),
]


@pytest.mark.parametrize(
    ("changes", "error", "text"), [row[1:] for row in FORM], ids=[row[0] for row in FORM]
)
def test_a_form_that_is_refused(esignet: Any, changes: dict[str, Any], error: str, text: str) -> None:
    code = esignet.code()
    answer = esignet.redeem(changes.get("code", code), **{k: v for k, v in changes.items() if k != "code"})
    check_refusal(answer, error, text)
    assert esignet.redeem(code).status_code == 200, "a refusal does not use the code up"


def check_refusal(answer: Any, error: str, text: str) -> None:
    assert (answer.status_code, answer.json()) == (400, {"error": error, "error_description": text})
    assert {name: answer.headers[name] for name in NO_STORE} == NO_STORE
    assert "WWW-Authenticate" not in answer.headers
    assert contracts.violations("esignet/error", answer.json()) == []


NOW = int(time.time())
# the case, changed claims, changed header
ASSERTIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("no iss", {"iss": None}, {}),
    ("iss of another", {"iss": "narrow"}, {}),
    ("no sub", {"sub": None}, {}),
    ("sub of another", {"sub": "narrow"}, {}),
    ("no aud", {"aud": None}, {}),
    ("aud elsewhere", {"aud": "https://elsewhere.example"}, {}),
    ("aud of the old endpoint", {"aud": "/oauth/token"}, {}),
    ("no exp", {"exp": None}, {}),
    ("exp as text", {"exp": str(NOW + 60)}, {}),
    ("expired", {"exp": NOW - 60}, {}),
    ("no iat", {"iat": None}, {}),
    ("not yet", {"nbf": NOW + 3600}, {}),
    ("no jti", {"jti": None}, {}),
    ("empty jti", {"jti": ""}, {}),
    ("jti is a number", {"jti": 7}, {}),
    ("RS384", {}, {"alg": "RS384"}),
    ("other kid", {}, {"kid": "rp-2"}),
]


@pytest.mark.parametrize(
    ("claims", "header"), [row[1:] for row in ASSERTIONS], ids=[row[0] for row in ASSERTIONS]
)
def test_an_assertion_that_is_refused(esignet: Any, claims: dict[str, Any], header: dict[str, Any]) -> None:
    code = esignet.code()
    assertion = esignet.assertion(header=header, **claims)
    check_refusal(esignet.redeem(code, client_assertion=assertion), "invalid_client", "invalid_client")
    assert esignet.redeem(code).status_code == 200


def test_an_assertion_by_another_key(esignet: Any, other_key: Any) -> None:
    assertion = esignet.assertion(key=other_key)
    check_refusal(
        esignet.redeem(esignet.code(), client_assertion=assertion), "invalid_client", "invalid_client"
    )


def test_an_unsigned_assertion(esignet: Any) -> None:
    parts = ({"alg": "none"}, esignet.claims())
    text = ".".join(
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts
    )
    check_refusal(
        esignet.redeem(esignet.code(), client_assertion=f"{text}."), "invalid_client", "invalid_client"
    )


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({}, {"alg": "PS256"}),
        ({}, {"kid": None}),
        ({"exp": NOW + 86_400}, {}),
        ({"nbf": NOW - 10}, {}),
        ({"iat": 0}, {}),
    ],
    ids=["PS256", "no kid", "lives for a day", "nbf", "iat of 1970"],
)
def test_an_assertion_that_will_do(esignet: Any, claims: dict[str, Any], header: dict[str, Any]) -> None:
    assertion = esignet.assertion(header=header, **claims)
    assert esignet.redeem(esignet.code(), client_assertion=assertion).status_code == 200


@pytest.mark.parametrize(
    ("setting", "token_endpoint", "issuer"),
    [("both", 200, 200), ("token-endpoint", 200, 400), ("issuer", 400, 200)],
)
def test_the_audience_of_an_assertion(esignet: Any, setting: str, token_endpoint: int, issuer: int) -> None:
    esignet.admin.settings({"esignet.assertion_audience": setting})
    for aud, status in (
        (esignet.url + "/v1/esignet/oauth/v2/token", token_endpoint),
        (esignet.url, issuer),
        (["https://elsewhere.example", esignet.url], issuer),
    ):
        answer = esignet.redeem(esignet.code(), client_assertion=esignet.assertion(aud=aud))
        assert answer.status_code == status, aud


def test_a_jti_is_used_once_a_day(esignet: Any) -> None:
    assertion = esignet.assertion(exp=NOW + 999_999)
    assert esignet.redeem(esignet.code(), client_assertion=assertion).status_code == 200
    check_refusal(
        esignet.redeem(esignet.code(), client_assertion=assertion), "invalid_client", "invalid_client"
    )
    esignet.admin.advance("25h")
    assert esignet.redeem(esignet.code(), client_assertion=assertion).status_code == 200


def test_older_releases_ask_for_no_jti(esignet: Any) -> None:
    esignet.admin.settings({"esignet.jti_required": "no"})
    assert esignet.redeem(esignet.code(), client_assertion=esignet.assertion(jti=None)).status_code == 200


@pytest.mark.parametrize(("skew", "status"), [(4, 200), (6, 400)])
def test_clocks_may_differ_by_five_seconds(esignet: Any, skew: int, status: int) -> None:
    """The bridge's clock is ahead, by an assertion that begins later."""
    esignet.admin.skew(f"-{skew}s")
    assertion = esignet.assertion(nbf=time.time())
    assert esignet.redeem(esignet.code(), client_assertion=assertion).status_code == status


def test_without_client_id_the_code_says_whose_it_is(esignet: Any) -> None:
    assert esignet.redeem(esignet.code(), client_id=None).status_code == 200


# -- codes and PKCE --------------------------------------------------------------------------------------


def test_a_code_is_used_once(esignet: Any) -> None:
    code = esignet.code()
    assert esignet.redeem(code).status_code == 200
    check_refusal(esignet.redeem(code), "invalid_grant", "invalid_grant")


def test_of_many_who_redeem_a_code_at_once_one_gets_tokens(esignet: Any) -> None:
    code = esignet.code()
    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(each.status_code for each in threads.map(esignet.redeem, [code] * 8))
    assert statuses == [200] + [400] * 7


def test_a_code_lasts_300_seconds(esignet: Any) -> None:
    code = esignet.code()
    esignet.admin.advance("301s")
    check_refusal(esignet.redeem(code), "invalid_grant", "invalid_grant")


@pytest.mark.parametrize("wrong", [None, "", "x" * 43])
def test_pkce(esignet: Any, wrong: str | None) -> None:
    verifier, challenge = esignet.pkce()
    code = esignet.code(code_challenge=challenge, code_challenge_method="S256")
    check_refusal(esignet.redeem(code, code_verifier=wrong), "invalid_grant", "invalid_grant")
    assert esignet.redeem(code, code_verifier=verifier).status_code == 200


def test_the_old_endpoint_knows_nothing_of_pkce(esignet: Any) -> None:
    verifier, challenge = esignet.pkce()
    assertion = esignet.assertion(aud=esignet.url + OLD)
    assert esignet.redeem(esignet.code(), OLD, client_assertion=assertion).status_code == 200
    code = esignet.code(code_challenge=challenge, code_challenge_method="S256")
    assertion = esignet.assertion(aud=esignet.url + OLD)
    answer = esignet.redeem(code, OLD, code_verifier=verifier, client_assertion=assertion)
    check_refusal(answer, "invalid_grant", "invalid_grant")


def test_a_person_deactivated_in_between(esignet: Any) -> None:
    code = esignet.code()
    esignet.person(at={"esignet": "deactivated"})
    check_refusal(esignet.redeem(code), "invalid_request", "data_exchange_failed")


def test_other_methods(esignet: Any) -> None:
    answer = esignet.get("/v1/esignet/oauth/v2/token")
    assert answer.status_code == 405
    assert answer.json() == {"error": "invalid_request", "error_description": "Method Not Allowed"}


# -- what it gives ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
def test_tokens(esignet: Any, algorithm: str) -> None:
    esignet.admin.settings({"esignet.signing_alg": algorithm})
    answer = esignet.redeem(esignet.code(nonce="n-1"))
    tokens = answer.json()
    assert {name: answer.headers[name] for name in NO_STORE} == NO_STORE
    assert contracts.violations("esignet/token.response", tokens) == []
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    header = json.loads(base64.urlsafe_b64decode(tokens["id_token"].partition(".")[0] + "=="))
    assert header["alg"] == algorithm
    claims = esignet.opened(tokens["id_token"])
    assert contracts.violations("esignet/id-token.claims", claims) == []
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "acr", "at_hash"}
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (esignet.url, "opencrvs-rp", "n-1")
    assert (claims["acr"], claims["exp"] - claims["iat"]) == ("mosip:idp:acr:generated-code", 3600)
    access = esignet.opened(tokens["access_token"])
    assert set(access) == {"iss", "sub", "aud", "iat", "exp", "azp", "client_id"}


def test_no_nonce_sent_none_told(esignet: Any) -> None:
    assert "nonce" not in esignet.opened(esignet.tokens()["id_token"])


def test_a_person_is_another_to_each_client_and_one_to_each(esignet: Any) -> None:
    def subject(who: str, client: str) -> str:
        code = esignet.sent_back(esignet.authorize(auto=who, client_id=client))["code"]
        assertion = esignet.assertion(iss=client, sub=client)
        tokens = esignet.redeem(code, client_id=client, client_assertion=assertion).json()
        return str(esignet.opened(tokens["id_token"])["sub"])

    assert subject("8267411571", "opencrvs-rp") == subject("4062351704591873", "opencrvs-rp")
    assert subject("8267411571", "opencrvs-rp") != subject("8267411571", "narrow")
