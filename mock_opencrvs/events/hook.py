"""The hook: what core tells the country configuration of a request, and takes from the answer.

Source: opencrvs-core packages/events/src/router/event/actions/actionConfirmationRequest.ts. Core neither
limits the time nor tries again; the time-out here only keeps a lost thread from waiting for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import orjson

from mock_control import Control, Delivery, Keys, OperationSpec, Outgoing
from mock_opencrvs.auth.tokens import Principal, Tokens
from mock_opencrvs.events.model import Action, Event
from mock_opencrvs.values import JSONObject

CONNECT_TIMEOUT_S = 5.0
OPERATION = OperationSpec(
    name="opencrvs.hook.call",
    kind="message",
    help="core tells the country configuration of a requested action, and acts on its answer",
    request="opencrvs/hook.request",
)

Verdict = Literal["accepted", "processing", "rejected", "failed"]


@dataclass(frozen=True, kw_only=True)
class HookAnswer:
    """What the country configuration made of an action, and what it said ({} when unreadable)."""

    verdict: Verdict
    body: JSONObject = field(default_factory=dict)


HookCall = Callable[[Event, Action, Principal], HookAnswer]


class Hook:
    """Calls the country configuration through the control: seen, held, lost and struck there."""

    def __init__(self, *, control: Control, tokens: Tokens, url: str, timeout_s: float) -> None:
        self._control = control
        self._tokens = tokens
        self._url = url
        self._timeout = (CONNECT_TIMEOUT_S, timeout_s)

    def call(self, event: Event, action: Action, principal: Principal) -> HookAnswer:
        """Send the record, whose last word is the requested action, with a token for that action alone."""
        token = self._tokens.action(principal, event_id=event.id, action_id=action.id)
        document = event.to_json()
        deliveries = self._control.send(
            Outgoing(
                operation=OPERATION.name,
                method="POST",
                url=f"{self._url}/trigger/events/{event.type}/actions/{action.type}",
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
                body=orjson.dumps(document),
                view=document,
                keys=Keys(
                    strong={"action": action.id},
                    weak={"event": event.id, "tracking": event.tracking_id, "action_type": action.type},
                ),
                timeout=self._timeout,
            )
        )
        return _answer(deliveries[0]) if deliveries else HookAnswer(verdict="failed")


def _answer(delivery: Delivery) -> HookAnswer:
    # A message lost "as delivered" is one that core believes to be worked on: the record waits, as after a
    # 202.
    if delivery.error == "lost-as-delivered":
        return HookAnswer(verdict="processing")
    verdicts: dict[int | None, Verdict] = {200: "accepted", 202: "processing", 400: "rejected"}
    verdict = verdicts.get(delivery.status, "failed") if delivery.error is None else "failed"
    return HookAnswer(verdict=verdict, body=_object(delivery.body))


def _object(body: bytes) -> JSONObject:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
