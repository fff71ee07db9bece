"""Authlib, unpatched, signs in: discovery, PKCE, nonce, private_key_jwt, id_token, userinfo."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, jsonify
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

REDIRECT = "https://crvs.example/callback"
CLAIMS = {"userinfo": {"name": {"essential": True}, "birthdate": None}}


@pytest.fixture
def relying_party(esignet: Any, client_key: RSAKey) -> Flask:
    """A Flask app with two views: where a login begins, and where the browser comes back."""
    app = Flask("relying_party")
    app.secret_key = "of the test"
    oauth = OAuth(app)
    oauth.register(
        "esignet",
        client_id="opencrvs-rp",
        client_secret=client_key,
        server_metadata_url=f"{esignet.url}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": PrivateKeyJWT(),
        },
    )

    @app.get("/login")
    def login() -> Any:
        return oauth.esignet.authorize_redirect(REDIRECT, claims=json.dumps(CLAIMS), auto="8267411571")

    @app.get("/callback")
    def callback() -> Any:
        tokens = oauth.esignet.authorize_access_token()
        metadata = oauth.esignet.load_server_metadata()
        answer = oauth.esignet.get(metadata["userinfo_endpoint"], token=tokens)
        keys = KeySet.import_key_set(oauth.esignet.fetch_jwk_set())
        told = jwt.decode(answer.text, keys, algorithms=metadata["userinfo_signing_alg_values_supported"])
        return jsonify({"id_token": dict(tokens["userinfo"]), "userinfo": dict(told.claims)})

    return app


def came_back(esignet: Any, browser: Any, **more: str) -> dict[str, str]:
    """What E-Signet sends the browser back with."""
    url = urlsplit(browser.get("/login").headers["Location"])
    query = dict(parse_qsl(url.query)) | more
    assert {"nonce", "state", "code_challenge"} <= set(query)
    answer = esignet.get(url.path, params=query)
    assert answer.headers["Location"].startswith(REDIRECT)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
def test_a_login(esignet: Any, relying_party: Flask, algorithm: str) -> None:
    esignet.admin.settings({"esignet.signing_alg": algorithm})
    with relying_party.test_client() as browser:
        done = browser.get("/callback", query_string=came_back(esignet, browser)).get_json()
    assert done["id_token"]["aud"] == "opencrvs-rp"
    assert done["id_token"]["acr"] == "mosip:idp:acr:generated-code"
    assert done["userinfo"] == {
        "sub": done["id_token"]["sub"],
        "iss": esignet.url,
        "aud": "opencrvs-rp",
        "name": "Amina Fatou Diallo",
        "birthdate": "1991/04/09",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("id-token-bad-signature", "bad_signature"),
        ("id-token-other-audience", "Missing claim: 'azp'"),  # it asks who else the token is for
        ("id-token-other-issuer", "invalid_claim"),
        ("id-token-other-nonce", "invalid_claim"),
        ("id-token-expired", "expired_token"),
        ("invalid_grant", "invalid_grant"),
        ("invalid_client", "invalid_client"),
    ],
)
def test_what_is_wrong_is_seen(esignet: Any, relying_party: Flask, answer: str, error: str) -> None:
    esignet.admin.fault(at="esignet.oauth.token", scope="everyone", do={"answer": answer})
    relying_party.testing = True
    with relying_party.test_client() as browser, pytest.raises(Exception, match=error):
        browser.get("/callback", query_string=came_back(esignet, browser))


def test_a_person_who_leaves(esignet: Any, relying_party: Flask) -> None:
    relying_party.testing = True
    with relying_party.test_client() as browser, pytest.raises(OAuthError, match="access_denied"):
        browser.get("/callback", query_string=came_back(esignet, browser, auto_consent="cancel"))
