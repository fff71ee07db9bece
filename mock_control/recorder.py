"""What happens to an exchange's entry: owner found, secrets replaced, contract checked, published."""

from __future__ import annotations

import itertools
import uuid
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from threading import Lock
from urllib.parse import urlencode

import contracts
from mock_control.clock import Stamps
from mock_control.exchange import BODY_LIMIT, HEAD_LENGTH, Direction, Exchange, make_part, served
from mock_control.journal import Journal
from mock_control.keys import Keys, tidy
from mock_control.messages import JSON, dump_json, parse_json
from mock_control.operations import OperationSpec
from mock_control.ownership import Ownership
from mock_control.redaction import Redactor
from mock_control.timers import current_work

REMEMBERED_FAILURES = 100


class Recorder:
    """The journal's writer. With the journal off it keeps nothing, and finds owners only if something is
    reserved.
    """

    def __init__(self, *, journal: Journal | None, ownership: Ownership, stamps: Stamps) -> None:
        self.boot = uuid.uuid4().hex
        self.epoch = 1
        self.late = 0
        self.failures: deque[dict[str, JSON]] = deque(maxlen=REMEMBERED_FAILURES)
        self._journal = journal
        self._ownership = ownership
        self._stamps = stamps
        self._redactor = Redactor()
        self._lock = Lock()
        self._ids = itertools.count(1)

    @property
    def on(self) -> bool:
        """Whether there is a journal."""
        return self._journal is not None

    def exchange(
        self,
        *,
        operation: str | None,
        kind: str | None,
        direction: Direction,
        method: str = "",
        path: str = "",
        query: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
        peer: str = "",
        scheme: str = "",
        cause: int | None = None,
    ) -> Exchange:
        """A new exchange; its cause is the given one, else the one being served, else that of the timed
        work. ``secrets`` are segments of the path.
        """
        if query and self.on:
            path = f"{path}?{urlencode(query)}"
        return Exchange(
            recorder=self,
            exchange_id=next(self._ids),
            operation=operation,
            kind=kind,
            direction=direction,
            method=method,
            path=self._redactor.path(path, secrets) if self.on else path,
            peer=peer,
            scheme=scheme,
            cause=self.cause() if cause is None else cause,
        )

    def hide(self, secrets: Iterable[str]) -> None:
        """Keeps these out of every path that is noted."""
        self._redactor.know(secrets)

    def cause(self) -> int | None:
        """The exchange that made this thread do what it does."""
        exchange, work = served(), current_work()
        if exchange is not None:
            return exchange.id
        return None if work is None else work.cause

    def open(
        self,
        exchange: Exchange,
        keys: Keys,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        json: JSON = None,
    ) -> None:
        """Publishes an exchange that begins, with its request."""
        exchange.keys = tidy(keys)
        if self._journal is not None:
            exchange.time = self._stamps.iso()
            exchange.traceparent = headers.get("traceparent") or headers.get("Traceparent")
            exchange.request = make_part(self._redactor, headers=headers, body=body, json=json)
        self.settle(exchange)

    def sent_otherwise(
        self, exchange: Exchange, *, headers: Mapping[str, str], body: bytes, view: JSON
    ) -> None:
        """Notes that a message leaves otherwise than it was begun."""
        if self._journal is not None:
            exchange.request = make_part(self._redactor, headers=headers, body=body, json=parse_json(body))
            self.keep_view(exchange, view)

    def settle(self, exchange: Exchange) -> None:
        """Finds the owner by what is known now, and publishes."""
        if self._ownership.settles and exchange.epoch == self.epoch:
            exchange.belonging = self._ownership.settle(exchange.keys, exchange.belonging)
        self.publish(exchange)

    def answered(
        self, exchange: Exchange, *, status: int, headers: Mapping[str, str], body: bytes, json: JSON
    ) -> None:
        """Notes the answer; the entry is published when it closes."""
        exchange.status = status
        if self._journal is not None:
            exchange.response = make_part(
                self._redactor, headers=headers, body=body, json=json, status=status
            )

    def close(self, exchange: Exchange) -> None:
        """Ends the exchange and publishes it a last time."""
        exchange.close()
        self.publish(exchange)

    def publish(self, exchange: Exchange) -> None:
        """Shows the entry as it is now."""
        if self._journal is not None:
            self._journal.publish(exchange)

    def keep_view(self, exchange: Exchange, json: JSON) -> None:
        """Keeps a decrypted view without secrets; of a large one long texts are cut."""
        if not self.on or json is None:
            return
        view = self._redactor.json(json)
        size = len(dump_json(view))
        if size > BODY_LIMIT:
            view = self._redactor.json(view, longest=HEAD_LENGTH)
            size = len(dump_json(view))
        exchange.view_json, exchange.view_size = view, size

    def check(self, exchange: Exchange, spec: OperationSpec, side: str, message: JSON) -> None:
        """Records how a message breaks its contract; does nothing without journal or contract."""
        name = spec.request if side == "request" else spec.response
        if self._journal is None or name is None:
            return
        found = contracts.violations(name, message)
        broken: list[dict[str, JSON]] = [
            {"side": side, "contract": each.contract, "pointer": each.pointer, "message": each.message}
            for each in found
        ]
        exchange.violations = (*exchange.violations, *broken)

    def is_late(self, exchange: Exchange) -> bool:
        """Whether the exchange belongs to an epoch that has ended; counts it."""
        if (
            not self._ownership.active
            or exchange.owner is not None
            or not self._ownership.is_late(exchange.keys)
        ):
            return False
        with self._lock:
            self.late += 1
        return True

    def is_over(self, exchange: Exchange) -> bool:
        """Whether the epoch in which the exchange began has ended."""
        return exchange.epoch != self.epoch

    def failed(self, what: str, error: str) -> None:
        """Keeps a failure of the mock itself, for ``GET health``."""
        self.failures.append({"what": what, "error": error, "time": self._stamps.iso(), "epoch": self.epoch})

    def render(self, exchange: Exchange, party: str) -> dict[str, JSON]:
        """The entry as JSON."""
        return exchange.render(party=party, boot=self.boot)
