"""What a scenario file says, once it has been read and found good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.jsontypes import JSON
from conformance.yaml_marks import Document, Path


@dataclass(frozen=True, kw_only=True)
class Step:
    """One verb with its arguments; ``name`` is what ``as`` calls the result."""

    verb: str
    arguments: JSON
    name: str | None
    note: str | None
    document: Document
    path: Path

    @property
    def place(self) -> str:
        """``file:line`` of the step."""
        problem = self.document.problem(self.path, "")
        return f"{problem.file}:{problem.line}"


@dataclass(frozen=True, kw_only=True)
class CheckItem:
    """One check with its arguments, as it stands under ``must``, ``until`` or ``that``."""

    name: str
    arguments: Mapping[str, JSON]
    document: Document
    path: Path

    @property
    def place(self) -> str:
        """``file:line`` of the check."""
        problem = self.document.problem(self.path, "")
        return f"{problem.file}:{problem.line}"


@dataclass(frozen=True, kw_only=True)
class FragmentArgument:
    """What a fragment lets its user choose; ``kind`` is name, person, choice or text."""

    name: str
    kind: str
    default: JSON
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A reusable beginning, from ``given/``."""

    name: str
    story: str
    arguments: Mapping[str, FragmentArgument]
    document: Document


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One story about one person's record, with its rows of examples."""

    id: str
    story: str
    tags: tuple[str, ...]
    requirements: tuple[str, ...]
    evidence: tuple[str, ...]
    profiles: tuple[str, ...]
    needs: tuple[str, ...]
    examples: tuple[Mapping[str, JSON], ...]
    document: Document


@dataclass(frozen=True, kw_only=True)
class Item:
    """One row of a scenario, ready to be played: nothing is left to substitute but what only a run knows.

    ``people`` are specifications by name; ``given`` are the steps of the fragments.
    """

    id: str
    scenario: Scenario
    row: Mapping[str, JSON]
    needs: tuple[str, ...]
    people: Mapping[str, JSON]
    given: tuple[Step, ...]
    steps: tuple[Step, ...]
    last: tuple[Step, ...]
