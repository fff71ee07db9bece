"""What the country configuration answers to a hook, and what it hands to the bridge. No Flask.

Source: opencrvs/opencrvs-farajaland src/index.ts (2.0); opencrvs/opencrvs-core packages/events hook
semantics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import orjson

from mock_control import Control, Delivery, Keys, OperationSpec, Outgoing
from mock_opencrvs.auth.tokens import Principal
from mock_opencrvs.country_config import completion, correction, mapping, verification
from mock_opencrvs.country_config.errors import INTERNAL, error_body
from mock_opencrvs.country_config.pack import CountryPack, EventPack, Registration
from mock_opencrvs.events import aggregate
from mock_opencrvs.events.model import Action, Event
from mock_opencrvs.settings import BridgeRoutes
from mock_opencrvs.values import JSON, JSONObject
from mock_opencrvs.world import World

CONNECT_TIMEOUT_S = 5.0
DIALECT = "opencrvs.dialect"
BRIDGE_FAILED = "The identity system did not take the registration."
SEND = OperationSpec(
    name="opencrvs.country_config.send_registration",
    kind="message",
    help="the country configuration hands a registration to the bridge (POST /events/registration)",
    request="bridge/registration.request",
    response="bridge/registration.response",
    grade="ran",
)


@dataclass(frozen=True, kw_only=True)
class HookReply:
    """Status and JSON body (None for an empty one) that go back to core."""

    status: int
    body: JSON = None


class CountryConfig:
    """Answers hooks as one pack says."""

    def __init__(
        self,
        *,
        pack: CountryPack,
        control: Control,
        world: World,
        bridge_url: str,
        routes: BridgeRoutes,
        bridge_timeout_s: float,
        now: Callable[[], datetime],
    ) -> None:
        self._pack = pack
        self._control = control
        self._world = world
        self._bridge_url = bridge_url
        self._routes = routes
        self._timeout = (min(CONNECT_TIMEOUT_S, bridge_timeout_s), bridge_timeout_s)
        self._now = now
        self._verifier = verification.Verifier(
            control=control,
            url=f"{bridge_url}{routes.verify}",
            timeout=self._timeout,
            page_fields=pack.page_fields,
        )

    def answer(self, event: Event, action: Action, principal: Principal) -> HookReply:
        """An eligible REGISTER goes to MOSIP; at any other action the people in the record are verified."""
        known = self._pack.events.get(event.type)
        if known is not None and action.type == "REGISTER":
            return self._register(known.registration, event, action, principal)
        if known is not None and (event.type, action.type) == ("birth", "APPROVE_CORRECTION"):
            return self._correct(known, event, action, principal)
        own_route = (event.type, action.type) in verification.OWN_ROUTES
        if known is None or own_route or self._control.settings_value(verification.SETTING) == "no":
            return HookReply(status=200, body={})
        return self._verify(known, event, action, principal)

    def _verify(self, known: EventPack, event: Event, action: Action, principal: Principal) -> HookReply:
        declaration = _declared(event, action)
        try:
            updated = self._verifier.verified(
                known.verifies, declaration, event=event, action=action, token=principal.token
            )
        except verification.NoVerdictError:
            return HookReply(status=500, body=error_body(500, INTERNAL))
        return HookReply(status=200, body={"declaration": updated})

    def _register(self, rule: Registration, event: Event, action: Action, principal: Principal) -> HookReply:
        declaration = _declared(event, action)
        number = self._world.registration_number(action.id)
        if not mapping.is_eligible(rule.eligible, declaration, today=self._now().date()):
            return HookReply(status=200, body={"registrationNumber": number})
        payload = self.request_body(event, action, number)
        if not self._taken_by_bridge(payload, event, action, principal, number):
            return HookReply(status=400, body={"reason": BRIDGE_FAILED})
        if rule.waits_for == "nothing":
            return HookReply(status=200, body={"registrationNumber": number})
        return HookReply(status=202)

    def _correct(self, known: EventPack, event: Event, action: Action, principal: Principal) -> HookReply:
        """A child without a number is registered with MOSIP now; of one who has it the data are updated."""
        rule, declaration = known.registration, correction.corrected(event, action)
        if not mapping.is_eligible(rule.eligible, declaration, today=self._now().date()):
            return HookReply(status=200, body={})
        number = aggregate.registration_number(event) or self._world.registration_number(action.id)
        payload = self._payload(event, declaration, number)
        identifier = declaration.get(known.names["identifier"])
        if isinstance(identifier, str) and identifier:
            update = correction.update_body(payload, identifier)
            # Core's registrar hears nothing of a failure: it is the bridge's to make good.
            self._hand_over(
                correction.SEND_UPDATE, self._routes.update, update, event, action, principal, number
            )
            return HookReply(status=200, body={})
        if not self._taken_by_bridge(payload, event, action, principal, number):
            return HookReply(status=400, body={"reason": BRIDGE_FAILED})
        return HookReply(status=202)

    def request_body(self, event: Event, action: Action, number: str) -> JSONObject:
        """The body of POST /events/registration for an action of a record whose kind the pack knows."""
        return self._payload(event, _declared(event, action), number)

    def _payload(self, event: Event, declaration: JSONObject, number: str) -> JSONObject:
        rule = self._pack.events[event.type].registration
        dialect = cast("mapping.Dialect", self._control.settings_value(DIALECT))
        writer = mapping.Writer(pack=self._pack, dialect=dialect)
        return {
            "trackingId": event.tracking_id,
            "notification": writer.recipient(rule, declaration),
            "requestFields": writer.request_fields(rule, declaration, number),
            **self._completion(writer.meta_info(rule, declaration)),
            **self._id_schema(),
        }

    def _id_schema(self) -> JSONObject:
        document = self._pack.mosip.id_schema.document
        return {} if document is None else {"schemaJson": document}

    def _completion(self, meta_info: JSONObject) -> JSONObject:
        if not self._pack.completes:
            return {"metaInfo": meta_info, "audit": {}}
        moment, draw = self._now(), self._world.draw("packet-meta")
        meta = completion.meta_info(moment, draw)
        return {
            "metaInfo": {**meta, **meta_info},
            "audit": completion.audit(moment, draw, registration_id=str(meta["registrationId"])),
        }

    def _taken_by_bridge(
        self, payload: JSONObject, event: Event, action: Action, principal: Principal, number: str
    ) -> bool:
        return self._hand_over(SEND, self._routes.registration, payload, event, action, principal, number)

    def _hand_over(
        self,
        operation: OperationSpec,
        path: str,
        payload: JSONObject,
        event: Event,
        action: Action,
        principal: Principal,
        number: str,
    ) -> bool:
        """Whether the bridge has taken it."""
        deliveries = self._control.send(
            Outgoing(
                operation=operation.name,
                method="POST",
                url=f"{self._bridge_url}{path}",
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {principal.token}"},
                body=orjson.dumps(payload),
                view=payload,
                keys=Keys(
                    strong={"action": action.id},
                    weak={"event": event.id, "tracking": event.tracking_id, "certificate": number},
                ),
                timeout=self._timeout,
            )
        )
        return any(map(_is_taken, deliveries))


def _declared(event: Event, action: Action) -> JSONObject:
    """All that is declared, with what this action adds."""
    return {**aggregate.declaration(event), **(action.declaration or {})}


def _is_taken(delivery: Delivery) -> bool:
    """Any 2xx: the reference client throws on everything else, and on its own time-out."""
    return delivery.ok
