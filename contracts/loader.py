"""Finds the schemas among the package's data and holds them by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

GRADES = ("observed", "ran", "read", "inferred")
ID_PREFIX = "https://opencrvs-mosip-harness.example/contracts/"


class UnknownContractError(LookupError):
    """Asked for a contract that does not exist; the message names the nearest ones."""


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One message's schema and where it is known from.

    ``name`` is ``<party>/<message>.<request|response|event|…>``; ``grade`` is one of observed (a live
    system), ran (their code, run), read (their source or documentation), inferred.
    """

    name: str
    title: str
    source: str
    grade: str
    schema: dict[str, Any]


def data_files(folder: str) -> Iterator[tuple[str, Traversable]]:
    """Name and file of every ``<folder>/<party>/<name>.json`` of this package, sorted."""
    for party in sorted(files("contracts").joinpath(folder).iterdir(), key=lambda entry: entry.name):
        if party.is_dir():
            for entry in sorted(party.iterdir(), key=lambda entry: entry.name):
                if entry.name.endswith(".json"):
                    yield f"{party.name}/{entry.name.removesuffix('.json')}", entry


@cache
def all_contracts() -> dict[str, Contract]:
    """Every contract by its name; read once per process."""
    return {name: _read(name, entry) for name, entry in data_files("schemas")}


def _read(name: str, entry: Traversable) -> Contract:
    schema = json.loads(entry.read_text(encoding="utf-8"))
    return Contract(
        name=name, title=schema["title"], source=schema["x-source"], grade=schema["x-grade"], schema=schema
    )


def names() -> tuple[str, ...]:
    """Names of all contracts, sorted."""
    return tuple(all_contracts())


def contract(name: str) -> Contract:
    """The contract of that name.

    Raises UnknownContractError, with the nearest names, when there is none.
    """
    try:
        return all_contracts()[name]
    except KeyError:
        near = get_close_matches(name, names(), n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UnknownContractError(f"no contract named {name!r}.{hint}") from None
