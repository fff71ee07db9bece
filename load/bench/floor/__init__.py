"""The floor: what the unavoidable parts of an operation cost on this machine, measured in this very run.

Each part is done by the cheapest library that a bridge in Python could use, once for each operation.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from load.bench.floor.crypto import measure_crypto
from load.bench.floor.messages import measure_messages
from load.bench.floor.rows import measure_rows
from load.bench.floor.serving import hello, server_and_calls
from load.bench.operations import Operation
from load.prepare import Prepared

PACKET_BYTES: Final = 14_000


@dataclass(frozen=True, kw_only=True)
class Floor:
    """Milliseconds of CPU for each part, and for each operation as the sum of its parts."""

    parts: Mapping[str, float]

    def of(self, operation: Operation) -> float:
        """The least that the operation could cost here."""
        return sum(self.parts[name] * times for name, times in operation.parts.items())


def measure_floor(folder: Path, sample: Prepared, *, repeats: int = 1) -> Floor:
    """Measures all parts, and takes the median of so many repeats.

    sample: a registration as the bridge gets it. folder: for databases.
    """
    with hello() as server:
        rounds = [_measured(server, folder / f"floor-{turn}.sqlite", sample) for turn in range(repeats)]
    return Floor(parts={name: statistics.median(each[name] for each in rounds) for name in rounds[0]})


def _measured(server: tuple[str, int], database: Path, sample: Prepared) -> Mapping[str, float]:
    served, called = server_and_calls(*server, sample.body.encode())
    _, told = server_and_calls(*server, b"x" * PACKET_BYTES)
    return {
        "server and Flask": served,
        "upstream call, 3 KB": called,
        "upstream call, 14 KB": told,
        **measure_messages(sample),
        **measure_crypto(),
        **measure_rows(database),
    }
