"""From a call's path to the service that answers it, each call an exchange of its own. No Flask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

import orjson

from mock_control import Answer, Control, Headers, Incoming, current_exchange
from mock_opencrvs.auth.errors import GatewayRefusalError
from mock_opencrvs.auth.service import AuthService
from mock_opencrvs.auth.tokens import Principal
from mock_opencrvs.events import trpc
from mock_opencrvs.events.actions import ActionsService
from mock_opencrvs.events.errors import TrpcError
from mock_opencrvs.events.model import Event
from mock_opencrvs.events.operations import OTHER, PROCEDURE
from mock_opencrvs.events.service import EventsService
from mock_opencrvs.values import JSON, JSONObject

ERROR_DETAIL = "opencrvs.error_detail"
PATHS = {
    "DECLARE": "declare",
    "REGISTER": "register",
    "ARCHIVE": "archive",
    "REQUEST_CORRECTION": "correction.request",
    "APPROVE_CORRECTION": "correction.approve",
    "REJECT_CORRECTION": "correction.reject",
    "CUSTOM": "custom",
}
"""The procedures of each kind of action, below ``event.actions``."""
Run = Callable[[Principal, JSON], Event | JSONObject]


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """One procedure: the operation it is, whether it changes anything, and what runs it."""

    operation: str
    kind: trpc.ProcedureKind
    run: Run


def procedures(events: EventsService, actions: ActionsService) -> Mapping[str, Procedure]:
    """All procedures by their tRPC path."""
    table = {
        "event.create": Procedure(operation="create", kind="mutation", run=events.create),
        "event.get": Procedure(operation="get", kind="query", run=events.get),
        "event.search": Procedure(operation="search", kind="query", run=events.search),
        "event.actions.assignment.assign": Procedure(operation="assign", kind="mutation", run=events.assign),
        "event.actions.assignment.unassign": Procedure(
            operation="unassign", kind="mutation", run=events.unassign
        ),
    }
    for action_type, path in PATHS.items():
        name = action_type.lower()
        for step, run in (
            ("request", actions.request),
            ("accept", actions.accept),
            ("reject", actions.reject),
        ):
            operation = name if step == "request" else f"{name}_{step}"
            bound = partial(run, action_type)
            table[f"event.actions.{path}.{step}"] = Procedure(operation=operation, kind="mutation", run=bound)
    return {
        path: replace(each, operation=f"opencrvs.events.{each.operation}") for path, each in table.items()
    }


class Dispatcher:
    """Serves tRPC requests and single REST calls; authenticates as the gateway does, inside each exchange."""

    def __init__(self, *, control: Control, auth: AuthService, table: Mapping[str, Procedure]) -> None:
        self._control = control
        self._auth = auth
        self.table = table

    def serve(self, request: trpc.HttpRequest, incoming: Incoming) -> Answer:
        """The answer to a whole tRPC request, one exchange per call."""
        try:
            calls = trpc.read_calls(request)
        except TrpcError as error:
            return self._whole_request_failed(incoming, error)
        answers = [self.call(call, incoming) for call in calls]
        foreign = next(filter(_is_foreign, answers), None)
        if foreign is not None:
            return foreign
        outcomes = [trpc.Outcome(status=each.status, body=_json(each)) for each in answers]
        status, body = trpc.write(outcomes, batched=request.batched)
        headers = {name: value for each in answers for name, value in each.headers.items()}
        wire = next((each.wire for each in answers if each.wire is not None), None)
        return Answer(status=status, body=body, headers=headers, wire=wire)

    def call(self, call: trpc.Call, incoming: Incoming) -> Answer:
        """One call as one exchange: an output, an inner error object, or what a fault put in their place."""
        procedure = self.table.get(call.path)
        one = _one_call(call, incoming)

        def handle(_: Incoming) -> Answer:
            return self._answer(call, procedure, incoming)

        return self._control.perform(procedure.operation if procedure else OTHER, one, handle)

    def unknown(self, incoming: Incoming, body: JSONObject) -> Answer:
        """A REST path that is none, told with the nearest procedures; the gateway asks for a token first."""

        def handle(_: Incoming) -> Answer:
            if isinstance(refused := self._principal(incoming), Answer):
                return refused
            return Answer(status=404, body=body)

        return self._control.perform(OTHER, incoming, handle)

    def _answer(self, call: trpc.Call, procedure: Procedure | None, incoming: Incoming) -> Answer:
        principal = self._principal(incoming)
        if isinstance(principal, Answer):
            return principal
        try:
            output = self._run(call, procedure, incoming.method, principal)
        except TrpcError as error:
            return self._error(error, call.path)
        return Answer(body=output.to_json() if isinstance(output, Event) else output)

    def _run(
        self, call: trpc.Call, procedure: Procedure | None, method: str, principal: Principal
    ) -> Event | JSONObject:
        if procedure is None:
            current_exchange().near = tuple(get_close_matches(call.path, self.table, n=3))
            raise TrpcError("NOT_FOUND", f'No procedure found on path "{call.path}"')
        trpc.check_method(call.path, procedure.kind, method)
        if call.error is not None:
            raise call.error
        return procedure.run(principal, call.given)

    def _principal(self, incoming: Incoming) -> Principal | Answer:
        try:
            return self._auth.bearer(incoming.headers.get("Authorization"))
        except GatewayRefusalError as refusal:
            return Answer(status=refusal.status, body=refusal.to_json(), headers=refusal.headers())

    def _whole_request_failed(self, incoming: Incoming, error: TrpcError) -> Answer:
        """A request that holds no calls is answered with a single envelope, batched or not."""

        def handle(_: Incoming) -> Answer:
            if isinstance(refused := self._principal(incoming), Answer):
                return refused
            inner = self._error(error, None)
            return Answer(status=inner.status, body={"error": {"json": _json(inner)}})

        return self._control.perform(OTHER, incoming, handle)

    def _error(self, error: TrpcError, path: str | None) -> Answer:
        masked = self._control.settings_value(ERROR_DETAIL) == "production"
        return Answer(status=error.status, body=error.to_json(path, masked=masked))


def _one_call(call: trpc.Call, incoming: Incoming) -> Incoming:
    body = b"" if call.given is None else orjson.dumps(call.given)
    # The length of the whole says nothing of one call, but where the whole never came it is what shows that.
    announced = incoming.headers.get("Content-Length", "")
    cut_off = announced.isdecimal() and int(announced) > len(incoming.body)
    return Incoming(
        method=incoming.method,
        path=f"/events/{call.path}",
        headers=Headers(
            {
                name: value
                for name, value in incoming.headers.items()
                if name.lower() != "content-length" or cut_off
            }
        ),
        body=body,
        json=call.given,
        params={PROCEDURE: call.path},
        peer=incoming.peer,
        gone=incoming.gone,
    )


def _is_foreign(answer: Answer) -> bool:
    """Whether it is not tRPC's: a gateway's refusal, or what a fault has put there."""
    if isinstance(answer.body, bytes):
        return True
    return answer.status != trpc.OK and not trpc.is_error_object(_json(answer))


def _json(answer: Answer) -> JSON:
    return None if isinstance(answer.body, bytes) else answer.body
