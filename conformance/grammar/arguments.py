"""What a verb or check may be told: kinds of arguments, what each accepts, its JSON Schema for editors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from conformance.jsontypes import JSON
from conformance.values import FormError, matcher, reference

DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
SHIFT = re.compile(rf"-?{DURATION.pattern}")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Kind(Enum):
    """The kinds of arguments."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    INTEGER = "integer"
    FLAG = "true or false"
    DURATION = "duration"
    SHIFT = "duration, also one below zero"
    PATIENCE = "patience"
    OPERATION = "operation"
    REFERENCE = "reference"
    VALUE = "value form"
    OBJECT = "object"
    WHEN = "profile or values of the row"
    ANY = "any value"
    TEXTS = "list of texts"
    STEPS = "branches of steps"
    CHECK = "check"
    CHECKS = "list of checks"

    @property
    def nested(self) -> bool:
        """Whether it holds steps or checks, whose references are resolved when they are run."""
        return self in (Kind.STEPS, Kind.CHECK, Kind.CHECKS)


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One argument: ``of`` says what a reference must lead to (record, action, person, result)."""

    kind: Kind
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    of: tuple[str, ...] = ()

    def complaint(self, value: JSON) -> str | None:
        """Why ``value`` cannot stand here, or None. References are judged by who knows the names."""
        if reference(value) is not None:
            return None
        words = _RULES[self.kind](value)
        if words is None and self.choices and value not in self.choices:
            return f"'{value}' is none of {', '.join(self.choices)}"
        return words

    def schema(self) -> dict[str, JSON]:
        """JSON Schema of what may be written here."""
        if self.kind in (Kind.REFERENCE, Kind.PATIENCE):
            pattern = r"^\$target\." if self.kind is Kind.PATIENCE else r"^\$"
            return {"type": "string", "pattern": pattern, "description": self.help}
        own: dict[str, JSON] = (
            {"enum": list(self.choices)} if self.choices else dict(_SCHEMAS.get(self.kind, {}))
        )
        if not own or "$ref" in own:
            return {"description": self.help, **own}
        return {"description": self.help, "anyOf": [own, {"type": "string", "pattern": r"^\$[A-Za-z]"}]}


def seconds(text: str) -> float:
    """``5s``, ``200ms``, ``7d`` in seconds; raises ValueError."""
    found = DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no duration: a number with ms, s, m, h or d")
    return float(found[1]) * _UNITS[found[2]]


def _text(value: JSON) -> str | None:
    return None if isinstance(value, str) and value else "text is needed"


def _identifier(value: JSON) -> str | None:
    if isinstance(value, bool):
        return "an identifier is needed"
    if isinstance(value, int | float):
        return f'an identifier is text, not a number: write "{value}" in quotes'
    return _text(value)


def _integer(value: JSON) -> str | None:
    return (
        None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0
        else "a whole number is needed"
    )


def _flag(value: JSON) -> str | None:
    return None if isinstance(value, bool) else "true or false is needed"


def _duration(value: JSON) -> str | None:
    if isinstance(value, str) and DURATION.fullmatch(value):
        return None
    return "a duration is needed, as 5s, 200ms or 7d"


def _shift(value: JSON) -> str | None:
    if isinstance(value, str) and SHIFT.fullmatch(value):
        return None
    return "a duration is needed, as 10m or -10m"


def _patience(_: JSON) -> str | None:
    names = "$target.ack, $target.retry, $target.stale_after, $target.quiet"
    return f"patience is named, never written in seconds: {names}"


def _reference(value: JSON) -> str | None:
    return f"a reference is needed, as $birth.registration, not {value!r}"


def _value(value: JSON) -> str | None:
    try:
        matcher(value)
    except FormError as error:
        return str(error)
    return None


def _object(value: JSON) -> str | None:
    return None if isinstance(value, dict) and value else "an object is needed"


def _texts(value: JSON) -> str | None:
    good = isinstance(value, list) and value and all(isinstance(each, str) for each in value)
    return None if good else "a list of texts is needed"


def _list(value: JSON) -> str | None:
    return None if isinstance(value, list) and value else "a list is needed"


def _anything(_: JSON) -> str | None:
    return None


_RULES: Mapping[Kind, Callable[[JSON], str | None]] = {
    Kind.TEXT: _text,
    Kind.IDENTIFIER: _identifier,
    Kind.INTEGER: _integer,
    Kind.FLAG: _flag,
    Kind.DURATION: _duration,
    Kind.SHIFT: _shift,
    Kind.PATIENCE: _patience,
    Kind.OPERATION: _text,
    Kind.REFERENCE: _reference,
    Kind.VALUE: _value,
    Kind.OBJECT: _object,
    Kind.WHEN: _object,
    Kind.ANY: _anything,
    Kind.TEXTS: _texts,
    Kind.STEPS: _list,
    Kind.CHECK: _object,
    Kind.CHECKS: _list,
}

_SCHEMAS: Mapping[Kind, Mapping[str, JSON]] = {
    Kind.TEXT: {"type": "string", "minLength": 1},
    Kind.IDENTIFIER: {"type": "string", "minLength": 1},
    Kind.INTEGER: {"type": "integer", "minimum": 0},
    Kind.FLAG: {"type": "boolean"},
    Kind.DURATION: {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"},
    Kind.SHIFT: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"},
    Kind.OPERATION: {"$ref": "#/$defs/operation"},
    Kind.OBJECT: {"type": "object", "minProperties": 1},
    Kind.WHEN: {"type": "object", "minProperties": 1},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}, "minItems": 1},
    Kind.STEPS: {"$ref": "#/$defs/branches"},
    Kind.CHECK: {"$ref": "#/$defs/check"},
    Kind.CHECKS: {"$ref": "#/$defs/checks"},
}
