"""Gates: hold, lose or repeat an exchange at its operation, so that races need no seconds."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Condition
from typing import Literal, cast

from mock_control.aim import Aim, number_of, parse_aim, refuse_unknown
from mock_control.errors import Refusal
from mock_control.exchange import Exchange
from mock_control.messages import JSON
from mock_control.operations import Operations, OperationSpec

LONGEST_HOLD = 120.0
MOST_COPIES = 100
_MEMBERS = ("scenario", "scope", "at", "of", "when", "do", "copies", "in_parallel", "as", "times")
When = Literal["before", "after"]


@dataclass(frozen=True, kw_only=True)
class Passage:
    """How an exchange gets past the gates: whether it is lost (and what its sender believes), and how many
    copies.
    """

    lost: Literal["delivered", "failed"] | None = None
    ended: bool = False
    copies: int = 1
    in_parallel: bool = False


FREE = Passage()


@dataclass(eq=False)
class _Held:
    passage: Passage | None = None


@dataclass(kw_only=True)
class Gate:
    """A gate that is set. Once released it stays open: what comes later passes freely."""

    id: int
    aim: Aim
    when: When
    do: Literal["hold", "lose", "repeat"]
    passage: Passage
    times: int | None
    wish: dict[str, JSON]
    open: bool = False
    next_passage: Passage | None = None
    holding: list[_Held] = field(default_factory=list)
    struck: int = 0

    def describe(self) -> dict[str, JSON]:
        """As the admin API shows it."""
        return {
            "id": self.id,
            **self.wish,
            "when": self.when,
            "open": self.open,
            "holding": len(self.holding),
            "struck": self.struck,
        }


class Gates:
    """The gates of one mock."""

    def __init__(
        self, *, operations: Operations, failed: Callable[[str, str], None], told: Callable[[bool], None]
    ) -> None:
        self._operations = operations
        self._failed = failed
        self._told = told
        self._changed = Condition()
        self._ids = itertools.count(1)
        self._set: list[Gate] = []

    @property
    def active(self) -> bool:
        """Whether any gate is set."""
        return bool(self._set)

    def set(self, wish: JSON) -> Gate:
        """Sets the gate of ``POST gates``; raises Refusal."""
        if not isinstance(wish, dict):
            raise Refusal("a gate is an object")
        refuse_unknown(wish, _MEMBERS, what="member of a gate")
        aim = parse_aim(wish)
        specs = self._operations.matching(aim.at)
        do, when, times = wish.get("do", "hold"), wish.get("when", "before"), wish.get("times")
        if do not in ("hold", "lose", "repeat") or when not in ("before", "after"):
            raise Refusal(
                "a gate does hold, lose or repeat, before or after", near=["hold", "lose", "repeat"]
            )
        if do == "repeat" and (when == "after" or all(spec.kind != "message" for spec in specs)):
            raise Refusal(
                "only a message can be repeated, before it is sent", near=_messages(self._operations)
            )
        gate = Gate(
            id=next(self._ids),
            aim=aim,
            when=cast("When", when),
            do=cast("Literal['hold', 'lose', 'repeat']", do),
            passage=_parse_passage(wish, lose=do == "lose", copies=2 if do == "repeat" else 1),
            times=None if times is None else number_of(times, what="times"),
            wish=wish,
        )
        with self._changed:
            self._set.append(gate)
        return gate

    def strike(
        self, spec: OperationSpec, exchange: Exchange, when: When, publish: Callable[[], None]
    ) -> Passage:
        """Takes the exchange past the gates; blocks while one holds it. ``publish`` shows that it is held."""
        if not self._set:
            return FREE
        with self._changed:
            gate = next((each for each in self._set if self._means(each, spec, exchange, when)), None)
            if gate is None:
                return FREE
            gate.struck += 1
            exchange.gate = {"id": gate.id, "do": gate.do, "when": when, "holding": gate.do == "hold"}
            if gate.do != "hold":
                return gate.passage
            if gate.open:
                passage, gate.next_passage = gate.next_passage or FREE, None
                exchange.gate = {**exchange.gate, "holding": False}
                return passage
            held = _Held()
            gate.holding.append(held)
        publish()
        return self._wait(gate, held, exchange, publish)

    def _means(self, gate: Gate, spec: OperationSpec, exchange: Exchange, when: When) -> bool:
        if gate.when != when or not gate.aim.strikes(spec.name, exchange.belonging):
            return False
        if gate.open:
            return gate.next_passage is not None
        if gate.do == "repeat" and spec.kind != "message":
            return False
        return gate.times is None or gate.struck < gate.times

    def _wait(self, gate: Gate, held: _Held, exchange: Exchange, publish: Callable[[], None]) -> Passage:
        deadline = time.monotonic() + LONGEST_HOLD
        self._told(True)
        with self._changed:
            while held.passage is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    held.passage = FREE
                    gate.holding.remove(held)
                    self._failed(str(exchange.operation), f"held longer than {LONGEST_HOLD:.0f} s and let go")
                    break
                self._changed.wait(left)
        self._told(False)
        if exchange.gate is not None:
            exchange.gate = {**exchange.gate, "holding": False}
        if not held.passage.ended:
            publish()
        return held.passage

    def release(self, gate_id: int, wish: JSON) -> Gate:
        """Lets go of what the gate holds and leaves it open; raises Refusal (404 when there is no such gate).

        With ``copies`` what it holds (or, if it holds nothing yet, what comes next) is sent that many times;
        with ``keep: true`` the gate stays shut for what comes later.
        """
        body = wish if isinstance(wish, dict) else {}
        refuse_unknown(body, ("copies", "in_parallel", "keep"), what="member of a release")
        passage = _parse_passage(body, lose=False, copies=1)
        with self._changed:
            gate = self._find(gate_id)
            if passage.copies > 1 and all(
                spec.kind != "message" for spec in self._operations.matching(gate.aim.at)
            ):
                raise Refusal("only messages have copies", near=_messages(self._operations))
            if not gate.holding and passage != FREE:
                gate.next_passage = passage
            gate.open = gate.open or body.get("keep") is not True
            self._let_go(gate, passage)
        return gate

    def _find(self, gate_id: int) -> Gate:
        for gate in self._set:
            if gate.id == gate_id:
                return gate
        raise Refusal(f"no gate {gate_id}", near=[str(gate.id) for gate in self._set], status=404)

    def _let_go(self, gate: Gate, passage: Passage) -> None:
        for held in gate.holding:
            held.passage = passage
        gate.holding.clear()
        self._changed.notify_all()

    def delete(self, gate_id: int) -> None:
        """Takes a gate away and lets go of what it holds; raises Refusal (404)."""
        with self._changed:
            gate = self._find(gate_id)
            self._set.remove(gate)
            self._let_go(gate, FREE)

    def clear(self, scenario: str | None) -> None:
        """Takes away the gates of a scenario (all: None); what they hold ends there."""
        with self._changed:
            for gate in [each for each in self._set if scenario is None or each.aim.scenario == scenario]:
                self._set.remove(gate)
                self._let_go(gate, replace(FREE, ended=True))

    def all(self) -> list[Gate]:
        """All gates that are set."""
        with self._changed:
            return list(self._set)


def _messages(operations: Operations) -> list[str]:
    return [spec.name for spec in operations.all() if spec.kind == "message"]


def _parse_passage(wish: dict[str, JSON], *, lose: bool, copies: int) -> Passage:
    believed = wish.get("as", "delivered")
    if believed not in ("delivered", "failed"):
        raise Refusal("a lost message counts as delivered or failed", near=["delivered", "failed"])
    wanted = number_of(wish.get("copies", copies), what="copies")
    if wanted > MOST_COPIES:
        raise Refusal(f"copies must not be above {MOST_COPIES}")
    return Passage(
        lost=cast("Literal['delivered', 'failed']", believed) if lose else None,
        copies=wanted,
        in_parallel=wish.get("in_parallel") is True,
    )
