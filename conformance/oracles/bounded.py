"""O7: no call of the bridge's is without end, as far as the wire shows."""

from __future__ import annotations

from typing import Final

from conformance.exchanges import Exchange
from conformance.jsontypes import mapping
from conformance.oracles.case import Case, by_the_bridge
from conformance.verdicts import Finding

BY: Final = "O7 bounded"
SILENT: Final = ("hang", "delay")


def look(case: Case) -> list[Finding]:
    """A finding for each call that waited for a silent party as long as the bridge has for everything."""
    return [
        Finding(
            verdict="fail",
            by=BY,
            words=f"{each.operation} said nothing, and the bridge still waited after {case.patience_s:g} s",
            near=(each.line(),),
        )
        for each in case.exchanges
        if by_the_bridge(each) and _was_silent(each) and _held_on(each, case)
    ]


def _was_silent(exchange: Exchange) -> bool:
    done = mapping(mapping(exchange.fault).get("do"))
    return any(name in done for name in SILENT)


def _held_on(exchange: Exchange, case: Case) -> bool:
    """Whether it had not hung up by then; a silence that was shorter shows nothing."""
    told = (exchange.given_up_ms, exchange.duration_ms, case.open_for_ms(exchange))
    waited = next((each for each in told if each is not None), None)
    return waited is not None and waited >= case.patience_s * 1000
