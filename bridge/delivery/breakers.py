"""A breaker for each step and kind of record: an upstream that is down is asked now and then only."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.delivery.steps import Step
from bridge.model import Kind

_TO_OPEN = 5
_OF_DELIVERIES = 3


@dataclass(kw_only=True)
class _Circuit:
    opened: int = 0
    closed_until: float = 0.0
    streak: int = 0
    failing: set[int] = field(default_factory=set)


class Breakers:
    """Opens after five failures in a row of three deliveries, for ``first_s`` doubling up to ``max_s``.

    While it is open one delivery is let through at the end of each such time; one success closes it.
    """

    def __init__(self, *, first_s: float, max_s: float, clock: Callable[[], float]) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._clock = clock
        self._lock = threading.Lock()
        self._circuits = {(step, kind): _Circuit() for step in Step for kind in Kind}

    def pause(self, step: Step, kind: Kind) -> float:
        """Seconds until this step may be asked about; 0 when it is closed or a probe is due."""
        with self._lock:
            circuit = self._circuits[step, kind]
            return max(0.0, circuit.closed_until - self._clock()) if circuit.opened else 0.0

    def admits(self, step: Step, kind: Kind) -> bool:
        """Whether this step may run now; the one that is let through as a probe holds back the others."""
        with self._lock:
            circuit = self._circuits[step, kind]
            if not circuit.opened:
                return True
            now = self._clock()
            if now < circuit.closed_until:
                return False
            circuit.closed_until = now + self._length(circuit)
            return True

    def succeeded(self, step: Step, kind: Kind) -> None:
        """The upstream did its work."""
        with self._lock:
            self._circuits[step, kind] = _Circuit()

    def failed(self, step: Step, kind: Kind, delivery_id: int, *, at_once: bool = False) -> None:
        """The upstream failed; ``at_once`` opens without waiting for a streak."""
        with self._lock:
            circuit = self._circuits[step, kind]
            circuit.streak += 1
            circuit.failing.add(delivery_id)
            long_enough = circuit.streak >= _TO_OPEN and len(circuit.failing) >= _OF_DELIVERIES
            if at_once or circuit.opened or long_enough:
                circuit.opened += 1
                circuit.closed_until = self._clock() + self._length(circuit)

    def is_open(self, step: Step, kind: Kind) -> bool:
        """Whether only probes of this step are let through."""
        with self._lock:
            return self._circuits[step, kind].opened > 0

    def _length(self, circuit: _Circuit) -> float:
        return min(self._max_s, self._first_s * 2.0 ** min(circuit.opened - 1, 30))
