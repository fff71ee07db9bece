"""How much of the machine others used meanwhile: it slows every figure, those of the floor too."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STAT: Final = Path("/proc/stat")
_IDLE, _WAITING, _STOLEN_END = 3, 4, 8
"""Places of the first line, after its name: what follows stolen time is counted in user time already."""


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """What the machine and this process (with children that have ended) had used at one moment, seconds."""

    at: float
    machine: float
    own: float

    @classmethod
    def now(cls, text: str | None = None) -> Neighbours | None:
        """The moment; None where no /proc/stat is. text: what stands there, if not to be read."""
        if text is None and not STAT.exists():
            return None
        first = (STAT.read_text() if text is None else text).splitlines()[0]
        ticks = [int(each) for each in first.split()[1 : _STOLEN_END + 1]]
        busy = sum(ticks) - ticks[_IDLE] - ticks[_WAITING]
        used = os.times()
        own = used.user + used.system + used.children_user + used.children_system
        return cls(at=time.monotonic(), machine=busy / os.sysconf("SC_CLK_TCK"), own=own)

    def cores_since(self, earlier: Neighbours) -> float:
        """How many cores others kept busy from then to now, on average."""
        others = (self.machine - earlier.machine) - (self.own - earlier.own)
        return max(0.0, others / (self.at - earlier.at))
