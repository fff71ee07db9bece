"""``summary.md``: the run on one page, for a merge request or a mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from conformance.events import Event, ItemResult, SuiteFinished, SuiteStarted
from conformance.reporters.curl import replays
from conformance.reporters.page import in_order
from conformance.reporters.results import harness_version
from conformance.reporters.shown import cut, visible
from conformance.requirement_verdicts import RequirementVerdict, requirement_verdicts, standings
from conformance.verdicts import VERDICTS

LONGEST_WORDS: Final = 400
_SPECIAL: Final = str.maketrans({each: f"\\{each}" for each in "\\`*_[]<>|#"})


class Summary:
    """Writes the file when the suite has finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._started: SuiteStarted | None = None

    def hear(self, event: Event) -> None:
        """Remember the start, write at the end."""
        if isinstance(event, SuiteStarted):
            self._started = event
        elif isinstance(event, SuiteFinished) and self._started is not None:
            self._path.write_text("\n".join(_lines(self._started, event)) + "\n", encoding="utf-8")


def _lines(started: SuiteStarted, finished: SuiteFinished) -> Iterator[str]:
    counts = Counter(result.verdict for result in finished.results)
    yield f"# Conformance of {_plain(started.target)}"
    yield ""
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    yield f"**{told or 'nothing played'}** in {finished.seconds:.1f} s"
    yield ""
    yield f"Seed {started.seed}, run {started.token}, harness {harness_version()}."
    yield from _reasons(finished.results)
    yield from _requirements(requirement_verdicts(finished.results))


def _reasons(results: Iterable[ItemResult]) -> Iterator[str]:
    """All that did not simply pass, the worst first."""
    for result in in_order([each for each in results if each.findings]):
        yield ""
        yield f"## {result.verdict}: {_plain(result.item.id)}"
        yield ""
        yield _plain(result.item.scenario.story)
        yield ""
        for finding in result.findings:
            where = f" ({_plain(finding.place)})" if finding.place else ""
            yield f"- {finding.verdict}: {_plain(finding.by)}: {_plain(finding.words)}{where}"
        for line in replays(result):
            yield f"\n      {line}"


def _requirements(verdicts: list[RequirementVerdict]) -> Iterator[str]:
    yield ""
    yield "## Requirements"
    yield ""
    yield ", ".join(f"{count} {standing}" for standing, count in standings(verdicts).items()) + "."
    yield ""
    yield "| requirement | standing | scenarios | grade |"
    yield "|---|---|---|---|"
    for each in verdicts:
        what, spoken = each.requirement, each.counts() or "none"
        yield f"| `{what.id}` ({what.level}) | {each.standing} | {spoken} | {what.grade} |"


def _plain(words: str) -> str:
    """One line that Markdown leaves as it is."""
    return cut(visible(" ".join(words.split())), LONGEST_WORDS).translate(_SPECIAL)
