"""What userinfo tells, to whom, and in which shape. (esignet: OpenIdConnectServiceImpl)"""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

USERINFO = "/v1/esignet/oidc/userinfo"
ALL = ("name", "gender", "birthdate", "address", "email", "phone_number", "individual_id")


def test_only_what_was_consented_to(esignet: Any) -> None:
    asked = esignet.asking(essential=("name",), voluntary=("birthdate", "gender", "email"))
    common = {"scope": "openid", "claims": asked}
    assert set(esignet.told(**common)) == {"sub", "iss", "aud", "name", "birthdate", "gender", "email"}
    assert set(esignet.told(**common, auto_consent="essential")) == {"sub", "iss", "aud", "name"}
    assert set(esignet.told(**common, auto_consent="gender")) == {"sub", "iss", "aud", "name", "gender"}


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", set()),
        ("openid email", {"email"}),
        ("openid phone", {"phone_number"}),
        ("openid address", {"address"}),
        ("openid profile", {"name", "gender", "birthdate", "address", "email", "phone_number"}),
    ],
)
def test_claims_by_scope(esignet: Any, scope: str, claims: set[str]) -> None:
    assert set(esignet.told(scope=scope)) == {"sub", "iss", "aud"} | claims


def test_all_that_is_known(esignet: Any) -> None:
    tokens = esignet.tokens(scope="openid", claims=esignet.asking(essential=ALL))
    answer = esignet.userinfo(tokens["access_token"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/jwt")
    told = esignet.opened(answer.text)
    assert told.pop("sub") == esignet.opened(tokens["id_token"])["sub"]
    assert told == {
        "iss": esignet.url,
        "aud": "opencrvs-rp",
        "name": "Amina Fatou Diallo",
        "gender": "Female",
        "birthdate": "1991/04/09",
        "address": {"locality": "Ibombo", "region": "Central"},
        "email": "amina@example.org",
        "phone_number": "2217700001",
        "individual_id": "8267411571",
    }
    assert esignet.userinfo(tokens["access_token"]).status_code == 200, "it may be asked again"


def test_the_number_told_is_the_one_used(esignet: Any) -> None:
    claims = esignet.asking(essential=("individual_id",))
    back = esignet.sent_back(esignet.authorize(auto="4062351704591873", claims=claims))
    token = esignet.redeem(back["code"]).json()["access_token"]
    assert esignet.opened(esignet.userinfo(token).text)["individual_id"] == "4062351704591873"


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ("name", {"name": "Amina Fatou Diallo"}),
        ("parts", {"given_name": "Amina", "middle_name": "Fatou", "family_name": "Diallo"}),
        ("tagged", {"name#eng": "Amina Fatou Diallo", "name#fra": "Amina Fatou Diallo"}),
        ("mononym", {"name": "Amina"}),
    ],
)
def test_shapes_of_a_name(esignet: Any, shape: str, names: dict[str, str]) -> None:
    esignet.admin.settings({"esignet.name_shape": shape})
    told = esignet.told(scope="openid", claims=esignet.asking(essential=("name",)))
    assert {name: value for name, value in told.items() if "name" in name} == names


@pytest.mark.parametrize(
    ("locales", "names"),
    [
        ("fra", {"name": "Amina Fatou Diallo"}),
        ("fra eng", {"name#fra": "Amina Fatou Diallo", "name#eng": "Amina Fatou Diallo"}),
        ("en", {"name": ""}),
    ],
)
def test_languages_that_are_asked_for(esignet: Any, locales: str, names: dict[str, str]) -> None:
    esignet.admin.settings({"esignet.name_shape": "tagged"})
    asked = esignet.asking(essential=("name",))
    told = esignet.told(scope="openid", claims=asked, claims_locales=locales)
    assert {name: value for name, value in told.items() if name.startswith("name")} == names


@pytest.mark.parametrize(
    ("form", "text"), [("yyyy/MM/dd", "1991/04/09"), ("iso", "1991-04-09"), ("year", "1991")]
)
def test_forms_of_a_date_of_birth(esignet: Any, form: str, text: str) -> None:
    esignet.admin.settings({"esignet.birthdate": form})
    assert esignet.told()["birthdate"] == text


