"""What a target leaves of the suite: which items can be played there, and what nobody will be able to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.grammar.model import Item
from conformance.jsontypes import JSON
from conformance.modes import asked, out_of_mode
from conformance.targets import Target
from conformance.verdicts import Finding

ORACLES_BLIND: Final[Mapping[str, str]] = {
    "bridge.operator-view": "O1 nothing lost, O3 truthful ack, O6 a reason (what the wire does not show)",
    "bridge.log": "O4 nobody's business (what is written)",
}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One item. ``why`` it can't be played, None when it can.

    ``hidden``: what the story must have and nobody will see here, so that a bridge which fails in nothing
    leaves it inconclusive; ``unseen``: checks that may see nothing, as it turns out.
    """

    item: Item
    why: str | None
    hidden: tuple[str, ...]
    unseen: tuple[str, ...]

    def line(self) -> str:
        """For people."""
        if self.why is not None:
            return f"skipped       {self.item.id}: {self.why}"
        if self.hidden:
            return (
                f"runs          {self.item.id}; inconclusive, for nobody sees here: {', '.join(self.hidden)}"
            )
        if self.unseen:
            return (
                f"runs          {self.item.id}; inconclusive where only these tell: {', '.join(self.unseen)}"
            )
        return f"runs          {self.item.id}"

    def as_json(self) -> dict[str, JSON]:
        """For programs."""
        return {
            "item": self.item.id,
            "runs": self.why is None,
            "why": self.why,
            "hidden": [*self.hidden],
            "unseen": [*self.unseen],
        }


def plan(items: Iterable[Item], target: Target) -> list[Planned]:
    """What this target leaves of these items; nothing is started."""
    return [
        Planned(
            item=item,
            why=why_not(item, target),
            hidden=tuple(sorted({each.name for each in asked(item) if each.must and each.hidden(target)})),
            unseen=tuple(sorted({each.name for each in asked(item) if each.may_be_hidden(target)})),
        )
        for item in items
    ]


def playable(items: Iterable[Item], target: Target) -> list[Item]:
    """Those of them that can be played there, as far as is known beforehand."""
    return [item for item in items if not skipped(item, target)]


def blind_oracles(target: Target) -> list[str]:
    """What the oracles can't judge by themselves at this target."""
    return [words for need, words in ORACLES_BLIND.items() if need not in target.can] + [*_of_mode(target)]


def why_not(item: Item, target: Target) -> str | None:
    """Why an item can't be played at a target, or None."""
    return next((finding.words for finding in skipped(item, target)), None)


def skipped(item: Item, target: Target) -> list[Finding]:
    """The finding that an item can't be played, if so, by what it is that stands in the way."""
    missing = [need for need in item.needs if need not in target.can]
    profiles = item.scenario.profiles
    if (mode := out_of_mode(item, target)) is not None:
        by, words = "mode", f"out of mode {target.mode}: {mode}"
    elif missing:
        by, words = "needs", f"the target lacks {', '.join(missing)}"
    elif profiles and not set(profiles) & set(target.profiles):
        by, words = "profiles", f"made for {', '.join(profiles)}"
    else:
        return []
    return [Finding(verdict="skipped", by=by, words=words)]


def _of_mode(target: Target) -> Iterator[str]:
    """What the oracles are narrowed to by what is theirs: they never find anything of the rest."""
    if "mosip" in target.theirs:
        yield "O2 nothing twice (packets and identities: it is only seen what OpenCRVS was told)"
        yield "O4 nobody's business (numbers that MOSIP made and OpenCRVS was not told)"
        yield "O7 bounded, contract (what passes between the bridge and MOSIP or E-Signet)"
        yield "O8 the right person (whom MOSIP was told of, and for whom it made a number)"
