"""The few REST routes beside tRPC: plain JSON in and out, errors in a form of their own. No Flask.

Source: trpc-to-openapi 3.2.0 (src/adapters/node-http/core.ts).
"""

from __future__ import annotations

import re
from dataclasses import replace

import orjson

from mock_control import Answer, Incoming
from mock_opencrvs.events import trpc
from mock_opencrvs.events.dispatcher import Dispatcher
from mock_opencrvs.events.errors import InputError, TrpcError
from mock_opencrvs.values import JSON, JSONObject

ROUTES = (
    ("POST", re.compile(r"^events$"), "event.create"),
    ("POST", re.compile(r"^events/search$"), "event.search"),
    ("GET", re.compile(r"^events/(?P<eventId>[^/]+)$"), "event.get"),
)
VALIDATION = "Input validation failed"
NOT_FOUND: JSONObject = {
    "message": "Not found",
    "code": "NOT_FOUND",
    "data": {"code": "NOT_FOUND", "httpStatus": 404},
}


def serve(dispatcher: Dispatcher, path: str, incoming: Incoming) -> Answer:
    """The answer to a REST request under the events service's root."""
    for method, pattern, procedure in ROUTES:
        found = pattern.match(path)
        if method == incoming.method and found is not None:
            return _plain(dispatcher.call(_call(procedure, found.groupdict(), incoming), as_post(incoming)))
    return dispatcher.unknown(incoming, NOT_FOUND)


def as_post(incoming: Incoming) -> Incoming:
    """REST has chosen the procedure by its own method; to tRPC every call is a POST."""
    return replace(incoming, method="POST", query={}, json=None)


def _call(procedure: str, parameters: dict[str, str], incoming: Incoming) -> trpc.Call:
    try:
        body: JSON = orjson.loads(incoming.body) if incoming.body else {}
    except orjson.JSONDecodeError as problem:
        return trpc.Call(
            path=procedure, error=TrpcError("INTERNAL_SERVER_ERROR", f"Failed to parse: {problem}")
        )
    given = {**body, **parameters} if isinstance(body, dict) else body
    return trpc.Call(path=procedure, given=given)


def _plain(answer: Answer) -> Answer:
    """An inner error object as REST words it: the code's name in place of its number."""
    body = answer.body
    if answer.status == trpc.OK or not isinstance(body, dict) or not trpc.is_error_object(body):
        return answer
    data = body["data"]
    name = data.get("code") if isinstance(data, dict) else None
    message = VALIDATION if _is_validation(body["message"]) else body["message"]
    rendered: JSONObject = {"message": message, "code": name, "data": data}
    return replace(answer, body=rendered)


def _is_validation(message: JSON) -> bool:
    """zod's complaints are JSON text: a list of issues with codes and paths."""
    return isinstance(message, str) and message.startswith(InputError.LIST_START)
