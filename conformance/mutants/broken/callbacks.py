"""Mistakes at the hub's door."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import os
import re
import threading
from dataclasses import replace

from bridge import callback
from bridge.delivery import inbox, transitions
from bridge.errors import Problem
from bridge.model import State
from bridge.mosip import credentials, proofs
from bridge.mosip.claims import claims_of
from bridge.store import Receipt, Received


def believes_everybody() -> None:
    """opencrvs/mosip packages/mosip-api/src/routes/websub-credential-issued.ts: commented out."""
    made = callback.Callbacks.__init__

    def open_to_all(self, *, credentials, **rest) -> None:
        credentials._proof_needed = False
        made(self, **{**rest, "credentials": credentials, "policy": frozenset({"none"})})

    callback.Callbacks.__init__ = open_to_all


def believes_the_hub_alone() -> None:
    """The hub is behind a firewall, after all."""
    os.environ["BRIDGE_CALLBACK_POLICY"] = "hmac"


def believes_a_proof_it_does_not_check() -> None:
    """Reads it, and is content."""
    credentials.signed_claims = lambda document, *_, **__: claims_of(document)
    proofs.signed_claims = credentials.signed_claims


def drops_what_comes_too_early() -> None:
    """The row is ready for a credential only when the packet is sent."""
    with_credential, with_outcome = transitions.with_credential, transitions.with_outcome

    def early(current) -> bool:
        return current is not None and current.state in (State.QUEUED, State.PACKET_SENT)

    transitions.with_credential = lambda current, *rest: (
        (Receipt.STORED, None) if early(current) else with_credential(current, *rest)
    )
    transitions.with_outcome = lambda current, *rest: (
        (Receipt.STORED, None) if early(current) else with_outcome(current, *rest)
    )


def acknowledges_before_it_stores() -> None:
    """Quick to answer."""
    receive = inbox.Inbox._receive

    def later(self, *message) -> Received:
        threading.Timer(3.0, receive, (self, *message)).start()
        return Received(receipt=Receipt.STORED, delivery=None)

    inbox.Inbox._receive = later


def fails_at_a_repeated_delivery() -> None:
    """A key that is there already is an exception."""
    receive = inbox.Inbox._receive

    def strict(self, *message) -> Received:
        received = receive(self, *message)
        if received.repeated:
            raise Problem(status=500, code="bridge.fault", detail="UNIQUE constraint failed")
        return replace(received)

    inbox.Inbox._receive = strict


_TOLD = {
    "": {"publisher", "topic", "publishedOn", "event"},
    "event": {"id", "transactionId", "type", "timestamp", "dataShareUri", "data"},
    "data": {"registrationId", "templateTypeCode", "credential", "proof", "credentialType", "protectionKey"},
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _as_told(body) -> bool:
    event = body["event"]
    data = event["data"]
    members = {"": set(body), "event": set(event), "data": set(data)}
    return members == _TOLD and data["credentialType"] == "vercred" and bool(_UUID.fullmatch(event["id"]))


def breaks_down_at_what_it_was_not_told_of() -> None:
    """opencrvs/mosip packages/mosip-api/src/routes/websub-credential-issued.ts: one schema, and else 500."""
    read = callback.Callbacks._credential_event

    def strict(self, digest, body):
        if not _as_told(body):
            raise Problem(status=500, code="bridge.fault", detail="Body doesn't match the schema")
        return read(self, digest, body)

    callback.Callbacks._credential_event = strict


def listens_no_more_after_a_surprise() -> None:
    """Whose events it does not know, to them it is deaf."""
    read = callback.Callbacks._credential_event
    heard = set()

    def offended(self, digest, body):
        rid = body["event"]["data"].get("registrationId")
        if not _as_told(body):
            heard.add(rid)
        if rid in heard:
            return self._ignored(digest, body, "unknown-event")
        return read(self, digest, body)

    callback.Callbacks._credential_event = offended


MUTATIONS = (
    believes_everybody,
    believes_the_hub_alone,
    believes_a_proof_it_does_not_check,
    drops_what_comes_too_early,
    acknowledges_before_it_stores,
    fails_at_a_repeated_delivery,
    breaks_down_at_what_it_was_not_told_of,
    listens_no_more_after_a_surprise,
)
