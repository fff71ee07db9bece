"""A mock that has IDA, and a relying party that asks it, with an envelope of its own making."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from mock_mosip.ida.settings import IdaSettings

OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
NAME = [{"language": "eng", "value": "Ana Doe"}]
GENDER = [{"language": "eng", "value": "Female"}]
ANA = {"name": NAME, "dob": "1990/01/31", "gender": GENDER}


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A private key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def thumbprint(self) -> bytes:
        return self.certificate.fingerprint(hashes.SHA256())


def pair(
    name: str, *, issuer: Pair | None = None, until: datetime = datetime(2060, 1, 1, tzinfo=UTC)
) -> Pair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return Pair(key=key, certificate=certificate)


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """All keys of the tests: ``sibling`` has the partner's authority, ``stranger`` nobody's."""

    authority: Pair
    ida: Pair
    ida_expired: Pair
    partner: Pair
    sibling: Pair
    stranger: Pair
    expired: Pair


@pytest.fixture(scope="session")
def pairs() -> Pairs:
    past = datetime(2021, 1, 1, tzinfo=UTC)
    authority = pair("authority")
    return Pairs(
        authority=authority,
        ida=pair("ida"),
        ida_expired=pair("old ida", until=past),
        partner=pair("partner", issuer=authority),
        sibling=pair("sibling", issuer=authority),
        stranger=pair("stranger"),
        expired=pair("expired", issuer=authority, until=past),
    )


def stamp(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"


def after(seconds: float) -> str:
    return stamp(datetime.now(UTC) + timedelta(seconds=seconds))


def seal(key: bytes, plain: bytes) -> bytes:
    """AES-256-GCM: ciphertext, tag, nonce of 16 bytes."""
    nonce = os.urandom(16)
    sealing = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
    return sealing.update(plain) + sealing.finalize() + sealing.tag + nonce


def without_missing(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not MISSING}


MISSING: Any = object()


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request to IDA; what is given here is wrong, or otherwise not as usual."""

    demographics: Any = field(default_factory=lambda: ANA)
    inner: Mapping[str, Any] = field(default_factory=dict)
    outer: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    path: tuple[str | None, str | None, str | None] = (None, None, None)
    content: bytes | None = None
    session_key: bytes | None = None
    encrypt_to: str = "ida"
    digest: Callable[[bytes], str] = lambda content: hashlib.sha256(content).hexdigest().upper()
    sign_with: str = "partner"
    header: Mapping[str, Any] = field(default_factory=dict)
    signature: Callable[[str], str] = lambda jws: jws
    sent: Callable[[bytes], bytes] = lambda body: body


