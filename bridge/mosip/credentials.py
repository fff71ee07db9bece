"""From the ``credential`` of an event to the claims in it: decrypt, check the proof, believe what was signed.

Envelope: mosip/keymanager: CryptomanagerServiceImpl.java (header ``VER_R2``).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import RSAKey

from bridge.errors import Problem
from bridge.http import Upstream
from bridge.keys import KeptKey
from bridge.mosip.claims import Claims, claims_of
from bridge.mosip.keystore import key_and_certificate
from bridge.mosip.linked_data import Canonicaliser, local_contexts
from bridge.mosip.proofs import BadProofError, Proof, read_proof, signed_claims
from bridge.reading import JSON, read_json
from bridge.settings import Settings, SettingsError
from bridge.tokens import rsa_key

Doubt = Literal["undecryptable", "bad-proof", "wrong-issuer", "unlisted-key"]

_HEADER, _SPLITTER = b"VER_R2", b"#KEY_SPLITTER#"
_THUMBPRINT, _AAD, _NONCE, _TAG = 32, 32, 12, 16
_NO_THUMBPRINT = bytes(_THUMBPRINT)
_OAEP = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None)


class DoubtfulCredentialError(ValueError):
    """The credential can't be believed; ``doubt`` says why, in one word."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt)
        self.doubt: Doubt = doubt


@dataclass(frozen=True, kw_only=True)
class PartnerKey:
    """Our key pair as MOSIP's partner: private key, and SHA-256 of the certificate that MOSIP encrypts to."""

    private_key: rsa.RSAPrivateKey = field(repr=False)
    thumbprint: bytes

    @classmethod
    def of(cls, settings: Settings) -> PartnerKey:
        """From DECRYPT_P12_FILE_PATH. Takes tens of milliseconds: once, at start. Raises SettingsError."""
        key, certificate = key_and_certificate(
            "DECRYPT_P12_FILE_PATH", settings.decrypt_p12_file_path, settings.decrypt_p12_file_password
        )
        return cls(private_key=key, thumbprint=sha256(certificate.public_bytes(Encoding.DER)).digest())

    def open(self, envelope: str) -> bytes:
        """The plain text of an envelope in base64 of either alphabet. Raises DoubtfulCredentialError."""
        sealed = _decoded(envelope)
        wrapped_at = len(_HEADER) + _THUMBPRINT
        # At its place, not searched for: the splitter may occur in random bytes.
        splitter_at = wrapped_at + self.private_key.key_size // 8
        aad_at = splitter_at + len(_SPLITTER)
        text_at = aad_at + _AAD
        thumbprint = sealed[len(_HEADER) : wrapped_at]
        if not sealed.startswith(_HEADER) or sealed[splitter_at:aad_at] != _SPLITTER:
            raise DoubtfulCredentialError("undecryptable")
        # The reference implementation's mock writes zeros for a thumbprint.
        if thumbprint not in (self.thumbprint, _NO_THUMBPRINT) or len(sealed) < text_at + _TAG:
            raise DoubtfulCredentialError("undecryptable")
        aad = sealed[aad_at:text_at]
        try:
            session_key = self.private_key.decrypt(sealed[wrapped_at:splitter_at], _OAEP)
            return AESGCM(session_key).decrypt(aad[:_NONCE], sealed[text_at:], aad)
        except (ValueError, InvalidTag):
            raise DoubtfulCredentialError("undecryptable") from None


class Credentials:
    """Opens credentials and says what in them may be believed."""

    def __init__(
        self,
        *,
        partner_key: PartnerKey,
        keys: Mapping[str, KeptKey[RSAKey]],
        issuers: frozenset[str],
        canonicaliser: Canonicaliser,
        proof_needed: bool,
    ) -> None:
        """``keys`` by their URL, exactly as listed; ``issuers`` are the listed URLs too."""
        self._partner_key = partner_key
        self._keys = keys
        self._issuers = issuers
        self._canonicaliser = canonicaliser
        self._proof_needed = proof_needed

    @classmethod
    def of(cls, settings: Settings) -> Credentials:
        """As the settings say. Raises SettingsError."""
        listed = settings.mosip_verifiable_credential_allowlist
        try:
            contexts = local_contexts(listed=listed, context_file=settings.bridge_credential_context_file)
        except (OSError, ValueError) as error:
            reason = f"can't be used ({type(error).__name__})"
            raise SettingsError(f"BRIDGE_CREDENTIAL_CONTEXT_FILE: {reason}") from None
        return cls(
            partner_key=PartnerKey.of(settings),
            keys={url: _published_key(settings, url) for url in listed},
            issuers=frozenset(listed),
            canonicaliser=Canonicaliser(contexts),
            proof_needed="proof" in settings.bridge_callback_policy,
        )

    def claims(self, envelope: str) -> Claims:
        """The claims that count.

        Raises DoubtfulCredentialError, and KeyUnavailableError when the issuer's key can't be fetched now.
        """
        try:
            document = read_json(self._partner_key.open(envelope))
        except Problem:
            raise DoubtfulCredentialError("undecryptable") from None
        if not isinstance(document, dict):
            raise DoubtfulCredentialError("undecryptable")
        if not self._proof_needed:
            return claims_of(document)
        try:
            claims = self._proven(document, read_proof(document))
        except BadProofError:
            raise DoubtfulCredentialError("bad-proof") from None
        if claims.issuer not in self._issuers:
            raise DoubtfulCredentialError("wrong-issuer")
        return claims

    def _proven(self, document: Mapping[str, JSON], proof: Proof) -> Claims:
        kept = self._keys.get(proof.method)
        if kept is None:
            raise DoubtfulCredentialError("unlisted-key")
        key = kept.get()
        try:
            return signed_claims(document, proof, key=key, canonicaliser=self._canonicaliser)
        except BadProofError:
            newer = kept.newer_than(key)
            if newer is key:
                raise
            return signed_claims(document, proof, key=newer, canonicaliser=self._canonicaliser)


def _decoded(envelope: str) -> bytes:
    try:
        standard = envelope.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise DoubtfulCredentialError("undecryptable") from None


def _published_key(settings: Settings, url: str) -> KeptKey[RSAKey]:
    upstream = Upstream.of(settings, party="credential_key", url=url, connections=1)

    def fetch() -> RSAKey | None:
        raw = upstream.exchange("GET", headers={"Accept": "application/json"})
        if raw.status != 200 or raw.error is not None:
            return None
        try:
            document: JSON = orjson.loads(raw.body)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(document, dict) or document.get("id") not in (None, url):
            return None
        pem = str(document.get("publicKeyPem")).encode("utf-8")
        return None if rsa_key(pem) is None else RSAKey.import_key(pem)

    return KeptKey(fetch=fetch, refetch_s=settings.bridge_key_refetch_s)
