"""``results.json``: everything that was found, in a form with a schema (``results.schema.json``)."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Final, cast

from conformance.events import Event, ItemResult, SuiteFinished, SuiteStarted
from conformance.jsontypes import JSON
from conformance.reporters.curl import replays
from conformance.requirement_verdicts import RequirementVerdict, requirement_verdicts
from conformance.requirements import grade_of
from conformance.verdicts import VERDICTS, Finding

FORMAT: Final = 2
DISTRIBUTION: Final = "opencrvs-mosip-harness"


@cache
def results_schema() -> dict[str, JSON]:
    """The schema of results.json (2020-12)."""
    text = files("conformance.reporters").joinpath("results.schema.json").read_text(encoding="utf-8")
    return cast("dict[str, JSON]", json.loads(text))


class Results:
    """Gathers what is told; ``document`` is whole, and written to the path, once the suite has finished."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._started: SuiteStarted | None = None
        self.document: dict[str, JSON] = {}

    def hear(self, event: Event) -> None:
        """Remember the start, write at the end."""
        if isinstance(event, SuiteStarted):
            self._started = event
        elif isinstance(event, SuiteFinished) and self._started is not None:
            self.document = _document(self._started, event)
            if self._path is not None:
                self._path.write_text(json.dumps(self.document, indent=1) + "\n", encoding="utf-8")


def _document(started: SuiteStarted, finished: SuiteFinished) -> dict[str, JSON]:
    counts = Counter(result.verdict for result in finished.results)
    return {
        "format": FORMAT,
        "harness": harness_version(),
        "target": started.target,
        "profiles": [*started.profiles],
        "seed": started.seed,
        "token": started.token,
        "workers": started.workers,
        "random_order": started.shuffled,
        "finished": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "seconds": round(finished.seconds, 3),
        "summary": {verdict: counts[verdict] for verdict in VERDICTS},
        "requirements": [_requirement(each) for each in requirement_verdicts(finished.results)],
        "items": [_item(result) for result in finished.results],
    }


def _requirement(said: RequirementVerdict) -> JSON:
    return {
        "id": said.requirement.id,
        "level": said.requirement.level,
        "party": said.requirement.party,
        "grade": said.requirement.grade,
        "standing": said.standing,
        "items": {standing: [*items] for standing, items in said.items.items()},
    }


def _item(result: ItemResult) -> JSON:
    scenario = result.item.scenario
    return {
        "id": result.item.id,
        "scenario": scenario.id,
        "row": dict(result.item.row),
        "story": scenario.story,
        "tags": [*scenario.tags],
        "requirements": [*scenario.requirements],
        "evidence": [*scenario.evidence],
        "verdict": result.verdict,
        "grade": grade_of(scenario.requirements),
        "started": result.started,
        "seconds": round(result.seconds, 3),
        "findings": [_finding(each) for each in result.findings],
        "steps": [
            {"verb": step.verb, "place": step.place, "seconds": round(step.seconds, 3), "error": step.error}
            for step in result.steps
        ],
        "timeline": [*result.timeline],
        "replay": [*replays(result)],
    }


def _finding(finding: Finding) -> JSON:
    return {
        "verdict": finding.verdict,
        "by": finding.by,
        "words": finding.words,
        "place": finding.place,
        "near": [*finding.near],
        "grade": finding.grade or None,
    }


def harness_version() -> str:
    """The version of this package, as it is installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "not installed"
