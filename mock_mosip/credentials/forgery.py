"""Credentials that this MOSIP never issued, sent to a subscriber by command: what an attacker would try."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mock_control import JSON, Control, Keys, Outgoing, Refusal
from mock_mosip.credentials.service import CredentialEvent, Credentials, Issue
from mock_mosip.crypto import b64url
from mock_mosip.packet_manager.state import Packet, Packets
from mock_mosip.websub.service import Hub, Message, signature
from mock_mosip.websub.state import Subscription

HUB_FORGERIES = ("unsigned", "wrong-secret", "two-signature-headers", "altered-body")
"""What somebody sends who is not the hub."""
CREDENTIAL_FORGERIES = ("junk-proof", "no-proof", "tampered-claim")
"""What the hub itself would deliver, if somebody could publish there: its own signature is good."""
FORGERIES = ("none", *HUB_FORGERIES, *CREDENTIAL_FORGERIES)
ARGUMENTS = frozenset({"credential_for", "identifier", "certificate_number", "forgery", "topic"})
PATIENCE_S = 5.0  # a packet that is on its way: the command may be faster than the bridge
HONEST = "7058649208312401"  # a VID by MOSIP's rules, nobody's here
JUNK_RS256 = b'{"alg":"RS256"}'
JUNK_HEADER = b'{"b64":false,"crit":["b64"],"kid":"forged","alg":"PS256"}'


@dataclass(frozen=True, kw_only=True)
class Forger:
    """Makes and sends credential events: without a forgery as MOSIP itself would, for once.

    An attacker has no key of MOSIP: a forged one's proof is junk, or was made for what it said before.
    """

    packets: Packets
    credentials: Credentials
    hub: Hub
    control: Control

    def deliver(self, arguments: Mapping[str, JSON]) -> JSON:
        """Sends one; returns ``{status, body, error}`` of the answer.

        Raises Refusal for arguments that don't fit.
        """
        unknown = set(arguments) - ARGUMENTS
        if unknown:
            raise Refusal(f"mosip.deliver takes no {', '.join(sorted(unknown))}", near=sorted(ARGUMENTS))
        forgery = arguments.get("forgery") or "none"
        if forgery not in FORGERIES:
            raise Refusal("forgery is none of the known ones", near=FORGERIES)
        topic = _text(arguments, "topic") or self.credentials.topic
        subscription = next(iter(self.hub.subscriptions.of(topic)), None)
        if subscription is None:
            raise Refusal("nobody is subscribed to that topic", status=409)
        packet = self._packet(_text(arguments, "credential_for") or "")
        event = self._event(packet, arguments, topic, str(forgery))
        return self._send(event, subscription, str(forgery))

    def _packet(self, wanted: str) -> Packet:
        found = self.packets.wait_for(lambda each: wanted in (each.owner, each.id), within=PATIENCE_S)
        if found is None:
            raise Refusal("there is no packet of that action or registration", status=409)
        return found

    def _event(
        self, packet: Packet, arguments: Mapping[str, JSON], topic: str, forgery: str
    ) -> CredentialEvent:
        wanted = Issue(
            rid=packet.id,
            # Ids of its own in every run: a bridge would take a known one for a replay.
            owner=f"{packet.owner or packet.id}/forged",
            identifier=_text(arguments, "identifier"),
            certificate_number=_text(arguments, "certificate_number")
            or packet.text("birthCertificateNumber"),
        )
        stamp = self.control.stamps.now()
        proof: JSON = {
            "type": "RsaSignature2018",
            "created": f"{stamp:%Y-%m-%dT%H:%M:%SZ}",
            "proofPurpose": "assertionMethod",
            "verificationMethod": self.credentials.verification_method,
            "jws": _junk(JUNK_HEADER),
        }
        document = self.credentials.document(wanted)
        if forgery == "none":
            return self.credentials.event(wanted, self.credentials.prove(document), topic=topic)
        if forgery == "tampered-claim":
            return self._tampered(wanted, topic)
        made = document if forgery == "no-proof" else {**document, "proof": proof}
        return self.credentials.event(wanted, made, topic=topic, signature=_junk(JUNK_RS256))

    def _tampered(self, wanted: Issue, topic: str) -> CredentialEvent:
        """Proven and signed for one identifier, sent with another."""
        proven = self.credentials.prove(self.credentials.document(replace(wanted, identifier=HONEST)))
        subject = self.credentials.document(wanted)["credentialSubject"]
        changed = {**proven, "credentialSubject": subject}
        return self.credentials.event(
            wanted, changed, topic=topic, signature=self.credentials.signature(proven)
        )

    def _send(self, event: CredentialEvent, subscription: Subscription, forgery: str) -> JSON:
        content = event.encoded()
        headers = self._headers(event, content, subscription.secret, forgery)
        # Keys of its own: it must not pass for the real event, nor be struck with it.
        deliveries = self.control.send(
            Outgoing(
                operation="mosip.websub.deliver",
                method="POST",
                url=subscription.callback,
                headers=headers,
                body=_altered(content) if forgery == "altered-body" else content,
                view=event.view,
                keys=Keys(strong={"forgery": event.hub_event}),
                timeout=self.hub.timeout,
            )
        )
        last = deliveries[-1]
        return {"status": last.status, "body": last.body.decode("utf-8", "replace"), "error": last.error}

    def _headers(self, event: CredentialEvent, content: bytes, secret: str, forgery: str) -> dict[str, str]:
        message = Message(topic=event.topic, content=content, keys=Keys())
        right, wrong = signature(secret, content), signature(f"not {secret}", content)
        made: Mapping[str, Callable[[], dict[str, str]]] = {
            "unsigned": lambda: self.hub.headers(message, None),
            "wrong-secret": lambda: self.hub.headers(message, wrong),
            # two header lines: names differ in case, so that both are sent
            "two-signature-headers": lambda: {
                **self.hub.headers(message, wrong),
                "x-hub-signature": right,
            },
        }
        return made.get(forgery, lambda: self.hub.headers(message, right))()


def _junk(header: bytes) -> str:
    """A detached signature that nobody made."""
    return f"{b64url(header)}..{b64url(os.urandom(256))}"


def _altered(content: bytes) -> bytes:
    """One byte of the content changed, in a member that nobody reads: only the signature can tell."""
    place = content.index(b'"protectionKey":"') + len(b'"protectionKey":"')
    digit = b"1" if content[place : place + 1] != b"1" else b"2"
    return content[:place] + digit + content[place + 1 :]


def _text(arguments: Mapping[str, JSON], name: str) -> str | None:
    value = arguments.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal(f"{name} must be text")
    return value
