"""Faults: what an operation does instead of, before or after its own work."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal, cast

from mock_control.aim import Aim, number_of, parse_aim, refuse_unknown
from mock_control.clock import seconds_of
from mock_control.draws import seeded
from mock_control.errors import Refusal
from mock_control.exchange import Exchange
from mock_control.jsonpath import look_up, parse_path
from mock_control.messages import JSON, Answer, Incoming
from mock_control.operations import Operations, OperationSpec

FAULT_HELP: dict[str, str] = {
    "status": "answer with this HTTP status (and headers, body) instead of serving",
    "errors": "answer with these error codes in the service's own envelope",
    "answer": "give an answer, or force an outcome of a stage, that the operation knows by name",
    "delay": "wait before serving: 2s, or {range: [1s, 3s]}",
    "reset": "reset the connection, before or after serving (did it, said nothing)",
    "commit_then": "serve, then answer with this status instead (504)",
}
_MEMBERS = ("scenario", "scope", "at", "of", "when", "times", "for", "do")
_WHEN = ("nth", "body", "probability", "seed")
_EXCLUSIVE = ("status", "errors", "answer", "commit_then", "reset")
LONGEST_DELAY = 600.0


@dataclass(frozen=True, kw_only=True)
class Do:
    """What a fault does. At most one of status, errors, answer, reset and commit_then; a delay beside any."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JSON = None
    errors: tuple[str, ...] = ()
    answer: str | None = None
    delay: tuple[float, float] | None = None
    reset: Literal["before", "after"] | None = None
    commit_then: int | None = None

    def instead(self, spec: OperationSpec, incoming: Incoming) -> Answer | None:
        """The answer in the handler's place; None when the handler shall run."""
        if self.status is not None:
            return Answer(status=self.status, headers=self.headers, body=self.body)
        if self.errors and spec.errors is not None:
            return spec.errors(incoming, self.errors)
        if self.answer is not None:
            make = spec.answers[self.answer]
            return None if isinstance(make, str) else make(incoming)
        return None


@dataclass(kw_only=True)
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
        """How long to wait before this strike; a range is drawn by the fault's seed."""
        low, high = self.do.delay or (0.0, 0.0)
        return low if low == high else seeded(self.seed, "delay", self.struck).uniform(low, high)


def fits(spec: OperationSpec, do: Do, kinds: tuple[str, ...]) -> bool:
    """Whether every part of the fault can be done to the operation."""
    if not set(kinds) <= set(spec.faults):
        return False
    if spec.kind == "message" and do.reset == "after":
        return False
    return do.answer is None or do.answer in spec.answers


class Faults:
    """The faults of one mock."""

    def __init__(self, *, operations: Operations) -> None:
        self._operations = operations
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
            gone = len(self._set) - len(kept)
            self._set = kept
            return gone


def _refuse_misfit(specs: list[OperationSpec], do: Do, kinds: tuple[str, ...]) -> None:
    if any(fits(spec, do, kinds) for spec in specs):
        return
    allowed = sorted({name for spec in specs for name in spec.faults})
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


def parse_do(wish: JSON) -> tuple[Do, tuple[str, ...]]:
    """Reads ``do``: what it does, and the names of the faults it is made of; raises Refusal."""
    if not isinstance(wish, dict) or not wish:
        raise Refusal("do must say what happens", near=list(FAULT_HELP))
    refuse_unknown(wish, (*FAULT_HELP, "headers", "body"), what="fault")
    kinds = tuple(name for name in wish if name in FAULT_HELP)
    if len([name for name in kinds if name in _EXCLUSIVE]) > 1:
        raise Refusal(f"{' and '.join(kinds)} can't be done together")
    if not kinds or (("headers" in wish or "body" in wish) and "status" not in wish):
        raise Refusal("headers and body go with status")
    return (
        Do(
            status=_status(wish, "status"),
            headers=_headers(wish.get("headers")),
            body=wish.get("body"),
            errors=_codes(wish.get("errors")),
            answer=_text(wish.get("answer"), "answer"),
            delay=_delay(wish.get("delay")),
            reset=_reset(wish.get("reset")),
            commit_then=_status(wish, "commit_then"),
        ),
        kinds,
    )


def _status(wish: Mapping[str, JSON], name: str) -> int | None:
    value = wish.get(name)
    if value is None:
        return None
    status = number_of(value, what=name, least=200)
    if status > 599:
        raise Refusal(f"{name} must be an HTTP status from 200 to 599")
    return status


def _headers(value: JSON) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or any("\n" in f"{name}{text}" for name, text in value.items()):
        raise Refusal("headers must be an object of texts")
    return {name: str(text) for name, text in value.items()}


def _codes(value: JSON) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value or not all(isinstance(code, str) for code in value):
        raise Refusal("errors must be a list of error codes")
    return tuple(cast("list[str]", value))


def _text(value: JSON, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Refusal(f"{name} must be text")
    return value


def _reset(value: JSON) -> Literal["before", "after"] | None:
    if value not in (None, "before", "after"):
        raise Refusal("reset is before or after")
    return cast("Literal['before', 'after'] | None", value)


def _delay(value: JSON) -> tuple[float, float] | None:
    if value is None:
        return None
    limits = value.get("range") if isinstance(value, dict) else [value, value]
    if not isinstance(limits, list) or len(limits) != 2:
        raise Refusal("delay is a duration, or {range: [least, most]}")
    low, high = (seconds_of(each) for each in limits)
    if not 0 <= low <= high <= LONGEST_DELAY:
        raise Refusal(f"delay must lie between 0 and {LONGEST_DELAY:.0f} s, the lesser first")
    return low, high
