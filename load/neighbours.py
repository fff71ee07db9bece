"""How much of the machine others used meanwhile: it slows every figure, those of the floor too."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from load.processes import cpu_seconds

STAT: Final = Path("/proc/stat")
_IDLE, _WAITING, _STOLEN_END = 3, 4, 8
"""Places of the first line, after its name: what follows stolen time is counted in user time already."""


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """What the machine and our own processes had used at one moment, in seconds of CPU."""

    at: float
    machine: float
    own: float

    @classmethod
    def now(cls, groups: Iterable[int] = (), *, text: str | None = None) -> Neighbours | None:
        """The moment; None where no /proc/stat is. text: what stands there, if not to be read.

        Ours are this process, its children that have ended, and what lives in these process groups.
        """
        if text is None and not STAT.exists():
            return None
        first = (STAT.read_text() if text is None else text).splitlines()[0]
        ticks = [int(each) for each in first.split()[1 : _STOLEN_END + 1]]
        busy = sum(ticks) - ticks[_IDLE] - ticks[_WAITING]
        used = os.times()
        own = used.user + used.system + used.children_user + used.children_system
        own += sum(map(cpu_seconds, groups))
        return cls(at=time.monotonic(), machine=busy / os.sysconf("SC_CLK_TCK"), own=own)

    def cores_until(self, groups: Iterable[int] = ()) -> float | None:
        """How many cores others kept busy from this moment until now, on average; groups: as then."""
        ended = Neighbours.now(groups)
        return None if ended is None else ended.cores_since(self)

    def cores_since(self, earlier: Neighbours) -> float:
        """How many cores others kept busy from then to now, on average."""
        others = (self.machine - earlier.machine) - (self.own - earlier.own)
        return max(0.0, others / (self.at - earlier.at))
