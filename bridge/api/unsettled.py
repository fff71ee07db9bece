"""/reconcile and /quarantine: what lies beside the deliveries and may need a person."""

from flask import Blueprint, Response, jsonify

from bridge.api.operators import operators_only
from bridge.lifecycle import Bridge
from bridge.packets import stamp
from bridge.store import Finding


def unsettled_routes(bridge: Bridge) -> Blueprint:
    """The two resources; both want the operators' token."""
    routes = Blueprint("unsettled", __name__)
    routes.before_request(operators_only(bridge.operator_token))

    @routes.get("/reconcile")
    def findings() -> Response:
        return jsonify({"findings": [shown_finding(each) for each in bridge.store.findings()]})

    @routes.get("/quarantine")
    def quarantine() -> Response:
        kept = [
            {
                "id": each.id,
                "received_at": stamp(each.received_at),
                "judged_by_present_secrets": each.judged_by == bridge.quarantine.mark,
            }
            for each in bridge.store.quarantined()
        ]
        return jsonify({"kept": kept})

    return routes


def shown_finding(finding: Finding) -> dict[str, object]:
    """A finding as operators see it."""
    return {
        "event_id": finding.event_id,
        "action_id": finding.action_id,
        "kind": finding.kind,
        "tracking_id": finding.tracking_id,
        "rid": finding.rid,
        "verdict": finding.verdict,
        "reason": {"code": finding.code, "words": finding.words},
        "waits_since": stamp(finding.waits_since),
        "found_at": stamp(finding.found_at),
        "seen_at": stamp(finding.seen_at),
    }
