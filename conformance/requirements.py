"""The requirements that scenarios speak for: what a bridge must do, and who is harmed when it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from conformance.jsontypes import items, mapping
from conformance.yaml_marks import load


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One requirement: ``level`` is must or should, ``harm`` who suffers, ``sources`` where it is from."""

    id: str
    level: str
    words: str
    harm: str
    sources: tuple[str, ...]


@cache
def requirements() -> Mapping[str, Requirement]:
    """All requirements by id, from the package's data."""
    name = "requirements.yaml"
    value = mapping(load(files("conformance").joinpath(name).read_text(encoding="utf-8"), name).value)
    return {
        identifier: Requirement(
            id=identifier,
            level=str(mapping(each)["level"]),
            words=str(mapping(each)["words"]),
            harm=str(mapping(each)["harm"]),
            sources=tuple(str(source) for source in items(mapping(each)["sources"])),
        )
        for identifier, each in value.items()
    }
