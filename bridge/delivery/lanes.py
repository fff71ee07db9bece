"""Threads that deliver, a lane for each upstream and kind, so that a slow one never holds up another."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bridge.model import Delivery, Kind, State

log = structlog.get_logger(__name__)

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
        self._waiting: set[int] = set()
        self._taking = True
        self._threads: list[threading.Thread] = []

    def start(self, run: Callable[[int], None]) -> None:
        """Start the threads, each of which runs one delivery at a time."""
        for number in range(self.spec.threads):
            name = f"{self.spec.name}-{number}"
            thread = threading.Thread(target=self._work, args=(run,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def offer(self, delivery_id: int) -> None:
        """Queue a delivery unless it is queued, or there is no room, or the lane ends."""
        with self._lock:
            if not self._taking or delivery_id in self._waiting or len(self._waiting) >= self._room:
                return
            self._waiting.add(delivery_id)
            self._queue.put(delivery_id)

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

    def _work(self, run: Callable[[int], None]) -> None:
        while (delivery_id := self._queue.get()) is not None:
            with self._lock:
                if not self._taking:
                    return
                self._waiting.discard(delivery_id)
            try:
                run(delivery_id)
            except Exception:  # the row keeps its lease, and is tried again when that has run out
                log.exception("lane.fault")


class Lanes:
    """All lanes of a process."""

    def __init__(self, specs: Sequence[LaneSpec]) -> None:
        self.all = tuple(Lane(spec) for spec in specs)

    def start(self, run: Callable[[int], None]) -> None:
        """Start all threads."""
        for lane in self.all:
            lane.start(run)

    def offer(self, delivery: Delivery) -> None:
        """Hand a delivery to its lane, if its state has one."""
        for lane in self.all:
            if delivery.state in lane.spec.states and delivery.kind in lane.spec.kinds:
                lane.offer(delivery.id)

    def drain(self, grace_s: float) -> bool:
        """Begin nothing new and wait for what runs; whether all of it ended within the grace."""
        deadline = time.monotonic() + grace_s
        for lane in self.all:
            lane.stop()
        ended = [lane.join(deadline) for lane in self.all]
        return all(ended)
