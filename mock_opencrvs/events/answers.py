"""Which registrations were answered, in order: a feed that costs next to nothing, for load tests.

The journal tells the same and more, but a load test runs without it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Condition

from mock_control import Refusal
from mock_opencrvs.auth.tokens import Principal
from mock_opencrvs.events.dispatcher import Procedure, Run
from mock_opencrvs.events.model import Event
from mock_opencrvs.values import JSON, JSONObject

ANSWERS = {"event.actions.register.accept": "accept", "event.actions.register.reject": "reject"}
REMEMBERED = 1_000_000
LONGEST_WAIT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An accept or reject that was taken. ``at`` is real time, in seconds since 1970; ``first`` is false for
    one that repeated an earlier one.
    """

    seq: int
    answer: str
    action: str
    transaction: str
    at: float
    first: bool

    def to_json(self) -> JSONObject:
        """As the feed shows it."""
        return {
            "seq": self.seq,
            "answer": self.answer,
            "action": self.action,
            "transaction": self.transaction,
            "at": self.at,
            "first": self.first,
        }


class Answers:
    """Remembers the newest million answers; safe to use from many threads."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._changed = Condition()
        self._kept: deque[Answered] = deque(maxlen=REMEMBERED)
        self._actions: set[str] = set()
        self._last = 0

    def watching(self, table: Mapping[str, Procedure]) -> Mapping[str, Procedure]:
        """The procedures, with those that answer a registration remembered when they succeed."""
        return {
            path: replace(each, run=partial(self._run, ANSWERS[path], each.run)) if path in ANSWERS else each
            for path, each in table.items()
        }

    def feed(self, arguments: Mapping[str, JSON]) -> JSON:
        """``{after?, wait?}`` → ``{answers, last}``: those after that number, waiting up to ``wait`` seconds
        (5 at most) for the first. Raises Refusal.
        """
        after, wait = _number(arguments, "after"), _number(arguments, "wait")
        with self._changed:
            self._changed.wait_for(lambda: self._last > after, timeout=min(wait, LONGEST_WAIT_S))
            found: list[JSON] = []
            for each in reversed(self._kept):
                if each.seq <= after:
                    break
                found.append(each.to_json())
            found.reverse()
            return {"answers": found, "last": self._last}

    def forget(self) -> None:
        """Begin anew; numbers go on."""
        with self._changed:
            self._kept.clear()
            self._actions.clear()

    def _run(self, answer: str, run: Run, principal: Principal, given: JSON) -> Event | JSONObject:
        done = run(principal, given)
        if isinstance(given, dict):
            self._add(answer, str(given.get("actionId")), str(given.get("transactionId")))
        return done

    def _add(self, answer: str, action: str, transaction: str) -> None:
        with self._changed:
            self._last += 1
            self._kept.append(
                Answered(
                    seq=self._last,
                    answer=answer,
                    action=action,
                    transaction=transaction,
                    at=self._clock(),
                    first=action not in self._actions,
                )
            )
            self._actions.add(action)
            self._changed.notify_all()


def _number(arguments: Mapping[str, JSON], name: str) -> float:
    value = arguments.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Refusal(f"{name} must be a number from 0")
    return value
