"""Faults: what an operation does instead of, before or after its own work."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from mock_control.aim import Aim, number_of, parse_aim, refuse_unknown
from mock_control.clock import seconds_of
from mock_control.do import Do, parse_do
from mock_control.draws import seeded
from mock_control.errors import Refusal
from mock_control.exchange import Exchange
from mock_control.jsonpath import look_up, parse_path
from mock_control.messages import JSON
from mock_control.operations import Operations, OperationSpec

_MEMBERS = ("scenario", "scope", "at", "of", "when", "times", "for", "do")
_WHEN = ("nth", "body", "probability", "seed")


@dataclass(kw_only=True, eq=False)
class Fault:
    """A fault that is set; ``seen`` counts exchanges that met its conditions, ``struck`` those it struck."""

    id: int
    aim: Aim
    do: Do
    kinds: tuple[str, ...]
    nth: frozenset[int]
    body: tuple[tuple[tuple[str | int, ...], JSON], ...]
    probability: float
    seed: int
    times: int | None
    until: float | None
    wish: dict[str, JSON]
    seen: int = 0
    struck: int = 0
    cleared: bool = False

    def describe(self) -> dict[str, JSON]:
        """As the admin API shows it."""
        return {"id": self.id, **self.wish, "seen": self.seen, "struck": self.struck}

    def over(self) -> bool:
        """Whether it will strike no more."""
        return (self.times is not None and self.struck >= self.times) or (
            self.until is not None and time.monotonic() >= self.until
        )

    def meets(self, spec: OperationSpec, exchange: Exchange, subject: JSON) -> bool:
        """Counts the exchange if it is meant, and says whether it is struck."""
        if (
            self.over()
            or not self.aim.strikes(spec.name, exchange.belonging)
            or not fits(spec, self.do, self.kinds)
        ):
            return False
        if any(look_up(subject, steps) != (True, wanted) for steps, wanted in self.body):
            return False
        self.seen += 1
        if self.nth and self.seen not in self.nth:
            return False
        if self.probability < 1 and seeded(self.seed, self.aim.at, self.seen).random() >= self.probability:
            return False
        self.struck += 1
        return True

    def delay_seconds(self) -> float:
        """How long to wait before this strike, drawn by the fault's seed."""
        return self.do.delay.draw(seeded(self.seed, "delay", self.struck)) if self.do.delay else 0.0


def fits(spec: OperationSpec, do: Do, kinds: tuple[str, ...]) -> bool:
    """Whether every part of the fault can be done to the operation."""
    if not set(kinds) <= set(spec.faults):
        return False
    if any(name not in spec.changes.get(kind, {}) for kind, name in do.changes.items()):
        return False
    return do.answer is None or do.answer in spec.answers


class Faults:
    """The faults of one mock."""

    def __init__(self, *, operations: Operations, cleared: Callable[[], None]) -> None:
        self._operations = operations
        self._cleared = cleared
        self._lock = Lock()
        self._ids = itertools.count(1)
        self._set: list[Fault] = []

    @property
    def active(self) -> bool:
        """Whether any fault is set."""
        return bool(self._set)

    def set(self, wish: JSON) -> Fault:
        """Sets the fault of ``POST faults``; raises Refusal when it can't be or fits nothing it aims at."""
        if not isinstance(wish, dict):
            raise Refusal("a fault is an object")
        refuse_unknown(wish, _MEMBERS, what="member of a fault")
        aim = parse_aim(wish)
        specs = self._operations.matching(aim.at)
        do, kinds = parse_do(wish.get("do"))
        _refuse_misfit(specs, do, kinds)
        fault = _parse_fault(next(self._ids), wish, aim, do, kinds)
        with self._lock:
            self._set.append(fault)
        return fault

    def strike(self, spec: OperationSpec, exchange: Exchange, subject: JSON) -> Fault | None:
        """The first fault that strikes this exchange; it notes itself in the entry."""
        if not self._set:
            return None
        with self._lock:
            for fault in self._set:
                if fault.meets(spec, exchange, subject):
                    exchange.fault = {"id": fault.id, "do": fault.wish["do"]}
                    return fault
        return None

    def all(self) -> list[Fault]:
        """All faults that are set, also those that are over."""
        with self._lock:
            return list(self._set)

    def clear(self, *, fault_id: int | None = None, scenario: str | None = None) -> int:
        """Clears one fault, those of a scenario, or all; says how many."""
        with self._lock:
            kept = [
                fault
                for fault in self._set
                if (fault_id is not None and fault.id != fault_id)
                or (scenario is not None and fault.aim.scenario != scenario)
            ]
            gone = [fault for fault in self._set if fault not in kept]
            for fault in gone:
                fault.cleared = True
            self._set = kept
        if gone:
            self._cleared()
        return len(gone)


def _refuse_misfit(specs: list[OperationSpec], do: Do, kinds: tuple[str, ...]) -> None:
    if any(fits(spec, do, kinds) for spec in specs):
        return
    allowed = sorted({name for spec in specs for name in spec.faults})
    for kind, name in do.changes.items():
        if kind in allowed:
            known = sorted({each for spec in specs for each in spec.changes.get(kind, {})})
            refuse_unknown([name], known, what=kind)
    if do.answer is not None and "answer" in allowed:
        known = sorted({name for spec in specs for name in spec.answers})
        refuse_unknown([do.answer], known, what="answer")
    wrong = [kind for kind in kinds if kind not in allowed]
    what = " and ".join(wrong or kinds)
    raise Refusal(f"{what} does not fit {' or '.join(spec.name for spec in specs[:3])}", near=allowed)


def _parse_fault(fault_id: int, wish: dict[str, JSON], aim: Aim, do: Do, kinds: tuple[str, ...]) -> Fault:
    when = wish.get("when") or {}
    if not isinstance(when, dict):
        raise Refusal("when must be an object")
    refuse_unknown(when, _WHEN, what="condition")
    nth, body, probability = when.get("nth") or [], when.get("body") or {}, when.get("probability", 1)
    if not isinstance(nth, list) or not isinstance(body, dict):
        raise Refusal("when.nth must be a list, when.body an object of path and value")
    if (
        isinstance(probability, bool)
        or not isinstance(probability, (int, float))
        or not 0 <= probability <= 1
    ):
        raise Refusal("when.probability must be a number from 0 to 1")
    times, lasting = wish.get("times"), wish.get("for")
    return Fault(
        id=fault_id,
        aim=aim,
        do=do,
        kinds=kinds,
        nth=frozenset(number_of(each, what="when.nth") for each in nth),
        body=tuple((parse_path(path), value) for path, value in body.items()),
        probability=float(probability),
        seed=number_of(when.get("seed", 0), what="when.seed", least=0),
        times=None if times is None else number_of(times, what="times"),
        until=None if lasting is None else time.monotonic() + seconds_of(lasting),
        wish=wish,
    )
