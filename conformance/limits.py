"""What a target must be spared: so many births, so many items a minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from conformance.grammar.model import Item
from conformance.jsontypes import JSON, mapping
from conformance.targets import Limits
from conformance.verbs.opencrvs import MakesRecord

MAKES_RECORDS = frozenset(each.name for each in MakesRecord.__subclasses__())


def births(items: Iterable[Item]) -> int:
    """How many births these items declare."""
    return sum(
        mapping(arguments).get("event") == "birth"
        for item in items
        for step in (*item.given, *item.steps, *item.last)
        for verb, arguments in _calls(step.verb, step.arguments)
        if verb in MAKES_RECORDS
    )


def beyond(limits: Limits, items: Sequence[Item]) -> str | None:
    """Why these items are too many for a target, or None."""
    declared = births(items)
    if limits.max_births is None or declared <= limits.max_births:
        return None
    return (
        f"these scenarios declare {declared} births, and the target allows {limits.max_births}: choose fewer"
    )


def _calls(verb: str, arguments: JSON) -> Iterator[tuple[str, JSON]]:
    """The call, and those nested in it."""
    yield verb, arguments
    inner = arguments if isinstance(arguments, list) else list(mapping(arguments).values())
    for each in inner:
        for name, value in mapping(each).items():
            yield from _calls(name, value)
        if isinstance(each, list):
            yield from _calls("", each)


@dataclass(kw_only=True)
class Pace:
    """Lets at most ``rate`` items a minute begin; None: as many as come."""

    rate: float | None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    _next: float = field(default=0.0, init=False)

    def wait(self) -> None:
        """Returns when the next item may begin."""
        if self.rate is None:
            return
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 60.0 / self.rate
