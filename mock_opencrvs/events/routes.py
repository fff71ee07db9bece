"""``ANY /events/{path}`` of the gateway: tRPC or REST, as the events service tells them apart."""

from __future__ import annotations

from flask import Blueprint, Response, request

from mock_control.flask_ext import incoming_request, to_response
from mock_opencrvs.events import rest, trpc
from mock_opencrvs.events.dispatcher import Dispatcher

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
TRPC_QUERIES = ("batch", "input")


def blueprint(dispatcher: Dispatcher) -> Blueprint:
    """The gateway's one route to the events service."""
    routes = Blueprint("events", __name__)

    @routes.route("/events/<path:path>", methods=METHODS)
    def events(path: str) -> Response:
        incoming = incoming_request({})
        query = request.query_string.decode("utf-8", "replace")
        if not query.startswith(TRPC_QUERIES) and path not in dispatcher.table:
            return to_response(rest.serve(dispatcher, path, incoming))
        asked = trpc.HttpRequest(
            method=request.method,
            path=path,
            batched=request.args.get("batch") == "1",
            query_input=request.args.get("input"),
            content_type=request.headers.get("Content-Type"),
            body=incoming.body,
        )
        return to_response(dispatcher.serve(asked, incoming))

    return routes
