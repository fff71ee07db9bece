"""Credentials that are not as MOSIP makes them: tampered with, or proven by or for somebody else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mock_control import JSON
from mock_mosip.credentials.making import CredentialEvent, Maker
from mock_mosip.crypto import Signer, b64url

CREDENTIAL_CHANGES: Final[Mapping[str, str]] = {
    "tampered-claim": "the identifier in it is another than the one that was proven",
    "junk-proof": "its proof was made by nobody",
    "no-proof": "it has no proof",
    "wrong-issuer": "somebody else has issued it, and proves that",
    "unknown-thumbprint": "it is encrypted to a certificate that the partner does not have",
}
CREDENTIAL_SIGNATURES: Final[Mapping[str, str]] = {
    "wrong-key": "its proof was made with a key that is not MOSIP's",
}
SOMEBODY_ELSES: Final = "9999999999"
ANOTHER_ISSUER: Final = "https://issuer.example/.well-known/controller.json"
ANOTHER_METHOD: Final = "https://issuer.example/.well-known/public-key.json"
_JUNK_RS256: Final = b'{"alg":"RS256"}'
_JUNK_HEADER: Final = b'{"b64":false,"crit":["b64"],"kid":"forged","alg":"PS256"}'
_IDENTIFIERS: Final = ("VID", "UIN", "PSUT")


@dataclass(frozen=True)
class Spoiler:
    """Makes a credential event anew, wrong in the ways that are asked for."""

    maker: Maker

    @cached_property
    def _foreign_key(self) -> Signer:
        """A key of somebody who is not MOSIP, made when it is first needed."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return Signer(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode()
        )

    def spoil(
        self, event: CredentialEvent, changes: Set[str], *, claim: str = SOMEBODY_ELSES
    ) -> CredentialEvent:
        """The event with what is in it changed; ``claim``: the identifier of a tampered one."""
        signer = self._foreign_key if changes & {"wrong-key", "wrong-issuer"} else None
        method = ANOTHER_METHOD if "wrong-issuer" in changes else None
        document = {name: value for name, value in event.credential.items() if name != "proof"}
        if "wrong-issuer" in changes:
            document["issuer"] = ANOTHER_ISSUER
        proven = self.maker.prove(document, signer=signer, method=method)
        signature = self.maker.signature(proven, signer)
        if "tampered-claim" in changes:
            proven = {**proven, "credentialSubject": _claiming(proven["credentialSubject"], claim)}
        if "junk-proof" in changes:
            proof = proven["proof"]
            made: dict[str, JSON] = dict(proof) if isinstance(proof, dict) else {}
            proven = {**proven, "proof": {**made, "jws": _junk(_JUNK_HEADER)}}
        if "no-proof" in changes:
            del proven["proof"]
        if changes & {"junk-proof", "no-proof"}:
            signature = _junk(_JUNK_RS256)
        return self.maker.wrap(
            event, proven, signature=signature, to_a_stranger="unknown-thumbprint" in changes
        )


def _claiming(subject: JSON, claim: str) -> JSON:
    members = subject if isinstance(subject, dict) else {}
    return {name: claim if name in _IDENTIFIERS else value for name, value in members.items()}


def _junk(header: bytes) -> str:
    """A detached signature that nobody made."""
    return f"{b64url(header)}..{b64url(os.urandom(256))}"
