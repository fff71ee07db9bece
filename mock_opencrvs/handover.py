"""What country-config would hand to the bridge for a declared record, for a scenario to spoil and send.

Nothing is journaled or remembered: OpenCRVS has not asked for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_control import JSON, Refusal
from mock_opencrvs.auth.spoilt import SPOILT, spoilt
from mock_opencrvs.auth.tokens import Principal, Tokens
from mock_opencrvs.events.model import Action, Author, Event
from mock_opencrvs.events.state import EventStore
from mock_opencrvs.opening import Writer

GOOD = "good"
ARGUMENTS = frozenset({"event_id", "action_id", "certificate_number", "token"})


@dataclass(frozen=True, kw_only=True)
class Handover:
    """Writes requests as country-config does, under tokens that are good or spoilt."""

    store: EventStore
    tokens: Tokens
    writer: Writer

    def run(self, arguments: Mapping[str, JSON]) -> JSON:
        """``{event_id, action_id, certificate_number, token?}`` → ``{token, request}``. Raises Refusal."""
        given = {name: _text(arguments, name) for name in ARGUMENTS - {"token"}}
        how = arguments.get("token") or GOOD
        if how not in (GOOD, *SPOILT):
            raise Refusal(f"no token is {how!r}", near=(GOOD, *SPOILT))
        event = self.store.get(given["event_id"])
        if event is None:
            raise Refusal("no such record", status=404)
        action = _asked(event, given["action_id"])
        registrar = _registrar(event)
        token = self.tokens.action(registrar, event_id=event.id, action_id=action.id)
        return {
            "token": token if how == GOOD else spoilt(token, str(how), self.tokens),
            "request": self.writer.request_body(event, action, given["certificate_number"]),
        }


def _asked(event: Event, action_id: str) -> Action:
    declared = event.actions[-1]
    return Action(
        id=action_id,
        type="REGISTER",
        status="Requested",
        transaction_id=action_id,
        created_at=declared.created_at,
        author=Author(id=declared.author.id, user_type=declared.author.user_type),
    )


def _registrar(event: Event) -> Principal:
    return Principal(
        subject=event.actions[0].author.id,
        user_type="user",
        role=None,
        scope_texts=(),
        event_id=None,
        action_id=None,
        token="",
    )


def _text(arguments: Mapping[str, JSON], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str):
        raise Refusal(f"{name} must be a text")
    return value
