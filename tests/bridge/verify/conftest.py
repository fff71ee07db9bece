"""A small IDA and a small E-Signet with code of their own, and a bridge that talks to them."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

Json = Any
EVENT, ACTION = "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001", "0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002"
LICENCE, PARTNER, API_KEY = "aaaaaBBBBBcccccDDDDD", "crvs-partner", "123456"
CLIENT, CODE, SUBJECT = "opencrvs-rp", "bJ2d4CqWkq0sK7yqv0Xy7m6V0wqSsyQ2w1D1m8xk9hE", "pXh3kq0vR1psut"
REDIRECT = "http://localhost:3000/drafts/1"
PERSON = {
    "nid": "5260181591",
    "name": {"firstname": "Saida", "surname": "Sharma"},
    "dob": "1997-12-24",
    "gender": "female",
}


@dataclass(frozen=True)
class Request:
    """What a fake was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: tuple[str, int]


@dataclass(frozen=True)
class Told:
    """What a fake answers. ``cut`` promises more bytes than it sends; ``gone`` closes without a word."""

    status: int = 200
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    gone: bool = False
    trickle_s: float = 0.0

    def encoded(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Fake:
    """An HTTP server of one party; ``hold`` keeps answers back until the fake is let go or closed."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.faults: list[str] = []
        self.free = threading.Event()
        self.free.set()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers, body, self.client_address)
                fake.asked.append(request)
                told = fake.answer(request)
                fake.free.wait(30)
                self.tell(told)

            def tell(self, told: Told) -> None:
                if told.gone:
                    self.close_connection = True
                    return
                content = told.encoded()
                self.send_response(told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content) + 10 * told.cut))
                self.end_headers()
                for start in range(0, len(content), 1 if told.trickle_s else len(content) or 1):
                    if told.trickle_s and fake.stopped.wait(told.trickle_s):
                        break
                    self.wfile.write(content[start : start + (1 if told.trickle_s else len(content))])
                self.close_connection = told.cut

            do_GET = do_POST = serve  # noqa: N815

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                error = sys.exc_info()[1]
                if not isinstance(error, OSError):  # a caller that has given up leaves a broken connection
                    fake.faults.append(repr(error))

        self.stopped = threading.Event()
        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, request: Request) -> Told:
        raise NotImplementedError

    def close(self) -> None:
        self.stopped.set()
        self.free.set()
        self._server.shutdown()
        self._server.server_close()


def certificate_of(key: rsa.RSAPrivateKey, name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
    return builder.sign(key, SHA256())


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Opened:
    """A request to IDA: the outer body, the decrypted inner one, and what was sealed beside it."""

    outer: dict[str, Json]
    inner: dict[str, Json]
    session_key: bytes


class FakeIda(Fake):
    """Opens every request as mosip/id-authentication does; what is wrong with one is in ``faults``."""

    def __init__(self, key: rsa.RSAPrivateKey, partner: x509.Certificate) -> None:
        self.key = key
        self.certificate = certificate_of(key, "ida")
        self.partner = partner
        self.opened: list[Opened] = []
        self.say: Callable[[Opened], Told] | None = None
        super().__init__()

    def answer(self, request: Request) -> Told:
        opened = self._open(request)
        self.opened.append(opened)
        if self.say is not None:
            return self.say(opened)
        return said(opened, {"authStatus": True, "authToken": "2913476501837465019283746501928374"})

    def _open(self, request: Request) -> Opened:
        outer = json.loads(request.body)
        self._expect(request.path == f"/idauthentication/v1/auth/{LICENCE}/{PARTNER}/{API_KEY}", "path")
        self._expect(bool(request.headers.get("authorization")), "authorization")
        self._check_signature(request)
        oaep = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
        session_key = self.key.decrypt(unpadded(outer["requestSessionKey"]), oaep)
        plain = self._opened(outer["request"], session_key)
        digest = hashlib.sha256(plain).hexdigest().upper()
        self._expect(self._opened(outer["requestHMAC"], session_key) == digest.encode(), "hmac")
        thumbprint = hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest()
        self._expect(unpadded(outer["thumbprint"].rstrip("=")) == thumbprint, "thumbprint")
        for stamp in (outer["requestTime"], json.loads(plain)["timestamp"]):
            age = datetime.now(UTC) - datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            self._expect(abs(age) < timedelta(seconds=30), "time")
        return Opened(outer, json.loads(plain), session_key)

    def _opened(self, sealed: str, key: bytes) -> bytes:
        """Ciphertext, tag of 16 bytes, nonce of 16 bytes."""
        raw = unpadded(sealed)
        text, tag, nonce = raw[:-32], raw[-32:-16], raw[-16:]
        decryptor = Cipher(algorithms.AES(key), modes.GCM(nonce, tag)).decryptor()
        return decryptor.update(text) + decryptor.finalize()

    def _check_signature(self, request: Request) -> None:
        head, empty, signature = request.headers["signature"].split(".")
        header = json.loads(unpadded(head))
        chain = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
        self._expect((header["alg"], empty) == ("RS256", ""), "header")
        self._expect(chain == self.partner, "certificate")
        payload = base64.urlsafe_b64encode(request.body).rstrip(b"=").decode()
        registry = jws.JWSRegistry()
        registry.max_header_length = registry.max_payload_length = 64 * 1024
        key = RSAKey.import_key(chain.public_key())
        jws.deserialize_compact(f"{head}.{payload}.{signature}", key, registry=registry)

    def _expect(self, good: bool, what: str) -> None:
        if not good:
            self.faults.append(what)


def said(opened: Opened, response: Json, errors: Json = None) -> Told:
    """An answer of IDA to that request."""
    head = {"transactionID": opened.outer["transactionID"], "version": "1.0", "id": "mosip.identity.auth"}
    times = {"responseTime": "2026-11-23T10:00:00.410Z"}
    return Told(body={**head, **times, "errors": errors, "response": response})


class FakeEsignet(Fake):
    """Token endpoint, userinfo and JWKS; each can be told to answer otherwise."""

    def __init__(self, keys: Mapping[str, rsa.RSAPrivateKey], client: RSAKey) -> None:
        self.keys = dict(keys)
        self.published = ["one"]
        self.client = client
        self.issuer = ""
        self.audiences: set[str] = set()
        self.codes = {CODE: REDIRECT}
        self.seen_jti: set[str] = set()
        self.assertions: list[dict[str, Json]] = []
        self.forms: list[dict[str, str]] = []
        self.person: dict[str, Json] = {"name": "Amina Diallo", "birthdate": "1991/04/09", "gender": "Female"}
        self.id_claims: dict[str, Json] = {}
        self.userinfo_claims: dict[str, Json] = {}
        self.id_sign: Callable[[dict[str, Json]], str] = self.sign
        self.userinfo_sign: Callable[[dict[str, Json]], str] = self.sign
        self.at: dict[str, Callable[[], Told] | None] = {"token": None, "userinfo": None, "jwks": None}
        super().__init__()
        self.issuer = self.url
        self.token_url = f"{self.url}/v1/esignet/oauth/v2/token"
        self.userinfo_url = f"{self.url}/v1/esignet/oidc/userinfo"
        self.audiences = {self.token_url}

    def count(self, what: str) -> int:
        return len([each for each in self.asked if each.path.partition("?")[0].endswith(what)])

    def sign(self, claims: dict[str, Json], *, kid: str = "one", alg: str = "PS256") -> str:
        key = RSAKey.import_key(self.keys[kid])
        return jwt.encode({"alg": alg, "kid": kid}, claims, key, algorithms=[alg])

    def answer(self, request: Request) -> Told:
        path = urlsplit(request.path).path
        if path == "/.well-known/jwks.json":
            return self._otherwise("jwks") or Told(body={"keys": [self._jwk(kid) for kid in self.published]})
        if path == "/v1/esignet/oauth/v2/token":
            return self._otherwise("token") or self._redeem(request)
        if path == "/v1/esignet/oidc/userinfo":
            return self._otherwise("userinfo") or self._tell(request)
        return Told(status=404, body={})

    def _otherwise(self, what: str) -> Told | None:
        told = self.at[what]
        return told() if told is not None else None

    def _jwk(self, kid: str) -> dict[str, Json]:
        public = RSAKey.import_key(self.keys[kid].public_key()).as_dict()
        return {**public, "kid": kid, "use": "sig", "exp": int(time.time()) + 86400}

    def _redeem(self, request: Request) -> Told:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.forms.append(form)
        token = jwt.decode(form["client_assertion"], self.client, algorithms=["RS256", "PS256"])
        claims = dict(token.claims)
        self.assertions.append({**claims, "header": token.header})
        if claims.get("aud") not in self.audiences or claims.get("jti") in {None, *self.seen_jti}:
            return Told(status=400, body={"error": "invalid_client", "error_description": "invalid_client"})
        self.seen_jti.add(claims["jti"])
        redirect = self.codes.get(form["code"])
        if redirect is None:
            return Told(status=400, body={"error": "invalid_grant", "error_description": "invalid_grant"})
        if redirect != form["redirect_uri"]:
            body = {"error": "invalid_request", "error_description": "invalid_redirect_uri"}
            return Told(status=400, body=body)
        del self.codes[form["code"]]
        return Told(body=self._tokens(form["client_id"]))

    def _tokens(self, client_id: str) -> dict[str, Json]:
        now = int(time.time())
        access = self.sign({"sub": SUBJECT, "exp": now + 3600})
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": client_id,
            "iat": now,
            "exp": now + 3600,
            "auth_time": now,
            "acr": "mosip:idp:acr:generated-code",
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.id_claims,
        }
        present = {name: value for name, value in claims.items() if value is not None}
        tokens = {"id_token": self.id_sign(present), "access_token": access}
        return {**tokens, "token_type": "Bearer", "expires_in": 3600}

    def _tell(self, request: Request) -> Told:
        scheme, _, access = request.headers["authorization"].partition(" ")
        assert scheme == "Bearer"
        jwt.decode(access, RSAKey.import_key(self.keys["one"]), algorithms=["PS256"])
        claims = {"sub": SUBJECT, "iss": self.issuer, "aud": CLIENT, **self.person, **self.userinfo_claims}
        present = {name: value for name, value in claims.items() if value is not None}
        content = self.userinfo_sign(present).encode()
        return Told(body=content, headers={"Content-Type": "application/jwt"})


@pytest.fixture(scope="session")
def provider_keys() -> dict[str, rsa.RSAPrivateKey]:
    """E-Signet's keys: the published one, the one to come, and one that nobody publishes."""
    return {"one": new_key(), "two": new_key(), "forger": new_key()}


@pytest.fixture(scope="session")
def ida_key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture(scope="session")
def client_key() -> RSAKey:
    return RSAKey.import_key(new_key(), {"kid": "client-1"})


@pytest.fixture
def ida(ida_key: rsa.RSAPrivateKey, world: Any) -> Iterator[FakeIda]:
    """IDA; a request that it would refuse fails the test."""
    with closing(FakeIda(ida_key, world.partner_certificate)) as fake:
        yield fake
    assert fake.faults == []


@pytest.fixture
def esignet(provider_keys: dict[str, rsa.RSAPrivateKey], client_key: RSAKey) -> Iterator[FakeEsignet]:
    with closing(FakeEsignet(provider_keys, client_key)) as fake:
        yield fake
    assert fake.faults == []


@pytest.fixture
def ida_settings(ida: FakeIda, world: Any, tmp_path: Path) -> dict[str, object]:
    """What the bridge must be told to ask IDA."""
    (tmp_path / "ida.crt").write_bytes(ida.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "sign.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"sign", world.partner_key, world.partner_certificate, None, BestAvailableEncryption(b"sign")
        )
    )
    return {
        "ida_auth_url": f"{ida.url}/idauthentication/v1/auth",
        "ida_auth_domain_uri": "https://api-internal.mosip.example",
        "partner_id": PARTNER,
        "partner_apikey": API_KEY,
        "partner_misp_lk": LICENCE,
        "encrypt_cert_path": tmp_path / "ida.crt",
        "sign_p12_file_path": tmp_path / "sign.p12",
        "sign_p12_file_password": "sign",
    }


