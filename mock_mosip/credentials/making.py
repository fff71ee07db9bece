"""Makes credentials and the events that carry them: document, proof, encryption, a signature beside.

Source: mosip/id-repository: credential-request-generator, credential-service
"""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mock_control import JSON, Control
from mock_mosip.credentials.contexts import CREDENTIALS_V1
from mock_mosip.credentials.encryption import Encryptor
from mock_mosip.credentials.proof import Prover
from mock_mosip.crypto import Signer, b64url

CREDENTIAL_SERVICE = "http://credential.idrepo"
TEMPLATE = "RPR_UIN_CARD_TEMPLATE"


@dataclass(frozen=True, kw_only=True)
class Issue:
    """What a credential shall say. ``identifier`` and ``certificate_number`` None are left out."""

    rid: str
    owner: str | None
    identifier: str | None = None
    certificate_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class CredentialEvent:
    """An event on the partner's topic, and what is in it when it is opened."""

    hub_event: str
    topic: str
    body: dict[str, JSON]
    credential: dict[str, JSON]

    def encoded(self) -> bytes:
        """The event as the hub's publisher sends it."""
        return _encoded(self.body)

    @property
    def view(self) -> dict[str, JSON]:
        """The event with the credential as the partner can read it."""
        return _with_data(self.body, {"credential": {**self.credential}})


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Makes what this MOSIP issues to one partner."""

    partner_id: str
    encryptor: Encryptor
    prover: Prover
    signer: Signer
    control: Control

    @property
    def topic(self) -> str:
        """The partner's own."""
        return f"{self.partner_id}/CREDENTIAL_ISSUED"

    def claim(self) -> str:
        """Under which name an identifier is shared: VID, UIN, PSUT, or none."""
        return self.control.settings_value("mosip.identifier_claim")

    def document(self, wanted: Issue) -> dict[str, JSON]:
        """The credential without a proof."""
        subject: dict[str, JSON] = {"id": f"{CREDENTIAL_SERVICE}/credentials/{wanted.rid}", "vcVer": "VC-V1"}
        if wanted.certificate_number is not None:
            subject["birthCertificateNumber"] = wanted.certificate_number
        claim = self.claim()
        if wanted.identifier is not None and claim != "none":
            subject[claim] = wanted.identifier
        chance = self.control.draw("credential", wanted.owner)
        return {
            "issuanceDate": self.control.stamps.iso(),
            "credentialSubject": subject,
            "id": f"{CREDENTIAL_SERVICE}/credentials/{_event_id(chance)}",
            "type": ["VerifiableCredential", "MOSIPVerifiableCredential"],
            "@context": [CREDENTIALS_V1, self.prover.context_url, {"sec": "https://w3id.org/security#"}],
            "issuer": self.prover.issuer,
        }

    def prove(
        self, document: Mapping[str, JSON], *, signer: Signer | None = None, method: str | None = None
    ) -> dict[str, JSON]:
        """The credential with MOSIP's proof, or that of another ``signer`` or verification ``method``."""
        created = f"{self.control.stamps.now():%Y-%m-%dT%H:%M:%SZ}"
        form = self.control.settings_value("mosip.proof")
        return self.prover.prove(document, created=created, form=form, signer=signer, method=method)

    def event(
        self, wanted: Issue, credential: Mapping[str, JSON], *, topic: str | None = None
    ) -> CredentialEvent:
        """The event that carries a credential, encrypted to the partner."""
        chance = self.control.draw("hub event", wanted.owner)
        plain = _encoded(credential)
        now, hub_event = self.control.stamps.iso(), _event_id(chance)
        data: dict[str, JSON] = {
            "registrationId": wanted.rid,
            "templateTypeCode": TEMPLATE,
            "credential": self.encryptor.encrypt(plain),
            "proof": {"signature": self.signature(credential)},
            "credentialType": "vercred",
            "protectionKey": f"{chance.randrange(10**6):06d}",
        }
        event: dict[str, JSON] = {
            "id": hub_event,
            "transactionId": _event_id(chance),
            "type": {"namespace": "mosip", "name": "mosip"},
            "timestamp": now,
            "dataShareUri": None,
            "data": data,
        }
        body: dict[str, JSON] = {
            "publisher": "CREDENTIAL_SERVICE",
            "topic": topic or self.topic,
            "publishedOn": now,
            "event": event,
        }
        return CredentialEvent(
            hub_event=hub_event, topic=topic or self.topic, body=body, credential={**credential}
        )

    def signature(self, credential: Mapping[str, JSON], signer: Signer | None = None) -> str:
        """RS256 over the base64url of the credential, detached, with the certificate in its header."""
        by = signer or self.signer
        head = _head(by.certificate_der)
        return f"{head}..{b64url(by.sign(f'{head}.{b64url(_encoded(credential))}'.encode()))}"

    def wrap(
        self, event: CredentialEvent, credential: Mapping[str, JSON], *, signature: str, to_a_stranger: bool
    ) -> CredentialEvent:
        """The event with another credential in it."""
        sealed = self.encryptor.encrypt(_encoded(credential), to_a_stranger=to_a_stranger)
        data: dict[str, JSON] = {"credential": sealed, "proof": {"signature": signature}}
        return replace(event, body=_with_data(event.body, data), credential={**credential})


def _with_data(body: Mapping[str, JSON], changes: Mapping[str, JSON]) -> dict[str, JSON]:
    event = body["event"]
    members = event if isinstance(event, dict) else {}
    data = members.get("data")
    return {**body, "event": {**members, "data": {**(data if isinstance(data, dict) else {}), **changes}}}


def _event_id(chance: random.Random) -> str:
    """A UUID drawn from ``chance``."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _head(der: bytes) -> str:
    header = {
        "x5t#S256": b64url(hashlib.sha256(der).digest()),
        "x5c": [b64encode(der).decode()],
        "alg": "RS256",
    }
    return b64url(json.dumps(header, separators=(",", ":")).encode())


def _encoded(value: Mapping[str, JSON]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
