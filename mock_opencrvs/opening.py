"""Registrations that wait for the bridge, opened in bulk: what a load test sends, made before it begins.

They are made by the services themselves, by every rule of theirs, only that nobody is called: the hook is
taken as answered, a declaration with 200 and a registration with 202.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mock_control import Refusal
from mock_opencrvs.auth.tokens import Principal, Tokens
from mock_opencrvs.events.actions import ActionsService
from mock_opencrvs.events.errors import TrpcError
from mock_opencrvs.events.hook import HookAnswer, Verdict
from mock_opencrvs.events.model import Action, Event
from mock_opencrvs.events.service import Country, EventsService
from mock_opencrvs.events.state import EventStore
from mock_opencrvs.values import JSON, JSONObject
from mock_opencrvs.world import World

MOST_AT_ONCE = 1000


class Writer(Protocol):
    """Who writes what the bridge is sent."""

    def request_body(self, event: Event, action: Action, number: str) -> JSONObject:
        """The body of POST /events/registration for that action."""
        ...


class Unobserved(World):
    """The world of records that nobody asked for over the wire: there is no exchange to tell of them."""

    def tell_keys(self, *, strong: dict[str, str] | None = None, weak: dict[str, str] | None = None) -> None:
        """Nobody to tell."""

    def tell_effect(self, name: str, **facts: JSON) -> None:
        """Nobody to tell."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Opens registrations in the name of a registrar who may register (``scopes``)."""

    store: EventStore
    world: Unobserved
    country: Country
    tokens: Tokens
    writer: Writer
    role: str
    scopes: Sequence[str]

    def run(self, arguments: Mapping[str, JSON]) -> JSON:
        """``{kind, declarations}`` → ``{registrations: […]}``, one for each declaration, in order.

        Raises Refusal for a kind without a form, too many at once, and a declaration that its form refuses;
        what stood before that one in the list is open then.
        """
        kind, declarations = arguments.get("kind"), arguments.get("declarations")
        if not isinstance(kind, str) or kind not in self.country.forms:
            raise Refusal(f"no kind of record {kind!r}", near=sorted(self.country.forms))
        if not isinstance(declarations, list) or len(declarations) > MOST_AT_ONCE:
            raise Refusal(f"declarations must be a list of at most {MOST_AT_ONCE}")
        try:
            return {"registrations": [self._opened(kind, each) for each in declarations]}
        except TrpcError as problem:
            raise Refusal(f"the events service refused a declaration: {problem}") from problem

    def _opened(self, kind: str, declaration: JSON) -> JSONObject:
        registrar = self._registrar()
        events = EventsService(store=self.store, world=self.world, country=self.country)
        created = events.create(registrar, {"type": kind, "transactionId": self._transaction()})
        declared = {"eventId": created.id, "declaration": declaration, "keepAssignment": True}
        self._answered("accepted").request("DECLARE", registrar, self._numbered(declared))
        wanted = self._numbered({"eventId": created.id, "declaration": {}})
        event = self._answered("processing").request("REGISTER", registrar, wanted)
        action = event.actions[-1]
        number = self.world.registration_number(action.id)
        return {
            "event_id": event.id,
            "action_id": action.id,
            "tracking_id": event.tracking_id,
            "certificate_number": number,
            "token": self.tokens.action(registrar, event_id=event.id, action_id=action.id),
            "request": self.writer.request_body(event, action, number),
        }

    def _registrar(self) -> Principal:
        return Principal(
            subject=self.world.new_id("registrar"),
            user_type="user",
            role=self.role,
            scope_texts=tuple(self.scopes),
            event_id=None,
            action_id=None,
            token="",
        )

    def _answered(self, verdict: Verdict) -> ActionsService:
        """The actions service with a hook that has been answered so."""
        answer = HookAnswer(verdict=verdict)
        return ActionsService(
            store=self.store, world=self.world, country=self.country, hook=lambda *_: answer
        )

    def _transaction(self) -> str:
        return self.world.new_id("opened")

    def _numbered(self, given: JSONObject) -> JSONObject:
        return {**given, "transactionId": self._transaction()}
