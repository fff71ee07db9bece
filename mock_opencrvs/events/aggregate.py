"""What a log of actions amounts to: status, flags, declaration, assignment, the index entry. Pure functions.

Source: opencrvs-core packages/commons/src/events/{utils.ts,state/*}.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_opencrvs.events.model import META_TYPES, STATUS_OF_TYPE, Action, Event
from mock_opencrvs.values import JSON, JSONObject

AVAILABLE = {
    "CREATED": ("READ", "DECLARE", "NOTIFY", "DELETE", "CUSTOM"),
    "NOTIFIED": ("READ", "EDIT", "MARK_AS_DUPLICATE", "ARCHIVE", "REJECT", "CUSTOM"),
    "DECLARED": ("READ", "REGISTER", "MARK_AS_DUPLICATE", "ARCHIVE", "REJECT", "CUSTOM", "EDIT"),
    "REGISTERED": (
        "READ",
        "PRINT_CERTIFICATE",
        "REQUEST_CORRECTION",
        "APPROVE_CORRECTION",
        "REJECT_CORRECTION",
        "CUSTOM",
        "REVIEW_CORRECTION_REQUEST",
    ),
    "ARCHIVED": ("READ", "CUSTOM"),
}
BARRED_WHILE_REQUESTED = frozenset(
    {
        "PRINT_CERTIFICATE",
        "REQUEST_CORRECTION",
        "REVIEW_CORRECTION_REQUEST",
        "APPROVE_CORRECTION",
        "REJECT_CORRECTION",
        "MARK_AS_DUPLICATE",
        "EDIT",
        "REGISTER",
        "REJECT",
        "ARCHIVE",
        "CUSTOM",
    }
)
NEEDS_CORRECTION_REQUEST = frozenset({"REVIEW_CORRECTION_REQUEST", "APPROVE_CORRECTION", "REJECT_CORRECTION"})
CORRECTIONS = frozenset({"REQUEST_CORRECTION", "APPROVE_CORRECTION", "REJECT_CORRECTION"})
NEEDS_POTENTIAL_DUPLICATE = frozenset({"MARK_AS_DUPLICATE"})


REVOKED_BY, REINSTATED_BY = "REVOKE_REGISTRATION", "REINSTATE_REVOKE_REGISTRATION"
"""Custom actions of the country configuration, which raise and lower a flag of its own."""


class PendingActionError(LookupError):
    """There is not exactly one Requested entry without an answer."""


def status(event: Event) -> str:
    """CREATED, NOTIFIED, DECLARED, REGISTERED or ARCHIVED: the last Accepted entry of those types decides."""
    accepted = [
        each.type for each in event.actions if each.status == "Accepted" and each.type in STATUS_OF_TYPE
    ]
    return STATUS_OF_TYPE[accepted[-1]] if accepted else "CREATED"


def flags(event: Event) -> list[str]:
    """``<type>:requested|rejected`` by the latest entry of each type, ``incomplete``, ``rejected``."""
    relevant = [each for each in event.actions if each.type not in META_TYPES]
    latest = {each.type: each.status for each in relevant}
    found = [f"{kind}:{state}".lower() for kind, state in latest.items() if state != "Accepted"]
    if status(event) == "NOTIFIED":
        found.append("incomplete")
    if relevant and relevant[-1].type == "REJECT" and relevant[-1].status == "Accepted":
        found.append("rejected")
    return found + _raised(relevant)


def _raised(relevant: list[Action]) -> list[str]:
    """``correction-requested`` until it is approved or rejected, ``revoked`` until it is reinstated."""
    settled = [each for each in relevant if each.status == "Accepted"]
    corrections = [each.type for each in settled if each.type in CORRECTIONS]
    customs = [each.extra.get("customActionType") for each in settled if each.type == "CUSTOM"]
    revocations = [each for each in customs if each in (REVOKED_BY, REINSTATED_BY)]
    return [
        *(["correction-requested"] if corrections[-1:] == ["REQUEST_CORRECTION"] else []),
        *(["revoked"] if revocations[-1:] == [REVOKED_BY] else []),
    ]


def available_actions(event: Event) -> list[str]:
    """What may be requested now (opencrvs-core packages/commons/src/events/state/availableActions.ts)."""
    raised = flags(event)
    waiting = any(flag.endswith(":requested") for flag in raised)
    base = (
        ("READ", "NOTIFY", "CUSTOM", "EDIT", "ARCHIVE") if "rejected" in raised else AVAILABLE[status(event)]
    )
    needed = NEEDS_POTENTIAL_DUPLICATE
    if "correction-requested" not in raised:
        needed |= NEEDS_CORRECTION_REQUEST
    return [kind for kind in base if not (waiting and kind in BARRED_WHILE_REQUESTED) and kind not in needed]


def declaration(event: Event) -> JSONObject:
    """Accepted data merged in order, a request's before its answer's; nulls are dropped last.

    What is to be corrected counts with its approval, not before.
    """
    merged: dict[str, JSON] = {}
    for each in event.actions:
        if each.status != "Accepted" or each.type == "REQUEST_CORRECTION":
            continue
        correction = correction_request(event, each) if each.type == "APPROVE_CORRECTION" else None
        if correction is not None:
            merged.update(correction.declaration or {})
        requested = event.action(each.original_action_id) if each.original_action_id else None
        if requested is not None:
            merged.update(requested.declaration or {})
        merged.update(each.declaration or {})
    return {name: value for name, value in merged.items() if value is not None}


def correction_request(event: Event, approval: Action) -> Action | None:
    """The Requested entry of the correction that is approved or rejected, by either of its entries' ids."""
    found = event.action(str(approval.extra.get("requestId")))
    if found is not None and found.original_action_id is not None:
        found = event.action(found.original_action_id)
    return found if found is not None and found.type == "REQUEST_CORRECTION" else None


