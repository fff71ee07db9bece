"""One exchange while it lasts: what is known of it, and what the journal shows of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mock_control.errors import NoExchangeError
from mock_control.keys import NO_KEYS, Claim, Keys, tidy
from mock_control.messages import JSON, dump_json
from mock_control.ownership import NOBODY

if TYPE_CHECKING:
    from mock_control.recorder import Recorder
    from mock_control.redaction import Redactor

BODY_LIMIT = 32 * 1024
HEAD_LENGTH = 1024
Direction = Literal["in", "out", "inner"]

_current: ContextVar[Exchange] = ContextVar("mock_control_exchange")


def current_exchange() -> Exchange:
    """The exchange that this thread is serving; raises NoExchangeError when it serves none."""
    try:
        return _current.get()
    except LookupError:
        raise NoExchangeError("no operation is being served here") from None


@dataclass(frozen=True, kw_only=True)
class Part:
    """Request or response of an exchange as the journal keeps it: secrets replaced, large bodies cut."""

    headers: dict[str, str]
    body: str
    json: JSON
    size: int
    sha256: str | None = None
    status: int | None = None

    def render(self) -> dict[str, JSON]:
        """As JSON; a cut body has ``length`` and ``sha256`` beside it."""
        shown: dict[str, JSON] = {"headers": {**self.headers}, "body": self.body, "json": self.json}
        if self.status is not None:
            shown["status"] = self.status
        if self.sha256 is not None:
            shown |= {"length": self.size, "sha256": self.sha256}
        return shown


def make_part(
    redactor: Redactor, *, headers: Mapping[str, str], body: bytes, json: JSON, status: int | None = None
) -> Part:
    """Makes the journal's copy of one half of an exchange."""
    fields = redactor.headers(headers)
    if len(body) > BODY_LIMIT:
        shortened = redactor.json(json, longest=HEAD_LENGTH) if json is not None else None
        if len(dump_json(shortened)) > BODY_LIMIT:
            shortened = None
        head = redactor.text(body[: HEAD_LENGTH * 4].decode("utf-8", "replace"))[:HEAD_LENGTH]
        digest = hashlib.sha256(body).hexdigest()
        return Part(headers=fields, body=head, json=shortened, size=len(body), sha256=digest, status=status)
    clean = redactor.json(json)
    text = redactor.text(body.decode("utf-8", "replace")) if clean is json else dump_json(clean).decode()
    return Part(headers=fields, body=text, json=clean, size=len(body), status=status)


class Exchange:
    """What the mock's code may ask and tell while it serves an operation.

    ``id`` is unique in this process; ``owner`` is the action it belongs to, if known. Everything else here is
    the journal's.
    """

    __slots__ = (
        "_recorder",
        "belonging",
        "cause",
        "direction",
        "duration_ms",
        "effects",
        "epoch",
        "error",
        "fault",
        "gate",
        "given_up_ms",
        "id",
        "keys",
        "kind",
        "method",
        "near",
        "operation",
        "path",
        "peer",
        "request",
        "response",
        "scheme",
        "seq",
        "started",
        "state",
        "status",
        "time",
        "traceparent",
        "view_json",
        "view_size",
        "violations",
    )

    def __init__(
        self,
        *,
        recorder: Recorder,
        exchange_id: int,
        operation: str | None,
        kind: str | None,
        direction: Direction,
        method: str = "",
        path: str = "",
        peer: str = "",
        scheme: str = "",
        cause: int | None = None,
    ) -> None:
        self._recorder = recorder
        self.id = exchange_id
        self.operation = operation
        self.kind = kind
        self.direction: Direction = direction
        self.method = method
        self.path = path
        self.peer = peer
        self.scheme = scheme
        self.cause = cause
        self.started = time.monotonic()
        self.epoch = recorder.epoch
        self.time = ""
        self.seq = 0
        self.state: Literal["open", "closed"] = "open"
        self.status: int | None = None
        self.duration_ms: float | None = None
        self.keys = NO_KEYS
        self.belonging = NOBODY
        self.request: Part | None = None
        self.response: Part | None = None
        self.view_json: JSON = None
        self.view_size = 0
        self.effects: tuple[dict[str, JSON], ...] = ()
        self.violations: tuple[dict[str, JSON], ...] = ()
        self.fault: dict[str, JSON] | None = None
        self.gate: dict[str, JSON] | None = None
        self.given_up_ms: float | None = None
        self.error: str | None = None
        self.near: tuple[str, ...] = ()
        self.traceparent: str | None = None

    @property
    def owner(self) -> str | None:
        """The action that this exchange belongs to, None while unowned."""
        return self.belonging.owner

    @property
    def scenario(self) -> str | None:
        """The scenario run whose action or record this exchange touches."""
        return self.belonging.scenario

    def add_keys(
        self,
        *,
        strong: Mapping[str, str] | None = None,
        weak: Mapping[str, str] | None = None,
        claim: Claim | None = None,
    ) -> None:
        """Tells keys that became known while serving; further strong keys of an owned exchange become its
        owner's.
        """
        known = self.keys
        self.keys = tidy(
            Keys(
                strong={**known.strong, **(strong or {})},
                weak={**known.weak, **(weak or {})},
                claim=claim or known.claim,
            )
        )
        self._recorder.settle(self)

    def effect(self, name: str, **facts: JSON) -> None:
        """Tells what became true in this party: ``effect("identity-minted", rid=…, uin=…, vid=…)``."""
        self.effects = (*self.effects, {"name": name, **facts})
        self._recorder.publish(self)

    def view(self, json: JSON) -> None:
        """Keeps what the mock could read where others see ciphertext."""
        self._recorder.keep_view(self, json)
        self._recorder.publish(self)

    def close(self) -> None:
        """Ends the exchange; it is published a last time by the control."""
        self.state = "closed"
        self.duration_ms = round((time.monotonic() - self.started) * 1000, 3)

    def give_up(self) -> None:
        """The caller has hung up before it was answered."""
        self.given_up_ms = round((time.monotonic() - self.started) * 1000, 3)
        self._recorder.publish(self)

    def size(self) -> int:
        """About how many bytes the journal spends on this entry."""
        parts = sum(2 * min(part.size, BODY_LIMIT) + 300 for part in (self.request, self.response) if part)
        return 1000 + parts + self.view_size

    def render(self, *, party: str, boot: str) -> dict[str, JSON]:
        """The entry as the admin API shows it."""
        return {
            "seq": self.seq,
            "id": self.id,
            "boot": boot,
            "epoch": self.epoch,
            "time": self.time,
            "party": party,
            "operation": self.operation,
            "kind": self.kind,
            "direction": self.direction,
            "scheme": self.scheme,
            "peer": self.peer,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "duration_ms": self.duration_ms,
            "state": self.state,
            "request": self.request.render() if self.request else None,
            "response": self.response.render() if self.response else None,
            "view": self.view_json,
            "keys": {"strong": {**self.keys.strong}, "weak": {**self.keys.weak}},
            "owner": self.belonging.owner,
            "record": self.belonging.record,
            "scenario": self.belonging.scenario,
            "cause": self.cause,
            "effects": [*self.effects],
            "violations": [*self.violations],
            "fault": self.fault,
            "gate": self.gate,
            "given_up_ms": self.given_up_ms,
            "error": self.error,
            "near": [*self.near],
            "traceparent": self.traceparent,
        }


@contextmanager
def serving(exchange: Exchange) -> Iterator[None]:
    """Makes ``exchange`` the one that this thread serves, for as long as the block lasts."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)


def served() -> Exchange | None:
    """The exchange that this thread is serving, if any."""
    return _current.get(None)
