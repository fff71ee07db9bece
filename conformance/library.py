"""Finds scenarios: those that ship with the package, and those of any folder or file that is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from conformance.grammar.model import Fragment, Item
from conformance.grammar.reader import ScenarioReader, read_fragment
from conformance.problems import Problem, ScenarioFileError, did_you_mean

GIVEN = "given"
MARKER = "scenarios.ini"
"""A folder with this file has scenarios below it."""


class UnknownScenarioError(LookupError):
    """No scenario of that name, file or tag; the message names the nearest."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One scenario file: its text, and the name by which problems call it."""

    name: str
    text: str

    @property
    def id(self) -> str:
        """The id that the file must have."""
        return Path(self.name).stem


def shipped() -> list[Source]:
    """The scenario files of the package, sorted by path."""
    return list(_walk(files("scenarios"), "scenarios"))


@cache
def shipped_fragments() -> Mapping[str, Fragment]:
    """The fragments of the package by name; raises ScenarioFileError when one is bad."""
    folder = files("scenarios").joinpath(GIVEN)
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            fragment = read_fragment(entry.read_text(encoding="utf-8"), f"scenarios/{GIVEN}/{entry.name}")
            found[fragment.name] = fragment
    return found


def fragments_for(path: Path) -> Mapping[str, Fragment]:
    """The fragments that a file may use: the shipped ones, and those in ``given/`` of its marked folder."""
    found = dict(shipped_fragments())
    root = marked_folder(path)
    if root is not None and (root / GIVEN).is_dir():
        for each in sorted((root / GIVEN).glob("*.yaml")):
            fragment = read_fragment(each.read_text(encoding="utf-8"), str(each))
            found[fragment.name] = fragment
    return found


def marked_folder(path: Path) -> Path | None:
    """The folder above (or at) ``path`` that is marked as one of scenarios."""
    start = path.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / MARKER).is_file()), None)


def read_source(source: Source, fragments: Mapping[str, Fragment] | None = None) -> list[Item]:
    """The items of one file; raises ScenarioFileError."""
    return ScenarioReader(shipped_fragments() if fragments is None else fragments).read(
        source.text, source.name
    )


def chosen(names: Iterable[str]) -> list[Item]:
    """The items that names choose: ids, ``id[row]``, files, folders, or ``tag:smoke``; all when none.

    Raises UnknownScenarioError, ScenarioFileError.
    """
    wanted = list(names)
    if not wanted:
        return [item for source in shipped() for item in read_source(source)]
    found: dict[str, Item] = {}
    for name in wanted:
        for item in _named(name):
            found.setdefault(item.id, item)
    return list(found.values())


def lint_paths(paths: Iterable[Path]) -> list[Problem]:
    """All problems of the files and folders given; of the shipped scenarios when none are."""
    problems: list[Problem] = []
    by_id: dict[str, str] = {}
    wanted = list(paths)
    sources = [(source, None) for source in shipped()] if not wanted else list(_sources(wanted))
    for source, path in sources:
        try:
            read_source(source, None if path is None else fragments_for(path))
        except ScenarioFileError as error:
            problems += error.problems
        if source.id in by_id:
            words = f"'{source.id}' is also the id of {by_id[source.id]}"
            problems.append(Problem(file=source.name, line=1, column=1, message=words))
        by_id.setdefault(source.id, source.name)
    return sorted(problems)


def _named(name: str) -> list[Item]:
    path = Path(name)
    if name.endswith((".yaml", ".yml")) or path.is_dir():
        if not path.exists():
            raise UnknownScenarioError(f"no such file: {name}")
        return [
            item for source, file in _sources([path]) for item in read_source(source, fragments_for(file))
        ]
    if name.startswith("tag:"):
        found = [
            item for source in shipped() for item in read_source(source) if name[4:] in item.scenario.tags
        ]
        if not found:
            raise UnknownScenarioError(f"no scenario has the tag '{name[4:]}'")
        return found
    scenario = name.partition("[")[0]
    for source in shipped():
        if source.id == scenario:
            items = [item for item in read_source(source) if name in (scenario, item.id)]
            if items:
                return items
            known = [item.id for item in read_source(source)]
            raise UnknownScenarioError(f"no row '{name}'.{did_you_mean(name, known)}")
    known = [source.id for source in shipped()]
    raise UnknownScenarioError(f"no scenario '{name}'.{did_you_mean(name, known)}")


def _sources(paths: Iterable[Path]) -> Iterator[tuple[Source, Path]]:
    for path in paths:
        inside = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        for each in inside:
            if path.is_dir() and each.parent.name == GIVEN:
                continue
            yield Source(name=str(each), text=each.read_text(encoding="utf-8")), each


def _walk(folder: Traversable, name: str) -> Iterator[Source]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != GIVEN:
            yield from _walk(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".yaml"):
            yield Source(name=f"{name}/{entry.name}", text=entry.read_text(encoding="utf-8"))
