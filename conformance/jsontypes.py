"""The shape of parsed JSON and YAML, and two readers that say what was expected instead of failing later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"


def mapping(value: object) -> Mapping[str, JSON]:
    """``value`` when it is an object, else an empty one: what was not sent has no members."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[JSON]:
    """``value`` when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """``value`` when it is text, else None."""
    return value if isinstance(value, str) else None


def named(value: JSON, name: str) -> Iterator[JSON]:
    """Every value under a member called ``name``, however deep, in document order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from named(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from named(inner, name)
