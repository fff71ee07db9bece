"""/deliveries: what the bridge owes, for its operators; nothing personal in it."""

from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from bridge.api.operators import operators_only
from bridge.delivery import transitions
from bridge.delivery.steps import NEXT
from bridge.errors import Problem
from bridge.lifecycle import Bridge
from bridge.model import Delivery, State
from bridge.packets import stamp
from bridge.store import utc_now

_PAGE = 100
_MAX_PAGE = 1000


def deliveries_routes(bridge: Bridge) -> Blueprint:
    """The resource; every route wants the operators' token."""
    routes = Blueprint("deliveries", __name__)
    routes.before_request(operators_only(bridge.operator_token))

    @routes.get("/deliveries")
    def page() -> Response:
        limit = min(_MAX_PAGE, _number("limit", _PAGE))
        found = bridge.store.page(states=_states(), after=_number("after", 0), limit=limit)
        following = str(found[-1].id) if len(found) == limit else None
        return jsonify({"deliveries": [shown(each) for each in found], "next": following})

    @routes.get("/deliveries/<rid>")
    def one(rid: str) -> Response:
        delivery = bridge.store.find(rid)
        if delivery is None:
            raise _unknown()
        history = [
            {"at": stamp(each.at), "state": each.state, "rid": each.rid, "reason": each.reason_code}
            for each in bridge.store.history(delivery.id)
        ]
        return jsonify({**shown(delivery), "history": history})

    @routes.post("/deliveries/<rid>/retry")
    def retry(rid: str) -> tuple[Response, int]:
        delivery = bridge.store.find(rid)
        if delivery is None:
            raise _unknown()
        now = utc_now()
        again = bridge.store.revise(delivery.rid, lambda row: transitions.retried(row, now, bridge.rules))
        if delivery.state is not State.PARKED or again is None:
            raise Problem(
                status=409,
                code="bridge.deliveries.not-parked",
                detail="Only a parked delivery can be retried.",
            )
        bridge.lanes.offer(again)
        return jsonify(shown(again)), 202

    return routes


def shown(delivery: Delivery) -> dict[str, object]:
    """A delivery as operators see it."""
    step = NEXT.get(delivery.state)
    reason = delivery.reason
    return {
        "rid": delivery.rid,
        "event_id": delivery.event_id,
        "action_id": delivery.action_id,
        "kind": delivery.kind,
        "tracking_id": delivery.tracking_id,
        "certificate_number": delivery.certificate_number,
        "state": delivery.state,
        "step": step,
        "attempts": delivery.attempt,
        "due_at": _stamp(delivery.due_at),
        "reason": reason and {"code": reason.code, "party": reason.party, "words": reason.words},
        "created_at": stamp(delivery.created_at),
        "updated_at": stamp(delivery.updated_at),
        "closed_at": _stamp(delivery.closed_at),
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _states() -> list[State]:
    named = [part for given in request.args.getlist("state") for part in given.split(",") if part]
    try:
        return [State(each) for each in named] or list(State)
    except ValueError as error:
        words = ", ".join(State)
        raise Problem(
            status=400,
            code="bridge.deliveries.bad-state",
            detail=f"A state is one of {words}.",
            field="state",
        ) from error


def _number(name: str, default: int) -> int:
    given = request.args.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) <= 12):
        raise Problem(
            status=400, code="bridge.deliveries.bad-number", detail=f"{name} is a whole number.", field=name
        )
    return int(given)


def _unknown() -> Problem:
    return Problem(status=404, code="bridge.deliveries.unknown", detail="There is no such delivery.")
