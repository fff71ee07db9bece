"""The proof in a credential: whether somebody we know has signed what we are about to believe.

Two constructions are in use. MOSIP signs SHA-256 of the canonical proof options, then of the canonical
document, both by URDNA2015 (mosip/id-repository: VerCredProvider.java; mosip/keymanager:
SignatureServiceImpl.java). The reference implementation's mock signs the document's JCS text (opencrvs/mosip:
packages/mosip-mock). Both are detached JWS with ``b64: false`` (RFC 7797).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import orjson
import rfc8785
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.registry import HeaderRegistryDict

from bridge.errors import Problem
from bridge.jwt import MalformedTokenError, decode_base64url
from bridge.mosip.claims import Claims, claims_of
from bridge.mosip.linked_data import Canonicaliser, NotCanonicalError, claims_in
from bridge.reading import JSON, read_json

_CREATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z")
_DETACHED = re.compile(r"([A-Za-z0-9_-]+)[.][.]([A-Za-z0-9_-]+)")
_MEMBERS = {"type", "created", "proofPurpose", "verificationMethod", "jws"}
_NO_EXTRA_HEADERS: HeaderRegistryDict = {}


class BadProofError(ValueError):
    """The proof is absent, malformed or wrong. Says nothing of the credential."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A proof of the one kind that MOSIP makes; ``method`` is the URL of the key that it names."""

    created: str
    method: str
    header: str
    signature: str

    @property
    def detached(self) -> str:
        """The JWS without its payload."""
        return f"{self.header}..{self.signature}"

    def canonical_options(self) -> str:
        """N-Quads of the proof's options, as URDNA2015 writes them under the security vocabulary.

        They are four statements about one blank node whatever the proof, so no processor is needed.
        """
        security = "https://w3id.org/security#"
        return (
            f'_:c14n0 <http://purl.org/dc/terms/created> "{self.created}"'
            "^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n"
            f"_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{security}RsaSignature2018> .\n"
            f"_:c14n0 <{security}proofPurpose> <{security}assertionMethod> .\n"
            f"_:c14n0 <{security}verificationMethod> <{self.method}> .\n"
        )


class _Registry(jws.JWSRegistry):
    max_header_length = 8 * 1024
    max_payload_length = 1024 * 1024


_REGISTRY = _Registry(
    header_registry=_NO_EXTRA_HEADERS, algorithms=["PS256", "RS256"], strict_check_header=False
)


def read_proof(document: Mapping[str, JSON]) -> Proof:
    """The credential's proof. Raises BadProofError for any other form than MOSIP's."""
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.keys() != _MEMBERS:
        raise BadProofError
    created, method, compact = (str(proof[name]) for name in ("created", "verificationMethod", "jws"))
    detached = _DETACHED.fullmatch(compact)
    if proof["type"] != "RsaSignature2018" or proof["proofPurpose"] != "assertionMethod":
        raise BadProofError
    if detached is None or not _CREATED.fullmatch(created):
        raise BadProofError
    _check_header(detached[1])
    return Proof(created=created, method=method, header=detached[1], signature=detached[2])


def signed_claims(
    document: Mapping[str, JSON], proof: Proof, *, key: RSAKey, canonicaliser: Canonicaliser
) -> Claims:
    """The claims that the key has signed. Raises BadProofError when it signed neither form of the document.

    The cheap form is tried first; the canonical form is computed once and also gives the claims.
    """
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    if _signed_in_jcs(proof, unsigned, key):
        return claims_of(unsigned)
    try:
        forms = canonicaliser.forms(unsigned)
    except NotCanonicalError:
        raise BadProofError from None
    options = sha256(proof.canonical_options().encode()).digest()
    canonical = next((each for each in forms if _signed(proof, options + _hashed(each), key)), None)
    if canonical is None:
        raise BadProofError
    claims = claims_in(canonical, document_id=str(unsigned.get("id")))
    return replace(claims, unsigned=frozenset(claims_of(unsigned).values.keys() - claims.values.keys()))


def _check_header(encoded: str) -> None:
    try:
        header = read_json(decode_base64url(encoded))
    except (MalformedTokenError, Problem):
        raise BadProofError from None
    if not isinstance(header, dict) or header.get("b64") is not False or header.get("crit") != ["b64"]:
        raise BadProofError


def _hashed(canonical: str) -> bytes:
    return sha256(canonical.encode("utf-8")).digest()


def _signed_in_jcs(proof: Proof, document: Mapping[str, JSON], key: RSAKey) -> bool:
    """Whether the JCS text is signed.

    orjson writes the same text for all but numbers and unusual names, twenty times as fast. Where it doesn't,
    a signature of its text would be one of this document no less.
    """
    try:
        text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        if _signed(proof, text, key):
            return True
        exact = rfc8785.dumps(dict(document))
    except (orjson.JSONEncodeError, rfc8785.CanonicalizationError):
        return False  # neither can write an integer that no double holds
    return exact != text and _signed(proof, exact, key)


def _signed(proof: Proof, payload: bytes, key: RSAKey) -> bool:
    try:
        jws.deserialize_compact(proof.detached, key, registry=_REGISTRY, payload=payload)
    except (JoseError, ValueError):
        return False
    return True