@pytest.mark.parametrize(("setting", "path"), [("issuer", ""), ("legacy", "/v1/esignet")])
def test_who_userinfo_is_from(esignet: Any, setting: str, path: str) -> None:
    esignet.admin.settings({"esignet.userinfo_iss": setting})
    assert esignet.told()["iss"] == esignet.url + path


def test_a_name_given_as_text(esignet: Any) -> None:
    esignet.person(name="Amina Fatou Binta Diallo")
    esignet.admin.settings({"esignet.name_shape": "parts"})
    told = esignet.told()
    parts = [told[name] for name in ("given_name", "middle_name", "family_name")]
    assert parts == ["Amina", "Fatou Binta", "Diallo"]


# -- refusals: what is sent, status, WWW-Authenticate ----------------------------------------------------

REFUSED = [
    ("no header", {}, 401, 'error="invalid_token"'),
    ("no token", {"Authorization": "Bearer"}, 401, 'error="invalid_token"'),
    ("no JWT", {"Authorization": "Bearer abc"}, 401, 'error="invalid_token"'),
    ("lower case", {"Authorization": "bearer TOKEN"}, 401, 'error="invalid_token"'),
    ("two spaces", {"Authorization": "Bearer  TOKEN"}, 401, 'error="invalid_token"'),
    ("basic", {"Authorization": "Basic TOKEN"}, 401, 'error="invalid_token"'),
    ("token alone", {"Authorization": "TOKEN"}, 401, 'error="invalid_token"'),
    ("altered", {"Authorization": "Bearer TOKENx"}, 401, 'error="invalid_token"'),
    (
        "JSON wanted",
        {"Authorization": "Bearer TOKEN", "Accept": "application/json"},
        406,
        'error="Not Acceptable"',
    ),
]


@pytest.mark.parametrize(
    ("headers", "status", "challenge"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_refusal_has_a_header_and_no_body(
    esignet: Any, headers: dict[str, str], status: int, challenge: str
) -> None:
    token = esignet.tokens()["access_token"]
    sent = {name: value.replace("TOKEN", token) for name, value in headers.items()}
    answer = esignet.get(USERINFO, headers=sent)
    assert (answer.status_code, answer.headers["WWW-Authenticate"], answer.text) == (status, challenge, "")


def test_post_is_refused(esignet: Any) -> None:
    answer = esignet.post(USERINFO, headers={"Authorization": f"Bearer {esignet.tokens()['access_token']}"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (405, 'error="Method Not Allowed"')


def test_two_authorization_headers_are_refused(esignet: Any) -> None:
    token = esignet.tokens()["access_token"]
    connection = http.client.HTTPConnection(urlsplit(esignet.url).netloc, timeout=20)
    connection.putrequest("GET", USERINFO)
    for _ in range(2):
        connection.putheader("Authorization", f"Bearer {token}")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("WWW-Authenticate")) == (400, 'error="invalid_request"')
    connection.close()


def test_an_access_token_lasts_an_hour(esignet: Any) -> None:
    token = esignet.tokens()["access_token"]
    esignet.admin.advance("59m")
    assert esignet.userinfo(token).status_code == 200
    esignet.admin.advance("2m")
    assert esignet.userinfo(token).status_code == 401


# -- faults ----------------------------------------------------------------------------------------------


def part_of(token: str, place: int) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[place] + "==")))


def header_of(token: str) -> dict[str, Any]:
    return part_of(token, 0)


def test_userinfo_that_is_not_signed(esignet: Any) -> None:
    token = esignet.tokens()["access_token"]
    esignet.admin.fault(at="esignet.oidc.userinfo", scope="everyone", do={"answer": "unsigned-userinfo"})
    text = esignet.userinfo(token).text
    assert (header_of(text)["alg"], text[-1]) == ("none", ".")


