"""E-Signet's keys: what it signs with, what it publishes, and how it may be made to sign wrongly.

Signed by hand over ``cryptography``, so that a mistake of a JOSE library can't hide on both ends.
(mosip/esignet: OAuthServiceImpl.java getJwks)
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mock_control import JSON
from mock_control.messages import dump_json
from mock_mosip.crypto import Signer, b64url

KEY_BITS = 2048


@dataclass(frozen=True, kw_only=True)
class PublishedKey:
    """A key with what the JWKS says of it."""

    signer: Signer
    jwk: Mapping[str, JSON]

    @property
    def kid(self) -> str:
        """Its name."""
        return self.signer.key_id

    @classmethod
    def of(cls, pem: str) -> PublishedKey:
        """Raises ValueError or TypeError for what is no RSA key."""
        signer = Signer(pem)
        certificate = x509.load_der_x509_certificate(signer.certificate_der)
        public = certificate.public_key()
        if not isinstance(public, rsa.RSAPublicKey):
            raise TypeError("the signing key must be an RSA key")
        numbers = public.public_numbers()
        jwk: dict[str, JSON] = {
            "kid": signer.key_id,
            "kty": "RSA",
            "use": "sig",
            "exp": int(certificate.not_valid_after_utc.timestamp()),  # no member of RFC 7517, but it is there
            "x5c": [b64encode(signer.certificate_der).decode()],
            "x5t#S256": b64url(hashlib.sha256(signer.certificate_der).digest()),
            "e": _number(numbers.e),
            "n": _number(numbers.n),
        }
        return cls(signer=signer, jwk=jwk)


def _number(value: int) -> str:
    return b64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Keyring:
    """Signs with the newest key and publishes all that are not withdrawn."""

    def __init__(self, pem: str) -> None:
        self._lock = Lock()
        self._configured = PublishedKey.of(pem)
        self._keys: tuple[PublishedKey, ...] = (self._configured,)

    def jwks(self) -> dict[str, JSON]:
        """The published keys; without ``alg``, so that each serves RS256 and PS256."""
        return {"keys": [{**each.jwk} for each in self._keys]}

    def rotate(self, *, withdraw: bool) -> str:
        """Signs with a new key from now on and returns its id; ``withdraw``: the old ones are published no
        more.
        """
        new = PublishedKey.of(_new_pem())
        with self._lock:
            self._keys = (new,) if withdraw else (new, *self._keys)
        return new.kid

    def restore(self) -> str:
        """Back to the configured key alone; returns its id."""
        with self._lock:
            self._keys = (self._configured,)
        return self._configured.kid

    def sign(self, claims: Mapping[str, JSON], *, algorithm: str, named: bool = True) -> str:
        """A compact JWS by ``PS256`` or ``RS256``; ``named`` puts ``kid`` into its header."""
        key = self._keys[0]
        return _compact(claims, key.signer, algorithm=algorithm, kid=key.kid if named else None)

    def sign_as_a_stranger(self, claims: Mapping[str, JSON], *, algorithm: str) -> str:
        """The same, under the name of our newest key and by a key that is nobody's."""
        return _compact(claims, Signer(_new_pem()), algorithm=algorithm, kid=self._keys[0].kid)


def _new_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _compact(claims: Mapping[str, JSON], signer: Signer, *, algorithm: str, kid: str | None) -> str:
    named: dict[str, JSON] = {"kid": kid} if kid is not None else {}
    text = f"{_part({'alg': algorithm, 'typ': 'JWT', **named})}.{_part(claims)}"
    sign = signer.sign_pss if algorithm == "PS256" else signer.sign
    return f"{text}.{b64url(sign(text.encode()))}"


def unsigned(claims: Mapping[str, JSON]) -> str:
    """A JWS of algorithm ``none``."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def with_bad_signature(compact: str) -> str:
    """The same JWS, with a signature that is of the right length and wrong."""
    text, _, signature = compact.rpartition(".")
    flipped = "B" if signature[0] == "A" else "A"
    return f"{text}.{flipped}{signature[1:]}"


def with_other_claims(compact: str, claims: Mapping[str, JSON]) -> str:
    """The same JWS, with other claims under the signature of those that were there."""
    header, _, signature = compact.split(".")
    return f"{header}.{_part(claims)}.{signature}"


def _part(members: Mapping[str, JSON]) -> str:
    return b64url(dump_json({**members}))
