"""Making, reading, finding and assigning records. No Flask.

Source: opencrvs-core packages/events/src/router/event/index.ts and service/events/events.ts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from mock_opencrvs.auth.tokens import Principal
from mock_opencrvs.events import access, aggregate, inputs, search
from mock_opencrvs.events.errors import TrpcError
from mock_opencrvs.events.forms import Form
from mock_opencrvs.events.model import Action, Author, Event
from mock_opencrvs.events.state import EventStore
from mock_opencrvs.values import JSON, JSONObject
from mock_opencrvs.world import World

SEARCH_LIMIT = 100


@dataclass(frozen=True, kw_only=True)
class Country:
    """What core knows from the country configuration: forms per kind of record, and places.

    ``dates``: in which field of such a form the day is on which it happened.
    """

    forms: Mapping[str, Form]
    dates: Mapping[str, str]
    office: str
    locations: frozenset[str]


class EventsService:
    """Records as a whole; what happens to their actions is in ``actions``."""

    def __init__(self, *, store: EventStore, world: World, country: Country) -> None:
        self._store = store
        self._world = world
        self._country = country

    def create(self, principal: Principal, given: JSON) -> Event:
        """``event.create``: idempotent on transaction id and type; a user gets the record assigned."""
        held = access.require_any_scope(principal, ["record.create"])
        wanted = inputs.CREATE.read(given)
        kind, transaction_id = cast("str", wanted["type"]), cast("str", wanted["transactionId"])
        if kind not in self._country.forms:
            raise TrpcError("BAD_REQUEST", f"No configuration found for event type: {kind}")
        if not any(scope.covers(kind) for scope in held):
            raise TrpcError("FORBIDDEN")
        author = author_of(principal, wanted.get("createdAtLocation"), self._country)
        with self._store.transaction():
            event = self._store.find_created(transaction_id, kind) or self._new(author, kind, transaction_id)
        self._world.tell_keys(weak={"event": event.id, "tracking": event.tracking_id})
        return event

    def get(self, principal: Principal, given: JSON) -> Event:
        """``event.get``: the record, with the READ entry that this very call appends."""
        held = access.require_any_scope(principal, ["record.read"])
        event_id = cast("str", inputs.GET.read(given)["eventId"])
        event = access.require_access(principal, event_id, self._store.get(event_id), held)
        author = Author(id=principal.subject, user_type=principal.user_type, role=principal.role)
        read = self._entry("READ", self._world.new_id("read-transaction"), author)
        return self._store.append(event.id, read)[0]

    def search(self, principal: Principal, given: JSON) -> JSONObject:
        """``event.search``: what the scopes cover, past CREATED, newest change first."""
        held = access.require_any_scope(principal, ["record.search"])
        wanted = inputs.SEARCH.read(given)
        indexed = [
            entry
            for event in self._store.all()
            if any(scope.covers(event.type) for scope in held)
            and (entry := self._entry_of(event))["status"] != "CREATED"
        ]
        found = [entry for entry in indexed if search.matches(wanted["query"], entry)]
        found.sort(key=lambda entry: str(entry["updatedAt"]), reverse=True)
        start, limit = _count(wanted.get("offset"), 0), _count(wanted.get("limit"), SEARCH_LIMIT)
        return {"results": list[JSON](found[start : start + limit]), "total": len(found)}

    def _entry_of(self, event: Event) -> JSONObject:
        return aggregate.index_entry(event, self._country.dates.get(event.type))

    def assign(self, principal: Principal, given: JSON) -> Event:
        """``event.actions.assignment.assign``: to oneself or another user, when nobody else has it."""
        wanted = inputs.ASSIGN.read(given)
        event, author = self._for_assignment(principal, wanted)
        user, assignee = cast("str", wanted["assignedTo"]), aggregate.assigned_to(event)
        if assignee not in (None, user):
            raise TrpcError("CONFLICT", "Event is already assigned to another user")
        if assignee == user:
            return event
        entry = self._entry("ASSIGN", cast("str", wanted["transactionId"]), author, {"assignedTo": user})
        return self._store.append(event.id, entry)[0]

    def unassign(self, principal: Principal, given: JSON) -> Event:
        """``event.actions.assignment.unassign``: one's own assignment."""
        wanted = inputs.UNASSIGN.read(given)
        event, author = self._for_assignment(principal, wanted)
        if aggregate.assigned_to(event) is None:
            return event
        access.require_assignment(principal, event)
        entry = self._entry("UNASSIGN", cast("str", wanted["transactionId"]), author, {"assignedTo": None})
        return self._store.append(event.id, entry)[0]

    def _for_assignment(self, principal: Principal, wanted: Mapping[str, JSON]) -> tuple[Event, Author]:
        if principal.is_system:
            raise TrpcError("FORBIDDEN")
        event_id = cast("str", wanted["eventId"])
        held = access.require_any_scope(principal, ["record.read", "record.declare", "record.register"])
        event = access.require_access(principal, event_id, self._store.get(event_id), held)
        return event, author_of(principal, None, self._country)

    def _new(self, author: Author, kind: str, transaction_id: str) -> Event:
        event_id, tracking_id = self._world.new_event(transaction_id)
        created = self._entry("CREATE", transaction_id, author)
        log = [created]
        if author.user_type == "user":
            log.append(self._entry("ASSIGN", transaction_id, author, {"assignedTo": author.id}))
        event = Event(
            id=event_id,
            type=kind,
            tracking_id=tracking_id,
            transaction_id=transaction_id,
            created_at=created.created_at,
            updated_at=created.created_at,
            actions=tuple(log),
        )
        return self._store.add_event(event, owner=self._world.owner())

    def _entry(
        self, kind: str, transaction_id: str, author: Author, extra: Mapping[str, JSON] | None = None
    ) -> Action:
        return Action(
            id=self._world.new_id("entry"),
            type=kind,
            status="Accepted",
            transaction_id=transaction_id,
            created_at=self._world.now(),
            author=author,
            extra=extra or {},
        )


def author_of(principal: Principal, location: JSON, country: Country) -> Author:
    """Who writes an entry, and where. Raises BAD_REQUEST for a location that may not or must be given."""
    place = access.require_location(principal, location, office=country.office, known=country.locations)
    return Author(id=principal.subject, user_type=principal.user_type, role=principal.role, location=place)


def _count(value: JSON, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default
