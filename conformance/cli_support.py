"""What the command line needs of this room; everything works from an installed wheel, from any folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from conformance.check_step import Step
from conformance.conform import conform, new_token
from conformance.grammar.schema import schema
from conformance.judged_bridge import Bridge, failed_before
from conformance.library import UnknownScenarioError, chosen, lint_paths, read_source, shipped
from conformance.plan import Planned, blind_oracles, plan
from conformance.problems import Problem, ScenarioFileError
from conformance.scenario_new import write_scenario
from conformance.session import opened
from conformance.story import story_of
from conformance.target_check import check_target
from conformance.target_file import lint_target, read_target, target_schema
from conformance.target_init import target_text, write_new

__all__ = [
    "Bridge",
    "Planned",
    "Problem",
    "ScenarioFileError",
    "ScenarioSummary",
    "Step",
    "UnknownScenarioError",
    "blind_oracles",
    "check_target",
    "conform",
    "failed_before",
    "lint",
    "lint_target",
    "list_scenarios",
    "new_token",
    "opened",
    "plan",
    "read_target",
    "schema",
    "show",
    "target_schema",
    "target_text",
    "write_new",
    "write_scenario",
]


@dataclass(frozen=True, kw_only=True)
class ScenarioSummary:
    """One line about a scenario: its rows are the ids of its items."""

    id: str
    story: str
    tags: tuple[str, ...]
    requirements: tuple[str, ...]
    rows: tuple[str, ...]
    file: str


def list_scenarios() -> list[ScenarioSummary]:
    """The scenarios that ship, by file; raises ScenarioFileError when one of them is bad."""
    found = []
    for source in shipped():
        items = read_source(source)
        scenario = items[0].scenario
        found.append(
            ScenarioSummary(
                id=scenario.id,
                story=scenario.story,
                tags=scenario.tags,
                requirements=scenario.requirements,
                rows=tuple(item.id for item in items),
                file=source.name,
            )
        )
    return found


def lint(paths: Iterable[str | Path] = ()) -> list[Problem]:
    """All mistakes of files and folders; of the scenarios that ship when none are given. Starts nothing."""
    return lint_paths(Path(path) for path in paths)


def show(name: str, story: bool = False) -> str:
    """A scenario's file, or its story in plain words.

    Raises UnknownScenarioError, ScenarioFileError.
    """
    items = chosen([name])
    if story:
        return story_of(items[0].scenario, items)
    file = items[0].scenario.document.file
    shipped_text = next((source.text for source in shipped() if source.name == file), None)
    return shipped_text if shipped_text is not None else Path(file).read_text(encoding="utf-8")
