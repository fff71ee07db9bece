"""MOSIP's ID authentication (IDA): are these demographics those of the person with this number?

Envelope: mosip/id-authentication: AuthRequestDTO.java, IdAuthFilter.java; mosip/keymanager:
CryptomanagerServiceImpl.java (AES with a nonce of one block behind the tag; opencrvs/mosip:
packages/mosip-api/src/ida-auth-sdk sends the same).
"""

from __future__ import annotations

import base64
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.http import Reply, Timeouts, Upstream
from bridge.mosip.keystore import key_and_certificate
from bridge.packets import stamp
from bridge.reading import JSON
from bridge.settings import Settings, SettingsError

IdentifierType = Literal["UIN", "VID"]

_ID, _VERSION = "mosip.identity.auth", "1.0"
_NONCE = 16
_OAEP = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None)
_VID_DIGITS = 16
_TRANSACTION_CHARACTERS = string.digits


@dataclass(frozen=True, kw_only=True, repr=False)
class Demographics:
    """What a person says of themselves: names and sex by language (three letters), birth as yyyy/MM/dd."""

    identifier: str
    names: Mapping[str, str]
    born: str
    genders: Mapping[str, str]

    @property
    def identifier_type(self) -> IdentifierType:
        """A VID has 16 digits; whatever else there may be is for IDA to refuse as a UIN."""
        digits = self.identifier.isascii() and self.identifier.isdecimal()
        return "VID" if digits and len(self.identifier) == _VID_DIGITS else "UIN"

    def asked(self, now: datetime) -> bytes:
        """The JSON that IDA decrypts and compares."""
        demographics: dict[str, object] = {"name": _by_language(self.names), "dob": self.born}
        if self.genders:
            demographics["gender"] = _by_language(self.genders)
        asked = {"timestamp": stamp(now), "otp": "", "biometrics": [], "demographics": demographics}
        return orjson.dumps(asked)


@dataclass(frozen=True, kw_only=True)
class IdaKeys:
    """The certificate that requests are encrypted to, and our key with the header that names its own."""

    thumbprint: str
    encrypt_to: rsa.RSAPublicKey = field(repr=False)
    sign_with: rsa.RSAPrivateKey = field(repr=False)
    header: bytes = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> IdaKeys:
        """From ENCRYPT_CERT_PATH and SIGN_P12_FILE_PATH.

        Takes tens of milliseconds: once, at start. Raises SettingsError.
        """
        certificate, encrypt_to = _certificate_of_ida(settings)
        key, own = key_and_certificate(
            "SIGN_P12_FILE_PATH", settings.sign_p12_file_path, settings.sign_p12_file_password
        )
        chain = [base64.b64encode(own.public_bytes(Encoding.DER)).decode("ascii")]
        return cls(
            thumbprint=base64.urlsafe_b64encode(sha256(certificate).digest()).decode("ascii"),
            encrypt_to=encrypt_to,
            sign_with=key,
            header=_base64url(orjson.dumps({"alg": "RS256", "x5c": chain})),
        )

    def sign(self, body: bytes) -> str:
        """Detached JWS over the exact bytes of a body."""
        signature = self.sign_with.sign(self.header + b"." + _base64url(body), padding.PKCS1v15(), SHA256())
        return (self.header + b".." + _base64url(signature)).decode("ascii")


class Ida:
    """IDA, as one partner asks it. Safe to share between threads."""

    def __init__(
        self,
        *,
        keys: IdaKeys,
        upstream: Upstream,
        domain_uri: str,
        environment: str,
        total_s: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keys = keys
        self._upstream = upstream
        self._fixed = {
            "id": _ID,
            "version": _VERSION,
            "specVersion": _VERSION,
            "thumbprint": keys.thumbprint,
            "domainUri": domain_uri,
            "env": environment,
            "requestedAuth": {"demo": True, "pin": False, "otp": False, "bio": False},
            "consentObtained": True,
        }
        self._total_s = total_s
        self._now = now

    @classmethod
    def of(cls, settings: Settings) -> Ida | None:
        """As the settings say; None when they name no IDA. Raises SettingsError."""
        if (
            settings.ida_auth_url is None
            or settings.partner_misp_lk is None
            or settings.partner_apikey is None
        ):
            return None
        parts = (
            settings.partner_misp_lk.get_secret_value(),
            settings.partner_id or "",
            settings.partner_apikey.get_secret_value(),
        )
        path = "/".join(quote(part, safe="") for part in parts)
        total = settings.bridge_verify_timeout_s
        timeouts = Timeouts(connect=min(settings.bridge_connect_timeout_s, total), read=total, total=total)
        return cls(
            keys=IdaKeys.of(settings),
            upstream=Upstream.of(
                settings,
                party="ida",
                url=f"{settings.ida_auth_url.rstrip('/')}/{path}",
                timeouts=timeouts,
                connections=settings.bridge_person_calls,
            ),
            domain_uri=settings.ida_auth_domain_uri or "",
            environment=settings.bridge_ida_env,
            total_s=total,
        )

    def authenticate(self, person: Demographics) -> Reply:
        """Ask once. An answer to another transaction than ours is no answer."""
        transaction = "".join(secrets.choice(_TRANSACTION_CHARACTERS) for _ in range(10))
        body = self._body(person, transaction)
        headers = {
            "Content-Type": "application/json",
            "Signature": self._keys.sign(body),
            "Authorization": "Authorization",  # IDA wants the header, and reads nothing in it
        }
        raw = self._upstream.exchange("POST", body=body, headers=headers, within=self._total_s)
        reply = self._upstream.read(raw)
        if isinstance(reply.json, dict) and reply.json.get("transactionID") not in (None, transaction):
            return Reply(party=reply.party, status=reply.status, error="not-json")
        return reply

    def _body(self, person: Demographics, transaction: str) -> bytes:
        now = self._now()
        asked = person.asked(now)
        session_key = secrets.token_bytes(32)
        cipher = AESGCM(session_key)
        return orjson.dumps(
            {
                **self._fixed,
                "individualId": person.identifier,
                "individualIdType": person.identifier_type,
                "transactionID": transaction,
                "requestTime": stamp(now),
                "request": _sealed(cipher, asked),
                "requestSessionKey": _text(self._keys.encrypt_to.encrypt(session_key, _OAEP)),
                "requestHMAC": _sealed(cipher, sha256(asked).hexdigest().upper().encode("ascii")),
            }
        )


def _sealed(cipher: AESGCM, plain: bytes) -> str:
    nonce = secrets.token_bytes(_NONCE)
    return _text(cipher.encrypt(nonce, plain, None) + nonce)


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _text(raw: bytes) -> str:
    return _base64url(raw).decode("ascii")


def _by_language(values: Mapping[str, str]) -> list[JSON]:
    return [{"language": language, "value": value} for language, value in values.items()]


def _certificate_of_ida(settings: Settings) -> tuple[bytes, rsa.RSAPublicKey]:
    path = settings.encrypt_cert_path
    if path is None:
        raise SettingsError("ENCRYPT_CERT_PATH: is not set")
    try:
        raw = path.read_bytes()
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in raw else x509.load_der_x509_certificate
        certificate = load(raw)
        key = certificate.public_key()
    except (OSError, ValueError) as error:
        raise SettingsError(f"ENCRYPT_CERT_PATH: {path} can't be read ({type(error).__name__})") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise SettingsError("ENCRYPT_CERT_PATH: the certificate must be of an RSA key")
    return certificate.public_bytes(Encoding.DER), key
