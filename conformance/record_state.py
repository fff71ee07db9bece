"""What an event document of OpenCRVS amounts to: status, flags and declaration, by its actions.

Worked out here and not asked of the party, so that a record is judged by what was really written.
Source: opencrvs/opencrvs-core: packages/commons/src/events/state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conformance.jsontypes import JSON, items, mapping

_STATUS = {
    "CREATE": "CREATED",
    "NOTIFY": "NOTIFIED",
    "DECLARE": "DECLARED",
    "REGISTER": "REGISTERED",
    "ARCHIVE": "ARCHIVED",
}
_CORRECTIONS = ("REQUEST_CORRECTION", "APPROVE_CORRECTION", "REJECT_CORRECTION")
_REVOCATIONS = ("REVOKE_REGISTRATION", "REINSTATE_REVOKE_REGISTRATION")
_UNREAD = ("READ", "ASSIGN", "UNASSIGN")


@dataclass(frozen=True, kw_only=True)
class RecordState:
    """``status`` as REGISTERED, ``flags`` as register:requested, ``declaration`` by form field."""

    status: str
    flags: tuple[str, ...]
    registration_number: str | None
    declaration: Mapping[str, JSON] = field(repr=False)


def record_state(document: Mapping[str, JSON]) -> RecordState:
    """The state of an event document."""
    actions = [mapping(each) for each in items(document.get("actions"))]
    accepted = [each for each in actions if each.get("status") == "Accepted"]
    status = [_STATUS[str(each.get("type"))] for each in accepted if str(each.get("type")) in _STATUS]
    numbers = [str(each["registrationNumber"]) for each in accepted if each.get("registrationNumber")]
    return RecordState(
        status=status[-1] if status else "",
        flags=_flags(actions),
        registration_number=numbers[-1] if numbers else None,
        declaration=_declaration(actions, accepted),
    )


def asked_for(document: Mapping[str, JSON], action_id: str, *, without: bool = False) -> RecordState:
    """What the record said when an action was asked for, with what that action brings, or ``without`` it.

    Nothing later counts. The state as it is where the document has no such action.
    """
    actions = [mapping(each) for each in items(document.get("actions"))]
    places = [place for place, each in enumerate(actions) if each.get("id") == action_id]
    if not places:
        return record_state(document)
    asked: Mapping[str, JSON] = {**actions[places[0]], "status": "Accepted"}
    counted = actions[: places[0]] if without else [*actions[: places[0]], asked]
    return record_state({"actions": [dict(each) for each in counted]})


def _flags(actions: Sequence[Mapping[str, JSON]]) -> tuple[str, ...]:
    latest = {str(each.get("type")): str(each.get("status")) for each in actions}
    found = [
        f"{kind.lower()}:{state.lower()}"
        for kind, state in latest.items()
        if state in ("Requested", "Rejected") and kind not in _UNREAD
    ]
    accepted = [each for each in actions if each.get("status") == "Accepted"]
    corrections = [each.get("type") for each in accepted if each.get("type") in _CORRECTIONS]
    revocations = [
        each.get("customActionType") for each in accepted if each.get("customActionType") in _REVOCATIONS
    ]
    found += ["correction-requested"] if corrections[-1:] == [_CORRECTIONS[0]] else []
    found += ["revoked"] if revocations[-1:] == [_REVOCATIONS[0]] else []
    return tuple(sorted(found))


def _declaration(
    actions: Sequence[Mapping[str, JSON]], accepted: Sequence[Mapping[str, JSON]]
) -> Mapping[str, JSON]:
    by_id = {str(each.get("id")): each for each in actions}
    merged: dict[str, JSON] = {}
    for each in accepted:
        if each.get("type") == _CORRECTIONS[0]:
            continue  # it counts with its approval
        if each.get("type") == _CORRECTIONS[1]:
            merged.update(_corrected(by_id, each))
        original = by_id.get(str(each.get("originalActionId")))
        if original is not None:
            merged.update(mapping(original.get("declaration")))
        merged.update(mapping(each.get("declaration")))
    return {name: value for name, value in merged.items() if value is not None}


def _corrected(by_id: Mapping[str, Mapping[str, JSON]], approval: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """What was asked to be corrected, whichever of the request's two entries the approval names."""
    named = by_id.get(str(approval.get("requestId")), {})
    asked = by_id.get(str(named.get("originalActionId")), named)
    return mapping(asked.get("declaration"))
