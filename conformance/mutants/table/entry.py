"""What stands of a mutant in the table, and the findings by which most of them are caught."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

ANOTHERS: Final = "fail: O8 the right person"
LOST: Final = "fail: O1 nothing lost"
TWICE: Final = "fail: O2 nothing twice"
UNTRUE: Final = "fail: O3 truthful ack"
BUSINESS: Final = "fail: O4 nobody's business"
CRASHED: Final = "fail: O5 no crash"
UNTOLD: Final = "fail: O6 a reason"
UNBOUNDED: Final = "fail: O7 bounded"
FORM: Final = "fail: contract"
MOCKS_FORM: Final = "harness-error: contract"
"""A message that a mock has made breaks its contract: the harness's own mistake."""
EFFECTS: Final = "fail: must effects"
EARLIER: Final = "fail: always effects"
ANSWER: Final = "fail: must answer"
OUTCOME: Final = "fail: wait outcome"
EXCHANGE: Final = "fail: must exchange"
FIELD: Final = "fail: must field"
IDENTIFIER: Final = "fail: must identifier"
RECORD: Final = "fail: must record"
SHOWN: Final = "fail: must form"
IDENTITY: Final = "fail: wait identity"
SERVED: Final = "fail: wait person"
BLAMED: Final = (ANSWER, FIELD)

PATIENCE_S: Final = 2.0
"""Nothing that is broken comes right by waiting."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """``name`` is that of its function in ``broken/``; ``caught``: by item, what must be found there.

    A finding is named by verdict and who found it, as ``fail: O1 nothing lost``. ``party``: who is broken,
    the bridge or one of the mocks. ``program``: the module that is the bridge, for one that is not ours at
    all. ``patience_s``: how long the bridge is given for all it does, retries included; what is found may be
    that it took longer. ``instances``: so many of the bridge are started.
    """

    name: str
    breaks: str
    caught: Mapping[str, frozenset[str]]
    party: str = "bridge"
    program: str | None = None
    patience_s: float = PATIENCE_S
    instances: int = 1


def mutant(
    name: str,
    breaks: str,
    *caught: tuple[str, str],
    party: str = "bridge",
    patience_s: float = PATIENCE_S,
    instances: int = 1,
) -> Mutant:
    """A mutant, with each item beside one finding of it."""
    found: dict[str, frozenset[str]] = {}
    for item, finding in caught:
        found[item] = found.get(item, frozenset()) | {finding}
    return Mutant(
        name=name, breaks=breaks, caught=found, party=party, patience_s=patience_s, instances=instances
    )


def each_row(scenario: str, rows: Iterable[str], findings: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every one of the findings in every one of a scenario's rows."""
    found = tuple(findings)
    return ((f"{scenario}[{row}]", finding) for row in rows for finding in found)
