"""Scenario files as pytest items, so that ``-k``, ``-m``, ``-n``, ``--lf`` and ``--junitxml`` work.

Collected are YAML files with ``id`` and ``steps`` in or below a folder that has a file ``scenarios.ini``.
Each row is a ``pytest.Function`` with fixtures and marks; its tags are marks (``-`` becomes ``_``). One
sandbox serves a worker; a bridge by URL is one bridge, and refuses ``-n``.

For tests in Python there are fixtures: ``conformance.pytest_fixtures``.

The engine is imported only where scenarios are collected: pytest loads this module in every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from conformance.events import ItemResult
    from conformance.grammar.model import Item
    from conformance.play import World
    from conformance.run import Runner

pytest_plugins = ("conformance.pytest_fixtures",)

_LOOKS_LIKE_ONE: Final = re.compile(r"^(id|steps):", re.MULTILINE)
_TAGS: Final = re.compile(r"^tags: *\[([a-z0-9, -]*)\]", re.MULTILINE)
_STRICT: Final = "--strict-verdicts"
_BRIDGE_URL: Final = "--judge-bridge-url"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the suite."""
    group = parser.getgroup("conformance", "conformance scenarios")
    group.addoption(_BRIDGE_URL, help="judge the bridge at this address instead of ours")
    group.addoption(_STRICT, action="store_true", help="an inconclusive scenario fails")


def pytest_configure(config: pytest.Config) -> None:
    """Makes tags known as marks; refuses to share one foreign bridge among several workers."""
    if config.option.markexpr:
        for tag in _tags(config):
            _declare(config, tag)
    if config.getoption(_BRIDGE_URL) and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError(
            f"{_BRIDGE_URL} names one bridge: it cannot be judged by several workers (-n)"
        )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collector for a scenario file, None for any other file."""
    if file_path.suffix != ".yaml":
        return None
    from conformance.library import GIVEN, marked_folder

    if file_path.parent.name == GIVEN or marked_folder(file_path) is None:
        return None
    text = file_path.read_text(encoding="utf-8", errors="replace")
    if {found[1] for found in _LOOKS_LIKE_ONE.finditer(text)} != {"id", "steps"}:
        return None
    collector: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collector


def _declare(config: pytest.Config, tag: str) -> str:
    """Makes a tag known as a mark and says what the mark is called."""
    mark = tag.replace("-", "_")
    config.addinivalue_line("markers", f"{mark}: scenarios with the tag {tag}")
    return mark


def _tags(config: pytest.Config) -> set[str]:
    """The tags of all scenario files that may be collected: ``-m`` is judged before anything is."""
    from conformance.library import MARKER, marked_folder

    roots: set[Path] = set()
    for argument in config.args:
        path = Path(argument.partition("::")[0])
        marked = marked_folder(path)
        roots |= {marked} if marked is not None else {each.parent for each in path.rglob(MARKER)}
    found: set[str] = set()
    for file in (file for root in roots for file in root.rglob("*.yaml")):
        for line in _TAGS.findall(file.read_text(encoding="utf-8", errors="replace")):
            found |= {tag.strip() for tag in line.split(",") if tag.strip()}
    return found


class ScenarioFile(pytest.Module):
    """One scenario file; to pytest a module without code of its own."""

    def _getobj(self) -> ModuleType:
        return ModuleType(self.path.stem)

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """One item per row; a file with mistakes is an error that lists them."""
        from conformance.library import Source, fragments_for, read_source
        from conformance.problems import ScenarioFileError

        try:
            name = str(self.path.relative_to(self.config.invocation_params.dir))
        except ValueError:
            name = str(self.path)
        source = Source(name=name, text=self.path.read_text(encoding="utf-8"))
        try:
            items = read_source(source, fragments_for(self.path))
        except ScenarioFileError as error:
            raise self.CollectError(str(error)) from error
        return [self._function(item) for item in items]

    def _function(self, item: Item) -> pytest.Function:
        def play(scenario_runner: Runner, request: pytest.FixtureRequest) -> None:
            result = scenario_runner.play(item)
            _conclude(result, strict=bool(request.config.getoption(_STRICT)))

        function: pytest.Function = ScenarioItem.from_parent(self, name=item.id, callobj=play)
        for tag in item.scenario.tags:
            function.add_marker(getattr(pytest.mark, _declare(self.config, tag)))
        return function


class ScenarioItem(pytest.Function):
    """One row of a scenario."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the scenario stands, for reports."""
        return self.path, 0, self.name


@pytest.fixture(scope="session")
def scenario_runner(scenario_world: World) -> Runner:
    """Plays scenarios in this worker's sandbox."""
    from conformance.conform import new_token
    from conformance.run import Runner

    return Runner(scenario_world, seed=0, token=new_token())


def _conclude(result: ItemResult, *, strict: bool) -> None:
    from conformance.reporters.curl import replays

    text = "\n".join(line for finding in result.findings for line in finding.lines())
    if result.verdict in ("fail", "harness-error") or (strict and result.verdict == "inconclusive"):
        timeline = "\n".join(f"  {line}" for line in result.timeline)
        again = "".join(f"\nsend it again: {line}" for line in replays(result))
        pytest.fail(f"{result.verdict}\n{text}\nwhat was said:\n{timeline}{again}", pytrace=False)
    if result.verdict in ("skipped", "inconclusive"):
        pytest.skip(f"{result.verdict}: {text}")
    if result.verdict == "known":
        pytest.xfail(text)
    if text:
        print(text)
