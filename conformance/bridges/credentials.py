"""What the hub brings, believed only with the hub's signature on it and MOSIP's on the credential inside.

This reads the signature that the credential service puts beside a credential (mosip/id-repository:
credential-service: a detached JWS in `event.data.proof`), where our own bridge reads the proof within.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import requests
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from flask import Request

from conformance.bridges.reading import TIMEOUT, RefusedError, setting

# Where key manager puts what (mosip/keymanager: CryptomanagerServiceImpl.java, VER_R2).
SESSION_KEY: Final = slice(38, 294)
AAD: Final = slice(308, 340)
TEXT_AT: Final = 340
NONCE: Final = slice(12)


class UnbelievableError(Exception):
    """The hub sent it, and still it is nothing of MOSIP's that concerns a registration."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """MOSIP's workflow has ended (mosip/registration: WorkflowCompletedEventDTO)."""

    rid: str
    refused: bool


@dataclass(frozen=True, kw_only=True)
class Credential:
    """Whose it is, and what is in it; no identifier where the policy shares none."""

    rid: str
    number: str | None
    identifier: str | None = field(repr=False)


def partner_key() -> RSAPrivateKey:
    """The key to which credentials are encrypted; raises OSError, ValueError."""
    p12 = Path(setting("DECRYPT_P12_FILE_PATH")).read_bytes()
    key = load_pkcs12(p12, setting("DECRYPT_P12_FILE_PASSWORD").encode()).key
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("DECRYPT_P12_FILE_PATH holds no RSA key")  # noqa: TRY004 - it is the file that is wrong
    return key


def opened(text: str, key: RSAPrivateKey) -> bytes:
    """The credential in an event, decrypted; raises ValueError, InvalidTag."""
    sealed = base64.urlsafe_b64decode(text + "==")
    padding = OAEP(MGF1(SHA256()), SHA256(), None)
    session = AESGCM(key.decrypt(sealed[SESSION_KEY], padding))
    aad = sealed[AAD]
    return session.decrypt(aad[NONCE], sealed[TEXT_AT:], aad)


class Reader:
    """Opens the bodies of deliveries."""

    def __init__(self) -> None:
        self._key = partner_key()
        self._mosip: RSAPublicKey | None = None

    def read(self, request: Request) -> Credential | Ended:
        """What a request brings; raises RefusedError, UnbelievableError."""
        raw = request.get_data()
        self._check_hub(raw, request.headers.getlist("X-Hub-Signature"))
        try:
            document = json.loads(raw)
            if "resultCode" in document:
                return Ended(rid=str(document["instanceId"]), refused=document["resultCode"] != "PROCESSED")
            data = document["event"]["data"]
            plain = opened(data["credential"], self._key)
            self._check_mosip(plain, data["proof"]["signature"])
            subject = json.loads(plain)["credentialSubject"]
            rid = str(subject["id"]).rpartition("/")[2]
        except (ValueError, KeyError, TypeError, InvalidTag):
            raise UnbelievableError("not a credential") from None
        claim = setting("MOSIP_VERIFIABLE_CREDENTIAL_NATIONAL_ID_KEY")
        return Credential(
            rid=rid, number=subject.get("birthCertificateNumber"), identifier=subject.get(claim)
        )

    def _check_hub(self, raw: bytes, signatures: list[str]) -> None:
        # Two header lines of one name come joined.
        given = ",".join(signatures)
        mac = hmac.new(setting("MOSIP_WEBSUB_SECRET").encode(), raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given.encode(), f"sha256={mac}".encode()):
            raise RefusedError(401, "the hub did not sign this")

    def _check_mosip(self, plain: bytes, signature: str) -> None:
        head, _, tail = signature.partition("..")
        payload = base64.urlsafe_b64encode(plain).rstrip(b"=")
        try:
            self._public_key().verify(
                base64.urlsafe_b64decode(tail + "=="), head.encode() + b"." + payload, PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            raise UnbelievableError("MOSIP did not sign this") from None

    def _public_key(self) -> RSAPublicKey:
        """MOSIP's, from the one allowed address, once; raises RefusedError 503, for the hub to come again."""
        if self._mosip is None:
            allowed = setting("MOSIP_VERIFIABLE_CREDENTIAL_ALLOWLIST").split(",")
            url = next(each for each in allowed if each.endswith("/public-key.json"))
            try:
                pem = requests.get(url, timeout=TIMEOUT, allow_redirects=False).json()["publicKeyPem"]
                key = load_pem_public_key(str(pem).encode())
            except (requests.RequestException, ValueError, KeyError):
                raise RefusedError(503, "MOSIP's key cannot be fetched") from None
            if not isinstance(key, RSAPublicKey):
                raise RefusedError(503, "MOSIP's key is no RSA key")
            self._mosip = key
        return self._mosip
