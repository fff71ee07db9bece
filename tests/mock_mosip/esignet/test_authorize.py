"""What may be asked of the authorize page, and how a browser comes back. (AuthorizationServiceImpl.java)"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import pytest

S256 = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
NAME = json.dumps({"userinfo": {"name": None}})
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no client", {"client_id": None}, "invalid_client_id"),
    ("blank client", {"client_id": " "}, "invalid_client_id"),
    ("unknown client", {"client_id": "nobody"}, "invalid_client_id"),
    ("no scope", {"scope": None}, "invalid_scope"),
    ("only unknown scopes", {"scope": "offline_access"}, "invalid_scope"),
    ("profile without openid", {"scope": "profile"}, "invalid_scope"),
    ("claims without openid", {"scope": "Manage-VID", "claims": NAME}, "invalid_scope"),
    ("no response type", {"response_type": None}, "invalid_response_type"),
    ("implicit flow", {"response_type": "token"}, "invalid_response_type"),
    ("hybrid flow", {"response_type": "code id_token"}, "invalid_response_type"),
    ("no redirect", {"redirect_uri": None}, "invalid_redirect_uri"),
    ("redirect is no URL", {"redirect_uri": "crvs.example"}, "invalid_redirect_uri"),
    ("redirect with a line feed", {"redirect_uri": "https://crvs.example/a\nb"}, "invalid_redirect_uri"),
    ("redirect elsewhere", {"redirect_uri": "https://crvs.example.org/"}, "invalid_redirect_uri"),
    ("a dot is a dot", {"redirect_uri": "https://crvsXexample/"}, "invalid_redirect_uri"),
    (
        "a segment too many",
        {"redirect_uri": "http://localhost:3000/events/a/b/verify"},
        "invalid_redirect_uri",
    ),
    ("display", {"display": "tv"}, "invalid_display"),
    ("two prompts", {"prompt": "login consent"}, "invalid_prompt"),
    ("max_age is no number", {"max_age": "soon"}, "unknown_error"),
    ("claims are a list of words", {"claims": "name,birthdate"}, "parsing_error_msg"),
    ("claims are no object", {"claims": "[]"}, "invalid_claim"),
    ("a claim is text", {"claims": '{"userinfo": {"name": "yes"}}'}, "invalid_claim"),
    ("essential is text", {"claims": '{"userinfo": {"name": {"essential": "true"}}}'}, "invalid_claim"),
    ("a short purpose", {"claims": '{"userinfo": {"name": {"purpose": "ab"}}}'}, "invalid_purpose"),
    ("client without ACR", {"client_id": "no-acr"}, "no_acr_registered"),
    (
        "a PIN only",
        {"client_id": "narrow", "acr_values": "mosip:idp:acr:static-code"},
        "auth_factor_mismatch",
    ),
    ("challenge without method", {"code_challenge": "x" * 43}, "invalid_pkce_challenge"),
    ("method without challenge", {"code_challenge_method": "S256"}, "invalid_pkce_challenge"),
    ("plain PKCE", S256 | {"code_challenge_method": "plain"}, "unsupported_pkce_challenge_method"),
]


@pytest.mark.parametrize(("changes", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
@pytest.mark.parametrize("auto", [None, "8267411571"], ids=["page", "headless"])
def test_a_refusal_is_shown_in_the_page(esignet: Any, changes: dict[str, Any], code: str, auto: str) -> None:
    answer = esignet.authorize(auto=auto, **changes)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Location" not in answer.headers
    assert esignet.error(answer) == code


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("the least", {"state": None}),
    ("no state, with PKCE", {"state": None, **S256}),
    ("unknown scopes beside a known", {"scope": "openid offline_access"}),
    ("unknown parameters", {"login_hint": "x", "request": "y"}),
    ("display and prompt", {"display": "popup", "prompt": "consent", "max_age": "0"}),
    ("a wildcard for a segment", {"redirect_uri": "http://localhost:3000/events/a/verify"}),
    ("ACR of another factor, not registered", {"acr_values": "mosip:idp:acr:static-code"}),
    ("ACR by claims", {"claims": '{"id_token": {"acr": {"values": ["mosip:idp:acr:generated-code"]}}}'}),
    ("unregistered claim", {"claims": '{"userinfo": {"salary": {"essential": true}}}'}),
    ("claims encoded twice", {"claims": quote(NAME)}),
]


@pytest.mark.parametrize("changes", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_what_is_accepted_asks_who_you_are(esignet: Any, changes: dict[str, Any]) -> None:
    answer = esignet.authorize(**changes)
    assert (answer.status_code, esignet.error(answer)) == (200, None)
    assert 'id="id-input"' in answer.text


def test_a_nonce_is_used_once_a_day_by_anybody(esignet: Any) -> None:
    assert esignet.error(esignet.authorize(nonce="n-1")) is None
    assert esignet.error(esignet.authorize(nonce="n-1")) == "invalid_request"
    assert esignet.error(esignet.authorize(nonce="n-1", client_id="narrow")) == "invalid_request"
    esignet.admin.advance("25h")
    assert esignet.error(esignet.authorize(nonce="n-1")) is None


# -- the way back ----------------------------------------------------------------------------------------


def test_the_way_back_has_state_code_and_issuer_in_that_order(esignet: Any) -> None:
    answer = esignet.authorize(auto="8267411571", state="a b&c")
    assert answer.status_code == 302
    url = answer.headers["Location"]
    address, _, query = url.partition("?")
    assert address == "https://crvs.example/events/declare/42/pages/mother"
    assert [part.partition("=")[0] for part in query.split("&")] == ["state", "code", "iss"]
    back = esignet.sent_back(answer)
    assert (back["state"], back["iss"], len(back["code"])) == ("a b&c", esignet.url, 43)


def test_without_state_there_is_none_on_the_way_back(esignet: Any) -> None:
    assert set(esignet.sent_back(esignet.authorize(auto="8267411571", state=None))) == {"code", "iss"}


def test_a_redirect_with_a_query_gets_a_second_question_mark(esignet: Any) -> None:
    """As the page of 1.8 does it. (opencrvs/opencrvs-core issue 11603)"""
    answer = esignet.authorize(auto="8267411571", redirect_uri="https://crvs.example/cb?page=mother")
    assert answer.headers["Location"].startswith("https://crvs.example/cb?page=mother?state=s1&code=")


@pytest.mark.parametrize(
    ("consent", "state", "query"),
    [
        ("cancel", "s1", "state=s1&error=access_denied"),
        ("dismiss", "s1", "state=s1&error=consent_rejected"),
        ("timeout", "s1", "state=s1&error=transaction_timeout"),
        ("cancel", None, "state=null&error=access_denied"),
    ],
)
def test_a_denial_goes_back_without_issuer(esignet: Any, consent: str, state: str, query: str) -> None:
    answer = esignet.authorize(auto="8267411571", auto_consent=consent, state=state)
    assert (answer.status_code, answer.headers["Location"].partition("?")[2]) == (302, query)


@pytest.mark.parametrize(
    ("who", "changes", "code"),
    [
        ("0000000000", {}, "invalid_individual_id"),
        ("8267411571", {"at": {"esignet": "deactivated"}}, "IDA-MLC-022"),
        ("4062351704591873", {"at": {"esignet": "deactivated"}}, "IDA-MLC-023"),
        ("8267411571", {"at": {"esignet": "absent"}}, "invalid_individual_id"),
    ],
)
def test_who_can_not_sign_in_gets_no_code(esignet: Any, who: str, changes: dict[str, Any], code: str) -> None:
    esignet.person(**changes)
    answer = esignet.authorize(auto=who)
    assert (answer.status_code, esignet.error(answer)) == (200, code)


# -- with a person ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "who"), [("UIN", "8267411571"), ("VID", "4062351704591873")])
def test_a_person_signs_in_and_chooses(esignet: Any, kind: str, who: str) -> None:
    claims = esignet.asking(essential=("name",), voluntary=("birthdate", "gender"))
    key = esignet.transaction(esignet.authorize(scope="openid", claims=claims))
    sent = esignet.send_code(key, who, kind)
    assert "XXiXX@example.org" in sent.text
    assert "XXXXXX0001" in sent.text
    assert 'id="authenticate"' in sent.text
    asked = esignet.verify(key)
    assert [f'id="claim-{each}"' in asked.text for each in ("name", "birthdate", "gender", "email")] == [
        False,
        True,
        True,
        False,
    ]
    form = {"transaction": key, "decision": "allow", "claim.gender": "on"}
    code = esignet.sent_back(esignet.post("/consent", data=form))["code"]
    told = esignet.opened(esignet.userinfo(esignet.redeem(code).json()["access_token"]).text)
    assert set(told) == {"sub", "iss", "aud", "name", "gender"}
    assert esignet.error(esignet.post("/consent", data=form)) == "invalid_transaction"


def test_nothing_asked_means_no_consent(esignet: Any) -> None:
    answer = esignet.verify(esignet.identified(scope="openid"))
    assert (answer.status_code, len(esignet.sent_back(answer)["code"])) == (302, 43)


def test_cancel_asks_again_and_stay_stays(esignet: Any) -> None:
    key = esignet.identified()
    esignet.verify(key)
    assert 'id="discontinue"' in esignet.post("/consent", data={"transaction": key, "decision": "ask"}).text
    assert 'id="continue"' in esignet.post("/consent", data={"transaction": key, "decision": "stay"}).text
    answer = esignet.post("/consent", data={"transaction": key, "decision": "cancel"})
    assert esignet.sent_back(answer) == {"state": "s1", "error": "access_denied"}


def test_a_scope_is_permitted_by_hand(esignet: Any) -> None:
    key = esignet.identified(scope="openid Manage-VID Manage-Credentials")
    esignet.verify(key)
    form = {"transaction": key, "decision": "allow", "scope.Manage-VID": "on"}
    answer = esignet.post("/consent", data=form)
    tokens = esignet.redeem(esignet.sent_back(answer)["code"]).json()
    assert esignet.opened(tokens["access_token"])["scope"] == "Manage-VID"


@pytest.mark.parametrize(
    ("ticked", "code"),
    [("claim.individual_id", "invalid_accepted_claim"), ("scope.Manage-VID", "invalid_permitted_scope")],
)
def test_more_than_was_asked_can_not_be_allowed(esignet: Any, ticked: str, code: str) -> None:
    key = esignet.identified()
    esignet.verify(key)
    answer = esignet.post("/consent", data={"transaction": key, "decision": "allow", ticked: "on"})
    assert (answer.status_code, esignet.error(answer)) == (200, code)


@pytest.mark.parametrize(
    ("who", "kind", "code"),
    [
        ("", "UIN", "invalid_identifier"),
        ("0000000000", "UIN", "invalid_individual_id"),
        ("4062351704591873", "UIN", "invalid_individual_id"),
        ("8267411571", "VID", "invalid_individual_id"),
    ],
)
def test_a_number_that_is_not_known_as_such(esignet: Any, who: str, kind: str, code: str) -> None:
    answer = esignet.send_code(esignet.transaction(esignet.authorize()), who, kind)
    assert esignet.error(answer) == code
    assert 'id="id-input"' in answer.text


def test_a_person_whom_no_code_can_reach(esignet: Any) -> None:
    esignet.person(email=None, phone=None)
    answer = esignet.send_code(esignet.transaction(esignet.authorize()))
    assert esignet.error(answer) == "no_email_mobile_found"


@pytest.mark.parametrize(
    ("otp", "code"), [("222222", "auth_failed"), ("11111", "invalid_challenge"), ("", "invalid_challenge")]
)
def test_a_wrong_one_time_code_may_be_given_again(esignet: Any, otp: str, code: str) -> None:
    key = esignet.identified()
    assert esignet.error(esignet.verify(key, otp)) == code
    assert esignet.error(esignet.verify(key)) is None


def test_without_a_code_sent_there_is_none_to_give(esignet: Any) -> None:
    key = esignet.transaction(esignet.authorize())
    assert esignet.error(esignet.verify(key)) == "invalid_transaction"


def test_the_fourth_try_blocks_the_person(esignet: Any) -> None:
    key = esignet.identified()
    codes = [esignet.error(esignet.verify(key, "222222")) for _ in range(4)]
    assert codes == ["auth_failed"] * 3 + ["no_attempts_left"]
    assert esignet.error(esignet.authorize(auto="8267411571")) == "individual_id_blocked"
    esignet.admin.advance("601s")
    assert esignet.authorize(auto="8267411571").status_code == 302


def test_the_fourth_code_is_not_sent(esignet: Any) -> None:
    key = esignet.transaction(esignet.authorize())
    codes = [esignet.error(esignet.send_code(key)) for _ in range(4)]
    assert codes == [None] * 3 + ["no_attempts_left"]


@pytest.mark.parametrize("after", ["identify", "consent"])
def test_a_sign_in_ends_by_itself(esignet: Any, after: str) -> None:
    key = esignet.identified()
    if after == "consent":
        esignet.verify(key)
    esignet.admin.advance({"identify": "301s", "consent": "121s"}[after])
    answer = (
        esignet.verify(key) if after == "identify" else esignet.post("/consent", data={"transaction": key})
    )
    assert esignet.error(answer) == "invalid_transaction"


def test_pages_load_nothing_and_run_nothing(esignet: Any) -> None:
    key = esignet.transaction(esignet.authorize(state="<script>alert(1)</script>"))
    pages = [
        esignet.authorize(),
        esignet.send_code(key, "<script>alert(1)</script>"),
        esignet.send_code(key),
        esignet.verify(key),
        esignet.authorize(client_id="nobody"),
    ]
    for page in pages:
        assert "<script" not in page.text
        assert " src=" not in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'nonce-")
        assert page.headers["Referrer-Policy"] == "no-referrer"


def test_auth_time_is_that_of_the_one_time_code(esignet: Any) -> None:
    before = int(time.time())
    claims = esignet.opened(esignet.tokens()["id_token"])
    assert before <= claims["auth_time"] <= int(time.time())
