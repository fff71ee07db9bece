"""What a run says of each requirement, from the verdicts and findings of its items.

A finding of an oracle speaks of the oracle's requirement, any other finding of those that its scenario names.
So a bridge that loses a registration in a story about signatures breaks "nothing lost" and not "authentic".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from conformance.events import ItemResult
from conformance.requirements import Requirement, requirements
from conformance.verdicts import Finding, verdict_of

Standing = Literal["violated", "inconclusive", "proven", "not offered", "out of mode", "not played"]
STANDINGS: Final[tuple[Standing, ...]] = (
    "violated",
    "inconclusive",
    "proven",
    "not offered",
    "out of mode",
    "not played",
)
"""The first of these that any item gives is what the run says."""
OUT_OF_MODE: Final = frozenset(("mode", "profiles"))
"""Who skips an item that makes no sense for the target; all others skip what it does not offer."""
KNOWN_ISSUE: Final = "known issue"


@dataclass(frozen=True, kw_only=True)
class RequirementVerdict:
    """What a run says of one requirement; ``items`` are the ids of those that speak of it, by what they say.

    violated: a scenario shows that it is broken. inconclusive: one that was played could not tell. proven:
    all that were played hold. not offered: the target lacks what every one of them needs. out of mode: they
    make no sense for this target. not played: none was chosen.
    """

    requirement: Requirement
    standing: Standing
    items: Mapping[Standing, Sequence[str]] = field(default_factory=dict)

    def counts(self) -> str:
        """How many items say what, as ``3 proven, 1 not offered``."""
        return ", ".join(f"{len(self.items[each])} {each}" for each in STANDINGS if self.items.get(each))


def requirement_verdicts(
    results: Iterable[ItemResult], known: Mapping[str, Requirement] | None = None
) -> list[RequirementVerdict]:
    """One for each requirement, in the order in which they are written."""
    catalogue = requirements() if known is None else known
    said: dict[str, dict[Standing, list[str]]] = {identifier: {} for identifier in catalogue}
    for result in results:
        for identifier, standing in _said(result, catalogue):
            said[identifier].setdefault(standing, []).append(result.item.id)
    return [
        RequirementVerdict(
            requirement=catalogue[identifier],
            standing=next((each for each in STANDINGS if each in items), "not played"),
            items=items,
        )
        for identifier, items in said.items()
    ]


def standings(verdicts: Iterable[RequirementVerdict]) -> dict[Standing, int]:
    """How many requirements stand how, those that none does left out."""
    counts = Counter(each.standing for each in verdicts)
    return {standing: counts[standing] for standing in STANDINGS if counts[standing]}


def _said(result: ItemResult, catalogue: Mapping[str, Requirement]) -> Iterator[tuple[str, Standing]]:
    own = [each for each in result.item.scenario.requirements if each in catalogue]
    if result.verdict in ("skipped", "harness-error"):
        standing = _unplayed(result)
        yield from ((identifier, standing) for identifier in own)
        return
    spoken = {identifier: list[Finding]() for identifier in own}
    for finding in result.findings:
        for identifier in _about(finding, own, catalogue):
            spoken.setdefault(identifier, []).append(finding)
    for identifier, findings in spoken.items():
        standing = _standing(findings, catalogue[identifier])
        if identifier in own or standing != "proven":
            yield identifier, standing


def _unplayed(result: ItemResult) -> Standing:
    if result.verdict == "harness-error":
        return "inconclusive"
    out_of_mode = any(each.verdict == "skipped" and each.by in OUT_OF_MODE for each in result.findings)
    return "out of mode" if out_of_mode else "not offered"


def _about(finding: Finding, own: Sequence[str], catalogue: Mapping[str, Requirement]) -> Sequence[str]:
    if finding.by == KNOWN_ISSUE:
        return ()
    watcher = finding.by.partition(" ")[0]
    watched = [identifier for identifier, each in catalogue.items() if each.oracle == watcher]
    return watched or own


def _standing(findings: Sequence[Finding], requirement: Requirement) -> Standing:
    verdict = verdict_of(findings)
    if verdict == "fail" or (verdict == "warning" and requirement.level == "should"):
        return "violated"
    return "inconclusive" if verdict == "inconclusive" else "proven"
