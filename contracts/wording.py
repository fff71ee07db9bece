"""Says how a message breaks a schema in words of the schema: a message may be personal, a schema never is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import cast

from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]

_LONGEST = 120
_MEMBER = re.compile(r"[A-Za-z@$_][A-Za-z0-9@$_.-]{0,63}\Z")
_ALTERNATIVES = ("anyOf", "oneOf")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Where in the message, and what the schema asked for there."""

    path: Path
    words: str


def findings(error: ValidationError) -> list[Finding]:
    """What an error comes down to: of alternatives, only what is wrong with the one that was meant."""
    path: Path = tuple(error.absolute_path)
    if error.validator not in _ALTERNATIVES or not error.context:
        return [Finding(path=path, words=_words(error))]
    meant = _meant(error.context)
    if meant is not None:
        return [finding for inner in meant for finding in findings(inner)]
    return [_none_fits(error.context, str(error.validator))]


def pointer(path: Path) -> str:
    """The JSON pointer of a path; a member's name that does not look like one is written ``*``."""
    return "".join(f"/{_token(part)}" for part in path)


def _token(part: str | int) -> str:
    return str(part) if isinstance(part, int) or _MEMBER.match(part) else "*"


def _meant(context: Sequence[ValidationError]) -> list[ValidationError] | None:
    """The errors of the alternative that came furthest before it failed; None when two came equally far."""
    ordered = sorted(context, key=lambda inner: int(inner.relative_schema_path[0]))
    attempts = [list(group) for _, group in groupby(ordered, key=lambda inner: inner.relative_schema_path[0])]
    ranks = [(min(len(inner.absolute_path) for inner in attempt), -len(attempt)) for attempt in attempts]
    best = max(ranks)
    return attempts[ranks.index(best)] if ranks.count(best) == 1 else None


def _none_fits(context: Sequence[ValidationError], rule: str) -> Finding:
    paths: list[Path] = [tuple(inner.absolute_path) for inner in context]
    if all(inner.validator == "required" for inner in context):
        words = f"lacks {' or '.join(dict.fromkeys(name for inner in context for name in _missing(inner)))}"
    else:
        words = f"fits no alternative of {rule}"
    shared = takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
    return Finding(path=tuple(parts[0] for parts in shared), words=words)


def _missing(error: ValidationError) -> list[str]:
    present = cast("dict[str, object]", error.instance)
    return [name for name in cast("list[str]", error.validator_value) if name not in present]


def _words(error: ValidationError) -> str:
    rule = str(error.validator)
    if rule == "required":
        return f"lacks {', '.join(_missing(error))}"
    if rule in _FIXED:
        return _FIXED[rule]
    text = json.dumps(error.validator_value, ensure_ascii=False)
    return f"must satisfy {rule}: {text if len(text) <= _LONGEST else text[: _LONGEST - 3] + '...'}"


_FIXED = {
    "additionalProperties": "has a member that the contract does not name",
    "oneOf": "fits more than one alternative of oneOf",
    "anyOf": "fits no alternative of anyOf",
    "contains": "has no item of the wanted kind",
    "not": "fits what it must not",
}
