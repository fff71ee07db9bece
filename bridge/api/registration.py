"""POST /events/registration: OpenCRVS tells of a birth or death."""

from flask import Blueprint, Response, jsonify, request

from bridge.lifecycle import Bridge
from bridge.registration import parse_registration


def registration_routes(bridge: Bridge) -> Blueprint:
    """The resource; 202 means that the registration is durable."""
    routes = Blueprint("registration", __name__)

    @routes.post("/events/registration")
    def register() -> tuple[Response, int]:
        token = bridge.tokens.verify(request.headers.get("Authorization"))
        registration = parse_registration(request.get_data(cache=False), request.content_type)
        delivery = bridge.intake.take(token, registration)
        bridge.counters.add("registrations.accepted")
        return jsonify({"transactionId": delivery.answered_rid}), 202

    return routes