def assigned_to(event: Event) -> str | None:
    """The user the record is assigned to, or None."""
    last = next((each for each in reversed(event.actions) if each.type in ("ASSIGN", "UNASSIGN")), None)
    if last is None or last.type == "UNASSIGN":
        return None
    user = last.extra.get("assignedTo")
    return user if isinstance(user, str) else None


def pending_action(event: Event) -> Action:
    """The one Requested entry without an answer. Raises PendingActionError unless it is one."""
    pending = [
        each for each in event.actions if each.status == "Requested" and event.confirmation(each.id) is None
    ]
    if len(pending) != 1:
        found = ", ".join(each.id for each in pending)
        raise PendingActionError(f"Expected exactly one pending action, but found {found}")
    return pending[0]


def registration_number(event: Event) -> str | None:
    """The number the record was registered under, or None."""
    numbers = [each.registration_number for each in _accepted(event, "REGISTER")]
    return numbers[-1] if numbers else None


def index_entry(event: Event, field: str | None) -> JSONObject:
    """The record as search returns it (``getCurrentEventState``); ``field`` holds the day it happened."""
    data = declaration(event)
    created = event.actions[0] if event.actions else None
    changes = [each for each in event.actions if each.type not in META_TYPES]
    return {
        "id": event.id,
        "type": event.type,
        "status": status(event),
        "trackingId": event.tracking_id,
        "legalStatuses": _legal_statuses(event),
        "dateOfEvent": (data.get(field) if field else None) or event.created_at[:10],
        "placeOfEvent": created.author.location if created else None,
        "assignedTo": assigned_to(event),
        "flags": list(flags(event)),
        "potentialDuplicates": [],
        "declaration": data,
        "createdAt": event.created_at,
        "createdBy": created.author.id if created else None,
        "createdByUserType": created.author.user_type if created else None,
        "createdAtLocation": created.author.location if created else None,
        "updatedAt": changes[-1].created_at if changes else event.updated_at,
        "updatedBy": changes[-1].author.id if changes else None,
    }


def _accepted(event: Event, kind: str) -> Iterable[Action]:
    return [each for each in event.actions if each.type == kind and each.status == "Accepted"]


def _legal_statuses(event: Event) -> JSONObject:
    statuses: JSONObject = {}
    for kind, name in (("DECLARE", "DECLARED"), ("REGISTER", "REGISTERED")):
        for accepted in _accepted(event, kind):
            asked = event.action(accepted.original_action_id or "") or accepted
            entry: JSONObject = {
                "createdAt": asked.created_at,
                "createdBy": asked.author.id,
                "createdByUserType": asked.author.user_type,
                "createdByRole": asked.author.role,
                "createdAtLocation": asked.author.location,
                "acceptedAt": accepted.created_at,
            }
            if kind == "REGISTER":
                entry["registrationNumber"] = accepted.registration_number
            statuses[name] = entry
    return statuses