@dataclass(kw_only=True)
class Relying:
    """The partner, and the mock that it speaks to."""

    mosip: Any
    settings: IdaSettings
    pairs: Pairs

    def person(self, **members: Any) -> dict[str, Any]:
        """Makes a person known: Ana Doe, unless ``members`` say otherwise."""
        ana = {"id": "ana", "name": "Ana Doe", "born": "1990-01-31", "gender": "Female"}
        made = self.mosip.admin.people(scenario="test", people=[{**ana, **members}])[0]
        assert isinstance(made, dict)
        return made

    def url(self, ask: Ask) -> str:
        usual = (self.settings.misp_licence_key, self.settings.partner_id, self.settings.api_key)
        parts = (given or own for given, own in zip(ask.path, usual, strict=True))
        return f"{self.mosip.url}/idauthentication/v1/auth/{'/'.join(parts)}"

    def body(self, number: str, ask: Ask) -> bytes:
        inner = {"timestamp": after(0), "otp": "", "biometrics": [], "demographics": ask.demographics}
        content = json.dumps(without_missing({**inner, **ask.inner}), ensure_ascii=False).encode()
        content = content if ask.content is None else ask.content
        key = os.urandom(32) if ask.session_key is None else ask.session_key
        to: Pair = getattr(self.pairs, ask.encrypt_to)
        outer = {
            "id": "mosip.identity.auth",
            "version": "1.0",
            "individualId": number,
            "individualIdType": "UIN" if len(number) == 10 else "VID",
            "transactionID": "1234567890",
            "requestTime": after(0),
            "specVersion": "1.0",
            "thumbprint": b64url(to.thumbprint),
            "domainUri": self.settings.allowed_domain_uris[0],
            "env": "Staging",
            "requestedAuth": {"demo": False, "pin": False, "otp": False, "bio": False},
            "consentObtained": True,
            "request": b64url(seal(key, content)),
            "requestSessionKey": b64url(to.certificate.public_key().encrypt(key, OAEP)),  # type: ignore[union-attr, call-arg]
            "requestHMAC": b64url(seal(key, ask.digest(content).encode())),
        }
        return json.dumps(without_missing({**outer, **ask.outer})).encode()

    def sign(self, body: bytes, ask: Ask) -> str:
        signer: Pair = getattr(self.pairs, ask.sign_with)
        usual = {"alg": "RS256", "x5c": [base64.b64encode(signer.der).decode()]}
        header = b64url(json.dumps(without_missing({**usual, **ask.header})).encode()).rstrip("=")
        text = f"{header}.{b64url(body).rstrip('=')}".encode()
        raw = signer.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return ask.signature(f"{header}..{b64url(raw).rstrip('=')}")

    def post(self, number: str, **unusual: Any) -> requests.Response:
        """Sends a request; ``unusual`` are members of Ask."""
        ask = Ask(**unusual)
        body = self.body(number, ask)
        usual = {
            "Content-Type": "application/json",
            "Authorization": "Authorization",
            "Signature": self.sign(body, ask),
        }
        headers = {name: text for name, text in {**usual, **ask.headers}.items() if text is not None}
        return requests.post(self.url(ask), data=ask.sent(body), headers=headers, timeout=20)

    def ask(self, number: str, **unusual: Any) -> dict[str, Any]:
        """The answer, which must be 200 and keep its contract."""
        response = self.post(number, **unusual)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def sign_in(self, number: str, licence: str | None = None) -> dict[str, Any]:
        """What IDA answers to E-Signet about who signs in by that number."""
        path = f"{licence or self.settings.misp_licence_key}/esignet-partner/opencrvs-client"
        asked = {"individualId": number, "transactionID": "1234567890"}
        url = f"{self.mosip.url}/idauthentication/v1/kyc-auth/delegated/{path}"
        response = requests.post(url, json=asked, timeout=20)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    missing = MISSING
    after = staticmethod(after)
    b64url = staticmethod(b64url)


@pytest.fixture(scope="session")
def ida_settings(pairs: Pairs) -> IdaSettings:
    return IdaSettings(
        certificate_pem=pairs.ida.pem,
        key_pem=pairs.ida.key_pem,
        misp_licence_key="misp-licence-of-the-test",
        partner_id="crvs-partner",
        api_key="api-key-of-the-test",
        partner_certificate_pem=pairs.partner.pem,
        authority_certificates_pem=(pairs.authority.pem,),
        allowed_domain_uris=("https://api-internal.mosip.example",),
        languages=("eng", "ara"),
    )


@pytest.fixture(scope="session")
def shared_ida(
    serve_mosip: Callable[..., Any], ida_settings: IdaSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    with serve_mosip(state_dir=tmp_path_factory.mktemp("ida"), ida=ida_settings) as mosip:
        yield mosip


@pytest.fixture
def relying(shared_ida: Any, ida_settings: IdaSettings, pairs: Pairs) -> Iterator[Relying]:
    """One mock for all tests, with nothing left in it of the test before; and no failure inside it."""
    shared_ida.admin.reset()
    yield Relying(mosip=shared_ida, settings=ida_settings, pairs=pairs)
    assert shared_ida.admin.health()["failures"] == []


@pytest.fixture
def run_relying(
    run_mosip: Callable[..., Any], ida_settings: IdaSettings, pairs: Pairs
) -> Callable[..., Relying]:
    """A relying party of a mock whose IDA is set otherwise."""

    def run(**changes: Any) -> Relying:
        settings = replace(ida_settings, **changes)
        return Relying(mosip=run_mosip(ida=settings), settings=settings, pairs=pairs)

    return run