@pytest.mark.parametrize(
    ("forgery", "name"),
    [
        ("bad-signature", "Amina Fatou Diallo"),
        ("foreign-key", "Amina Fatou Diallo"),
        ("altered-claims", "Somebody Else"),
    ],
)
def test_userinfo_with_a_bad_signature(esignet: Any, forgery: str, name: str) -> None:
    token = esignet.tokens()["access_token"]
    esignet.admin.fault(at="esignet.oidc.userinfo", scope="everyone", do={"answer": forgery}, times=1)
    answer = esignet.userinfo(token)
    assert answer.status_code == 200
    published = [each["kid"] for each in esignet.get("/.well-known/jwks.json").json()["keys"]]
    assert header_of(answer.text)["kid"] in published, "it pretends to be one of those"
    assert part_of(answer.text, 1)["name"] == name
    with pytest.raises(Exception, match="bad_signature"):
        esignet.opened(answer.text)
    assert esignet.opened(esignet.userinfo(token).text)["name"] == "Amina Fatou Diallo"


def test_userinfo_that_tells_an_error_or_of_another(esignet: Any) -> None:
    tokens = esignet.tokens()
    esignet.admin.fault(at="esignet.oidc.userinfo", scope="everyone", do={"answer": "error-claims"}, times=1)
    told = esignet.opened(esignet.userinfo(tokens["access_token"]).text)
    assert (told["error"], "sub" in told, "name" in told) == ("invalid_token", False, False)
    esignet.admin.fault(at="esignet.oidc.userinfo", scope="everyone", do={"answer": "other-sub"}, times=1)
    told = esignet.opened(esignet.userinfo(tokens["access_token"]).text)
    assert told["sub"] != esignet.opened(tokens["id_token"])["sub"]


@pytest.mark.parametrize(
    ("answer", "claim"),
    [
        ("id-token-other-audience", "aud"),
        ("id-token-other-issuer", "iss"),
        ("id-token-expired", "exp"),
        ("id-token-other-nonce", "nonce"),
    ],
)
def test_an_id_token_that_is_not_as_it_should_be(esignet: Any, answer: str, claim: str) -> None:
    right = esignet.opened(esignet.tokens(nonce="n-1")["id_token"])
    esignet.admin.fault(at="esignet.oauth.token", scope="everyone", do={"answer": answer})
    wrong = esignet.opened(esignet.tokens(nonce="n-2")["id_token"])
    assert wrong["sub"] == right["sub"]
    if claim == "exp":
        assert wrong["exp"] < wrong["iat"]
    else:
        assert wrong[claim] not in (right[claim], "n-2")


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        ("invalid_grant", 400, "invalid_grant"),
        ("invalid_client", 400, "invalid_client"),
        ("html-502", 502, "<h1>502 Bad Gateway</h1>"),
    ],
)
def test_the_token_endpoint_fails_and_the_code_stays(
    esignet: Any, answer: str, status: int, body: str
) -> None:
    code = esignet.code()
    esignet.admin.fault(at="esignet.oauth.token", scope="everyone", do={"answer": answer}, times=1)
    found = esignet.redeem(code)
    assert found.status_code == status
    assert body in found.text
    assert esignet.redeem(code).status_code == 200


@pytest.mark.parametrize(
    ("at", "code", "told"),
    [
        ("esignet.oauth.token", "invalid_grant", '"error":"invalid_grant"'),
        ("esignet.oauth.token", "data_exchange_failed", '"error":"invalid_request"'),
    ],
)
def test_errors_by_code(esignet: Any, at: str, code: str, told: str) -> None:
    esignet.admin.fault(at=at, scope="everyone", do={"errors": [code]})
    assert told in esignet.redeem(esignet.code()).text


def test_userinfo_fails_by_code(esignet: Any) -> None:
    token = esignet.tokens()["access_token"]
    esignet.admin.fault(at="esignet.oidc.userinfo", scope="everyone", do={"errors": ["unknown_error"]})
    answer = esignet.userinfo(token)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'error="unknown_error"')


def test_id_token_may_be_forged_or_missing(esignet: Any) -> None:
    esignet.admin.fault(
        at="esignet.oauth.token", scope="everyone", do={"answer": "id-token-missing"}, times=1
    )
    assert "id_token" not in esignet.tokens()
    esignet.admin.fault(at="esignet.oauth.token", scope="everyone", do={"answer": "id-token-bad-signature"})
    with pytest.raises(Exception, match="bad_signature"):
        esignet.opened(esignet.tokens()["id_token"])
