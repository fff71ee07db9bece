"""POST /esignet/get-oidp-user-info: what E-Signet is asked, and what is believed of its answers."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jwt
from joserfc.jwk import OctKey, RSAKey

from contracts import violations

Start = Callable[..., Any]
CLIENT, CODE, SUBJECT = "opencrvs-rp", "bJ2d4CqWkq0sK7yqv0Xy7m6V0wqSsyQ2w1D1m8xk9hE", "pXh3kq0vR1psut"
REDIRECT = "http://localhost:3000/drafts/1"
QUERY = f"code={CODE}&state=fetch-on-mount"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
FORM_GIVES_UP_S = 5.0


def test_who_has_logged_in_is_told(login_door: Start, esignet: Any) -> None:
    door = login_door()
    esignet.person["individual_id"] = "5260181591"
    answer = door.login(Authorization=f"Bearer {door.action_token()}")
    assert answer.status == 200
    assert violations("bridge/user-info.response", answer.json) == []
    assert answer.json == {
        "sub": SUBJECT,
        "name": {"firstname": "Amina", "surname": "Diallo"},
        "gender": "female",
        "birthDate": "1991-04-09",
        "dobUnknown": None,
        "verificationStatus": "authenticated",
        "idType": "NATIONAL_ID",
        "nid": "5260181591",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    [form], [assertion] = esignet.forms, esignet.assertions
    assert violations("esignet/token.request", form) == []
    assert violations("esignet/client-assertion.claims", assertion) == []
    assert {name: form[name] for name in form if name != "client_assertion"} == {
        "grant_type": "authorization_code",
        "code": CODE,
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    assert (assertion["iss"], assertion["sub"], assertion["aud"]) == (CLIENT, CLIENT, esignet.token_url)
    assert assertion["header"] == {"alg": "RS256", "typ": "JWT", "kid": "client-1"}
    assert abs(assertion["iat"] - time.time()) < 5
    assert 0 < assertion["exp"] - assertion["iat"] <= 300
    assert len(assertion["jti"]) >= 22


def test_opencrvs_1_9_gets_what_it_knows(login_door: Start, esignet: Any) -> None:
    esignet.person["individual_id"] = "5260181591"
    answer = login_door(bridge_user_info_shape="1.9").login()
    assert violations("bridge/user-info.response", answer.json) == []
    assert "sub" not in answer.json
    assert (answer.json["idType"], answer.json["nid"]) == (None, None)
    assert answer.json["verificationStatus"] == "authenticated"


def test_what_was_not_consented_to_is_left_out(login_door: Start, esignet: Any) -> None:
    esignet.person = {}
    answer = login_door().login()
    assert answer.json == {
        "sub": SUBJECT,
        "verificationStatus": "authenticated",
        "idType": None,
        "nid": None,
    }
    assert violations("bridge/user-info.response", answer.json) == []


def test_each_assertion_is_new(login_door: Start, esignet: Any) -> None:
    door = login_door()
    for code in ("c1", "c2", "c3"):
        esignet.codes[code] = REDIRECT
        assert door.login(f"code={code}&state=s").status == 200
    assert len({each["jti"] for each in esignet.assertions}) == 3
    assert esignet.count("/jwks.json") == 1


def test_a_code_is_good_once(login_door: Start) -> None:
    door = login_door()
    assert door.login().status == 200
    again = door.login()
    assert (again.status, again.code) == (400, "bridge.login.invalid-grant")
    assert violations("bridge/problem", again.json) == []


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        (REDIRECT, 200),
        (f"{REDIRECT}?x=y&code=abc", 200),
        (f"{REDIRECT}#top", 200),
        (f"{REDIRECT}?x=y#top", 200),
        (f"{REDIRECT}#top?x=y", 200),
        (f"{REDIRECT}/", 400),
        (REDIRECT.replace("localhost", "127.0.0.1"), 400),
    ],
)
def test_the_redirect_is_cut_as_at_authorize(login_door: Start, esignet: Any, uri: str, status: int) -> None:
    answer = login_door().login(body={"clientId": CLIENT, "redirectUri": uri})
    assert answer.status == status
    if status == 400:
        assert answer.code == "bridge.login.redirect-mismatch"
        assert CODE in esignet.codes


def test_audience_and_issuer_may_have_other_names_than_the_url(login_door: Start, esignet: Any) -> None:
    esignet.audiences = {"https://esignet.example/token"}
    esignet.issuer = "https://esignet.example"
    refused = login_door().login()
    assert (refused.status, refused.code) == (502, "bridge.login.client-refused")
    settings = {"bridge_esignet_issuer": esignet.issuer, "bridge_instance_id": "b"}
    door = login_door(bridge_esignet_audience="https://esignet.example/token", **settings)
    assert door.login().status == 200


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
@pytest.mark.parametrize("encoded", [True, False], ids=["base64", "json"])
def test_the_client_key_is_a_jwk(
    login_door: Start,
    esignet: Any,
    client_key: RSAKey,
    esignet_settings: dict[str, Any],
    algorithm: str,
    encoded: bool,
) -> None:
    jwk = json.dumps({**client_key.as_dict(private=True), "alg": algorithm}).encode()
    path: Path = esignet_settings["oidp_client_private_key_path"]
    path.write_bytes(base64.b64encode(jwk) if encoded else jwk)
    assert login_door().login().status == 200
    assert esignet.assertions[0]["header"]["alg"] == algorithm


def test_pkce_and_nonce_of_the_form_are_used(login_door: Start, esignet: Any) -> None:
    body = {"clientId": CLIENT, "redirectUri": REDIRECT, "codeVerifier": VERIFIER, "nonce": "n-1"}
    esignet.id_claims = {"nonce": "n-1"}
    door = login_door()
    assert door.login(body=body).status == 200
    assert esignet.forms[0]["code_verifier"] == VERIFIER
    esignet.codes[CODE] = REDIRECT
    esignet.id_claims = {"nonce": "n-2"}
    assert door.login(body=body).code == "bridge.login.id-token"


def test_code_and_state_may_stand_in_the_body(login_door: Start) -> None:
    body = {"clientId": CLIENT, "redirectUri": REDIRECT, "code": CODE, "state": "s"}
    assert login_door().login("", body).status == 200


FAR = 4_000_000_000


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"iss": "https://elsewhere.example"}, 502),
        ({"iss": None}, 502),
        ({"aud": "another-client"}, 502),
        ({"aud": ["another-client", CLIENT]}, 200),
        ({"aud": ["another-client", CLIENT], "azp": "another-client"}, 502),
        ({"aud": [CLIENT], "azp": CLIENT}, 200),
        ({"aud": None}, 502),
        ({"exp": 1}, 502),
        ({"exp": "tomorrow"}, 502),
        ({"exp": None}, 502),
        ({"iat": FAR}, 502),
        ({"nbf": FAR}, 502),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, 502),
        ({"at_hash": 7}, 502),
        ({"at_hash": None}, 200),
        ({"sub": None}, 502),
        ({"sub": ""}, 502),
        ({"sub": ["x"]}, 502),
        ({"nonce": "not-asked-for"}, 200),
    ],
)
def test_claims_of_the_id_token(
    login_door: Start, esignet: Any, claims: dict[str, object], status: int
) -> None:
    esignet.id_claims = claims
    answer = login_door().login()
    assert answer.status == status
    if status != 200:
        assert answer.code == "bridge.login.id-token"
        assert esignet.count("/userinfo") == 0


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({}, 200, None),
        ({"iss": None, "aud": None}, 200, None),
        ({"iss": "https://elsewhere.example"}, 502, "userinfo"),
        ({"aud": "another-client"}, 502, "userinfo"),
        ({"aud": [CLIENT]}, 200, None),
        ({"exp": 1}, 502, "userinfo"),
        ({"exp": FAR}, 200, None),
        ({"sub": "somebody-else"}, 502, "subject"),
        ({"sub": None, "name": None, "error": "invalid_token"}, 502, "subject"),
    ],
)
def test_claims_of_the_user_info(
    login_door: Start, esignet: Any, claims: dict[str, object], status: int, code: str | None
) -> None:
    esignet.userinfo_claims = claims
    answer = login_door().login()
    assert answer.status == status
    if code is not None:
        assert answer.code == f"bridge.login.{code}"
        assert "Amina" not in answer.text


def test_the_issuer_of_the_identity_system_is_taken(login_door: Start, esignet: Any) -> None:
    esignet.userinfo_claims = {"iss": f"{esignet.issuer}/v1/esignet"}
    assert login_door().login().status == 200


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def handmade(
    header: dict[str, object], claims: dict[str, object], sign: Callable[[bytes], bytes] = lambda _: b""
) -> str:
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{base64.urlsafe_b64encode(sign(text.encode())).rstrip(b'=').decode()}"


def unsigned(claims: dict[str, object]) -> str:
    return handmade({"alg": "none"}, claims)


def encrypted(claims: dict[str, object]) -> str:
    key = OctKey.generate_key(256)
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, json.dumps(claims).encode(), key)


def forgeries(esignet: Any) -> dict[str, Callable[[dict[str, object]], str]]:
    named, scheme = {"alg": "RS256", "kid": "one"}, (PKCS1v15(), SHA256())
    own, forger = esignet.keys["one"], esignet.keys["forger"]
    pem = own.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    by_hmac = lambda text: hmac.digest(pem, text, "sha256")  # noqa: E731
    return {
        "unsigned": unsigned,
        "another-key": lambda claims: handmade(named, claims, lambda text: forger.sign(text, *scheme)),
        "a-kid-that-is-not-published": lambda claims: handmade(
            {**named, "kid": "two"}, claims, lambda text: own.sign(text, *scheme)
        ),
        "another-kid": lambda claims: esignet.sign(claims, kid="forger"),
        "hmac-with-the-public-key": lambda claims: handmade({"alg": "HS256", "kid": "one"}, claims, by_hmac),
        "critical": lambda claims: handmade(
            {**named, "crit": ["x"], "x": 1}, claims, lambda text: own.sign(text, *scheme)
        ),
        "altered": lambda claims: swapped(esignet.sign(claims), {**claims, "acr": "x"}),
        "json": json.dumps,
        "empty": lambda _: "",
        "html": lambda _: "<html>a.b.c.d.e</html>",
    }


def swapped(token: str, claims: dict[str, object]) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{part(claims)}.{signature}"


KINDS = [
    "unsigned",
    "another-key",
    "another-kid",
    "a-kid-that-is-not-published",
    "hmac-with-the-public-key",
    "critical",
    "altered",
    "json",
    "empty",
    "html",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["id_sign", "userinfo_sign"])
def test_nothing_is_believed_that_is_not_signed(
    login_door: Start, esignet: Any, kind: str, where: str
) -> None:
    setattr(esignet, where, forgeries(esignet)[kind])
    answer = login_door().login()
    code = "id-token" if where == "id_sign" else "userinfo"
    assert (answer.status, answer.code) == (502, f"bridge.login.{code}")
    assert "Amina" not in answer.text
    assert esignet.count("/userinfo") == (0 if where == "id_sign" else 1)


@pytest.mark.parametrize("kind", ["RS256", "PS256", "no-kid"])
def test_what_is_signed_well_is_believed(login_door: Start, esignet: Any, kind: str) -> None:
    key = RSAKey.import_key(esignet.keys["one"])
    algorithm = "PS256" if kind == "no-kid" else kind
    header = {"alg": algorithm, **({} if kind == "no-kid" else {"kid": "one"})}
    sign = lambda claims: jwt.encode(header, claims, key, [algorithm])  # noqa: E731
    esignet.id_sign = esignet.userinfo_sign = sign
    assert login_door().login().status == 200


def test_a_photograph_is_not_too_much(login_door: Start, esignet: Any) -> None:
    esignet.person["picture"] = "data:image/jpeg;base64," + "A" * 200_000
    answer = login_door().login()
    assert answer.status == 200
    assert "picture" not in answer.json


def test_an_encrypted_user_info_is_told_as_what_it_is(login_door: Start, esignet: Any) -> None:
    esignet.userinfo_sign = encrypted
    answer = login_door().login()
    assert (answer.status, answer.code) == (502, "bridge.login.userinfo-encrypted")


def test_new_keys_are_fetched_when_a_kid_is_unknown(login_door: Start, esignet: Any) -> None:
    door = login_door(bridge_key_refetch_s=0.001)
    assert door.login().status == 200
    esignet.codes[CODE] = REDIRECT
    esignet.published = ["one", "two"]
    esignet.id_sign = lambda claims: esignet.sign(claims, kid="two")
    assert door.login().status == 200
    assert esignet.count("/jwks.json") == 2
    esignet.codes[CODE] = REDIRECT
    assert door.login().status == 200
    assert esignet.count("/jwks.json") == 2


def test_forgers_do_not_make_us_fetch_keys_without_end(login_door: Start, esignet: Any) -> None:
    door = login_door(bridge_key_refetch_s=60)
    esignet.id_sign = lambda claims: esignet.sign(claims, kid="forger")
    for _ in range(4):
        esignet.codes[CODE] = REDIRECT
        assert door.login().code == "bridge.login.id-token"
    assert esignet.count("/jwks.json") == 1


@pytest.mark.parametrize("kind", ["use", "alg", "kty", "short", "expired", "junk", "empty", "html", "down"])
def test_without_a_usable_key_no_code_is_spent(login_door: Start, esignet: Any, told: Any, kind: str) -> None:
    whole = esignet._jwk("one")
    keys = {
        "use": {**whole, "use": "enc"},
        "alg": {**whole, "alg": "RSA-OAEP"},
        "kty": {**whole, "kty": "EC"},
        "short": {**whole, "n": "AQAB"},
        "junk": {**whole, "n": "***"},
    }
    answers = {
        "html": told(body=b"<html>"),
        "down": told(status=503, body={}),
        "empty": told(body={"keys": []}),
    }
    if kind == "expired":
        answers["expired"] = told(body={"keys": [{**whole, "exp": 1}]})
    usable = answers.get(kind) or told(body={"keys": [keys[kind], 7, "x", None]})
    esignet.at["jwks"] = lambda: usable
    answer = login_door().login()
    if kind == "expired":
        assert (answer.status, answer.code) == (502, "bridge.login.id-token")
    else:
        assert (answer.status, answer.code) == (503, "bridge.login.keys-unavailable")
        assert esignet.count("/token") == 0


@pytest.mark.parametrize(
    ("status", "body", "expected", "code"),
    [
        (400, {"error": "invalid_grant"}, 400, "invalid-grant"),
        (400, {"error": "invalid_transaction"}, 400, "invalid-grant"),
        (400, {"error": "pkce_failed"}, 400, "invalid-grant"),
        (
            400,
            {"error": "invalid_request", "error_description": "invalid_redirect_uri"},
            400,
            "redirect-mismatch",
        ),
        (400, {"error": "invalid_redirect_uri"}, 400, "redirect-mismatch"),
        (400, {"error": "invalid_client"}, 502, "client-refused"),
        (400, {"error": "invalid_assertion"}, 502, "client-refused"),
        (401, {"error": "invalid_client"}, 502, "client-refused"),
        (400, {"error": "invalid_request", "error_description": "invalid_client_id"}, 502, "client-refused"),
        (
            400,
            {"error": "invalid_request", "error_description": "data_exchange_failed"},
            502,
            "token-refused",
        ),
        (400, {"error": "use_dpop_nonce"}, 502, "token-refused"),
        (400, {"error": {"a": 1}}, 502, "token-refused"),
        (400, [], 502, "token-refused"),
        (400, b"<html>", 503, "unavailable"),
        (429, {"error": "slow down"}, 503, "unavailable"),
        (500, {"error": "unknown_error"}, 503, "unavailable"),
        (502, b"<html>Bad Gateway</html>", 503, "unavailable"),
        (302, b"", 503, "unavailable"),
        (200, b"<html>", 503, "unavailable"),
        (200, {}, 502, "token-answer"),
        (200, {"access_token": "a b", "id_token": "x"}, 502, "token-answer"),
        (200, {"access_token": "a\r\nX: y", "id_token": "x"}, 502, "token-answer"),
        (200, {"access_token": "a", "token_type": "Bearer", "expires_in": "1h"}, 502, "token-answer"),
        (200, {"access_token": "a", "id_token": "x", "token_type": "DPoP"}, 502, "token-answer"),
        (200, {"access_token": "a", "id_token": "x", "token_type": "bearer"}, 502, "id-token"),
    ],
)
def test_what_the_token_endpoint_answers(
    login_door: Start, esignet: Any, told: Any, status: int, body: object, expected: int, code: str
) -> None:
    esignet.at["token"] = lambda: told(status=status, body=body)
    answer = login_door().login()
    assert (answer.status, answer.code) == (expected, f"bridge.login.{code}")
    assert violations("bridge/problem", answer.json) == []
    assert ("Retry-After" in answer.headers) == (expected == 503)
    assert esignet.count("/token") == 1


@pytest.mark.parametrize(
    ("parts", "status", "code", "times"),
    [
        (
            {"status": 401, "body": b"", "headers": {"WWW-Authenticate": 'error="invalid_token"'}},
            502,
            "userinfo-refused",
            1,
        ),
        ({"status": 406, "body": b""}, 502, "userinfo-refused", 1),
        (
            {"status": 302, "body": b"", "headers": {"Location": "http://127.0.0.1:9/"}},
            502,
            "userinfo-refused",
            1,
        ),
        ({"status": 502, "body": b"<html>"}, 503, "unavailable", 2),
        ({"gone": True}, 503, "unavailable", 2),
        ({"body": b"x", "cut": True}, 503, "unavailable", 2),
        ({"body": {"sub": SUBJECT, "name": "Amina Diallo"}}, 502, "userinfo", 1),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else None,
)
def test_what_the_userinfo_endpoint_answers(
    login_door: Start, esignet: Any, told: Any, parts: dict[str, Any], status: int, code: str, times: int
) -> None:
    esignet.at["userinfo"] = lambda: told(**parts)
    answer = login_door().login()
    assert (answer.status, answer.code) == (status, f"bridge.login.{code}")
    assert esignet.count("/userinfo") == times


def test_a_hiccup_of_the_userinfo_endpoint_costs_no_login(login_door: Start, esignet: Any, told: Any) -> None:
    answers = [told(status=503, body={})]
    esignet.at["userinfo"] = lambda: answers.pop() if answers else None
    assert login_door().login().status == 200


@pytest.mark.parametrize(
    ("where", "how", "settings", "limit_s"),
    [
        ("token", "silent", {}, FORM_GIVES_UP_S),
        *(
            (where, how, {"bridge_login_timeout_s": 1}, 2.0)
            for where in ("jwks", "token", "userinfo")
            for how in ("silent", "trickle")
        ),
    ],
)
def test_a_form_has_its_answer_before_it_gives_up(
    login_door: Start,
    esignet: Any,
    told: Any,
    where: str,
    how: str,
    settings: dict[str, object],
    limit_s: float,
) -> None:
    def wait() -> Any:
        if how == "trickle":
            return told(body=b"x" * 200, trickle_s=0.1)
        esignet.free.clear()
        return None

    esignet.at[where] = wait
    answer = login_door(**settings).login()
    code = "keys-unavailable" if where == "jwks" else "unavailable"
    assert (answer.status, answer.code) == (503, f"bridge.login.{code}")
    assert answer.seconds < limit_s


def test_only_so_many_log_in_at_once(
    login_door: Start, esignet: Any, eventually: Callable[..., None]
) -> None:
    door = login_door(bridge_person_calls=1, bridge_login_timeout_s=3)
    esignet.free.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(door.login)
        eventually(lambda: esignet.asked)
        second = door.login()
        assert (second.status, second.code) == (503, "bridge.login.busy")
        esignet.free.set()
        assert first.result().status == 200


USUAL = {"clientId": CLIENT, "redirectUri": REDIRECT}


@pytest.mark.parametrize(
    ("query", "body", "status", "code", "field"),
    [
        ("state=s", USUAL, 400, "login.contract", "/code"),
        ("code=c", USUAL, 400, "login.contract", "/state"),
        ("code=&state=s", USUAL, 400, "login.contract", "/code"),
        ("error=access_denied&state=s", USUAL, 400, "login.denied", "error"),
        ("code=c&code=d&state=s", USUAL, 400, "login.repeated", None),
        (QUERY, {"clientId": CLIENT}, 400, "login.contract", "/redirectUri"),
        (QUERY, {**USUAL, "redirectUri": "drafts"}, 400, "login.contract", "/redirectUri"),
        (QUERY, {**USUAL, "redirectUri": "http://a b"}, 400, "login.contract", "/redirectUri"),
        (QUERY, {**USUAL, "clientId": 7}, 400, "login.contract", "/clientId"),
        (QUERY, {"redirectUri": REDIRECT}, 400, "login.client", "/clientId"),
        (QUERY, [], 400, "login.contract", ""),
        (QUERY, b"{", 400, "body.malformed", None),
    ],
)
def test_what_can_not_be_asked(
    login_door: Start, esignet: Any, query: str, body: object, status: int, code: str, field: str | None
) -> None:
    answer = login_door().login(query, body)
    assert (answer.status, answer.code) == (status, f"bridge.{code}")
    assert answer.json.get("field") == field
    assert esignet.asked == []


def test_the_bridge_speaks_for_its_own_client_only(login_door: Start, esignet: Any) -> None:
    door = login_door(bridge_esignet_client_id=CLIENT)
    answer = door.login(body={**USUAL, "clientId": "another"})
    assert (answer.status, answer.code, esignet.asked) == (400, "bridge.login.client", [])
    assert door.login(body={"redirectUri": REDIRECT}).status == 200


def test_signs_that_could_break_a_form_or_header_stay_in_their_place(login_door: Start, esignet: Any) -> None:
    login_door().login("code=a%26client_id%3Dx%0d%0aX%3A+y&state=s")
    assert esignet.forms[0]["code"] == "a&client_id=x\r\nX: y"
    assert esignet.forms[0]["client_id"] == CLIENT


@pytest.mark.parametrize(
    ("claims", "status"), [({"userType": "user"}, 200), ({"userType": "system"}, 403), ({"exp": 1}, 401)]
)
def test_who_may_ask(login_door: Start, claims: dict[str, object], status: int) -> None:
    door = login_door()
    assert door.login(Authorization=f"Bearer {door.token(**claims)}").status == status


def test_a_bridge_without_esignet_says_so(start_door: Start) -> None:
    answer = start_door({}).login()
    assert (answer.status, answer.code) == (503, "bridge.login.not-configured")


def test_a_browser_may_ask_for_pages_of_the_client_only(login_door: Start) -> None:
    door = login_door(client_app_url="http://localhost:3000")
    asked = {"Access-Control-Request-Method": "POST", "Origin": "http://localhost:3000"}
    path = "/esignet/get-oidp-user-info"
    flight = door.call("OPTIONS", path, None, asked)
    assert flight.status == 200
    assert flight.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert flight.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    elsewhere = door.call("OPTIONS", path, None, {**asked, "Origin": "http://elsewhere"})
    assert "Access-Control-Allow-Origin" not in elsewhere.headers
    refused = door.login(Authorization=None, Origin="http://localhost:3000")
    assert refused.status == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


def test_keys_and_connections_are_kept(
    login_door: Start, esignet: Any, esignet_settings: dict[str, Path]
) -> None:
    door = login_door()
    esignet_settings["oidp_client_private_key_path"].unlink()
    for _ in range(3):
        esignet.codes[CODE] = REDIRECT
        assert door.login().status == 200
    assert len({request.peer for request in esignet.asked}) == 3  # keys, tokens, user info: one each
