"""The example messages that stand beside each contract: made up, of people who do not exist."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from contracts.loader import contract


@dataclass(frozen=True, kw_only=True)
class Example:
    """One message. ``breaks`` is the JSON pointer at which it breaks its contract, None when it keeps it."""

    contract: str
    name: str
    message: Any
    breaks: str | None


def examples(contract_name: str) -> tuple[Example, ...]:
    """All examples of a contract, sorted by their name; read anew each time, so a caller may change them.

    Raises UnknownContractError when there is no such contract.
    """
    contract(contract_name)
    return tuple(_read(contract_name, name, text) for name, text in _texts(contract_name))


def example(contract_name: str, name: str = "valid") -> Any:
    """The message of one example, without its ending ``.json``: ``example("mosip/identity", "valid-death")``.

    Raises UnknownContractError when there is no such contract, LookupError when it has no such example.
    """
    found = {each.name: each for each in examples(contract_name)}
    if name not in found:
        raise LookupError(f"{contract_name} has no example {name!r}, only {', '.join(found)}")
    return found[name].message


@cache
def _texts(contract_name: str) -> tuple[tuple[str, str], ...]:
    folder = files("contracts").joinpath("examples", contract_name)
    found: list[Traversable] = list(folder.iterdir()) if folder.is_dir() else []
    return tuple(
        (entry.name.removesuffix(".json"), entry.read_text(encoding="utf-8"))
        for entry in sorted(found, key=lambda entry: entry.name)
        if entry.name.endswith(".json")
    )


def _read(contract_name: str, name: str, text: str) -> Example:
    content = json.loads(text)
    if name.startswith("valid"):
        return Example(contract=contract_name, name=name, message=content, breaks=None)
    return Example(contract=contract_name, name=name, message=content["message"], breaks=content["breaks"])
