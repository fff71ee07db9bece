"""``POST /trigger/events/{event}/actions/{ACTION}``: the receiving side of core's hook."""

from __future__ import annotations

from flask import Blueprint

from mock_control import Answer, Incoming, Keys, operation
from mock_opencrvs.auth.errors import GatewayRefusalError
from mock_opencrvs.auth.service import AuthService
from mock_opencrvs.auth.tokens import COUNTRY_CONFIG_AUDIENCE
from mock_opencrvs.country_config.errors import errors, refusal
from mock_opencrvs.country_config.reading import UnreadableEventError, read_event
from mock_opencrvs.country_config.service import CountryConfig
from mock_opencrvs.events.aggregate import PendingActionError, pending_action


def keys_of_hook(incoming: Incoming) -> Keys:
    """The record's ids, and the pending action's, which is the last request in the log."""
    document = incoming.json if isinstance(incoming.json, dict) else {}
    log = document.get("actions")
    requested = [
        entry["id"]
        for entry in (log if isinstance(log, list) else [])
        if isinstance(entry, dict) and entry.get("status") == "Requested" and isinstance(entry.get("id"), str)
    ]
    weak = {"action_type": incoming.params.get("action", "")}
    for kind, member in (("event", "id"), ("tracking", "trackingId")):
        value = document.get(member)
        if isinstance(value, str):
            weak[kind] = value
    return Keys(strong={"action": str(requested[-1])} if requested else {}, weak=weak)


def empty_reply(_: Incoming) -> Answer:
    """A 200 that says nothing: enough for a declaration, a stuck record for a registration."""
    return Answer(body={})


def wrong_number(_: Incoming) -> Answer:
    """A 200 whose registration number is no text."""
    return Answer(body={"registrationNumber": 123})


def blueprint(config: CountryConfig, auth: AuthService) -> Blueprint:
    """The route of the hook."""
    routes = Blueprint("country_config", __name__)

    @routes.post("/trigger/events/<event>/actions/<action>")
    @operation(
        "opencrvs.country_config.trigger",
        help="the country configuration hears of a requested action and accepts, waits or rejects",
        request="opencrvs/hook.request",
        keys=keys_of_hook,
        errors=errors,
        answers={"empty": empty_reply, "number-is-no-text": wrong_number},
    )
    def trigger(incoming: Incoming) -> Answer:
        try:
            authorization = incoming.headers.get("Authorization")
            principal = auth.bearer(authorization, audiences=[COUNTRY_CONFIG_AUDIENCE])
            event = read_event(incoming.json)
            action = pending_action(event)
        except GatewayRefusalError as refused:
            return Answer(status=refused.status, body=refused.to_json(), headers=refused.headers())
        except (UnreadableEventError, PendingActionError) as problem:
            return refusal(500, str(problem))
        if (event.type, action.type) != (incoming.params["event"], incoming.params["action"]):
            return refusal(500, "the pending action is not the one of this path")
        reply = config.answer(event, action, principal)
        return Answer(status=reply.status, body=reply.body)

    return routes
