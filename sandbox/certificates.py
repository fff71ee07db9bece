"""Keys and certificates as the files of a sandbox hold them: PEM, PKCS#12 and JWK."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

CERTIFICATE_LIFE: Final = timedelta(days=3650)
PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi"})
"""Members of an RSA JWK that only its owner may know (RFC 7518, 6.3.2)."""


def private_pem(key: RSAPrivateKey) -> bytes:
    """PKCS#8 without a password: the file's mode guards it."""
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def certificate_pem(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return certificate.public_bytes(serialization.Encoding.PEM)


def pkcs12(name: str, key: RSAPrivateKey, certificate: Certificate, password: str) -> bytes:
    """A key and its certificate as MOSIP's partners hold them."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12 as form

    encryption = serialization.BestAvailableEncryption(password.encode())
    return form.serialize_key_and_certificates(name.encode(), key, certificate, None, encryption)


def self_signed(name: str, key: RSAPrivateKey) -> Certificate:
    """A certificate of ten years under which others know the owner of this key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + CERTIFICATE_LIFE)
        .sign(key, hashes.SHA256())
    )


def private_jwk(key: RSAPrivateKey, *, kid: str) -> bytes:
    """The key as a JWK in base64, the form in which MOSIP hands it to a client of E-Signet."""
    from joserfc.jwk import RSAKey

    jwk = RSAKey.import_key(private_pem(key)).as_dict(private=True)
    return base64.b64encode(json.dumps({**jwk, "kid": kid, "use": "sig", "alg": "RS256"}).encode())


def public_jwk(private: bytes) -> dict[str, object]:
    """What others may know of a key as `private_jwk` writes it."""
    members = json.loads(base64.b64decode(private))
    return {name: value for name, value in members.items() if name not in PRIVATE_MEMBERS}
