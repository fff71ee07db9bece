"""Threads that deliver, a lane for each upstream and kind, so that a slow one never holds up another."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bridge.model import Delivery, Kind, State

log = structlog.get_logger(__name__)

Run = Callable[[int, Delivery | None], None]
"""Drives the delivery of that id; the row comes along where this process holds it already."""

_MOSIP = frozenset({State.QUEUED, State.PACKET_SENT})
_OPENCRVS = frozenset({State.ANSWERED, State.REFUSED, State.AWAITING})


@dataclass(frozen=True, kw_only=True)
class LaneSpec:
    """Which deliveries a lane takes, and with how many threads (the bound on calls at once)."""

    name: str
    states: frozenset[State]
    kinds: frozenset[Kind]
    threads: int


def lane_specs(threads: int) -> tuple[LaneSpec, ...]:
    """Threads towards MOSIP for births, half as many for deaths, and as many for confirmations."""
    return (
        LaneSpec(name="mosip-birth", states=_MOSIP, kinds=frozenset({Kind.BIRTH}), threads=threads),
        LaneSpec(
            name="mosip-death", states=_MOSIP, kinds=frozenset({Kind.DEATH}), threads=max(1, threads // 2)
        ),
        LaneSpec(name="opencrvs", states=_OPENCRVS, kinds=frozenset(Kind), threads=threads),
    )


class Lane:
    """A bounded queue of delivery ids and its threads. What finds no room stays in the store."""

    def __init__(self, spec: LaneSpec, *, room: int = 1000) -> None:
        self.spec = spec
        self._room = room
        self._queue: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: dict[int, Delivery | None] = {}
        self._taking = True
        self._threads: list[threading.Thread] = []

    def start(self, run: Run) -> None:
        """Start the threads, each of which runs one delivery at a time."""
        for number in range(self.spec.threads):
            name = f"{self.spec.name}-{number}"
            thread = threading.Thread(target=self._work, args=(run,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def offer(self, delivery_id: int, held: Delivery | None = None) -> bool:
        """Queue a delivery unless it is queued, or there is no room, or the lane ends; whether it is queued.

        ``held`` is its row where this process holds it already.
        """
        with self._lock:
            if delivery_id in self._waiting:
                self._waiting[delivery_id] = held or self._waiting[delivery_id]
                return True
            if not self._taking or len(self._waiting) >= self._room:
                return False
            self._waiting[delivery_id] = held
            self._queue.put(delivery_id)
            return True

    def vacancies(self) -> int:
        """How many more it would queue now."""
        with self._lock:
            return self._room - len(self._waiting) if self._taking else 0

    def stop(self) -> None:
        """Begin nothing new; what is queued stays in the store."""
        with self._lock:
            self._taking = False
            self._waiting.clear()
        for _ in self._threads:
            self._queue.put(None)

    def join(self, deadline: float) -> bool:
        """Wait until ``time.monotonic()`` is ``deadline``; whether all threads ended."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, run: Run) -> None:
        while (delivery_id := self._queue.get()) is not None:
            with self._lock:
                if not self._taking:
                    return
                held = self._waiting.pop(delivery_id, None)
            try:
                run(delivery_id, held)
            except Exception:  # the row keeps its lease, and is tried again when that has run out
                log.exception("lane.fault")


class Lanes:
    """All lanes of a process."""

    def __init__(self, specs: Sequence[LaneSpec]) -> None:
        self.all = tuple(Lane(spec) for spec in specs)

    def start(self, run: Run) -> None:
        """Start all threads."""
        for lane in self.all:
            lane.start(run)

    def offer(self, delivery: Delivery) -> None:
        """Hand a delivery to its lane, if its state has one."""
        lane = self._lane(delivery.state, delivery.kind)
        if lane is not None:
            lane.offer(delivery.id)

    def hold(self, held: Delivery) -> bool:
        """Hand on a delivery that this process holds; whether its lane has taken it."""
        lane = self._lane(held.state, held.kind)
        return lane is not None and lane.offer(held.id, held)

    def has_room(self, state: State, kind: Kind) -> bool:
        """Whether such a delivery would be queued now."""
        lane = self._lane(state, kind)
        return lane is not None and lane.vacancies() > 0

    def drain(self, grace_s: float) -> bool:
        """Begin nothing new and wait for what runs; whether all of it ended within the grace."""
        deadline = time.monotonic() + grace_s
        for lane in self.all:
            lane.stop()
        ended = [lane.join(deadline) for lane in self.all]
        return all(ended)

    def _lane(self, state: State, kind: Kind) -> Lane | None:
        return next(
            (lane for lane in self.all if state in lane.spec.states and kind in lane.spec.kinds), None
        )
