"""Values in scenarios: ``$name.path`` references, and forms that say what is accepted.

``confirmed``, ``{is: uin}``, ``{matches: '^K'}``, ``{not: 7}``, ``{any_of: [a, b]}``, ``{gte: 1, lte: 3}``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from conformance.jsontypes import JSON
from conformance.problems import did_you_mean

REFERENCE = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*)((?:\.[A-Za-z0-9_-]+)*)")
FORMS = ("is", "matches", "not", "any_of", "gte", "lte")


class FormError(ValueError):
    """A value form that is none; the message says why."""


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()
"""What a look-up gives when there is nothing at the place, not even null."""


class UnknownNameError(LookupError):
    """A reference that leads nowhere; the message names the nearest known one."""


@runtime_checkable
class Named(Protocol):
    """Something a reference can lead into: ``$birth.registration`` asks the record for ``registration``."""

    def member(self, name: str) -> object:
        """The member of that name; raises UnknownNameError."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """``$name.path`` taken apart."""

    name: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return "$" + ".".join((self.name, *self.path))


def reference(value: object) -> Reference | None:
    """The reference that ``value`` is, or None when it is an ordinary value."""
    found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    return Reference(name=found[1], path=tuple(part for part in found[2].split(".") if part))


def substitute(value: JSON, names: Mapping[str, JSON]) -> JSON:
    """``value`` with every whole ``$name`` of ``names`` put in place; other references stay."""
    if isinstance(value, dict):
        return {key: substitute(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [substitute(inner, names) for inner in value]
    found = reference(value)
    if found is None or found.name not in names:
        return value
    if not found.path:
        return names[found.name]
    inner = names[found.name]
    # A row value may itself lead on: ``of: $who.registration`` with ``who: $birth``.
    return f"{inner}.{'.'.join(found.path)}" if reference(inner) else value


def resolve(value: object, names: Mapping[str, object]) -> object:
    """``value`` with each reference replaced by what it leads to.

    Raises UnknownNameError when one leads nowhere.
    """
    if isinstance(value, dict):
        return {key: resolve(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, names) for inner in value]
    found = reference(value)
    if found is None:
        return value
    if found.name not in names:
        raise UnknownNameError(f"nothing is named '${found.name}'.{did_you_mean(found.name, names)}")
    target: object = names[found.name]
    for part in found.path:
        target = _member(target, part, found)
    return target


def _member(target: object, part: str, whole: Reference) -> object:
    if isinstance(target, Mapping):
        if part not in target:
            raise UnknownNameError(f"{whole}: no '{part}'.{did_you_mean(part, map(str, target))}")
        return target[part]
    if isinstance(target, Named):
        return target.member(part)
    raise UnknownNameError(f"{whole}: there is nothing inside a {type(target).__name__}")


_DIHEDRAL = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTATION = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def keeps_verhoeff(digits: str) -> bool:
    """Whether the last digit is the Verhoeff checksum of the others (read from the right)."""
    state = 0
    for position, digit in enumerate(reversed(digits)):
        state = int(_DIHEDRAL[state][int(_PERMUTATION[position % 8][int(digit)])])
    return state == 0


def _shaped(pattern: str, also: Callable[[str], bool] = lambda _: True) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None and also(value)


# Lengths, first digit and checksum: mosip kernel-idvalidator-uin and -vid. A PSUT: 36 digits of a token id.
KINDS: Final[Mapping[str, Callable[[object], bool]]] = {
    "uin": _shaped(r"[2-9][0-9]{9}", keeps_verhoeff),
    "vid": _shaped(r"[2-9][0-9]{15}", keeps_verhoeff),
    "psut": _shaped(r"[0-9]{36}"),
    "rid": _shaped(r"[0-9]{29}|[0-9]{15}"),
    "uuid": _shaped(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "iso-time": _shaped(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"),
    "present": lambda value: value is not ABSENT and value is not None,
    "absent": lambda value: value is ABSENT or value is None,
}


@dataclass(frozen=True, kw_only=True)
class Matcher:
    """What is accepted; explains itself in ``words``."""

    words: str
    accepts: Callable[[object], bool]


def matcher(form: object, words: Mapping[str, Matcher] | None = None) -> Matcher:
    """The matcher that a value form stands for; ``words`` adds what ``is`` understands beside the kinds.

    Raises FormError when the form is none, with the reason.
    """
    if not isinstance(form, dict) or not set(form) & set(FORMS):
        return _equal(form)
    unknown = sorted(set(form) - set(FORMS))
    if unknown:
        raise FormError(f"'{unknown[0]}' is no value form.{did_you_mean(unknown[0], FORMS)}")
    parts = [_form(name, value, words or {}) for name, value in form.items()]
    if len(parts) == 1:
        return parts[0]
    return Matcher(
        words=" and ".join(part.words for part in parts),
        accepts=lambda actual: all(part.accepts(actual) for part in parts),
    )


def plain(words: Iterable[str]) -> dict[str, Matcher]:
    """Words that mean themselves, also where a kind has the same name."""
    return {word: _equal(word) for word in words}


def _form(name: str, value: object, words: Mapping[str, Matcher]) -> Matcher:
    if name == "is":
        return _is(value, words)
    if name == "not":
        inner = matcher({"is": value} if isinstance(value, str) and value in words else value, words)
        return Matcher(words=f"not {inner.words}", accepts=lambda actual: not inner.accepts(actual))
    if name == "any_of":
        return _any_of(value, words)
    if name == "matches":
        return _pattern(value)
    return _bound(name, value)


def _is(value: object, words: Mapping[str, Matcher]) -> Matcher:
    if isinstance(value, dict):
        return matcher(value, words)
    if isinstance(value, str) and value in words:
        return words[value]
    if isinstance(value, str) and value in KINDS:
        return Matcher(words=value if value in ("present", "absent") else f"a {value}", accepts=KINDS[value])
    return _equal(value)


def _any_of(value: object, words: Mapping[str, Matcher]) -> Matcher:
    if not isinstance(value, list) or not value:
        raise FormError("'any_of' takes a list")
    parts = [matcher(each, words) if isinstance(each, dict) else _is(each, words) for each in value]
    return Matcher(
        words=" or ".join(part.words for part in parts),
        accepts=lambda actual: any(part.accepts(actual) for part in parts),
    )


def _pattern(value: object) -> Matcher:
    if not isinstance(value, str):
        raise FormError("'matches' takes a regular expression")
    try:
        compiled = re.compile(value)
    except re.error as error:
        raise FormError(f"'matches': {error}") from error
    return Matcher(
        words=f"text like /{value}/",
        accepts=lambda actual: isinstance(actual, str) and compiled.search(actual) is not None,
    )


def _bound(name: str, value: object) -> Matcher:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormError(f"'{name}' takes a number")
    least = name == "gte"

    def within(actual: object) -> bool:
        if isinstance(actual, bool) or not isinstance(actual, int | float):
            return False
        return actual >= value if least else actual <= value

    return Matcher(words=f"{'at least' if least else 'at most'} {value}", accepts=within)


def _equal(value: object) -> Matcher:
    def same(actual: object) -> bool:
        if isinstance(value, bool) is not isinstance(actual, bool):
            return False
        return actual == value

    return Matcher(words=repr(value) if not isinstance(value, str) else f"'{value}'", accepts=same)
