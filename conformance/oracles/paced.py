"""O7: who fails is not asked again without a pause."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from conformance.exchanges import Exchange
from conformance.oracles.bounded import BY
from conformance.oracles.case import Case, by_the_bridge
from conformance.verdicts import Finding

LIMIT: Final = 50
"""A bridge that waits at all between two tries has fewer failures of one call about one action a second."""
WINDOW: Final = timedelta(seconds=1)


def look(case: Case) -> list[Finding]:
    """A finding for each call of which one action made too many in one second, all in vain."""
    failures: dict[tuple[str, str], list[Exchange]] = {}
    for each in case.exchanges:
        if by_the_bridge(each) and each.owner is not None and _failed(each):
            failures.setdefault((each.owner, each.operation), []).append(each)
    return [
        Finding(
            verdict="fail",
            by=BY,
            words=f"{owner}: {operation} failed {most} times within a second, and was asked without a pause",
            near=(asked[0].line(), asked[-1].line()),
        )
        for (owner, operation), asked in failures.items()
        if (most := max(_at_once(asked))) >= LIMIT
    ]


def _failed(exchange: Exchange) -> bool:
    return exchange.closed and (exchange.status is None or exchange.status >= 500 or exchange.status == 429)


def _at_once(asked: list[Exchange]) -> Iterator[int]:
    """For each of them, how many there were in the second before it."""
    times = [datetime.fromisoformat(each.time) for each in asked]
    oldest = 0
    for number, moment in enumerate(times):
        while moment - times[oldest] > WINDOW:
            oldest += 1
        yield number - oldest + 1
