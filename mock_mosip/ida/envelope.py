"""Opens what a relying party has encrypted to IDA.

The session key is wrapped by RSA-OAEP (SHA-256, MGF1-SHA-256, no label); request and HMAC are each
ciphertext, tag (16 bytes) and nonce (16 bytes) of AES-256-GCM under it. (mosip/id-authentication:
IdAuthSecurityManager.java; mosip/keymanager: CryptoCore.java)
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mock_mosip.ida import base64url, errors

NONCE_LENGTH = 16
TAG_LENGTH = 16
KEY_LENGTH = 32
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The encrypted members of a request, as they stand in it."""

    request: str
    session_key: str
    request_hmac: str
    thumbprint: str


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The decrypted request and the digest that came with it."""

    request: bytes
    digest: bytes

    def is_whole(self) -> bool:
        """Whether the digest is the upper-case hexadecimal SHA-256 of just these bytes."""
        wanted = hashlib.sha256(self.request).hexdigest().upper().encode()
        return hmac.compare_digest(wanted, self.digest)


class Opener:
    """Opens envelopes with IDA's own key."""

    def __init__(self, *, certificate_pem: str, key_pem: str) -> None:
        """Raises ValueError for a key that is not the certificate's, or that can't be read."""
        self._certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        key = serialization.load_pem_private_key(key_pem.encode(), password=None)
        if not isinstance(key, RSAPrivateKey) or key.public_key() != self._certificate.public_key():
            raise ValueError("the key of IDA must be the RSA key of its certificate")
        self._key = key
        self._thumbprint = self._certificate.fingerprint(hashes.SHA256())

    def open(self, envelope: Envelope, *, now: datetime) -> Opened:
        """Decrypts both parts.

        Raises AuthRefusedError: IDA-MPA-003 for what it can't decrypt, IDA-MPA-004 when the certificate has
        run out.
        """
        if _thumbprint(envelope.thumbprint) != self._thumbprint:
            raise errors.AuthRefusedError(errors.CANNOT_DECRYPT, early=True)
        if now > self._certificate.not_valid_after_utc:
            raise errors.AuthRefusedError(errors.KEY_EXPIRED, early=True)
        try:
            session_key = self._key.decrypt(base64url.decode(envelope.session_key), _OAEP)
            return Opened(
                request=_unsealed(session_key, base64url.decode(envelope.request)),
                digest=_unsealed(session_key, base64url.decode(envelope.request_hmac)),
            )
        except (ValueError, InvalidTag) as error:
            raise errors.AuthRefusedError(errors.CANNOT_DECRYPT, early=True) from error


def _thumbprint(text: str) -> bytes | None:
    """SHA-256 of a certificate: hexadecimal is tried first, then base64url; None for neither."""
    for decode in (bytes.fromhex, base64url.decode):
        try:
            return decode(text)
        except ValueError:
            continue
    return None


def _unsealed(session_key: bytes, sealed: bytes) -> bytes:
    """Raises ValueError for a key or data of the wrong length, InvalidTag for what was altered."""
    if len(session_key) != KEY_LENGTH or len(sealed) < TAG_LENGTH + NONCE_LENGTH:
        raise ValueError("not the length of an AES-256 key and of a sealed text")
    return AESGCM(session_key).decrypt(sealed[-NONCE_LENGTH:], sealed[:-NONCE_LENGTH], None)
