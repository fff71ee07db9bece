"""Compiles each contract once and says what breaks it, without ever repeating what the message said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from contracts import wording
from contracts.loader import all_contracts, contract


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One way in which a message breaks its contract: where (JSON pointer) and how. Never the value."""

    contract: str
    pointer: str
    message: str


def _pattern(
    _validator: object, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    """Matches as ECMAScript does, where ``$`` is the end; Python's would let a trailing line feed pass."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield ValidationError("does not match")


def _format_checker() -> FormatChecker:
    """The formats that contracts use. As with patterns, a trailing line feed is no part of a time."""
    checker = FormatChecker(formats=("date-time", "uuid"))
    lenient = checker.checkers["date-time"][0]
    checker.checks("date-time")(lambda text: lenient(text) and not str(text).endswith("\n"))
    return checker


_Validator = cast(
    "type[Draft202012Validator]", cast("Any", validators).extend(Draft202012Validator, {"pattern": _pattern})
)


@cache
def _registry() -> Registry[Any]:
    schemas = [each.schema for each in all_contracts().values()]
    return Registry().with_resources([(each["$id"], DRAFT202012.create_resource(each)) for each in schemas])


@cache
def _fast_registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(each.schema["$id"], each.schema) for each in all_contracts().values()])


@cache
def validator(name: str) -> Draft202012Validator:
    """The compiled validator of a contract (formats asserted), made once per process.

    Raises UnknownContractError when there is no such contract.
    """
    return _Validator(contract(name).schema, registry=_registry(), format_checker=_format_checker())


@cache
def fast_validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """The same contract for hot paths: some hundred times faster, gives the same verdict, words nothing.

    Never fetches a schema over the network. Its error texts hold values of the message: ask ``is_valid``.
    Raises UnknownContractError when there is no such contract.
    """
    return jsonschema_rs.Draft202012Validator(
        contract(name).schema, registry=_fast_registry(), validate_formats=True, offline=True
    )


def violations(name: str, message: object) -> list[Violation]:
    """All ways in which ``message`` breaks the contract, in document order; empty when it keeps it.

    ``message`` is JSON as Python's json module reads it. Raises UnknownContractError.
    """
    if _plainly_valid(name, message):
        return []
    errors = cast("Iterator[ValidationError]", validator(name).iter_errors(cast("Any", message)))
    found = {(finding.path, finding.words) for error in errors for finding in wording.findings(error)}
    return [
        Violation(contract=name, pointer=wording.pointer(path), message=words)
        for path, words in sorted(found, key=lambda each: ([_order(part) for part in each[0]], each[1]))
    ]


def _plainly_valid(name: str, message: object) -> bool:
    try:
        return fast_validator(name).is_valid(message)
    except ValueError:  # what its reader does not take (lone surrogates, great depth) is left to the other
        return False


def _order(part: str | int) -> tuple[int, str]:
    return (part, "") if isinstance(part, int) else (-1, part)
