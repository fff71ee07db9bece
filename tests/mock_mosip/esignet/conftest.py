"""A whole E-Signet behind a real socket, a relying party of it, and a person who can sign in."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

import contracts
from mock_control.client import AdminClient
from mock_mosip.esignet.app import create_app
from mock_mosip.esignet.settings import ACR_OTP, EsignetSettings, RelyingParty

ADMIN_TOKEN = "admin-token"
CLIENT_ID = "opencrvs-rp"
REDIRECT = "https://crvs.example/events/declare/42/pages/mother"
UIN, VID = "8267411571", "4062351704591873"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN = "/v1/esignet/oauth/v2/token"
USERINFO = "/v1/esignet/oidc/userinfo"
AMINA = {
    "id": "mother",
    "name": {"first": "Amina", "middle": "Fatou", "last": "Diallo"},
    "born": "1991-04-09",
    "gender": "female",
    "uin": UIN,
    "vid": VID,
    "email": "amina@example.org",
    "phone": "2217700001",
    "address": {"locality": "Ibombo", "region": "Central", "postal_code": "12000"},
    "at": {"esignet": "active"},
}


@pytest.fixture(scope="session")
def client_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "rp-1", "use": "sig"})


@pytest.fixture(scope="session")
def other_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "rp-1", "use": "sig"})


@dataclass(kw_only=True)
class Esignet:
    """A running E-Signet, and what a relying party and a browser do with it."""

    url: str
    admin: AdminClient
    key: RSAKey
    session: requests.Session = field(default_factory=requests.Session)

    # -- browser

    def query(self, **changes: Any) -> dict[str, str]:
        wanted = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "scope": "openid profile",
            "redirect_uri": REDIRECT,
            "state": "s1",
            **changes,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def authorize(self, **changes: Any) -> requests.Response:
        return self.get("/authorize", params=self.query(**changes))

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.url + path, allow_redirects=False, timeout=20, **more)

    def post(self, path: str, **more: Any) -> requests.Response:
        return requests.post(self.url + path, allow_redirects=False, timeout=20, **more)

    def code(self, **changes: Any) -> str:
        answer = self.authorize(auto=UIN, **changes)
        assert answer.status_code == 302, self.error(answer)
        return self.sent_back(answer)["code"]

    def sent_back(self, answer: requests.Response) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query, keep_blank_values=True))

    def error(self, answer: requests.Response) -> str | None:
        found = re.search(r'data-code="([^"]*)"', answer.text)
        return None if found is None else html.unescape(found[1])

    def transaction(self, answer: requests.Response) -> str:
        found = re.search(r'name="transaction" value="([^"]+)"', answer.text)
        assert found is not None, answer.text
        return found[1]

    def identified(self, **changes: Any) -> str:
        """The transaction of a person to whom a one-time code went."""
        key = self.transaction(self.authorize(**changes))
        answer = self.send_code(key)
        assert self.error(answer) is None, answer.text
        return key

    def send_code(self, key: str, who: str = UIN, kind: str = "UIN") -> requests.Response:
        form = {"transaction": key, "step": "send-code", "id_type": kind, "individual_id": who}
        return self.post("/login", data=form)

    def verify(self, key: str, otp: str = "111111") -> requests.Response:
        return self.post("/login", data={"transaction": key, "step": "verify", "otp": otp})

    # -- relying party

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        wanted = {
            "iss": CLIENT_ID,
            "sub": CLIENT_ID,
            "aud": self.url + TOKEN,
            "iat": now,
            "exp": now + 120,
            "jti": str(uuid.uuid4()),
            **changes,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def assertion(
        self, *, key: RSAKey | None = None, header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        signed_by = key or self.key
        head = {"alg": "RS256", "kid": "rp-1", **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(head, self.claims(**changes), signed_by, algorithms=["RS256", "PS256", "RS384"])

    def form(self, code: str, **changes: Any) -> dict[str, str]:
        wanted = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "client_id": CLIENT_ID,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion() if "client_assertion" not in changes else None,
            **changes,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def redeem(self, code: str, path: str = TOKEN, **changes: Any) -> requests.Response:
        return self.post(path, data=self.form(code, **changes))

    def tokens(self, **changes: Any) -> dict[str, Any]:
        answer = self.redeem(self.code(**changes))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def userinfo(self, token: str, **headers: str) -> requests.Response:
        return self.get(USERINFO, headers={"Authorization": f"Bearer {token}", **headers})

    def opened(self, token: str) -> dict[str, Any]:
        """The claims of a JWT that E-Signet signed, read with the keys that it publishes."""
        keys = KeySet.import_key_set(self.get("/.well-known/jwks.json").json())
        return dict(jwt.decode(token, keys, algorithms=["PS256", "RS256"]).claims)

    def person(self, **changes: Any) -> None:
        """Tells of a person, Amina unless changed, and takes the place of whoever has her numbers."""
        self.admin.people(scenario="test", people=[{**AMINA, **changes}])

    def told(self, **changes: Any) -> dict[str, Any]:
        """All that userinfo tells after a sign-in, and that it keeps the contract."""
        answer = self.userinfo(self.tokens(**changes)["access_token"])
        assert answer.status_code == 200
        claims = self.opened(answer.text)
        assert contracts.violations("esignet/userinfo.claims", claims) == []
        return claims

    @staticmethod
    def pkce() -> tuple[str, str]:
        """A verifier and its challenge."""
        verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @staticmethod
    def asking(essential: tuple[str, ...] = (), voluntary: tuple[str, ...] = ()) -> str:
        named = {name: {"essential": True} for name in essential}
        return json.dumps({"userinfo": named | dict.fromkeys(voluntary)})


@pytest.fixture(scope="session")
def make_settings(signing: Any, client_key: RSAKey) -> Callable[..., EsignetSettings]:
    def make(url: str, **changes: Any) -> EsignetSettings:
        jwk = client_key.as_dict(private=False)
        clients = (
            RelyingParty(
                client_id=CLIENT_ID,
                name="OpenCRVS",
                redirect_uris=(
                    "https://crvs.example/**",
                    "http://localhost:3000/events/*/verify",
                    "http://127.0.0.1:*/back",
                ),
                jwk=jwk,
            ),
            RelyingParty(
                client_id="narrow",
                name="Narrow",
                redirect_uris=(REDIRECT,),
                jwk=jwk,
                claims=("name",),
                acrs=(ACR_OTP, "mosip:idp:acr:static-code"),
            ),
            RelyingParty(client_id="no-acr", name="No ACR", redirect_uris=(REDIRECT,), jwk=jwk, acrs=()),
        )
        settings = EsignetSettings(
            public_url=url, signing_key_pem=signing.key_pem, clients=clients, admin_token=ADMIN_TOKEN
        )
        return replace(settings, **changes)

    return make


@contextmanager
def running(make: Callable[..., EsignetSettings], key: RSAKey, **changes: Any) -> Iterator[Esignet]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = make(f"http://127.0.0.1:{port}", **changes)
    server = make_server("127.0.0.1", port, create_app(settings), threaded=True, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Esignet(url=settings.public_url, admin=AdminClient(settings.public_url, ADMIN_TOKEN), key=key)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        listener.close()


@pytest.fixture
def run_esignet(
    make_settings: Callable[..., EsignetSettings], client_key: RSAKey
) -> Iterator[Callable[..., Esignet]]:
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(running(make_settings, client_key, **changes))


@pytest.fixture(scope="session")
def shared_esignet(make_settings: Callable[..., EsignetSettings], client_key: RSAKey) -> Iterator[Esignet]:
    with running(make_settings, client_key) as esignet:
        yield esignet


@pytest.fixture
def esignet(shared_esignet: Esignet) -> Iterator[Esignet]:
    """One E-Signet for all tests, in which nobody but Amina is known; and no failure inside it."""
    shared_esignet.admin.reset()
    shared_esignet.person()
    yield shared_esignet
    assert shared_esignet.admin.health()["failures"] == []
