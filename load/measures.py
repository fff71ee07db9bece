"""Percentiles and spreads of plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` of all do not exceed (nearest rank); 0 of no values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long something took, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Latency:
        """Of these; zeros when there are none."""
        p50, p95, p99 = (round(percentile(values, share), 1) for share in (0.5, 0.95, 0.99))
        return cls(count=len(values), p50=p50, p95=p95, p99=p99, max=round(max(values, default=0.0), 1))

    def as_json(self) -> dict[str, float]:
        """Its members."""
        return asdict(self)
