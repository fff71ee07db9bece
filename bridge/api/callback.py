"""/websub/callback: the hub's question whether we subscribed, its denial, and what it delivers."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, Response, jsonify, request

from bridge.callback import CallbackRefused, CredentialIssued, Ignored, WorkflowEnded
from bridge.delivery.inbox import workflow_event_id
from bridge.errors import Problem
from bridge.lifecycle import Bridge
from bridge.packets import stamp
from bridge.store import Receipt

log = structlog.get_logger(__name__)
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
            opened = bridge.callbacks.open(raw, request.headers)
        except CallbackRefused as refused:
            bridge.counters.add(f"callbacks.refused.{refused.reason}")
            log.warning("callback.refused", reason=refused.reason, status=refused.status)
            if refused.status < 300:
                return Response(status=refused.status)
            raise Problem(
                status=refused.status,
                code=f"bridge.callback.{refused.reason}",
                detail="The delivery was refused and not stored.",
            ) from refused
        return _taken(bridge, opened, raw)

    return routes


def _taken(bridge: Bridge, opened: CredentialIssued | WorkflowEnded | Ignored, raw: bytes) -> Response:
    if isinstance(opened, Ignored):
        bridge.counters.add("callbacks.ignored")
        return Response(status=204)
    if isinstance(opened, CredentialIssued):
        received = bridge.inbox.take_credential(opened, raw)
        topic, event_id, request_id = opened.topic, opened.hub_event_id, opened.request_id
    else:
        received = bridge.inbox.take_outcome(opened, raw)
        topic, event_id = bridge.settings.bridge_workflow_event_topic, workflow_event_id(opened)
        request_id = opened.rid
    bridge.counters.add(f"callbacks.{received.receipt}")
    log.info(
        "callback.taken", rid=opened.rid, receipt=received.receipt, repeated=received.repeated, topic=topic
    )
    now = stamp(datetime.now(UTC))
    return jsonify(
        {
            "publisher": "OPENCRVS",
            "topic": topic,
            "publishedOn": now,
            "event": {
                "id": event_id,
                "requestId": request_id,
                "timestamp": now,
                "status": "RECEIVED" if received.receipt in _TAKEN else "ERROR",
                "url": "",
            },
        }
    )
