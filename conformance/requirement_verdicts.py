"""What a run says of each requirement, from the verdicts and findings of its items.

A finding of an oracle speaks of the oracle's requirement, a failed check of those that its scenario names. So
a bridge that loses a registration in a story about signatures breaks "nothing lost" and not "authentic".
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
    heard = _Heard(result, own, catalogue)
    for identifier in heard.spoken_of:
        standing = heard.standing(catalogue[identifier])
        if identifier in own or standing != "proven":
            yield identifier, standing


class _Heard:
    """What the findings of one item say: of the oracles' requirements, and of the scenario's own."""

    def __init__(self, result: ItemResult, own: Sequence[str], catalogue: Mapping[str, Requirement]) -> None:
        self._by_oracle: dict[str, list[Finding]] = {}
        self._by_check: list[Finding] = []
        for finding in result.findings:
            watched = _watched(finding, catalogue)
            for identifier in watched:
                self._by_oracle.setdefault(identifier, []).append(finding)
            if not watched and finding.by != KNOWN_ISSUE:
                self._by_check.append(finding)
        self._own = own
        self._blamed = self._to_blame(catalogue)

    @property
    def spoken_of(self) -> list[str]:
        """The requirements that the item says anything of."""
        return list(dict.fromkeys((*self._own, *self._by_oracle)))

    def standing(self, requirement: Requirement) -> Standing:
        """What the item says of one of them."""
        blamed = requirement.id in self._blamed
        found = [*self._by_oracle.get(requirement.id, ()), *(self._by_check if blamed else ())]
        verdict = verdict_of(found)
        if verdict == "fail" or (verdict == "warning" and requirement.level == "should"):
            return "violated"
        if verdict == "inconclusive" or (requirement.id in self._own and not blamed):
            return "inconclusive"
        return "proven"

    def _to_blame(self, catalogue: Mapping[str, Requirement]) -> frozenset[str]:
        """Whose requirements a check's finding speaks of.

        A failed check breaks those that no oracle watches over, and those whose oracle has failed as well. Of
        the rest nothing is shown: their oracle has looked and is content, but the story did not end well.
        """
        if verdict_of(self._by_check) != "fail":
            return frozenset(self._own)
        blamed = [
            each
            for each in self._own
            if catalogue[each].oracle is None or verdict_of(self._by_oracle.get(each, ())) == "fail"
        ]
        return frozenset(blamed or self._own)


def _unplayed(result: ItemResult) -> Standing:
    if result.verdict == "harness-error":
        return "inconclusive"
    out_of_mode = any(each.verdict == "skipped" and each.by in OUT_OF_MODE for each in result.findings)
    return "out of mode" if out_of_mode else "not offered"


def _watched(finding: Finding, catalogue: Mapping[str, Requirement]) -> list[str]:
    """The requirements of the oracle that has found it; none when a check has."""
    watcher = finding.by.partition(" ")[0]
    return [identifier for identifier, each in catalogue.items() if each.oracle == watcher]
