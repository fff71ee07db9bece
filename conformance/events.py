"""What the runner tells while it works. Reporters listen; they never steer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from conformance.exchanges import Exchange
from conformance.grammar.model import Item
from conformance.play import StepDone
from conformance.verdicts import Finding, Verdict


@dataclass(frozen=True, kw_only=True)
class SuiteStarted:
    """The items that will be played, and against whom. ``token`` makes the ids of this run its own.

    ``profiles`` are the versions that the target speaks, ``grades`` how well each operation is known.
    ``workers`` share the items, each in a sandbox of its own. ``shuffled`` is the seed of the order in which
    they are played, None where that is the order of ``items``. ``country`` is whose pack all parties have.
    """

    items: Sequence[Item]
    target: str
    seed: int
    token: str
    profiles: Sequence[str] = ()
    grades: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1
    shuffled: int | None = None
    country: str = ""


@dataclass(frozen=True, kw_only=True)
class ItemStarted:
    """An item begins."""

    item: Item


@dataclass(frozen=True, kw_only=True)
class ItemResult:
    """How an item ended; ``timeline`` has a line for each exchange that belonged to it.

    ``exchanges`` are those, and with them the ones of nobody that it may have caused.
    """

    item: Item
    verdict: Verdict
    findings: Sequence[Finding]
    steps: Sequence[StepDone]
    timeline: Sequence[str]
    started: str
    seconds: float
    exchanges: Sequence[Exchange] = ()


@dataclass(frozen=True, kw_only=True)
class ItemFinished:
    """An item ended."""

    result: ItemResult


@dataclass(frozen=True, kw_only=True)
class SuiteFinished:
    """All items ended, in the order of ``SuiteStarted.items``; ``seconds`` in all."""

    results: Sequence[ItemResult]
    seconds: float


Event = SuiteStarted | ItemStarted | ItemFinished | SuiteFinished


class Listener(Protocol):
    """Whoever wants to hear of it."""

    def hear(self, event: Event) -> None:
        """One event at a time; those of several workers mingle, each told in its worker's thread."""
