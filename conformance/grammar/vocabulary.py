"""The words that ``lint`` knows without a running mock: operations, faults, settings, profiles, needs."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from conformance.jsontypes import items, mapping, text
from conformance.problems import did_you_mean
from conformance.yaml_marks import load


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Known words, each list in the order of its file."""

    routes: tuple[str, ...]
    messages: tuple[str, ...]
    stages: tuple[str, ...]
    faults: tuple[str, ...]
    settings: tuple[str, ...]
    profiles: tuple[str, ...]
    needs: tuple[str, ...]
    forgeries: tuple[str, ...]
    mutations: tuple[str, ...]
    signatures: tuple[str, ...]
    tokens: tuple[str, ...]

    @property
    def operations(self) -> tuple[str, ...]:
        """All operations, whatever their kind."""
        return self.routes + self.messages + self.stages

    def unknown_operation(self, name: str) -> str | None:
        """Why ``name`` (an operation or a pattern as ``mosip.*``) strikes nothing, or None."""
        if name in self.operations:
            return None
        if "*" in name:
            known = any(fnmatchcase(each, name) for each in self.operations)
            return None if known else f"no operation is like '{name}'"
        return f"unknown operation '{name}'.{did_you_mean(name, self.operations)}"


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary from the package's data, read once."""
    name = "vocabulary.yaml"
    value = mapping(load(files("conformance.grammar").joinpath(name).read_text(encoding="utf-8"), name).value)

    def words(found: object) -> tuple[str, ...]:
        return tuple(word for word in map(text, items(found)) if word)

    operations = mapping(value["operations"])
    return Vocabulary(
        routes=words(operations["routes"]),
        messages=words(operations["messages"]),
        stages=words(operations["stages"]),
        faults=words(value["faults"]),
        settings=words(value["settings"]),
        profiles=words(value["profiles"]),
        needs=words(value["needs"]),
        forgeries=words(value["forgeries"]),
        mutations=words(value["mutations"]),
        signatures=words(value["signatures"]),
        tokens=words(value["tokens"]),
    )
