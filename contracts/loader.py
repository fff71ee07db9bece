"""Finds the schemas among the package's data, compiles each once, and says what is wrong in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

GRADES = ("observed", "ran", "read", "inferred")
ID_PREFIX = "https://opencrvs-mosip-harness.example/contracts/"


class UnknownContractError(LookupError):
    """Asked for a contract that does not exist; the message names the nearest ones."""


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One message's schema and where it is known from.

    ``name`` is ``<party>/<message>.<request|response|event|…>``; ``grade`` is one of observed (a live system),
    ran (their code, run), read (their source or documentation), inferred.
    """

    name: str
    title: str
    source: str
    grade: str
    schema: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One way in which a message breaks its contract: where (JSON pointer) and how. Never the value itself."""

    contract: str
    pointer: str
    message: str


def _schema_files() -> Iterator[tuple[str, Traversable]]:
    for party in sorted(files("contracts").joinpath("schemas").iterdir(), key=lambda entry: entry.name):
        if party.is_dir():
            for entry in sorted(party.iterdir(), key=lambda entry: entry.name):
                if entry.name.endswith(".json"):
                    yield f"{party.name}/{entry.name.removesuffix('.json')}", entry


@cache
def _all() -> dict[str, Contract]:
    found: dict[str, Contract] = {}
    for name, entry in _schema_files():
        schema = json.loads(entry.read_text(encoding="utf-8"))
        found[name] = Contract(
            name=name, title=schema["title"], source=schema["x-source"], grade=schema["x-grade"], schema=schema
        )
    return found


@cache
def _registry() -> Registry[Any]:
    resources = [
        (each.schema["$id"], Resource(contents=each.schema, specification=DRAFT202012)) for each in _all().values()
    ]
    return Registry().with_resources(resources)


def names() -> tuple[str, ...]:
    """Names of all contracts, sorted."""
    return tuple(_all())


def contract(name: str) -> Contract:
    """The contract of that name.

    Raises UnknownContractError, with the nearest names, when there is none.
    """
    try:
        return _all()[name]
    except KeyError:
        from difflib import get_close_matches

        near = get_close_matches(name, names(), n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UnknownContractError(f"no contract named {name!r}.{hint}") from None


@cache
def validator(name: str) -> Draft202012Validator:
    """The compiled validator of a contract (formats asserted), made once per process.

    Raises UnknownContractError when there is no such contract.
    """
    return Draft202012Validator(
        contract(name).schema, registry=_registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def violations(name: str, message: object) -> list[Violation]:
    """All ways in which ``message`` breaks the contract, in document order; empty when it keeps it."""
    errors = cast("Iterator[ValidationError]", validator(name).iter_errors(cast("Any", message)))
    return [
        Violation(contract=name, pointer=_pointer(error), message=_without_value(error))
        for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
    ]


def _pointer(error: ValidationError) -> str:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path)
    return "".join(f"/{part}" for part in parts)


def _without_value(error: ValidationError) -> str:
    """What the schema asked for, not what stood there: a message may be personal."""
    rule, wanted = str(error.validator), error.validator_value
    if rule == "required":
        missing = [name for name in cast("list[str]", wanted) if name not in cast("dict[str, Any]", error.instance)]
        return f"lacks {', '.join(missing)}"
    if rule == "additionalProperties":
        return "has a member that the contract does not name"
    if rule in ("anyOf", "oneOf", "not", "if", "contains"):
        return f"fits no alternative of {rule}" if rule != "not" else "fits what it must not"
    text = json.dumps(wanted, ensure_ascii=False)
    return f"must satisfy {rule}: {text if len(text) <= 120 else text[:117] + '...'}"
