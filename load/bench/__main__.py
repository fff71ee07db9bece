"""`python -m load.bench [--repeats N] [--births N] [--json]`: measures, and prints a table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from load.bench.floor import CALLBACK_PARTS, POST_PARTS, Floor, measure_floor
from load.bench.measure import CALLBACK, POST, Loops, Operations, Spread, measure_loop, measure_operations
from load.report import machine
from sandbox.errors import SandboxError

TARGETS: Final[Mapping[str, float]] = {POST: 2.0, CALLBACK: 1.8}
"""Milliseconds of CPU in the bridge."""
LOOP_TARGET: Final = 200.0
"""Births per second on two cores; the reference implementation does 30."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """All that was measured."""

    operations: Operations
    floor: Floor
    loops: Loops

    def floor_of(self, operation: str) -> float:
        """The floor of that operation, in ms."""
        return {POST: self.floor.post, CALLBACK: self.floor.callback}[operation]

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "machine": machine(),
            "operations": {
                name: {
                    "cpu_ms": spread.as_json(),
                    "floor_ms": round(self.floor_of(name), 4),
                    "target_ms": TARGETS[name],
                }
                for name, spread in self.operations.cost.items()
            },
            "bridge_idle_cpu_ms_per_s": round(self.operations.idle_ms_per_s, 2),
            "floor_parts_ms": {name: round(value, 4) for name, value in self.floor.parts.items()},
            "loop": {
                "births_per_s": self.loops.births_per_s.as_json(),
                "target_births_per_s": LOOP_TARGET,
                "cpu_ms_per_birth": {name: each.as_json() for name, each in self.loops.cpu_ms.items()},
            },
        }


def main() -> None:
    """Measures and prints. Exit status 3 when a measurement can't be made."""
    parser = argparse.ArgumentParser(prog="python -m load.bench", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="of each measurement")
    parser.add_argument("--births", type=int, default=200, help="in each repeat")
    parser.add_argument("--json", action="store_true", help="facts for programs")
    chosen = parser.parse_args()
    try:
        bench = measure(repeats=chosen.repeats, births=chosen.births)
    except SandboxError as error:
        sys.stderr.write(f"bench: {error}\n")
        sys.exit(3)
    sys.stdout.write(json.dumps(bench.as_json(), indent=1) if chosen.json else "\n".join(table(bench)))
    sys.stdout.write("\n")


def measure(*, repeats: int, births: int) -> Bench:
    """Everything, one after another. Raises SandboxError."""
    operations = measure_operations(repeats=repeats, births=births)
    with tempfile.TemporaryDirectory(prefix="mosip-harness-bench-") as folder:
        floor = measure_floor(Path(folder), operations.sample)
    return Bench(operations=operations, floor=floor, loops=measure_loop(repeats=repeats, births=2 * births))


def table(bench: Bench) -> list[str]:
    """The table, for a person."""
    said = [f"{'CPU in the bridge, ms per operation':<46} median  (least to most)  floor  target"]
    for name, spread in bench.operations.cost.items():
        numbers = f"{bench.floor_of(name):7.2f} {TARGETS[name]:7.1f}"
        said.append(f"{name:<46} {_spread(spread)} {numbers}")
    loops = bench.loops
    rate = f"{'generator → bridge → MOSIP → accept':<46} {_spread(loops.births_per_s, digits=0)}"
    said += [
        f"{'the bridge idle, CPU ms each second':<46} {bench.operations.idle_ms_per_s:6.2f}",
        "",
        "births through all parties, each second, on this machine",
        f"{rate}         {LOOP_TARGET:7.0f}",
        *(
            f"{f'  CPU of {party}, ms per birth':<46} {_spread(spread)}"
            for party, spread in loops.cpu_ms.items()
        ),
        "",
        "the floor's parts, ms of CPU",
    ]
    for name, value in bench.floor.parts.items():
        used = [f"POST {POST_PARTS[name]}x"] if name in POST_PARTS else []
        used += [f"callback {CALLBACK_PARTS[name]}x"] if name in CALLBACK_PARTS else []
        said.append(f"  {name:<44} {value:6.3f}  {', '.join(used)}")
    return said


def _spread(spread: Spread, *, digits: int = 2) -> str:
    return f"{spread.median:6.{digits}f}  ({spread.least:.{digits}f} to {spread.most:.{digits}f})"


if __name__ == "__main__":
    main()
