"""A relying party of MOSIP's ID authentication (IDA), with the keys that a sandbox holds for its partner.

Made anew, so that it shares no mistake with mock or bridge. Source: mosip/id-authentication:
AuthRequestDTO.java, IdAuthFilter.java; mosip/keymanager: CryptomanagerServiceImpl.java.
"""

from __future__ import annotations

import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from conformance.jsontypes import JSON, items, mapping
from conformance.parties import HarnessError
from conformance.people import Person
from conformance.registrar import Answer, ask
from conformance.standing import Standing
from sandbox.reach import FROM_HERE, Reach

LANGUAGE: Final = "eng"
ENVIRONMENT: Final = "Developer"
"""One of the environments that a stock IDA allows (mosip-config: id-authentication-default.properties)."""
TIMEOUT: Final = (2.0, 10.0)
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 16
OAEP: Final = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
OF_THE_PERSON: Final = frozenset(
    f"IDA-MLC-{number:03}" for number in (2, 3, 4, 5, 10, 14, 17, 18, 19, 22, 23, 26, 27, 28, 29)
) | {"IDA-DEA-001", "IDA-DEA-003"}
"""Codes that are about the person or the number; any other is about the request or about IDA itself."""


@dataclass(frozen=True, kw_only=True)
class Partner:
    """Who asks: the address with licence key, partner and API key in it, and the keys."""

    url: str = field(repr=False)
    domain_uri: str
    certificate: x509.Certificate
    sign_with: rsa.RSAPrivateKey = field(repr=False)
    encrypt_to: x509.Certificate

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """The partner as which a sandbox's bridge asks, by the variables that it is given.

        Raises HarnessError when one is missing or a key can't be read.
        """
        try:
            path = "/".join(variables[name] for name in ("PARTNER_MISP_LK", "PARTNER_ID", "PARTNER_APIKEY"))
            password = variables["SIGN_P12_FILE_PASSWORD"].encode()
            stored = Path(variables["SIGN_P12_FILE_PATH"]).read_bytes()
            key, certificate, _ = pkcs12.load_key_and_certificates(stored, password)
            encrypt_to = x509.load_pem_x509_certificate(Path(variables["ENCRYPT_CERT_PATH"]).read_bytes())
            url = f"{variables['IDA_AUTH_URL'].rstrip('/')}/{path}"
            domain_uri = variables["IDA_AUTH_DOMAIN_URI"]
        except (KeyError, OSError, ValueError) as error:
            raise HarnessError(f"the sandbox holds no partner of IDA ({type(error).__name__})") from error
        if not isinstance(key, rsa.RSAPrivateKey) or certificate is None:
            raise HarnessError("the sandbox's partner of IDA has no RSA key with a certificate")
        return cls(
            url=url,
            domain_uri=domain_uri,
            certificate=certificate,
            sign_with=key,
            encrypt_to=encrypt_to,
        )


class IdaClient:
    """IDA as one partner asks it."""

    def __init__(self, variables: Mapping[str, str], reach: Reach = FROM_HERE) -> None:
        """``variables`` are those of a sandbox's bridge; its files are read at the first question."""
        self._variables = variables
        self._reach = reach

    @cached_property
    def _partner(self) -> Partner:
        return Partner.of(self._variables)

    def authenticate(self, person: Person, by: str) -> Standing:
        """Whether IDA says of the person's name and date of birth that they belong to that number.

        Raises HarnessError for a person without numbers, and when the sandbox holds no partner.
        """
        number = person.identifiers.get(by)
        if number is None:
            raise HarnessError(f"{person.key} has no {by}, so nobody can ask for them")
        return self.ask(name=person.full_name, born=person.born, kind=by.upper(), number=number)

    def ask(self, *, name: str, born: date, kind: str, number: str) -> Standing:
        """Whether IDA says so of this name and date of birth; ``kind`` is UIN or VID.

        Raises HarnessError when the sandbox holds no partner.
        """
        body = self._body(name, born, kind, number)
        headers = {"Signature": self._signature(body.encode()), "Authorization": "Authorization"}
        url, verify = self._reach.url(self._partner.url), self._reach.verify
        return _read(ask("POST", url, headers=headers, text=body, timeout=TIMEOUT, verify=verify))

    def _body(self, name: str, born: date, kind: str, number: str) -> str:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        asked = dumps(
            {
                "timestamp": now,
                "otp": "",
                "biometrics": [],
                "demographics": {
                    "name": [{"language": self._variables.get("LOCALE", LANGUAGE), "value": name}],
                    "dob": born.strftime("%Y/%m/%d"),
                },
            }
        ).encode()
        session_key = secrets.token_bytes(KEY_BYTES)
        key = self._partner.encrypt_to.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        return dumps(
            {
                "id": "mosip.identity.auth",
                "version": "1.0",
                "specVersion": "1.0",
                "individualId": number,
                "individualIdType": kind,
                "transactionID": f"{secrets.randbelow(10**10):010}",
                "requestTime": now,
                "domainUri": self._partner.domain_uri,
                "env": ENVIRONMENT,
                "thumbprint": self._partner.encrypt_to.fingerprint(hashes.SHA256()).hex(),
                "consentObtained": True,
                "request": _sealed(session_key, asked),
                "requestSessionKey": _base64url(key.encrypt(session_key, OAEP)),
                "requestHMAC": _sealed(session_key, sha256(asked).hexdigest().upper().encode()),
                "requestedAuth": {"demo": True, "pin": False, "otp": False, "bio": False},
            }
        )

    def _signature(self, body: bytes) -> str:
        """Detached JWS over the exact bytes of a body."""
        chain = [b64encode(self._partner.certificate.public_bytes(Encoding.DER)).decode()]
        header = _base64url(dumps({"alg": "RS256", "x5c": chain}).encode())
        signed = f"{header}.{_base64url(body)}".encode()
        raw = self._partner.sign_with.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return f"{header}..{_base64url(raw)}"


def _sealed(session_key: bytes, plain: bytes) -> str:
    """AES-256-GCM; the nonce, of one block, stands behind the tag."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _base64url(AESGCM(session_key).encrypt(nonce, plain, None) + nonce)


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read(answer: Answer) -> Standing:
    """All answers of IDA are HTTP 200; what is refused and why stands in its list of errors."""
    body = mapping(answer.body)
    codes = [str(mapping(each).get("errorCode")) for each in items(body.get("errors"))]
    if answer.status == 200 and mapping(body.get("response")).get("authStatus") is True:
        return Standing(word="served")
    about = [code for code in codes if code in OF_THE_PERSON]
    if answer.status == 200 and about:
        return Standing(word="refused", code=about[0])
    seen: JSON = codes[0] if codes else answer.status
    return Standing(word=None, code=str(seen if seen is not None else answer.body))
