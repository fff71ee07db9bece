"""Issues credentials: says who gets one, and hands the event to the hub.

Source: mosip/id-repository: credential-request-generator, credential-service
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from functools import partial

from mock_control import Keys, current_exchange
from mock_mosip.credentials.making import CredentialEvent, Issue, Maker
from mock_mosip.credentials.spoiling import Spoiler
from mock_mosip.id_repository.numbers import partner_token
from mock_mosip.websub.message import Message
from mock_mosip.websub.service import Hub


class Credentials:
    """The issuer for one partner."""

    def __init__(self, *, maker: Maker, policy: Mapping[str, str], hub: Hub) -> None:
        self.maker = maker
        self.spoiler = Spoiler(maker)
        self._policy = policy
        self._hub = hub

    def is_stock(self, process: str) -> bool:
        """Whether the configured policy gives a credential to this process."""
        return self._policy.get(process) == "always"

    def identifier(self, uin: str | None, vid: str | None) -> str | None:
        """What the policy shares: UIN, VID, the partner's token for the person, or nothing."""
        psut = None if uin is None else partner_token(uin, self.maker.partner_id)
        return {"UIN": uin, "VID": vid, "PSUT": psut}.get(self.maker.claim())

    def issue(self, wanted: Issue) -> None:
        """Issues a credential within the exchange being served, and hands the event to the hub."""
        event = self.maker.event(wanted, self.maker.prove(self.maker.document(wanted)))
        exchange = current_exchange()
        exchange.add_keys(strong={"hub_event": event.hub_event})
        exchange.view(event.view)
        exchange.effect("credential-issued", rid=wanted.rid, hub_event=event.hub_event)
        keys = Keys(strong={"rid": wanted.rid, "hub_event": event.hub_event})
        self._hub.distribute(replace(self.message(event, keys), cause=exchange.id))

    def message(self, event: CredentialEvent, keys: Keys) -> Message:
        """The event as the hub gets it."""
        return Message(
            topic=event.topic,
            content=event.encoded(),
            view=event.view,
            keys=keys,
            spoil=partial(self._spoilt, event, keys),
        )

    def _spoilt(self, event: CredentialEvent, keys: Keys, changes: Set[str]) -> Message:
        return self.message(self.spoiler.spoil(event, changes), keys)
