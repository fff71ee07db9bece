"""tRPC over HTTP with superjson: which calls a request holds, and how their outcomes go back. No Flask.

Source: trpc/trpc packages/server (11.8.1) src/unstable-core-do-not-import/http, superjson 1.9.0-0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import orjson

from mock_opencrvs.events.errors import TrpcError
from mock_opencrvs.values import JSON, JSONObject

MULTI_STATUS = 207
OK = 200
NOT_AN_OBJECT = '"input" needs to be an object when doing a batch call'

ProcedureKind = Literal["query", "mutation"]


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """The parts of an HTTP request that tRPC looks at.

    ``query_input`` is the ``input`` parameter; ``batched`` is whether ``batch=1`` was given.
    """

    method: str
    path: str
    batched: bool
    query_input: str | None
    content_type: str | None
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: the procedure's path and its input (None for undefined), or why there is no input."""

    path: str
    given: JSON = None
    error: TrpcError | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a call: its HTTP status, and its output or inner error object."""

    status: int
    body: JSON


def read_calls(request: HttpRequest) -> tuple[Call, ...]:
    """The calls of a request, in order. Raises TrpcError (415) when its body has no type that tRPC reads."""
    if request.method != "GET":
        _require_json(request.content_type)
    text = (request.query_input or "").encode() if request.method == "GET" else request.body
    paths = request.path.split(",") if request.batched else [request.path]
    try:
        document: JSON = orjson.loads(text) if text else None
    except orjson.JSONDecodeError as problem:
        error = TrpcError("BAD_REQUEST", str(problem))
        return tuple(Call(path=path, error=error) for path in paths)
    if not request.batched:
        return (Call(path=paths[0], given=_unwrapped(document)),)
    if document is not None and not isinstance(document, dict):
        error = TrpcError("BAD_REQUEST", NOT_AN_OBJECT)
        return tuple(Call(path=path, error=error) for path in paths)
    inputs = document or {}
    return tuple(
        Call(path=path, given=_unwrapped(inputs.get(str(index)))) for index, path in enumerate(paths)
    )


def check_method(path: str, kind: ProcedureKind, method: str) -> None:
    """A mutation needs POST, a query takes GET too. Raises METHOD_NOT_SUPPORTED."""
    if method == "POST" or (method == "GET" and kind == "query"):
        return
    raise TrpcError(
        "METHOD_NOT_SUPPORTED", f'Unsupported {method}-request to {kind} procedure at path "{path}"'
    )


def write(outcomes: Sequence[Outcome], *, batched: bool) -> tuple[int, JSON]:
    """Status and body of the answer: the common status, or 207 when the outcomes differ."""
    statuses = {outcome.status for outcome in outcomes}
    status = statuses.pop() if len(statuses) == 1 else MULTI_STATUS
    envelopes: list[JSON] = [_envelope(outcome) for outcome in outcomes]
    return status, envelopes if batched else envelopes[0]


def is_error_object(body: JSON) -> bool:
    """True for an inner error object; anything else with an error status did not come from tRPC."""
    return isinstance(body, dict) and {"message", "code", "data"} <= set(body)


def _envelope(outcome: Outcome) -> JSONObject:
    if outcome.status == OK:
        return {"result": {"data": {"json": outcome.body}}}
    return {"error": {"json": outcome.body}}


def _require_json(content_type: str | None) -> None:
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind != "application/json":
        words = f'Unsupported content-type "{kind}"' if kind else "Missing content-type header"
        raise TrpcError("UNSUPPORTED_MEDIA_TYPE", words)


def _unwrapped(document: JSON) -> JSON:
    """superjson's ``json`` member. ``meta`` only says how to revive values, of which we take none."""
    return document.get("json") if isinstance(document, dict) else None
