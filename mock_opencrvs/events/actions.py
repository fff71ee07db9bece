"""The triple of every action: request (with the hook), accept and reject. No Flask.

Source: opencrvs-core packages/events/src/router/event/actions/index.ts and service/events/events.ts.
"""

from __future__ import annotations

from collections.abc import Mapping
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


class ActionsService:
    """Requests, accepts and rejects actions of one type at a time; ``hook`` tells the country
    configuration.
    """

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
            return self._answer(event.id, requested, "Rejected", author, keep=keep)[0]
        body = _hook_body(requested.type, answer.body)
        keep = bool(wanted.get("keepAssignment") or wanted.get("keepAssignmentIfAccepted"))
        changed, added = self._answer(event.id, requested, "Accepted", author, body=body, keep=keep)
        if added and requested.type == "REGISTER":
            self._world.tell_effect("registered", action=requested.id, event=event.id, by="hook")
        return changed

    # -- the answers that come later -------------------------------------------------------------------------

    def accept(self, action_type: str, principal: Principal, given: JSON) -> Event:
        """``event.actions.<action>.accept``: idempotent by action id; nothing but the token is checked."""
        wanted = inputs.accept_form(action_type).read(given)
        with self._store.transaction():
            event, requested = self._asked_for(principal, wanted, unknown="NOT_FOUND")
            answered = event.confirmation(requested.id)
            if answered is not None and answered.status == "Rejected":
                raise TrpcError("BAD_REQUEST", ALREADY_REJECTED)
            if answered is not None:
                return event
            changed, added = self._answer(
                event.id,
                requested,
                "Accepted",
                self._author(principal, requested),
                body=wanted,
                action_type=action_type,
                transaction_id=cast("str", wanted["transactionId"]),
                keep=bool(wanted.get("keepAssignment")),
            )
        if added:
            self._world.tell_effect("accept-took-effect", action=requested.id, event=event.id)
        return changed

    def reject(self, action_type: str, principal: Principal, given: JSON) -> Event:
        """``event.actions.<action>.reject``: has no reason; the refusals are plain errors, so they end as
        500.
        """
        wanted = inputs.REJECT.read(given)
        with self._store.transaction():
            event, requested = self._asked_for(principal, wanted, unknown="INTERNAL_SERVER_ERROR")
            answered = event.confirmation(requested.id)
            if answered is not None and answered.status == "Accepted":
                raise TrpcError("INTERNAL_SERVER_ERROR", ALREADY_ACCEPTED)
            if answered is not None:
                return event
            changed, added = self._answer(
                event.id,
                requested,
                "Rejected",
                self._author(principal, requested),
                action_type=action_type,
                transaction_id=cast("str", wanted["transactionId"]),
                keep=bool(wanted.get("keepAssignment")),
                bare=True,
            )
        if added:
            self._world.tell_effect("reject-took-effect", action=requested.id, event=event.id)
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

    def _answer(
        self,
        event_id: str,
        requested: Action,
        status: ActionStatus,
        author: Author,
        *,
        keep: bool,
        body: Mapping[str, JSON] | None = None,
        action_type: str | None = None,
        transaction_id: str | None = None,
        bare: bool = False,
    ) -> tuple[Event, bool]:
        """Append the answer to a request, and the UNASSIGN that follows it; returns whether anything was
        added.
        """
        said = body or {}
        number = said.get("registrationNumber")
        entry = Action(
            id=self._world.new_id("answer"),
            type=action_type or requested.type,
            status=status,
            transaction_id=transaction_id or requested.transaction_id,
            created_at=self._world.now(),
            author=author,
            declaration=None if bare else cast("JSONObject", said.get("declaration") or {}),
            annotation=said.get("annotation"),
            original_action_id=requested.id,
            extra={"registrationNumber": number} if isinstance(number, str) else {},
        )
        with self._store.transaction():
            try:
                event, added = self._store.append(event_id, entry)
            except DuplicateNumberError as problem:
                raise TrpcError("INTERNAL_SERVER_ERROR", str(problem)) from problem
            if not keep and author.user_type == "user":
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
    """The members of a 200 that count. Raises INTERNAL_SERVER_ERROR for a wrong shape; the row stays
    Requested.
    """
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
