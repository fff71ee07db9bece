"""The proof of a credential: RsaSignature2018 over the RDF normal form, or over canonical JSON.

Source: mosip/id-repository: VerCredProvider.java; mosip/keymanager: SignatureServiceImpl.java
(jwsSign); for the second form opencrvs/mosip: packages/mosip-mock
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from threading import Lock

import rfc8785
from pyld import jsonld

from mock_control import JSON
from mock_mosip.credentials.contexts import SECURITY_V2, document_loader, mosip_context
from mock_mosip.crypto import Signer, b64url


class Prover:
    """Adds a ``proof`` to a credential."""

    def __init__(self, *, signer: Signer, public_url: str) -> None:
        self._signer = signer
        self.verification_method = f"{public_url}/.well-known/public-key.json"
        self.issuer = f"{public_url}/.well-known/controller.json"
        self.context_url = f"{public_url}/.well-known/mosip-context.json"
        self._lock = Lock()
        self._loader = document_loader(self.context_url, mosip_context(public_url))

    def prove(
        self,
        document: Mapping[str, JSON],
        *,
        created: str,
        form: str,
        signer: Signer | None = None,
        method: str | None = None,
    ) -> dict[str, JSON]:
        """The document with its proof; ``form`` is ``urdna2015`` or ``jcs``.

        ``created`` a stamp in whole seconds; ``signer`` signs, and ``method`` stands, in MOSIP's place.
        """
        by = signer or self._signer
        options: dict[str, JSON] = {
            "type": "RsaSignature2018",
            "created": created,
            "proofPurpose": "assertionMethod",
            "verificationMethod": method or self.verification_method,
        }
        jws = self._over_json(document, by) if form == "jcs" else self._over_rdf(document, options, by)
        return {**document, "proof": {**options, "jws": jws}}

    def _over_rdf(self, document: Mapping[str, JSON], options: Mapping[str, JSON], by: Signer) -> str:
        """Signs the hash of the options and the hash of the document, 64 bytes."""
        # MOSIP's other type is defined by no context: a relative IRI, which has no place in RDF, so
        # Java's library drops it. PyLD would make it absolute with a base of its own invention.
        plain: dict[str, JSON] = {**document, "type": ["VerifiableCredential"]}
        payload = self._digest({"@context": SECURITY_V2, **options}) + self._digest(plain)
        header: dict[str, JSON] = {"b64": False, "crit": ["b64"], "kid": by.key_id, "alg": "PS256"}
        return _detached(header, payload, by)

    def _over_json(self, document: Mapping[str, JSON], by: Signer) -> str:
        """Signs the canonical JSON text (RFC 8785) of the document."""
        header: dict[str, JSON] = {
            "alg": "PS256",
            "b64": False,
            "crit": ["b64"],
            "kid": self.verification_method,
        }
        text = rfc8785.dumps({**document})
        return _detached(header, text, by)

    def _digest(self, document: Mapping[str, JSON]) -> bytes:
        with self._lock:  # PyLD caches contexts without one
            quads = jsonld.normalize(
                dict(document),
                {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": self._loader},
            )
        return hashlib.sha256(quads.encode()).digest()


def _detached(header: Mapping[str, JSON], payload: bytes, by: Signer) -> str:
    """A detached JWS with an unencoded payload (RFC 7797)."""
    head = b64url(json.dumps(header, separators=(",", ":")).encode())
    return f"{head}..{b64url(by.sign_pss(f'{head}.'.encode() + payload))}"
