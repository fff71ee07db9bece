"""What a fault does, read from the ``do`` of a wish."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from mock_control.aim import number_of, refuse_unknown
from mock_control.clock import seconds_of
from mock_control.errors import Refusal
from mock_control.messages import JSON, Answer, Incoming
from mock_control.operations import OperationSpec

FAULT_HELP: Final[dict[str, str]] = {
    "status": "answer with this HTTP status (and headers, body) instead of serving",
    "errors": "answer with these error codes in the service's own envelope",
    "answer": "give an answer, or force an outcome of a stage, that the operation knows by name",
    "delay": "wait before serving: 2s, {range: [1s, 3s]}, or {median: 1s, sigma: 0.5} (log-normal)",
    "reset": "reset the connection, before or after serving (did it, said nothing)",
    "commit_then": "serve, then answer with this status instead (504)",
    "hang": "say nothing for so long, or until the fault is cleared (true), then cut the connection",
    "trickle": "the body takes so long: it comes in drops",
    "truncate": "only half of the body comes, then the connection ends",
    "garbage": "the body is neither JSON nor text",
    "to": "send the message to another address than it was meant for",
    "mutate": "change what a message says, in a way that the operation knows by name",
    "sign": "sign a message otherwise, in a way that the operation knows by name",
}
CHANGES: Final = ("mutate", "sign")
LONGEST_DELAY: Final = 600.0
LONGEST_HANG: Final = 120.0
_EXCLUSIVE: Final = ("status", "errors", "answer", "commit_then", "reset", "hang")


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Seconds, drawn evenly from ``low`` to ``high``, or with a ``sigma`` log-normally around ``low``."""

    low: float
    high: float
    sigma: float = 0.0

    def draw(self, chance: random.Random) -> float:
        """How long this time."""
        if self.sigma:
            return min(chance.lognormvariate(math.log(self.low), self.sigma), LONGEST_DELAY)
        return self.low if self.low == self.high else chance.uniform(self.low, self.high)


@dataclass(frozen=True, kw_only=True)
class Do:
    """What a fault does. Of status, errors, answer, reset, hang and commit_then at most one."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JSON = None
    errors: tuple[str, ...] = ()
    answer: str | None = None
    delay: Delay | None = None
    reset: Literal["before", "after"] | None = None
    commit_then: int | None = None
    hang: float = 0.0
    trickle: float = 0.0
    truncate: bool = False
    garbage: bool = False
    to: str | None = None
    changes: Mapping[str, str] = field(default_factory=dict)

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
            answer=_text(wish, "answer"),
            delay=_delay(wish.get("delay")),
            reset=_reset(wish.get("reset")),
            commit_then=_status(wish, "commit_then"),
            hang=LONGEST_HANG if wish.get("hang") is True else _lasting(wish, "hang", LONGEST_HANG),
            trickle=_lasting(wish, "trickle", LONGEST_DELAY),
            truncate=_flag(wish, "truncate"),
            garbage=_flag(wish, "garbage"),
            to=_address(wish.get("to")),
            changes={name: str(_text(wish, name)) for name in CHANGES if name in wish},
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


def _text(wish: Mapping[str, JSON], name: str) -> str | None:
    value = wish.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal(f"{name} must be text")
    return value


def _flag(wish: Mapping[str, JSON], name: str) -> bool:
    value = wish.get(name, False)
    if not isinstance(value, bool):
        raise Refusal(f"{name} is true, or is not there")
    return value


def _lasting(wish: Mapping[str, JSON], name: str, most: float) -> float:
    value = wish.get(name)
    if value is None:
        return 0.0
    seconds = seconds_of(value)
    if not 0 < seconds <= most:
        raise Refusal(f"{name} must last above 0 and at most {most:.0f} s")
    return seconds


def _address(value: JSON) -> str | None:
    """Scheme and host, without anything behind."""
    if value is None:
        return None
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:
        bare = False
    if not isinstance(value, str) or not bare or parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal("to must be an address such as http://127.0.0.1:2024")
    return f"{parts.scheme}://{parts.netloc}"


def _reset(value: JSON) -> Literal["before", "after"] | None:
    if value not in (None, "before", "after"):
        raise Refusal("reset is before or after")
    return cast("Literal['before', 'after'] | None", value)


def _delay(value: JSON) -> Delay | None:
    if value is None:
        return None
    if isinstance(value, dict) and value.keys() == {"median", "sigma"}:
        return _lognormal(value)
    limits = value.get("range") if isinstance(value, dict) else [value, value]
    if not isinstance(limits, list) or len(limits) != 2 or (isinstance(value, dict) and len(value) > 1):
        raise Refusal("delay is a duration, {range: [least, most]}, or {median: duration, sigma: number}")
    low, high = (seconds_of(each) for each in limits)
    if not 0 <= low <= high <= LONGEST_DELAY:
        raise Refusal(f"delay must lie between 0 and {LONGEST_DELAY:.0f} s, the lesser first")
    return Delay(low=low, high=high)


def _lognormal(value: Mapping[str, JSON]) -> Delay:
    median, sigma = seconds_of(value["median"]), value["sigma"]
    if isinstance(sigma, bool) or not isinstance(sigma, (int, float)) or not 0 < sigma <= 3:
        raise Refusal("sigma must be a number above 0, at most 3")
    if not 0 < median <= LONGEST_DELAY:
        raise Refusal(f"median must lie above 0 and at most at {LONGEST_DELAY:.0f} s")
    return Delay(low=median, high=median, sigma=float(sigma))
