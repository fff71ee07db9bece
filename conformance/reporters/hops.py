"""From whom to whom each exchange went; a mock's journal only knows its own side of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from conformance.exchanges import Exchange
from conformance.jsontypes import mapping

LANES: Final[Mapping[str, str]] = {
    "registrar": "Registrar",
    "person": "Person",
    "opencrvs": "OpenCRVS",
    "bridge": "Bridge",
    "mosip": "MOSIP",
    "esignet": "E-Signet",
}
"""Who may take part, in the order in which they stand."""
_BY_THE_REGISTRAR: Final = frozenset(f"opencrvs.events.{name}" for name in ("create", "declare", "register"))
_WITHIN_OPENCRVS: Final = "opencrvs.hook.call"
_BY_A_PERSON: Final = ("authorize", "login", "consent")


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One exchange with its two ends; ``number`` counts from 1; ``since`` in seconds from the first."""

    number: int
    since: float
    source: str
    target: str
    exchange: Exchange


def hops(exchanges: Sequence[Exchange]) -> list[Hop]:
    """Each exchange with its ends, in order."""
    guide = _Guide(exchanges)
    begun = [_seconds(each.time) for each in exchanges]
    first = next((each for each in begun if each is not None), 0.0)
    return [
        Hop(
            number=number,
            since=max(0.0, (at if at is not None else first) - first),
            source=guide.source(each),
            target=guide.target(each),
            exchange=each,
        )
        for number, (each, at) in enumerate(zip(exchanges, begun, strict=True), 1)
    ]


class _Guide:
    """Finds the other end: addresses from the Host headers, the registrar by the token that it acts with."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        received = [each for each in exchanges if each.direction == "in"]
        self._at = {host: each.party for each in received if (host := _header(each, "host"))}
        self._registrars = {
            token
            for each in received
            if each.operation in _BY_THE_REGISTRAR and (token := _header(each, "authorization"))
        }
        self._sent: dict[tuple[str | None, ...], list[Exchange]] = {}
        for each in exchanges:
            if each.direction == "out" and (party := self._at.get(each.peer)) is not None:
                self._sent.setdefault(_message(party, each), []).append(each)

    def source(self, exchange: Exchange) -> str:
        if exchange.direction != "in":
            return exchange.party
        # What one mock, or a mock itself, journaled as sent before it was received.
        senders = self._sent.get(_message(exchange.party, exchange), ())
        sender = next((each for each in senders if each.time <= exchange.time), None)
        if sender is not None:
            return sender.party
        if exchange.operation in _BY_THE_REGISTRAR:
            return "registrar"
        if exchange.party == "opencrvs" and _header(exchange, "authorization") in self._registrars:
            return "registrar"
        if exchange.party == "esignet" and any(word in exchange.operation for word in _BY_A_PERSON):
            return "person"
        return "bridge"

    def target(self, exchange: Exchange) -> str:
        if exchange.direction != "out":
            return exchange.party
        if exchange.operation == _WITHIN_OPENCRVS:
            return exchange.party
        return self._at.get(exchange.peer, "bridge")


def _message(to: str, exchange: Exchange) -> tuple[str | None, ...]:
    """What is the same for who sends and who receives."""
    return to, exchange.method, exchange.path, exchange.owner


def _header(exchange: Exchange, name: str) -> str | None:
    fields = mapping(mapping(exchange.request).get("headers"))
    return next((str(value) for key, value in fields.items() if key.lower() == name), None)


def _seconds(stamp: str) -> float | None:
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        return None
