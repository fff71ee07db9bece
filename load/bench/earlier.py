"""An earlier run, read from the file that it wrote, and how this one compares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from load.bench.bench import Bench
from sandbox.errors import SandboxError


class EarlierError(SandboxError):
    """The file is no earlier run; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """An operation's median, and how many times its floor that was."""

    cpu_ms: float
    times_floor: float


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What an earlier run measured, by operation; ``births_per_s`` is None when it had no loop."""

    figures: Mapping[str, Figure]
    births_per_s: float | None

    @classmethod
    def read(cls, path: Path) -> Earlier:
        """What `Bench.as_json` told. Raises EarlierError."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            figures = {
                name: Figure(
                    cpu_ms=float(each["cpu_ms"]["median"]),
                    times_floor=float(each["cpu_ms"]["median"]) / float(each["floor_ms"]),
                )
                for name, each in document["operations"].items()
            }
            loop = document.get("loop")
            rate = float(loop["births_per_s"]["median"]) if loop else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
            raise EarlierError(f"{path} is no result of the bench ({type(error).__name__})") from error
        return cls(figures=figures, births_per_s=rate)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Now by then. ``cost`` is of the plain figures; ``to_floor`` leaves out how fast each machine was."""

    name: str
    cost: float
    to_floor: float | None = None

    def as_json(self) -> dict[str, object]:
        """Its members."""
        to_floor = {} if self.to_floor is None else {"times_floor": round(self.to_floor, 3)}
        return {"now_by_then": round(self.cost, 3), **to_floor}


def compare(bench: Bench, earlier: Earlier) -> list[Compared]:
    """Whatever both have measured; of a loop more is better, of all else less."""
    found = []
    for operation in bench.operations:
        before = earlier.figures.get(operation.name)
        if before is not None:
            median = bench.cost[operation.name].median
            times_floor = median / bench.floor_of(operation)
            found.append(
                Compared(
                    name=operation.name,
                    cost=median / before.cpu_ms,
                    to_floor=times_floor / before.times_floor,
                )
            )
    if bench.loops is not None and earlier.births_per_s:
        found.append(Compared(name="loop", cost=bench.loops.births_per_s.median / earlier.births_per_s))
    return found
