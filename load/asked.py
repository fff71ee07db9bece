"""What became of the questions that were asked about people. No I/O: what was seen goes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from load.measures import Latency
from load.plan import Asked

BUSY = 503


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Questions of one kind: ``refused`` were answered with 503, ``failed`` otherwise or not at all."""

    asked: int
    right: int
    refused: int
    failed: int
    took: Latency

    @classmethod
    def of(cls, asked: Iterable[Asked]) -> Answers:
        """The numbers of these."""
        everything = list(asked)
        right = sum(each.right for each in everything)
        refused = sum(each.status == BUSY for each in everything)
        return cls(
            asked=len(everything),
            right=right,
            refused=refused,
            failed=len(everything) - right - refused,
            took=Latency.of([each.took_ms for each in everything]),
        )

    def as_json(self) -> dict[str, object]:
        """The numbers, without how long it took."""
        return {"asked": self.asked, "right": self.right, "refused": self.refused, "failed": self.failed}


def answers(asked: Iterable[Asked]) -> Mapping[str, Answers]:
    """By kind."""
    by_kind: dict[str, list[Asked]] = {}
    for each in asked:
        by_kind.setdefault(each.kind, []).append(each)
    return {kind: Answers.of(some) for kind, some in sorted(by_kind.items())}
