"""Who may do what: scopes per action, and the rules of location and assignment.

Source: opencrvs-core packages/events/src/router/middleware/authorization/index.ts.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_opencrvs.auth.scopes import CONFIRM, REJECT, Scope, of_types
from mock_opencrvs.auth.tokens import Principal
from mock_opencrvs.events.aggregate import assigned_to
from mock_opencrvs.events.errors import EventNotFoundError, TrpcError
from mock_opencrvs.events.model import Event
from mock_opencrvs.values import JSON

REQUEST_SCOPES = {
    "DECLARE": ("record.declare", "record.register"),
    "REGISTER": ("record.register",),
    "ARCHIVE": ("record.archive",),
    "REQUEST_CORRECTION": ("record.request-correction", "record.correct"),
    "APPROVE_CORRECTION": ("record.correct",),
    "REJECT_CORRECTION": ("record.correct",),
    "CUSTOM": ("record.custom-action",),
}
USERS_ONLY = frozenset({"DECLARE", "REGISTER", "ARCHIVE"})

MISSING_SCOPES = "Missing required scopes for action confirmation"
MISSING_CLAIMS = "Missing required claims for action confirmation"
OTHER_EVENT = "Token does not grant access to this event"
NOT_ASSIGNED = "You are not assigned to this event"
SYSTEM_ON_ASSIGNED = "System user can not perform action on assigned event"
LOCATION_NEEDED = "createdAtLocation is required and must be a valid location id"
LOCATION_UNKNOWN = "createdAtLocation must be a valid location id"
LOCATION_BARRED = "createdAtLocation is not allowed for non-system users"


def require_any_scope(principal: Principal, types: Iterable[str]) -> tuple[Scope, ...]:
    """The principal's scopes of those types. Raises FORBIDDEN when there is none."""
    held = of_types(principal.scopes, types)
    if not held:
        raise TrpcError("FORBIDDEN")
    return held


def require_access(principal: Principal, event_id: str, event: Event | None, held: Iterable[Scope]) -> Event:
    """The record, if the token is not bound to another and a scope covers its type.

    Raises FORBIDDEN for a token of another record, NOT_FOUND for a record that is not there or not covered.
    """
    if principal.event_id is not None and principal.event_id != event_id:
        raise TrpcError("FORBIDDEN", OTHER_EVENT)
    if event is None or not any(scope.covers(event.type) for scope in held):
        raise EventNotFoundError(event_id)
    return event


def require_user(principal: Principal, action_type: str) -> None:
    """Declaring, registering and archiving is for users. Raises FORBIDDEN for a system client."""
    if principal.is_system and action_type in USERS_ONLY:
        raise TrpcError("FORBIDDEN")


def require_assignment(principal: Principal, event: Event) -> None:
    """A user must be assigned; a system client may not touch an assigned record. Raises CONFLICT."""
    assignee = assigned_to(event)
    if principal.is_system and assignee is not None:
        raise TrpcError("CONFLICT", SYSTEM_ON_ASSIGNED)
    if not principal.is_system and assignee != principal.subject:
        raise TrpcError("CONFLICT", NOT_ASSIGNED)


def require_location(principal: Principal, given: JSON, *, office: str, known: frozenset[str]) -> str:
    """A user's own office, or the place a system client names. Raises BAD_REQUEST."""
    if not principal.is_system:
        if given is not None:
            raise TrpcError("BAD_REQUEST", LOCATION_BARRED)
        return office
    if not isinstance(given, str):
        raise TrpcError("BAD_REQUEST", LOCATION_NEEDED)
    if given not in known:
        raise TrpcError("BAD_REQUEST", LOCATION_UNKNOWN)
    return given


def require_confirmation(principal: Principal, *, event_id: str, action_id: str) -> None:
    """The token must be the one that was made for this very action. Raises FORBIDDEN."""
    types = {scope.type for scope in principal.scopes}
    if not {CONFIRM, REJECT} <= types:
        raise TrpcError("FORBIDDEN", MISSING_SCOPES)
    if principal.event_id is None or principal.action_id is None:
        raise TrpcError("FORBIDDEN", MISSING_CLAIMS)
    if (principal.event_id, principal.action_id) != (event_id, action_id):
        raise TrpcError("FORBIDDEN")
