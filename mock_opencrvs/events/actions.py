"""The triple of every action: request (with the hook), accept and reject. No Flask.

Source: opencrvs-core packages/events/src/router/event/actions/index.ts and service/events/events.ts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from mock_opencrvs.auth.tokens import Principal
from mock_opencrvs.events import access, aggregate, forms, inputs
from mock_opencrvs.events.errors import EventNotFoundError, TrpcError
from mock_opencrvs.events.hook import HookAnswer, HookCall
from mock_opencrvs.events.model import Action, ActionStatus, Author, Event
from mock_opencrvs.events.service import Country, author_of
from mock_opencrvs.events.state import DuplicateNumberError, EventStore
from mock_opencrvs.values import JSON, JSONObject
from mock_opencrvs.world import World

ACTION_UNKNOWN = "Action not found."
ALREADY_ACCEPTED = "Action has already been accepted."
ALREADY_REJECTED = "Action has already been rejected."
HOOK_FAILED = "Unexpected failure from country config action confirmation API"
HOOK_INVALID = "Invalid payload received from country config action confirmation API"
CALLED_AGAIN = frozenset({"DECLARE", "CUSTOM"})


@dataclass(frozen=True, kw_only=True)
class Settling:
    """How accept and reject differ.

    ``unknown`` is the code for an action that is not there, ``too_late`` code and message after the opposite
    answer. Reject throws plain errors in core, so its refusals end as 500.
    """

    status: ActionStatus
    unknown: str
    too_late: tuple[str, str]
    effect: str


ACCEPT = Settling(
    status="Accepted",
    unknown="NOT_FOUND",
    too_late=("BAD_REQUEST", ALREADY_REJECTED),
    effect="accept-took-effect",
)
REJECT = Settling(
    status="Rejected",
    unknown="INTERNAL_SERVER_ERROR",
    too_late=("INTERNAL_SERVER_ERROR", ALREADY_ACCEPTED),
    effect="reject-took-effect",
)


class ActionsService:
    """Requests, accepts and rejects actions; ``hook`` tells the country configuration."""

    def __init__(self, *, store: EventStore, world: World, country: Country, hook: HookCall) -> None:
        self._store = store
        self._world = world
        self._country = country
        self._hook = hook

    # -- request ---------------------------------------------------------------------------------------------

    def request(self, action_type: str, principal: Principal, given: JSON) -> Event:
        """``event.actions.<action>.request``: store it as Requested, call the hook, act on the answer."""
        access.require_user(principal, action_type)
        held = access.require_any_scope(principal, access.REQUEST_SCOPES[action_type])
        event_id = cast("str", inputs.RECORD.read(given)["eventId"])
        event = access.require_access(principal, event_id, self._store.get(event_id), held)
        wanted = inputs.request_form(action_type).read(given)
        author = author_of(principal, wanted.get("createdAtLocation"), self._country)
        with self._store.transaction():
            event = self._store.get(event.id) or event
            access.require_assignment(principal, event)
            known = event.latest(cast("str", wanted["transactionId"]), action_type)
            if known is None:
                event, requested = self._store_request(action_type, author, event, wanted)
            elif action_type in CALLED_AGAIN and known.status == "Requested":
                requested = known
            else:
                return event
        self._world.tell_keys(strong={"action": requested.id}, weak={"tracking": event.tracking_id})
        return self._finish(event, requested, author, wanted, self._hook(event, requested, principal))

    def _store_request(
        self, action_type: str, author: Author, event: Event, wanted: Mapping[str, JSON]
    ) -> tuple[Event, Action]:
        update = cast("JSONObject", wanted.get("declaration") or {})
        forms.check(self._country.forms[event.type], update, aggregate.declaration(event))
        allowed = aggregate.available_actions(event)
        if action_type not in allowed:
            raise TrpcError("CONFLICT", _not_now(action_type, event, allowed))
        own = inputs.own_members(action_type, wanted)
        if "requestId" in own and event.action(str(own["requestId"])) is None:
            raise TrpcError("NOT_FOUND", ACTION_UNKNOWN)
        taken = {each.id for each in event.actions}
        requested = Action(
            id=self._world.new_action_id(event.id, action_type, taken=taken),
            type=action_type,
            status="Requested",
            transaction_id=cast("str", wanted["transactionId"]),
            created_at=self._world.now(),
            author=author,
            declaration=update,
            annotation=wanted.get("annotation"),
            extra=own,
        )
        event, _ = self._store.append(event.id, requested)
        try:
            return event, aggregate.pending_action(event)
        except aggregate.PendingActionError as problem:
            raise TrpcError("INTERNAL_SERVER_ERROR", str(problem)) from problem

    def _finish(
        self, event: Event, requested: Action, author: Author, wanted: Mapping[str, JSON], answer: HookAnswer
    ) -> Event:
        if answer.verdict == "failed":
            raise TrpcError("INTERNAL_SERVER_ERROR", HOOK_FAILED)
        if answer.verdict == "processing":
            return event
        if answer.verdict == "rejected":
            keep = bool(wanted.get("keepAssignment") or wanted.get("keepAssignmentIfRejected"))
            return self._append(event.id, self._entry(requested, "Rejected", author, {}), keep=keep)[0]
        body = _hook_body(requested.type, answer.body)
        keep = bool(wanted.get("keepAssignment") or wanted.get("keepAssignmentIfAccepted"))
        changed, added = self._append(event.id, self._entry(requested, "Accepted", author, body), keep=keep)
        if added and requested.type != "DECLARE":
            effect = "registered" if requested.type == "REGISTER" else ACCEPT.effect
            self._world.tell_effect(effect, action=requested.id, event=event.id, by="hook")
        return changed

    # -- the answers that come later --------------------------------------------------------------------

    def accept(self, action_type: str, principal: Principal, given: JSON) -> Event:
        """``event.actions.<action>.accept``: idempotent by action id; nothing but the token is checked."""
        return self._settle(ACCEPT, action_type, principal, inputs.accept_form(action_type).read(given))

    def reject(self, action_type: str, principal: Principal, given: JSON) -> Event:
        """``event.actions.<action>.reject``: takes no reason, and its entry has no declaration."""
        return self._settle(REJECT, action_type, principal, inputs.REJECT.read(given))

    def _settle(self, way: Settling, action_type: str, principal: Principal, wanted: JSONObject) -> Event:
        with self._store.transaction():
            event, requested = self._asked_for(principal, wanted, unknown=way.unknown)
            answered = event.confirmation(requested.id)
            if answered is not None and answered.status != way.status:
                raise TrpcError(*way.too_late)
            if answered is not None:
                return event
            entry = replace(
                self._entry(requested, way.status, self._author(principal, requested), wanted),
                type=action_type,
                transaction_id=cast("str", wanted["transactionId"]),
            )
            if way.status == "Rejected":
                entry = replace(entry, declaration=None)
            changed, added = self._append(event.id, entry, keep=bool(wanted.get("keepAssignment")))
        if added:
            self._world.tell_effect(way.effect, action=requested.id, event=event.id)
        return changed

    def _asked_for(
        self, principal: Principal, wanted: Mapping[str, JSON], *, unknown: str
    ) -> tuple[Event, Action]:
        event_id, action_id = cast("str", wanted["eventId"]), cast("str", wanted["actionId"])
        access.require_confirmation(principal, event_id=event_id, action_id=action_id)
        event = self._store.get(event_id)
        if event is None:
            raise EventNotFoundError(event_id)
        requested = event.action(action_id)
        if requested is None:
            raise TrpcError(unknown, ACTION_UNKNOWN)
        return event, requested

    def _author(self, principal: Principal, requested: Action) -> Author:
        place = None if principal.is_system else self._country.office
        role = principal.role or (requested.author.role if principal.subject == requested.author.id else None)
        return Author(id=principal.subject, user_type=principal.user_type, role=role, location=place)

    def _entry(
        self, requested: Action, status: ActionStatus, author: Author, said: Mapping[str, JSON]
    ) -> Action:
        """The answer to a request, under the request's type and transaction id."""
        number = said.get("registrationNumber")
        return Action(
            id=self._world.new_id("answer"),
            type=requested.type,
            status=status,
            transaction_id=requested.transaction_id,
            created_at=self._world.now(),
            author=author,
            declaration=cast("JSONObject", said.get("declaration") or {}),
            annotation=said.get("annotation"),
            original_action_id=requested.id,
            extra={**requested.extra, **({"registrationNumber": number} if isinstance(number, str) else {})},
        )

    def _append(self, event_id: str, entry: Action, *, keep: bool) -> tuple[Event, bool]:
        """Append an answer and the UNASSIGN that follows it; returns whether the answer was added."""
        with self._store.transaction():
            try:
                event, added = self._store.append(event_id, entry)
            except DuplicateNumberError as problem:
                raise TrpcError("INTERNAL_SERVER_ERROR", str(problem)) from problem
            if not keep and entry.author.user_type == "user":
                event, _ = self._store.append(event_id, self._unassign(entry))
        return event, added

    def _unassign(self, after: Action) -> Action:
        return Action(
            id=self._world.new_id("entry"),
            type="UNASSIGN",
            status="Accepted",
            transaction_id=after.transaction_id,
            created_at=after.created_at,
            author=after.author,
            extra={"assignedTo": None},
        )


def _hook_body(action_type: str, body: JSONObject) -> JSONObject:
    """The members of a 200 that count. Raises INTERNAL_SERVER_ERROR for a wrong shape."""
    number_is_wrong = action_type == "REGISTER" and not isinstance(body.get("registrationNumber"), str)
    parts = [body[name] for name in ("declaration", "annotation") if name in body]
    if number_is_wrong or not all(isinstance(part, dict) for part in parts):
        raise TrpcError("INTERNAL_SERVER_ERROR", HOOK_INVALID)
    kept = (
        ("declaration", "annotation", "registrationNumber")
        if action_type == "REGISTER"
        else ("declaration", "annotation")
    )
    return {name: body[name] for name in kept if name in body}


def _not_now(action_type: str, event: Event, allowed: list[str]) -> str:
    raised = ", ".join(aggregate.flags(event))
    return (
        f"Action '{action_type}' cannot be performed on an event in '{aggregate.status(event)}' state"
        f" with [{raised}] flags. Available actions: {', '.join(allowed)}."
    )
