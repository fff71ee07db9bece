"""One whole run: what was measured, beside its floor and its target."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from load.bench.floor import Floor, measure_floor
from load.bench.measure import Loops, Operations, Spread, measure_births, measure_loop, measure_questions
from load.bench.operations import (
    CALLBACK,
    LOGIN,
    LOOP,
    LOOP_TARGET,
    OPERATIONS,
    REGISTRATION,
    VERIFY,
    VERIFY_TEXT,
    Operation,
)
from load.neighbours import Neighbours
from load.report import machine

BIRTHS: Final = frozenset({REGISTRATION, CALLBACK})
QUESTIONS: Final = frozenset({VERIFY, VERIFY_TEXT, LOGIN})


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How often everything is measured, and how many births or questions each time."""

    repeats: int
    births: int
    questions: int


@dataclass(frozen=True, kw_only=True)
class Bench:
    """All that was measured; ``floor`` is None when no operation was, ``loops`` when no loop was.

    ``others`` is how many cores other programs kept busy meanwhile, None where it can't be told.
    """

    cost: Mapping[str, Spread]
    idle_ms_per_s: float | None
    floor: Floor | None
    loops: Loops | None
    others: float | None = None

    @property
    def operations(self) -> list[Operation]:
        """Those that were measured."""
        return [each for each in OPERATIONS if each.name in self.cost]

    def floor_of(self, operation: Operation) -> float:
        """Its floor, in ms."""
        return self.floor.of(operation) if self.floor is not None else 0.0

    def met(self, operation: Operation) -> bool:
        """Whether its median is within its target."""
        return self.cost[operation.name].median <= operation.target_ms

    @property
    def loop_met(self) -> bool:
        """Whether the loop is as fast as it should be."""
        return self.loops is not None and self.loops.births_per_s.median >= LOOP_TARGET

    def as_json(self) -> dict[str, object]:
        """For programs."""
        document: dict[str, object] = {
            "machine": machine(others=self.others),
            "operations": {each.name: self._told(each) for each in self.operations},
        }
        if self.floor is not None:
            document["floor_parts_ms"] = {name: round(ms, 4) for name, ms in self.floor.parts.items()}
        if self.idle_ms_per_s is not None:
            document["bridge_idle_cpu_ms_per_s"] = round(self.idle_ms_per_s, 2)
        if self.loops is not None:
            document["loop"] = {
                "births_per_s": self.loops.births_per_s.as_json(),
                "target_births_per_s": LOOP_TARGET,
                "met": self.loop_met,
                "cpu_ms_per_birth": {name: each.as_json() for name, each in self.loops.cpu_ms.items()},
            }
        return document

    def _told(self, operation: Operation) -> dict[str, object]:
        floor, cost = self.floor_of(operation), self.cost[operation.name]
        return {
            "title": operation.title,
            "cpu_ms": cost.as_json(),
            "floor_ms": round(floor, 4),
            "times_floor": round(cost.median / floor, 3),
            "target_ms": operation.target_ms,
            "met": self.met(operation),
        }


def measure(wanted: Collection[str], amounts: Amounts) -> Bench:
    """What is wanted, one after another. Raises SandboxError, AdminError."""
    found: list[Operations] = []
    began = Neighbours.now()
    if BIRTHS & {*wanted}:
        found.append(measure_births(repeats=amounts.repeats, count=amounts.births))
    if QUESTIONS & {*wanted}:
        found.append(measure_questions(wanted, repeats=amounts.repeats, count=amounts.questions))
    floor = _floor(found[0], amounts.repeats) if found else None
    loops = measure_loop(repeats=amounts.repeats, births=2 * amounts.births) if LOOP in wanted else None
    return Bench(
        cost={name: cost for each in found for name, cost in each.cost.items() if name in wanted},
        idle_ms_per_s=found[0].idle_ms_per_s if found else None,
        floor=floor,
        loops=loops,
        others=None if began is None else began.cores_until(),
    )


def _floor(measured: Operations, repeats: int) -> Floor:
    with tempfile.TemporaryDirectory(prefix="mosip-harness-bench-") as folder:
        return measure_floor(Path(folder), measured.sample, repeats=repeats)
