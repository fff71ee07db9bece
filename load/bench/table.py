"""A run in words, for a person."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from load.bench.bench import Bench
from load.bench.earlier import Compared
from load.bench.measure import Loops, Spread
from load.bench.operations import LOOP_TARGET

WIDTH = 46


def table(bench: Bench, compared: Sequence[Compared] = ()) -> list[str]:
    """Lines; ``compared`` is how an earlier run did."""
    return [
        *_operations(bench),
        *_loops(bench),
        *_compared(compared),
        *_parts(bench),
        *_neighbours(bench),
    ]


def _operations(bench: Bench) -> Iterator[str]:
    if not bench.operations:
        return
    yield f"{'CPU in the bridge, ms per operation':<{WIDTH}} median  (least to most)  floor  times  target"
    for each in bench.operations:
        spread, floor = bench.cost[each.name], bench.floor_of(each)
        verdict = _verdict(bench.met(each))
        figures = f"{floor:6.2f} {spread.median / floor:6.1f} {each.target_ms:7.1f}  {verdict}"
        yield f"{each.title:<{WIDTH}} {_spread(spread)} {figures}"
    if bench.idle_ms_per_s is not None:
        yield f"{'the bridge idle, CPU ms each second':<{WIDTH}} {bench.idle_ms_per_s:6.2f}"


def _loops(bench: Bench) -> Iterator[str]:
    loops: Loops | None = bench.loops
    if loops is None:
        return
    rate = f"{'generator → bridge → MOSIP → accept':<{WIDTH}} {_spread(loops.births_per_s, digits=0)}"
    yield ""
    yield "births through all parties, each second, on this machine"
    yield f"{rate} {LOOP_TARGET:21.0f}  {_verdict(bench.loop_met)}"
    for party, spread in loops.cpu_ms.items():
        yield f"{f'  CPU of {party}, ms per birth':<{WIDTH}} {_spread(spread)}"


def _compared(compared: Sequence[Compared]) -> Iterator[str]:
    if compared:
        yield ""
        yield f"{'now by then (of the loop more is better)':<{WIDTH}} figure  to the floor"
    for each in compared:
        to_floor = "" if each.to_floor is None else f"{each.to_floor:13.2f}"
        yield f"  {each.name:<{WIDTH - 2}} {each.cost:6.2f} {to_floor}"


def _parts(bench: Bench) -> Iterator[str]:
    if bench.floor is None:
        return
    yield ""
    yield "the floor's parts, ms of CPU"
    for name, value in bench.floor.parts.items():
        users = [f"{each.name} {each.parts[name]}x" for each in bench.operations if name in each.parts]
        if users:
            yield f"  {name:<{WIDTH - 2}} {value:6.3f}  {', '.join(users)}"


def _neighbours(bench: Bench) -> Iterator[str]:
    if bench.others is not None:
        yield ""
        yield f"meanwhile other programs kept {bench.others:.1f} of {os.cpu_count() or 1} cores busy"


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def _spread(spread: Spread, *, digits: int = 2) -> str:
    shown = f"({spread.least:.{digits}f} to {spread.most:.{digits}f})"
    return f"{spread.median:6.{digits}f}  {shown:<15}"
