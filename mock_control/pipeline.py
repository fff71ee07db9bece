"""The way of every exchange: entry, owner, gate, fault, the work itself, contracts, entry closed."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from threading import Condition
from typing import TypeVar
from urllib.parse import SplitResult, parse_qsl, urlsplit

from mock_control.errors import ConnectionCut, StageLost
from mock_control.exchange import Exchange, serving
from mock_control.faults import Fault, Faults
from mock_control.gates import Gates, Passage, When
from mock_control.keys import NO_KEYS, Keys
from mock_control.messages import JSON, Answer, Delivery, Headers, Incoming, Outgoing, parse_form, parse_json
from mock_control.operations import Operations, OperationSpec
from mock_control.outgoing import Sender
from mock_control.recorder import Recorder
from mock_control.redaction import is_secret
from mock_control.timers import current_work
from mock_control.wire import GARBAGE, Wire

T = TypeVar("T")
Handler = Callable[[Incoming], Answer]
GLANCE_S = 0.1
LATE = Answer(status=410, body={"error": "the epoch or scenario that this belongs to has ended"})


class Pause:
    """Lets waits end early when their epoch does, or what they wait for is over."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._epoch = 0

    def sleep(self, seconds: float, *, over: Callable[[], bool] = lambda: False) -> bool:
        """Waits, at most until the next full reset or until it is ``over``; says whether it was cut short."""
        with self._changed:
            epoch = self._epoch
            return self._changed.wait_for(lambda: self._epoch != epoch or over(), timeout=seconds)

    def look_up(self) -> None:
        """Has all who wait see whether it is over."""
        with self._changed:
            self._changed.notify_all()

    def end(self) -> None:
        """Ends all waits."""
        with self._changed:
            self._epoch += 1
            self._changed.notify_all()


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Serves routes, sends messages and runs stages, all by the same steps."""

    operations: Operations
    recorder: Recorder
    faults: Faults
    gates: Gates
    sender: Sender
    pause: Pause
    quiet: Callable[[], bool]

    # -- routes and procedures -------------------------------------------------------------------------------

    def perform(self, operation: str, incoming: Incoming, handler: Handler, keys: Keys | None) -> Answer:
        """Serves one request; raises ConnectionCut when the answer is a reset."""
        spec = self.operations.get(operation)
        if self.quiet():
            exchange = self.recorder.exchange(operation=operation, kind=spec.kind, direction="in")
            with serving(exchange):
                return handler(incoming)
        exchange = self.recorder.exchange(
            operation=operation,
            kind=spec.kind,
            direction="in",
            method=incoming.method,
            path=incoming.path,
            query=incoming.query,
            secrets=[value for name, value in incoming.params.items() if is_secret(name)],
            peer=incoming.peer,
            scheme=incoming.scheme,
        )
        self.recorder.open(
            exchange,
            self._keys(spec, incoming) if keys is None else keys,
            headers=incoming.headers,
            body=incoming.body,
            json=incoming.json,
        )
        with serving(exchange):
            return self._closing(exchange, lambda: self._served(spec, exchange, incoming, handler))

    def _keys(self, spec: OperationSpec, incoming: Incoming) -> Keys:
        if spec.keys is None:
            return NO_KEYS
        try:
            return spec.keys(incoming)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            self.recorder.failed(f"keys of {spec.name}", type(error).__name__)
            return NO_KEYS

    def _closing(self, exchange: Exchange, work: Callable[[], T]) -> T:
        """Runs the work and closes the entry, however the work ends."""
        try:
            return work()
        except ConnectionCut:
            exchange.error = "reset"
            raise
        except StageLost:
            exchange.error = "lost"
            raise
        except Exception as error:
            exchange.error = type(error).__name__
            code = getattr(error, "code", None)  # of werkzeug's HTTPException, which a view may raise
            if exchange.direction == "in":
                exchange.status = code if isinstance(code, int) else 500
            raise
        finally:
            self.recorder.close(exchange)

    def _served(
        self, spec: OperationSpec, exchange: Exchange, incoming: Incoming, handler: Handler
    ) -> Answer:
        if self.recorder.is_late(exchange):
            exchange.error = "late"
            return self._answer(exchange, LATE)
        subject = checked_body(incoming)
        self.recorder.check(exchange, spec, "request", subject)
        passage = self._gate(spec, exchange, "before")
        if passage.ended:
            return self._answer(exchange, LATE)
        if passage.lost:
            raise ConnectionCut
        answer = self._struck(spec, exchange, incoming, handler, self.faults.strike(spec, exchange, subject))
        passage = self._gate(spec, exchange, "after")
        if passage.lost:
            raise ConnectionCut
        if passage.ended:
            answer = LATE
        self._answer(exchange, answer)
        if 200 <= answer.status < 300:
            self.recorder.check(exchange, spec, "response", _json_of(answer.body))
        return answer

    def _answer(self, exchange: Exchange, answer: Answer) -> Answer:
        if self.recorder.on:
            body = answer.as_bytes()
            headers = {"Content-Type": answer.content_type, **answer.headers}
            json = _json_of(answer.body)
            self.recorder.answered(exchange, status=answer.status, headers=headers, body=body, json=json)
        return answer

    def _struck(
        self,
        spec: OperationSpec,
        exchange: Exchange,
        incoming: Incoming,
        handler: Handler,
        fault: Fault | None,
    ) -> Answer:
        if fault is None:
            return handler(incoming)
        self._keep_waiting(exchange, incoming, fault.delay_seconds(), over=lambda: False)
        if self.recorder.is_over(exchange):
            return LATE
        self._keep_waiting(exchange, incoming, fault.do.hang, over=lambda: fault.cleared)
        if fault.do.hang or fault.do.reset == "before":
            raise ConnectionCut
        answer = fault.do.instead(spec, incoming) or handler(incoming)
        if fault.do.reset == "after":
            raise ConnectionCut
        if fault.do.commit_then is not None:
            answer = Answer(status=fault.do.commit_then)
        if fault.do.garbage:
            answer = replace(answer, body=GARBAGE)
        return replace(answer, wire=self._wire(fault))

    def _keep_waiting(
        self, exchange: Exchange, incoming: Incoming, seconds: float, *, over: Callable[[], bool]
    ) -> None:
        """Lets the caller wait, and notes when it has had enough."""
        if seconds <= 0:
            return
        self.recorder.publish(exchange)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.pause.sleep(min(left, GLANCE_S), over=over):
                return
            if exchange.given_up_ms is None and incoming.gone():
                exchange.give_up()

    def _wire(self, fault: Fault) -> Wire | None:
        """How bytes leave that a fault strikes, None where nothing is special about it."""
        do = fault.do
        if not (do.trickle or do.truncate or do.hang):
            return None
        sleep = partial(self.pause.sleep, over=lambda: fault.cleared)
        return Wire(sleep=sleep, trickle_s=do.trickle, truncate=do.truncate, hang_s=do.hang)

    def _delay(self, exchange: Exchange, fault: Fault) -> None:
        seconds = fault.delay_seconds()
        if seconds > 0:
            self.recorder.publish(exchange)
            self.pause.sleep(seconds)

    def _gate(self, spec: OperationSpec, exchange: Exchange, when: When) -> Passage:
        return self.gates.strike(spec, exchange, when, lambda: self.recorder.publish(exchange))

    # -- messages --------------------------------------------------------------------------------------------

    def send(self, outgoing: Outgoing) -> list[Delivery]:
        """Sends a message, once or in copies; one Delivery per copy."""
        if _dropped():
            return [Delivery(error="lost-as-delivered")]
        spec = self.operations.get(outgoing.operation)
        if self.quiet():
            return [self.sender.transmit(outgoing)]
        exchange = self._opened(spec, outgoing, outgoing.cause)
        passage = self._gate(spec, exchange, "before")
        if passage.lost or passage.ended:
            exchange.error = f"lost-as-{passage.lost or 'delivered'}"
            self.recorder.close(exchange)
            return [Delivery(error=exchange.error)]
        entries = [
            exchange,
            *(self._opened(spec, outgoing, exchange.cause) for _ in range(passage.copies - 1)),
        ]
        for copy in entries[1:]:
            copy.gate = exchange.gate
        if len(entries) == 1 or not passage.in_parallel:
            return [self._send_copy(spec, entry, outgoing) for entry in entries]
        with ThreadPoolExecutor(len(entries)) as threads:
            return list(threads.map(lambda entry: self._send_copy(spec, entry, outgoing), entries))

    def _opened(self, spec: OperationSpec, outgoing: Outgoing, cause: int | None) -> Exchange:
        address = _address(outgoing.url)
        exchange = self.recorder.exchange(
            operation=spec.name,
            kind=spec.kind,
            direction="out",
            method=outgoing.method,
            path=address.path,
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            peer=address.netloc.rpartition("@")[2],
            scheme=address.scheme,
            cause=cause,
        )
        self.recorder.keep_view(exchange, outgoing.view)
        headers, body = outgoing.headers, outgoing.body
        self.recorder.open(exchange, outgoing.keys, headers=headers, body=body, json=parse_json(body))
        return exchange

    def _send_copy(self, spec: OperationSpec, exchange: Exchange, outgoing: Outgoing) -> Delivery:
        with serving(exchange):
            return self._closing(exchange, lambda: self._sent(spec, exchange, outgoing))

    def _sent(self, spec: OperationSpec, exchange: Exchange, outgoing: Outgoing) -> Delivery:
        subject = _readable(outgoing)
        self.recorder.check(exchange, spec, "request", subject)
        fault = self.faults.strike(spec, exchange, subject)
        if fault is not None:
            self._delay(exchange, fault)
            if _dropped():
                exchange.error = "lost-as-delivered"
                return Delivery(error=exchange.error)
            outgoing = self._spoilt(exchange, fault, outgoing)
        delivery = self._pretended(spec, fault, outgoing) or self.sender.transmit(outgoing)
        if fault is not None and fault.do.reset == "after":
            delivery = Delivery(error="reset")
        if fault is not None and fault.do.commit_then is not None and delivery.status is not None:
            delivery = Delivery(status=fault.do.commit_then)
        exchange.error = delivery.error
        if delivery.status is not None:
            json = parse_json(delivery.body)
            headers, body = delivery.headers, delivery.body
            self.recorder.answered(exchange, status=delivery.status, headers=headers, body=body, json=json)
            if 200 <= delivery.status < 300:
                self.recorder.check(exchange, spec, "response", json)
        passage = self._gate(spec, exchange, "after")
        if passage.lost or passage.ended:
            exchange.error = f"lost-as-{passage.lost or 'delivered'}"
            return Delivery(error=exchange.error)
        return delivery

    def _spoilt(self, exchange: Exchange, fault: Fault, outgoing: Outgoing) -> Outgoing:
        """The message as a fault lets it leave; the entry shows that one."""
        do = fault.do
        if do.changes and outgoing.change is not None:
            outgoing = outgoing.change(do.changes)
        if do.garbage:
            outgoing = replace(outgoing, body=GARBAGE)
        if do.to is not None:
            address = _address(outgoing.url)
            outgoing = replace(outgoing, url=address._replace(scheme="", netloc="").geturl())
            outgoing = replace(outgoing, url=f"{do.to}{outgoing.url}")
            exchange.scheme, exchange.peer = urlsplit(do.to)[:2]
        if do.changes or do.garbage:
            self.recorder.sent_otherwise(
                exchange, headers=outgoing.headers, body=outgoing.body, view=outgoing.view
            )
        return replace(outgoing, wire=self._wire(fault))

    def _pretended(self, spec: OperationSpec, fault: Fault | None, outgoing: Outgoing) -> Delivery | None:
        """What a fault makes of a message without sending it."""
        if fault is None:
            return None
        if fault.do.reset == "before":
            return Delivery(error="reset")
        answer = fault.do.instead(
            spec, Incoming(method=outgoing.method, path=outgoing.url, body=outgoing.body)
        )
        if answer is None:
            return None
        return Delivery(status=answer.status, headers=Headers(answer.headers), body=answer.as_bytes())

    # -- stages ----------------------------------------------------------------------------------------------

    def stage(self, operation: str, keys: Keys, run: Callable[[str | None], T], cause: int | None) -> T:
        """Runs one inner step; raises StageLost when it, or its epoch, ends here."""
        if _dropped():
            raise StageLost(operation)
        spec = self.operations.get(operation)
        exchange = self.recorder.exchange(operation=operation, kind=spec.kind, direction="inner", cause=cause)
        if self.quiet():
            with serving(exchange):
                return run(None)
        self.recorder.open(exchange, keys, headers={})
        with serving(exchange):
            return self._closing(exchange, lambda: self._staged(spec, exchange, run))

    def _staged(self, spec: OperationSpec, exchange: Exchange, run: Callable[[str | None], T]) -> T:
        self._pass_stage(spec, exchange, "before")
        fault = self.faults.strike(spec, exchange, exchange.view_json)
        if fault is not None:
            self._delay(exchange, fault)
            if _dropped():
                raise StageLost(spec.name)
        result = run(None if fault is None else fault.do.answer)
        self._pass_stage(spec, exchange, "after")
        return result

    def _pass_stage(self, spec: OperationSpec, exchange: Exchange, when: When) -> None:
        passage = self._gate(spec, exchange, when)
        if passage.lost or passage.ended:
            raise StageLost(spec.name)


def _dropped() -> bool:
    """Whether this thread does timed work of an epoch or scenario that has ended."""
    work = current_work()
    return work is not None and work.dropped


def _json_of(body: JSON | bytes | str | None) -> JSON:
    """The JSON value of an answer's body, None when it is none."""
    if isinstance(body, str):
        return parse_json(body.encode())
    return parse_json(body) if isinstance(body, bytes) else body


def checked_body(incoming: Incoming) -> JSON:
    """What of a request its contract speaks of: JSON body, form as an object, or the query of one without a
    body.
    """
    if incoming.json is not None or incoming.body:
        return {**incoming.form} if incoming.json is None and incoming.form else incoming.json
    return {**incoming.query} if incoming.query or incoming.method in ("GET", "HEAD") else None


def _address(url: str) -> SplitResult:
    """The parts of a URL; empty ones when it is none (a caller may have registered anything)."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _readable(outgoing: Outgoing) -> JSON:
    if outgoing.view is not None:
        return outgoing.view
    if outgoing.body:
        parsed = parse_json(outgoing.body)
        return {**parse_form(outgoing.body)} if parsed is None else parsed
    return dict(parse_qsl(_address(outgoing.url).query, keep_blank_values=True))
