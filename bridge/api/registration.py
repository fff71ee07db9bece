"""POST /events/registration: OpenCRVS tells of a birth or death."""

import orjson
from flask import Blueprint, Response, request

from bridge.lifecycle import Bridge
from bridge.registration import parse_registration


def registration_routes(bridge: Bridge) -> Blueprint:
    """The resource; 202 means that the registration is durable."""
    routes = Blueprint("registration", __name__)

    @routes.post("/events/registration")
    def register() -> Response:
        token = bridge.tokens.verify(request.headers.get("Authorization"))
        registration = parse_registration(request.get_data(cache=False), request.content_type)
        delivery = bridge.intake.take(token, registration)
        bridge.counters.add("registrations.accepted")
        body = orjson.dumps({"transactionId": delivery.answered_rid})
        return Response(body, 202, mimetype="application/json")

    return routes
