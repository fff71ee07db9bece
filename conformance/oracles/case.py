"""What the oracles judge: the journals of one scenario at rest, and what the bridge shows beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.exchanges import Exchange
from conformance.outcomes import Outcome
from conformance.records import Action, Record

# What the registrar calls; every other route of the mocks is called by the bridge or by country-config.
BY_THE_REGISTRAR: Final = frozenset(
    {
        "opencrvs.events.create",
        "opencrvs.events.get",
        "opencrvs.events.search",
        "opencrvs.events.declare",
        "opencrvs.events.register",
        "opencrvs.events.assign",
        "opencrvs.events.archive",
        "opencrvs.events.request_correction",
        "opencrvs.events.approve_correction",
        "opencrvs.events.custom",
        "opencrvs.country_config.trigger",
    }
)
BY_BROWSERS: Final = frozenset({"esignet.oauth.authorize", "esignet.oauth.login", "esignet.oauth.consent"})
NOT_TO_THE_BRIDGE: Final = frozenset({"opencrvs.hook.call", "esignet.identity_system.kyc_auth"})
Evidence = Callable[[Action], Outcome]
Reason = Callable[[Action], str | None]
Open = Callable[[Exchange], float | None]


def _not_open(_: Exchange) -> float | None:
    return None


def _no_reason(_: Action) -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Case:
    """``exchanges`` are all that were journaled, in order; ``outcome`` tells what became of an action.

    ``operator_view``: whether the bridge shows its rows at all, ``reason`` what it says there of an action
    that failed, None where it says nothing. ``answering``: whether the bridge is up, None when nobody knows.
    ``written``: what it has written into its log meanwhile, None where nobody can read that. ``patience_s``:
    how long it is given for all it does, retries included. ``open_for_ms``: how long an exchange that has not
    ended is open by now, None for one that has.
    """

    records: Mapping[str, Record]
    exchanges: Sequence[Exchange]
    outcome: Evidence
    operator_view: bool
    answering: bool | None
    reason: Reason = _no_reason
    written: str | None = ""
    patience_s: float = 20.0
    open_for_ms: Open = _not_open

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


def by_the_bridge(exchange: Exchange) -> bool:
    """Whether the bridge (or country-config) called a mock, and not a registrar or a browser."""
    return exchange.direction == "in" and exchange.operation not in (*BY_THE_REGISTRAR, *BY_BROWSERS)


def of_the_bridge(exchange: Exchange) -> bool:
    """Whether a mock called the bridge."""
    return exchange.direction == "out" and exchange.operation not in NOT_TO_THE_BRIDGE


def count(exchanges: Sequence[Exchange], *names: str) -> int:
    """How often one of these effects happened."""
    return sum(effect.name in names for each in exchanges for effect in each.effects)


def evidence(exchanges: Sequence[Exchange], limit: int = 6) -> tuple[str, ...]:
    """The last exchanges, a line each."""
    return tuple(each.line() for each in exchanges[-limit:])
