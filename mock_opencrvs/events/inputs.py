"""What each procedure takes, checked as zod 4 checks it (opencrvs-core: ActionInput.ts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mock_opencrvs.events.errors import InputError, Issue
from mock_opencrvs.values import JSON, JSONObject, is_uuid

Kind = Literal["uuid", "string", "boolean", "object", "array", "number"]
UNDEFINED = "undefined"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One member of an input; ``nullable`` ones take null as well, ``equals`` fixes the only text."""

    name: str
    kind: Kind
    required: bool = False
    nullable: bool = False
    equals: str | None = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """The form of an input object. A strict one refuses members it does not know, another strips them."""

    fields: Sequence[Field]
    strict: bool = False

    def read(self, value: JSON) -> JSONObject:
        """The known members of ``value``. Raises InputError listing everything that is wrong."""
        if not isinstance(value, dict):
            raise InputError([_wrong_type([], "object", value, missing=value is None)])
        issues = [issue for field in self.fields for issue in _issues(field, value)]
        known = {field.name for field in self.fields}
        if self.strict and (unknown := [name for name in value if name not in known]):
            issues.append(_unknown(unknown))
        if issues:
            raise InputError(issues)
        return {name: value[name] for name in known if name in value}


def _issues(field: Field, value: Mapping[str, JSON]) -> list[Issue]:
    if field.name not in value:
        return [_wrong_type([field.name], _word(field.kind), None, missing=True)] if field.required else []
    found = value[field.name]
    if found is None and field.nullable:
        return []
    if _type_name(found) != _word(field.kind):
        return [_wrong_type([field.name], _word(field.kind), found)]
    if field.kind == "uuid" and not is_uuid(found):
        return [Issue(code="invalid_format", path=[field.name], message="Invalid UUID")]
    if field.equals is not None and found != field.equals:
        wanted = f'Invalid input: expected "{field.equals}"'
        return [Issue(code="invalid_value", path=[field.name], message=wanted)]
    return []


def _word(kind: Kind) -> str:
    return {"uuid": "string", "object": "record"}.get(kind, kind)


def _type_name(value: JSON) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {str: "string", list: "array"}.get(type(value), "record")


def _wrong_type(path: Sequence[str], wanted: str, value: JSON, *, missing: bool = False) -> Issue:
    got = UNDEFINED if missing else _type_name(value)
    message = f"Invalid input: expected {wanted}, received {got}"
    return Issue(code="invalid_type", path=path, message=message, expected=wanted)


def _unknown(names: Sequence[str]) -> Issue:
    listed = ", ".join(f'"{name}"' for name in names)
    return Issue(
        code="unrecognized_keys", path=[], message=f"Unrecognized key{'s'[: len(names) > 1]}: {listed}"
    )


EVENT_ID = Field(name="eventId", kind="uuid", required=True)
TRANSACTION_ID = Field(name="transactionId", kind="string", required=True)
ACTION_ID = Field(name="actionId", kind="uuid", required=True)
LOCATION = Field(name="createdAtLocation", kind="uuid", nullable=True)
KEEP_ASSIGNMENT = Field(name="keepAssignment", kind="boolean")

RECORD = Form(fields=(EVENT_ID,))
CREATE = Form(fields=(Field(name="type", kind="string", required=True), TRANSACTION_ID, LOCATION))
GET = Form(fields=(EVENT_ID, Field(name="waitFor", kind="boolean")))
SEARCH = Form(
    fields=(
        Field(name="query", kind="object", required=True),
        Field(name="limit", kind="number"),
        Field(name="offset", kind="number"),
        Field(name="sort", kind="array"),
    )
)
REJECT = Form(fields=(EVENT_ID, ACTION_ID, TRANSACTION_ID, KEEP_ASSIGNMENT))
ASSIGN = Form(fields=(EVENT_ID, TRANSACTION_ID, Field(name="assignedTo", kind="string", required=True)))
UNASSIGN = Form(fields=(EVENT_ID, TRANSACTION_ID, Field(name="assignedTo", kind="string", nullable=True)))


def _common(action_type: str) -> tuple[Field, ...]:
    return (
        EVENT_ID,
        TRANSACTION_ID,
        LOCATION,
        Field(name="type", kind="string", equals=action_type),
        Field(name="declaration", kind="object"),
        Field(name="annotation", kind="object", nullable=True),
        KEEP_ASSIGNMENT,
        Field(name="keepAssignmentIfAccepted", kind="boolean"),
        Field(name="keepAssignmentIfRejected", kind="boolean"),
        Field(name="waitFor", kind="boolean"),
    )


CONTENT = Field(name="content", kind="object", required=True)
REQUEST_ID = Field(name="requestId", kind="uuid", required=True)
OWN: Mapping[str, tuple[Field, ...]] = {
    "ARCHIVE": (CONTENT,),
    "REQUEST_CORRECTION": (replace(CONTENT, required=False),),
    "APPROVE_CORRECTION": (REQUEST_ID, replace(CONTENT, required=False)),
    "REJECT_CORRECTION": (REQUEST_ID, CONTENT),
    "CUSTOM": (
        Field(name="customActionType", kind="string", required=True),
        replace(CONTENT, required=False),
    ),
}
"""What only actions of a type have; it stands in their entries too."""


def request_form(action_type: str) -> Form:
    """The form of ``<action>.request``: strict in 2.0."""
    return Form(fields=(*_common(action_type), *OWN.get(action_type, ())), strict=True)


def accept_form(action_type: str) -> Form:
    """The form of ``<action>.accept``: unknown members are stripped; REGISTER needs its number."""
    number = (
        (Field(name="registrationNumber", kind="string", required=True),) if action_type == "REGISTER" else ()
    )
    request = (REQUEST_ID,) if action_type in ("APPROVE_CORRECTION", "REJECT_CORRECTION") else ()
    return Form(fields=(*_common(action_type), ACTION_ID, *number, *request))


def own_members(action_type: str, given: Mapping[str, JSON]) -> JSONObject:
    """What of an input stands in the entry, beside what every entry has."""
    return {field.name: given[field.name] for field in OWN.get(action_type, ()) if field.name in given}
