"""What a target leaves of the suite: which items can be played there, and what nobody will be able to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.checks import CHECKS
from conformance.grammar.model import Item, Step
from conformance.jsontypes import JSON, mapping
from conformance.targets import Target
from conformance.verbs import VERBS
from conformance.verdicts import Finding

THEIRS: Final[Mapping[str, frozenset[str]]] = {
    "full": frozenset(),
    "mosip-side": frozenset({"opencrvs"}),
    "opencrvs-side": frozenset({"mosip", "esignet"}),
}
"""By mode, the parties that are no mocks of ours: nothing of them can be struck, seen or played."""
ORACLES_BLIND: Final[Mapping[str, str]] = {
    "bridge.operator-view": "O1 nothing lost, O3 truthful ack, O6 a reason (what the wire does not show)",
    "bridge.log": "O4 nobody's business (what is written)",
}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One item. ``why`` it can't be played, None when it can; ``unseen``: checks that may see nothing."""

    item: Item
    why: str | None
    unseen: tuple[str, ...]

    def line(self) -> str:
        """For people."""
        if self.why is not None:
            return f"skipped       {self.item.id}: {self.why}"
        if self.unseen:
            return (
                f"runs          {self.item.id}; inconclusive where only these tell: {', '.join(self.unseen)}"
            )
        return f"runs          {self.item.id}"

    def as_json(self) -> dict[str, JSON]:
        """For programs."""
        return {"item": self.item.id, "runs": self.why is None, "why": self.why, "unseen": list(self.unseen)}


def plan(items: Iterable[Item], target: Target) -> list[Planned]:
    """What this target leaves of these items; nothing is started."""
    return [
        Planned(item=item, why=why_not(item, target), unseen=tuple(_unseen(item, target))) for item in items
    ]


def blind_oracles(target: Target) -> list[str]:
    """What the oracles can't judge by themselves at this target."""
    return [words for need, words in ORACLES_BLIND.items() if need not in target.can]


def why_not(item: Item, target: Target) -> str | None:
    """Why an item can't be played at a target, or None."""
    return next((finding.words for finding in skipped(item, target)), None)


def skipped(item: Item, target: Target) -> list[Finding]:
    """The finding that an item can't be played, if so, by what it is that stands in the way."""
    missing = [need for need in item.needs if need not in target.can]
    profiles = item.scenario.profiles
    theirs = sorted(_parties(item) & THEIRS[target.mode])
    if missing:
        by, words = "needs", f"the target lacks {', '.join(missing)}"
    elif profiles and not set(profiles) & set(target.profiles):
        by, words = "profiles", f"made for {', '.join(profiles)}"
    elif theirs:
        by, words = "mode", f"out of mode {target.mode}: it plays {', '.join(theirs)}"
    else:
        return []
    return [Finding(verdict="skipped", by=by, words=words)]


def _parties(item: Item) -> set[str]:
    """Every party that the story plays, strikes or looks at."""
    found = {VERBS[step.verb].party for step in _steps(item)}
    words = {text.partition(".")[0] for step in _steps(item) for text in _texts(step.arguments)}
    return {*map(str, found), *words} & {"mosip", "esignet", "opencrvs"}


def _unseen(item: Item, target: Target) -> list[str]:
    """The checks of the story that may see nothing at this target."""
    return sorted(
        {
            name
            for step in _steps(item)
            for name, arguments in _members(step.arguments)
            if name in CHECKS and set(CHECKS[name].sees_by(mapping(arguments))) - target.can
        }
    )


def _steps(item: Item) -> tuple[Step, ...]:
    return (*item.given, *item.steps, *item.last)


def _members(value: JSON) -> Iterator[tuple[str, JSON]]:
    """Every member of every object inside, with its name."""
    for each in value if isinstance(value, list) else mapping(value).values():
        yield from _members(each)
    yield from mapping(value).items()


def _texts(value: JSON) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for name, inner in mapping(value).items():
        yield name
        yield from _texts(inner)
    for each in value if isinstance(value, list) else ():
        yield from _texts(each)
