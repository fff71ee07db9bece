"""What the HTML report shows, made ready: each item with its story, findings, diagram and exchanges."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.events import ItemResult, SuiteFinished, SuiteStarted
from conformance.exchanges import Exchange
from conformance.jsontypes import mapping
from conformance.reporters.curl import about, curl
from conformance.reporters.hops import LANES, Hop, hops
from conformance.reporters.sequence import Note, answer, kind, notes, sequence, since
from conformance.reporters.shown import (
    LONGEST_BODY,
    Comparison,
    body,
    comparisons,
    document,
    headers,
    visible,
)
from conformance.requirement_verdicts import RequirementVerdict, requirement_verdicts
from conformance.requirements import Requirement, grade_of
from conformance.story import told
from conformance.verdicts import VERDICTS, Finding, Verdict
from contracts import UnknownContractError, contract
from sandbox.country import DEFAULT_COUNTRY

ORDER: Final[tuple[Verdict, ...]] = (
    "fail",
    "harness-error",
    "inconclusive",
    "warning",
    "known",
    "skipped",
    "pass",
)
"""What a reader wants to see first."""
OURS: Final = "our-bridge"
OPEN: Final[frozenset[Verdict]] = frozenset(("fail", "harness-error"))
LONGEST_BODY_OF_A_PASS: Final = 2000
"""Characters of a body in an item in which nothing is to be looked for."""
MOST_EXCHANGES: Final = 300
"""Exchanges of one item that are shown; of more than that the first and the last."""


@dataclass(frozen=True, kw_only=True)
class ExchangeView:
    """One exchange, ready to be shown."""

    hop: Hop
    source: str
    target: str
    since: str
    kind: str
    answer: str
    notes: Sequence[Note]
    grade: str | None
    breaches: Sequence[tuple[str, str]]
    request_headers: str
    request: str
    view: str | None
    response_headers: str
    response: str
    switches: Sequence[tuple[str, str]]
    curl: str | None

    @property
    def exchange(self) -> Exchange:
        """The exchange itself."""
        return self.hop.exchange


@dataclass(frozen=True, kw_only=True)
class FindingView:
    """One finding; ``exchanges`` are the numbers of those that it shows.

    ``words`` call an action by its record, as the story does, and not by the run that it is of.
    """

    finding: Finding
    words: str
    comparisons: Sequence[Comparison]
    near: Sequence[str]
    exchanges: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class ItemView:
    """One item; ``number`` counts from 1 in the order in which they are shown."""

    number: int
    result: ItemResult
    open: bool
    grade: str
    requirements: Sequence[str]
    command: str
    story: Sequence[tuple[str, str]]
    findings: Sequence[FindingView]
    exchanges: Sequence[ExchangeView]
    left_out: int
    diagram: str
    search: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """The whole report."""

    started: SuiteStarted
    finished: SuiteFinished
    harness: str
    at: str
    counts: Mapping[Verdict, int]
    tags: Sequence[str]
    items: Sequence[ItemView]
    requirements: Sequence[RequirementVerdict]
    lead: str
    broken: Sequence[Requirement]
    ours: bool


MEANS: Final[Mapping[Verdict, str]] = {
    "pass": "did all that a bridge must do there",
    "fail": "broke something that a bridge must do",
    "warning": "did all it must, not all it should",
    "inconclusive": "nobody could see enough to judge",
    "skipped": "asks for something that this bridge does not offer",
    "known": "broke something, as is known and accepted for a time",
    "harness-error": "could not be played: that says nothing of the bridge",
}
"""Each verdict in a few words for people who see the first report of their life."""


def page(started: SuiteStarted, finished: SuiteFinished, *, harness: str, at: str) -> Page:
    """The report of a run; ``at`` is when it ended, ``harness`` the version that ran it."""
    counted = Counter(result.verdict for result in finished.results)
    requirements = requirement_verdicts(finished.results)
    broken = [each.requirement for each in requirements if each.standing == "violated"]
    return Page(
        started=started,
        finished=finished,
        harness=harness,
        at=at,
        counts={verdict: counted[verdict] for verdict in VERDICTS},
        tags=sorted({tag for result in finished.results for tag in result.item.scenario.tags}),
        items=[
            _item(number, each, started, _spoken_of(each, requirements))
            for number, each in enumerate(in_order(finished.results), 1)
        ],
        requirements=requirements,
        lead=_lead(counted, len(broken)),
        broken=broken,
        ours=started.target == OURS,
    )


def _lead(counted: Mapping[Verdict, int], violated: int) -> str:
    """The whole run in one sentence."""
    skipped = counted["skipped"]
    played = sum(counted.values()) - skipped
    asks = "asks" if skipped == 1 else "ask"
    besides = f" {skipped} more {asks} for what this bridge does not offer." if skipped else ""
    if not played:
        return f"Nothing was played.{besides}"
    of_all = f"of {played} scenario{'s' if played > 1 else ''} played"
    if counted["fail"]:
        broken = f"; {violated} requirement{' is' if violated == 1 else 's are'} violated" if violated else ""
        return f"{counted['fail']} {of_all} failed{broken}.{besides}"
    if counted["harness-error"]:
        return f"{counted['harness-error']} {of_all} could not be judged: the harness itself failed.{besides}"
    if counted["inconclusive"]:
        return f"None failed, and {counted['inconclusive']} {of_all} could not be judged.{besides}"
    if counted["known"]:
        return f"Nothing new failed: {counted['known']} {of_all} failed as is known.{besides}"
    warned = f", {counted['warning']} with a warning" if counted["warning"] else ""
    all_played = f"All {played} scenarios that were" if played > 1 else "The one scenario that was"
    return f"{all_played} played passed{warned}.{besides}"


def in_order(results: Sequence[ItemResult]) -> list[ItemResult]:
    """The worst first, else as they were played."""
    return sorted(results, key=lambda result: ORDER.index(result.verdict))


def _spoken_of(result: ItemResult, requirements: Sequence[RequirementVerdict]) -> list[str]:
    """The requirements that an item says anything of: those that it names, and those whose oracle found."""
    named = result.item.scenario.requirements
    besides = (
        each.requirement.id
        for each in requirements
        if any(result.item.id in items for items in each.items.values())
    )
    return list(dict.fromkeys((*named, *besides)))


def _item(number: int, result: ItemResult, started: SuiteStarted, requirements: Sequence[str]) -> ItemView:
    found = hops(result.exchanges)
    kept = _kept(found)
    longest = LONGEST_BODY_OF_A_PASS if result.verdict == "pass" else LONGEST_BODY
    scenario = result.item.scenario
    title = f"Who said what to whom in {result.item.id}: {len(kept)} exchanges, listed below"
    said = (result.item.id, scenario.story, *(each.words for each in result.findings))
    operations = {each.operation for each in result.exchanges}
    return ItemView(
        number=number,
        result=result,
        open=result.verdict in OPEN,
        grade=grade_of(scenario.requirements),
        requirements=requirements,
        command=_command(result, started),
        story=[_split(line) for line in told(result.item)],
        findings=[_finding(each, kept, run=f"{result.item.id}#{started.token}/") for each in result.findings],
        exchanges=[_exchange(each, started.grades, longest) for each in kept],
        left_out=len(found) - len(kept),
        diagram=sequence(kept, title=title) if kept else "",
        search=visible(" ".join((*said, *scenario.tags, *sorted(operations)))).lower(),
    )


def _command(result: ItemResult, started: SuiteStarted) -> str:
    country = f" --country {started.country}" if started.country not in ("", DEFAULT_COUNTRY) else ""
    return f"mosip-harness conform {shlex.quote(result.item.id)} --seed {started.seed}{country}"


def _kept(found: Sequence[Hop]) -> Sequence[Hop]:
    if len(found) <= MOST_EXCHANGES:
        return found
    return [*found[: MOST_EXCHANGES // 2], *found[-MOST_EXCHANGES // 2 :]]


def _split(line: str) -> tuple[str, str]:
    word, _, rest = line.partition(" ")
    return word, rest.strip()


def _finding(finding: Finding, found: Sequence[Hop], *, run: str) -> FindingView:
    shown = {each.key for each in about(finding, [hop.exchange for hop in found])}
    return FindingView(
        finding=finding,
        words=finding.words.replace(run, ""),
        comparisons=comparisons(finding.words),
        near=[visible(each) for each in finding.near],
        exchanges=[hop.number for hop in found if hop.exchange.key in shown],
    )


def _exchange(hop: Hop, grades: Mapping[str, str], longest: int) -> ExchangeView:
    each = hop.exchange
    same = each.view is None or each.view == mapping(each.request).get("json")
    return ExchangeView(
        hop=hop,
        source=LANES.get(hop.source, hop.source),
        target=LANES.get(hop.target, hop.target),
        since=since(hop.since),
        kind=kind(each),
        answer=answer(each),
        notes=notes(each),
        grade=grades.get(each.operation),
        breaches=[
            (
                f"{breach.side}: {breach.contract} at {breach.pointer or '/'}: {breach.message}",
                _grade(breach.contract),
            )
            for breach in each.breaches
        ],
        request_headers=headers(each.request),
        request=body(each.request, longest),
        view=None if same else document(each.view, longest),
        response_headers=headers(each.response),
        response=body(each.response, longest),
        switches=[
            (name, document(switch))
            for name, switch in (("Fault", each.fault), ("Gate", each.gate))
            if switch
        ],
        curl=curl(each, longest=longest),
    )


def _grade(name: str) -> str:
    try:
        return contract(name).grade
    except UnknownContractError:
        return "unknown"