@pytest.fixture
def esignet_settings(esignet: FakeEsignet, client_key: RSAKey, tmp_path: Path) -> dict[str, object]:
    """What the bridge must be told to ask E-Signet."""
    jwk = json.dumps(client_key.as_dict(private=True)).encode()
    (tmp_path / "client.jwk").write_bytes(base64.encodebytes(jwk))
    return {
        "esignet_token_url": esignet.token_url,
        "esignet_userinfo_url": esignet.userinfo_url,
        "oidp_client_private_key_path": tmp_path / "client.jwk",
    }


@dataclass(frozen=True)
class Answered:
    """What the bridge answered, and how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Json:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass(frozen=True)
class Door:
    """A bridge from outside."""

    url: str
    world: Any
    bridge: Any

    def token(self, **changed: object) -> str:
        """A user's own token, as opencrvs/opencrvs-core signs it; None takes a claim away."""
        now = int(time.time())
        claims = {
            "scope": ["type=record.register&event=birth,death", "type=record.read"],
            "userType": "user",
            "role": "REGISTRAR",
            "sub": "7d3f5b12-9c44-4f0e-8d21-5b6a7c8d9303",
            "iss": "opencrvs:auth-service",
            "aud": ["opencrvs:auth-user", "opencrvs:gateway-user"],
            "iat": now,
            "exp": now + 600,
            **changed,
        }
        key = RSAKey.import_key(self.world.token_key)
        return jwt.encode({"alg": "RS256"}, {k: v for k, v in claims.items() if v is not None}, key)

    def action_token(self) -> str:
        return str(self.world.token(event_id=EVENT, action_id=ACTION))

    def call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str | None]) -> Answered:
        host = urlsplit(self.url).netloc
        began = time.monotonic()
        with closing(HTTPConnection(host, timeout=30)) as connection:
            sent = {name: value for name, value in headers.items() if value is not None}
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            content = response.read()
            return Answered(response.status, dict(response.headers), content, time.monotonic() - began)

    def _post(self, path: str, body: Json, headers: Mapping[str, str | None]) -> Answered:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        common = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        return self.call("POST", path, raw, {**common, **headers})

    def verify(self, body: Json = None, *, accept: str | None = "*/*", **headers: str | None) -> Answered:
        return self._post("/verify", PERSON if body is None else body, {"Accept": accept, **headers})

    def login(
        self,
        query: str = f"code={CODE}&state=fetch-on-mount",
        body: Json = None,
        **headers: str | None,
    ) -> Answered:
        usual = {"clientId": CLIENT, "redirectUri": f"{REDIRECT}?x=y"}
        return self._post(f"/esignet/get-oidp-user-info?{query}", usual if body is None else body, headers)


