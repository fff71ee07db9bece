"""Credentials that this MOSIP never issued, sent to a subscriber by command: what an attacker would try."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Final

from mock_control import JSON, Control, Keys, Refusal
from mock_mosip.credentials.making import CredentialEvent, Issue
from mock_mosip.credentials.service import Credentials
from mock_mosip.credentials.spoiling import CREDENTIAL_CHANGES, CREDENTIAL_SIGNATURES, SOMEBODY_ELSES
from mock_mosip.packet_manager.state import Packet, Packets
from mock_mosip.websub.message import CONTENT_CHANGES, HUB_SIGNATURES
from mock_mosip.websub.service import Hub
from mock_mosip.workflow.state import Registrations

MUTATIONS: Final[Mapping[str, str]] = {**CONTENT_CHANGES, **CREDENTIAL_CHANGES}
SIGNATURES: Final[Mapping[str, str]] = {**HUB_SIGNATURES, **CREDENTIAL_SIGNATURES}
FORGERIES: Final[Mapping[str, Set[str]]] = {
    "none": frozenset(),
    # What somebody sends who is not the hub, and has no key of MOSIP.
    "unsigned": frozenset({"not", "junk-proof"}),
    "wrong-secret": frozenset({"wrong-secret", "junk-proof"}),
    "two-signature-headers": frozenset({"two-headers", "junk-proof"}),
    "altered-body": frozenset({"altered-body", "junk-proof"}),
    # What the hub itself would deliver, if somebody could publish there: its own signature is good.
    "junk-proof": frozenset({"junk-proof"}),
    "no-proof": frozenset({"no-proof"}),
    "tampered-claim": frozenset({"tampered-claim"}),
}
ARGUMENTS: Final = frozenset(
    {"credential_for", "identifier", "certificate_number", "forgery", "mutate", "sign", "topic"}
)
PATIENCE_S: Final = 5.0  # a packet that is on its way: the command may be faster than the bridge
HONEST: Final = "7058649208312401"  # a VID by MOSIP's rules, nobody's here
AS_POLICY: Final = "as-policy"
"""Instead of an identifier: the one that MOSIP has made for the registration and its policy shares."""


@dataclass(frozen=True, kw_only=True)
class Forger:
    """Makes and sends credential events: without a forgery as MOSIP itself would, for once."""

    packets: Packets
    registrations: Registrations
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
        changes = _changes(arguments)
        topic = _text(arguments, "topic") or self.credentials.maker.topic
        subscription = next(iter(self.hub.subscriptions.of(topic)), None)
        if subscription is None:
            raise Refusal("nobody is subscribed to that topic", status=409)
        packet = self._packet(_text(arguments, "credential_for") or "")
        event = self._event(packet, arguments, topic, changes)
        # Keys of its own: it must not pass for the real event, nor be struck with it.
        message = self.credentials.message(event, Keys(strong={"forgery": event.hub_event}))
        # What is inside has been spoilt by now.
        outgoing = self.hub.outgoing(subscription, replace(message, spoil=None), changes)
        last = self.control.send(outgoing)[-1]
        return {"status": last.status, "body": last.body.decode("utf-8", "replace"), "error": last.error}

    def _packet(self, wanted: str) -> Packet:
        found = self.packets.wait_for(lambda each: wanted in (each.owner, each.id), within=PATIENCE_S)
        if found is None:
            raise Refusal("there is no packet of that action or registration", status=409)
        return found

    def _event(
        self, packet: Packet, arguments: Mapping[str, JSON], topic: str, changes: Set[str]
    ) -> CredentialEvent:
        identifier = self._identifier(packet, _text(arguments, "identifier"))
        wanted = Issue(
            rid=packet.id,
            # Ids of its own in every run: a bridge would take a known one for a replay.
            owner=f"{packet.owner or packet.id}/forged",
            # What is tampered with was proven for somebody before.
            identifier=HONEST if "tampered-claim" in changes else identifier,
            certificate_number=_text(arguments, "certificate_number")
            or packet.text("birthCertificateNumber"),
        )
        maker = self.credentials.maker
        event = maker.event(wanted, maker.prove(maker.document(wanted)), topic=topic)
        if not changes & {*CREDENTIAL_CHANGES, *CREDENTIAL_SIGNATURES}:
            return event
        return self.credentials.spoiler.spoil(event, changes, claim=identifier or SOMEBODY_ELSES)

    def _identifier(self, packet: Packet, wanted: str | None) -> str | None:
        if wanted != AS_POLICY:
            return wanted
        row = self.registrations.latest(packet.id)
        if row is None or row.result != "PROCESSED":
            raise Refusal("MOSIP has made no identity for that registration yet", status=409)
        return self.credentials.identifier(row.uin, row.vid)


def _changes(arguments: Mapping[str, JSON]) -> Set[str]:
    """The names of all that shall be wrong."""
    forgery = _text(arguments, "forgery")
    chosen = {name: _text(arguments, name) for name in ("mutate", "sign")}
    if forgery is not None:
        if forgery not in FORGERIES:
            raise Refusal("forgery is none of the known ones", near=[*FORGERIES])
        if any(chosen.values()):
            raise Refusal("give either forgery, or mutate and sign", near=["forgery", "mutate", "sign"])
        return FORGERIES[forgery]
    for name, known in (("mutate", MUTATIONS), ("sign", SIGNATURES)):
        if chosen[name] is not None and chosen[name] not in known:
            raise Refusal(f"{name} is none of the known ones", near=[*known])
    return {name for name in chosen.values() if name is not None}


def _text(arguments: Mapping[str, JSON], name: str) -> str | None:
    value = arguments.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal(f"{name} must be text")
    return value
