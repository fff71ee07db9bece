"""What the oracles judge: the journals of one scenario at rest, and what the bridge shows beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.exchanges import Exchange
from conformance.outcomes import Outcome
from conformance.records import Action, Record

Evidence = Callable[[Action], Outcome]


@dataclass(frozen=True, kw_only=True)
class Case:
    """``exchanges`` are all that were journaled, in order; ``outcome`` tells what became of an action.

    ``operator_view``: whether the bridge shows its rows at all. ``answering``: whether the bridge is up, None
    when nobody can tell.
    """

    records: Mapping[str, Record]
    exchanges: Sequence[Exchange]
    outcome: Evidence
    operator_view: bool
    answering: bool | None

    def registrations(self) -> Iterator[tuple[Action, list[Exchange]]]:
        """Each registration that OpenCRVS was asked for and that concerns the bridge, with its exchanges."""
        for record in self.records.values():
            action = record.registration
            mine = [each for each in self.exchanges if each.owner == action.owner]
            if any(each.operation == "opencrvs.events.register" for each in mine):
                yield action, mine

    def strays(self, effects: frozenset[str]) -> list[Exchange]:
        """Exchanges of nobody with one of these effects."""
        return [
            each
            for each in self.exchanges
            if each.owner is None and any(effect.name in effects for effect in each.effects)
        ]


def count(exchanges: Sequence[Exchange], *names: str) -> int:
    """How often one of these effects happened."""
    return sum(effect.name in names for each in exchanges for effect in each.effects)


def evidence(exchanges: Sequence[Exchange], limit: int = 6) -> tuple[str, ...]:
    """The last exchanges, a line each."""
    return tuple(each.line() for each in exchanges[-limit:])
