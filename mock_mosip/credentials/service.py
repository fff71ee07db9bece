"""Issues credentials: makes, proves, encrypts and publishes them.

Source: mosip/id-repository: credential-request-generator, credential-service
"""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from mock_control import JSON, Control, Keys, current_exchange
from mock_mosip.credentials.contexts import CREDENTIALS_V1
from mock_mosip.credentials.encryption import Encryptor
from mock_mosip.credentials.proof import Prover
from mock_mosip.crypto import Signer, b64url
from mock_mosip.id_repository.numbers import partner_token
from mock_mosip.websub.service import Hub, Message

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
    view: dict[str, JSON]

    def encoded(self) -> bytes:
        """The event as the hub's publisher sends it."""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()


def event_id(chance: random.Random) -> str:
    """A UUID drawn from ``chance``."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _head(der: bytes) -> str:
    header = {
        "x5t#S256": b64url(hashlib.sha256(der).digest()),
        "x5c": [b64encode(der).decode()],
        "alg": "RS256",
    }
    return b64url(json.dumps(header, separators=(",", ":")).encode())


class Credentials:
    """The issuer for one partner."""

    def __init__(
        self,
        *,
        partner_id: str,
        policy: Mapping[str, str],
        encryptor: Encryptor,
        prover: Prover,
        signer: Signer,
        hub: Hub,
        control: Control,
    ) -> None:
        self.topic = f"{partner_id}/CREDENTIAL_ISSUED"
        self._partner_id = partner_id
        self._encryptor = encryptor
        self.verification_method = prover.verification_method
        self._policy = policy
        self._prover = prover
        self._signer = signer
        self._signature_head = _head(signer.certificate_der)
        self._hub = hub
        self._control = control

    def is_stock(self, process: str) -> bool:
        """Whether the configured policy gives a credential to this process."""
        return self._policy.get(process) == "always"

    def identifier(self, uin: str | None, vid: str | None) -> str | None:
        """What the policy shares: UIN, VID, the partner's token for the person, or nothing."""
        psut = None if uin is None else partner_token(uin, self._partner_id)
        return {"UIN": uin, "VID": vid, "PSUT": psut}.get(self._claim())

    def _claim(self) -> str:
        return self._control.settings_value("mosip.identifier_claim")

    def issue(self, wanted: Issue) -> None:
        """Issues a credential within the exchange being served, and hands the event to the hub."""
        event = self.event(wanted, self.prove(self.document(wanted)))
        exchange = current_exchange()
        exchange.add_keys(strong={"hub_event": event.hub_event})
        exchange.view(event.view)
        exchange.effect("credential-issued", rid=wanted.rid, hub_event=event.hub_event)
        self._hub.distribute(
            Message(
                topic=event.topic,
                content=event.encoded(),
                view=event.view,
                keys=Keys(strong={"rid": wanted.rid, "hub_event": event.hub_event}),
                cause=exchange.id,
            )
        )

    def prove(self, document: Mapping[str, JSON]) -> dict[str, JSON]:
        """The credential with MOSIP's proof."""
        created = f"{self._control.stamps.now():%Y-%m-%dT%H:%M:%SZ}"
        form = self._control.settings_value("mosip.proof")
        return self._prover.prove(document, created=created, form=form)

    def document(self, wanted: Issue) -> dict[str, JSON]:
        """The credential without a proof."""
        subject: dict[str, JSON] = {"id": f"{CREDENTIAL_SERVICE}/credentials/{wanted.rid}", "vcVer": "VC-V1"}
        if wanted.certificate_number is not None:
            subject["birthCertificateNumber"] = wanted.certificate_number
        claim = self._claim()
        if wanted.identifier is not None and claim != "none":
            subject[claim] = wanted.identifier
        chance = self._control.draw("credential", wanted.owner)
        return {
            "issuanceDate": self._control.stamps.iso(),
            "credentialSubject": subject,
            "id": f"{CREDENTIAL_SERVICE}/credentials/{event_id(chance)}",
            "type": ["VerifiableCredential", "MOSIPVerifiableCredential"],
            "@context": [CREDENTIALS_V1, self._prover.context_url, {"sec": "https://w3id.org/security#"}],
            "issuer": self._prover.issuer,
        }

    def event(
        self,
        wanted: Issue,
        credential: Mapping[str, JSON],
        *,
        topic: str | None = None,
        signature: str | None = None,
    ) -> CredentialEvent:
        """The event that carries a credential, encrypted to the partner.

        ``signature``: what stands beside it instead of MOSIP's own.
        """
        chance = self._control.draw("hub event", wanted.owner)
        plain = _encoded(credential)
        now, hub_event = self._control.stamps.iso(), event_id(chance)
        data: dict[str, JSON] = {
            "registrationId": wanted.rid,
            "templateTypeCode": TEMPLATE,
            "credential": self._encryptor.encrypt(plain),
            "proof": {"signature": signature or self.signature(credential)},
            "credentialType": "vercred",
            "protectionKey": f"{chance.randrange(10**6):06d}",
        }
        event: dict[str, JSON] = {
            "id": hub_event,
            "transactionId": event_id(chance),
            "type": {"namespace": "mosip", "name": "mosip"},
            "timestamp": now,
            "dataShareUri": None,
            "data": data,
        }
        head: dict[str, JSON] = {
            "publisher": "CREDENTIAL_SERVICE",
            "topic": topic or self.topic,
            "publishedOn": now,
        }
        opened: dict[str, JSON] = {**head, "event": {**event, "data": {**data, "credential": {**credential}}}}
        return CredentialEvent(
            hub_event=hub_event, topic=topic or self.topic, body={**head, "event": event}, view=opened
        )

    def signature(self, credential: Mapping[str, JSON]) -> str:
        """RS256 over the base64url of the credential, detached, with the certificate in its header."""
        head = self._signature_head
        return f"{head}..{b64url(self._signer.sign(f'{head}.{b64url(_encoded(credential))}'.encode()))}"


def _encoded(credential: Mapping[str, JSON]) -> bytes:
    return json.dumps(credential, separators=(",", ":"), ensure_ascii=False).encode()