@pytest.fixture
def start_door(start_bridge: Callable[..., Any], world: Any) -> Callable[..., Door]:
    """Starts a bridge with these settings (field names)."""

    def start(settings: Mapping[str, object], **given: object) -> Door:
        running = start_bridge(**{**settings, **given})
        return Door(running.caller.url, world, running.bridge)

    return start


@pytest.fixture
def ida_door(start_door: Callable[..., Door], ida_settings: dict[str, object]) -> Callable[..., Door]:
    """Starts a bridge that knows IDA."""
    return lambda **given: start_door(ida_settings, **given)


@pytest.fixture
def login_door(start_door: Callable[..., Door], esignet_settings: dict[str, object]) -> Callable[..., Door]:
    """Starts a bridge that knows E-Signet."""
    return lambda **given: start_door(esignet_settings, **given)


@pytest.fixture
def say() -> Callable[..., Callable[[Opened], Told]]:
    """Makes an answer of IDA of its errors, each (code, message), and whether it agreed."""

    def make(*errors: tuple[str, str], agreed: bool | None = False) -> Callable[[Opened], Told]:
        listed = [{"errorCode": code, "errorMessage": message} for code, message in errors]
        response = None if agreed is None else {"authStatus": agreed, "authToken": None}
        return lambda opened: said(opened, response, listed or None)

    return make


@pytest.fixture
def told() -> type[Told]:
    """An answer of a fake, by its parts."""
    return Told
