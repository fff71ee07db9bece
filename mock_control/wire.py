"""How the bytes of a message leave: all at once as a rule, in drops, not all of them, or none for a while."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mock_control.errors import BrokenOff

GARBAGE: Final = b'{"\x9f\xff<html>\xc3\x28 \x00'
"""Neither JSON nor UTF-8 nor HTML."""
_LONGEST_PAUSE_S: Final = 1.0
_FEWEST_DROPS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Wire:
    """``trickle_s``: how long the body takes; ``truncate``: the connection ends after half of it;
    ``hang_s``: how long nothing comes at all before the connection is cut. ``sleep`` waits.
    """

    sleep: Callable[[float], object]
    trickle_s: float = 0.0
    truncate: bool = False
    hang_s: float = 0.0

    def parts(self, body: bytes) -> Iterator[bytes]:
        """The parts of the body as they leave; raises BrokenOff where it ends too early."""
        if self.hang_s:
            self.sleep(self.hang_s)
            raise BrokenOff
        yield from self._drops(body[: len(body) // 2] if self.truncate else body)
        if self.truncate:
            raise BrokenOff

    def _drops(self, body: bytes) -> Iterator[bytes]:
        count = max(_FEWEST_DROPS, math.ceil(self.trickle_s / _LONGEST_PAUSE_S)) if self.trickle_s else 1
        size = max(1, math.ceil(len(body) / count))
        starts = range(0, len(body), size)
        for start in starts:
            if self.trickle_s:
                self.sleep(self.trickle_s / len(starts))
            yield body[start : start + size]
