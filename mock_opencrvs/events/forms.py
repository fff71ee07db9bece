"""Checks a declaration against its form, as core does on every request (never on accept).

Source: opencrvs-core packages/events/src/router/middleware/validate and
packages/commons/src/conditionals/validate.ts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mock_opencrvs.events.errors import TrpcError
from mock_opencrvs.values import JSON, JSONObject

HIDDEN = "Hidden or disabled field should not receive a value"
UNEXPECTED = "Unexpected field"
REQUIRED = "Required"
INVALID = "Invalid input"
INVALID_DATE = "Invalid date field"


@dataclass(frozen=True, kw_only=True)
class FormField:
    """A field of a form: its component (NAME, DATE, TEXT…), and whether it must or must not be filled in."""

    type: str
    required: bool = False
    hidden: bool = False


Form = Mapping[str, FormField]


def check(form: Form, update: Mapping[str, JSON], previous: Mapping[str, JSON]) -> None:
    """Raises BAD_REQUEST listing every bad field of ``update`` and every required one that is in neither."""
    complaints = [complaint for name, value in update.items() if (complaint := _complaint(form, name, value))]
    merged = {**previous, **update}
    complaints += [
        _entry(REQUIRED, name, None)
        for name, field in form.items()
        if field.required and merged.get(name) is None
    ]
    if complaints:
        raise TrpcError("BAD_REQUEST", json.dumps(complaints, ensure_ascii=False))


def _complaint(form: Form, name: str, value: JSON) -> JSONObject | None:
    field = form.get(name)
    if field is None:
        return _entry(UNEXPECTED, name, value)
    if value is None:
        return None
    if field.hidden:
        return _entry(HIDDEN, name, value)
    if field.type == "DATE" and not _is_date(value):
        return _entry(INVALID_DATE, name, value)
    if not _fits(field.type, value):
        return _entry(INVALID, name, value)
    return None


def _entry(message: str, name: str, value: JSON) -> JSONObject:
    return {"message": message, "id": name, "value": value}


def _is_date(value: JSON) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _fits(kind: str, value: JSON) -> bool:
    if kind == "NAME":
        return isinstance(value, dict) and all(
            isinstance(value.get(part), str) for part in ("firstname", "surname")
        )
    if kind in ("ADDRESS", "AGE", "HTTP"):
        return isinstance(value, dict)
    if kind == "CHECKBOX":
        return isinstance(value, bool)
    if kind == "NUMBER":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "FILES":
        return isinstance(value, list | dict)
    return isinstance(value, str)
