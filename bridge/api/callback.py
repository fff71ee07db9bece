"""/websub/callback: the hub's question whether we subscribed, its denial, and what it delivers."""

from datetime import UTC, datetime

import orjson
import structlog
from flask import Blueprint, Response, request
from werkzeug.datastructures import Headers

from bridge.callback import CallbackRefused, CredentialIssued, Ignored, WorkflowEnded
from bridge.errors import Problem
from bridge.lifecycle import Bridge
from bridge.packets import stamp
from bridge.store import Receipt

log = structlog.get_logger(__name__)
_HEADERS = ("X-Hub-Signature", "Link")
_TAKEN = frozenset({Receipt.STORED, Receipt.LATE, Receipt.ORPHAN})


def callback_routes(bridge: Bridge) -> Blueprint:
    """The resource; a 2xx to a delivery means that it is durable."""
    routes = Blueprint("callback", __name__)

    @routes.get("/websub/callback", strict_slashes=False)
    def verify() -> Response:
        query = request.args.to_dict()
        if query.get("hub.mode") in {"denied", "hub-error"}:
            state = bridge.subscription.denied(query)
            log.warning("subscription.denied", state=state)
            return Response(status=204)
        return Response(bridge.subscription.verify(query), mimetype="text/plain")

    @routes.post("/websub/callback", strict_slashes=False)
    def deliver() -> Response:
        raw = request.get_data(cache=False)
        try:
            opened = bridge.callbacks.open(raw, _told(request.headers))
        except CallbackRefused as refused:
            bridge.counters.add(f"callbacks.refused.{refused.reason}")
            log.warning("callback.refused", reason=refused.reason, status=refused.status)
            if refused.well_formed:
                bridge.quarantine.keep(raw, dict(request.headers.items()))
            if refused.status < 300:
                return Response(status=refused.status)
            raise Problem(
                status=refused.status,
                code=f"bridge.callback.{refused.reason}",
                detail="The delivery was refused and not stored.",
            ) from refused
        return _taken(bridge, opened, raw)

    return routes


def _told(headers: Headers) -> dict[str, str]:
    return {name: value for name in _HEADERS if (value := headers.get(name)) is not None}


def _taken(bridge: Bridge, opened: CredentialIssued | WorkflowEnded | Ignored, raw: bytes) -> Response:
    if isinstance(opened, Ignored):
        bridge.counters.add(f"callbacks.ignored.{opened.reason}")
        log.info("callback.ignored", reason=opened.reason, hub_event_id=opened.hub_event_id)
        return _acknowledged(opened, opened.request_id, taken=True)
    if isinstance(opened, CredentialIssued):
        received = bridge.inbox.take_credential(opened, raw)
        problem, request_id = opened.problem, opened.request_id
    else:
        received = bridge.inbox.take_outcome(opened, raw)
        problem, request_id = None, opened.rid
    bridge.counters.add(f"callbacks.{received.receipt}")
    tell = log.info if received.receipt in _TAKEN else log.warning
    tell(
        "callback.taken",
        rid=opened.rid,
        hub_event_id=opened.hub_event_id,
        verdict=received.receipt,
        problem=problem,
        action="repeated" if received.repeated else "new",
    )
    return _acknowledged(opened, request_id, taken=received.receipt in _TAKEN)


def _acknowledged(
    opened: CredentialIssued | WorkflowEnded | Ignored, request_id: str, *, taken: bool
) -> Response:
    """In the shape of MOSIP's credential status update; its hub reads the status only."""
    now = stamp(datetime.now(UTC))
    body = orjson.dumps(
        {
            "publisher": "OPENCRVS",
            "topic": opened.topic or "unknown",
            "publishedOn": now,
            "event": {
                "id": opened.hub_event_id,
                "requestId": request_id or opened.hub_event_id,
                "timestamp": now,
                "status": "RECEIVED" if taken else "ERROR",
                "url": "",
            },
        }
    )
    return Response(body, mimetype="application/json")
