"""/health: the process lives. /ready: it can work, or why not. Neither wants a token or shows a person."""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify

from bridge.lifecycle import Bridge
from bridge.model import BACKLOG
from bridge.store import StoreUnavailableError

_MOSIP = frozenset({"auth_manager", "packet_manager", "workflow", "hub"})


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that readiness rests on; ``reason`` when it is not ok."""

    ok: bool
    reason: str | None = None


def health_routes(bridge: Bridge) -> Blueprint:
    """The two resources."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> Response:
        return jsonify({"status": "ok"})

    @routes.get("/ready")
    def ready() -> tuple[Response, int]:
        checks = _checks(bridge)
        fine = all(check.ok for check in checks.values())
        shown = {name: {"ok": check.ok, "reason": check.reason} for name, check in checks.items()}
        return jsonify({"ready": fine, "checks": shown}), 200 if fine else 503

    return routes


def _checks(bridge: Bridge) -> dict[str, Check]:
    try:
        return {
            "store": Check(ok=True),
            "subscription": _subscription(bridge),
            "backlog": _backlog(bridge),
            "mosip": _mosip(bridge),
        }
    except StoreUnavailableError:
        unknown = Check(ok=False, reason="the store can't be read")
        return dict.fromkeys(("store", "subscription", "backlog", "mosip"), unknown)


def _subscription(bridge: Bridge) -> Check:
    state = bridge.subscription.state(bridge.settings.mosip_websub_topic)
    return Check(ok=True) if state == "verified" else Check(ok=False, reason=f"the hub's topic is {state}")


def _backlog(bridge: Bridge) -> Check:
    waiting = sum(count for state, count in bridge.store.counts().items() if state in BACKLOG)
    limit = bridge.settings.bridge_backlog_limit
    return Check(ok=True) if waiting < limit else Check(ok=False, reason=f"{waiting} deliveries wait")


def _mosip(bridge: Bridge) -> Check:
    faults = [each for each in bridge.store.upstream_faults() if each.party in _MOSIP]
    if not faults:
        return Check(ok=True)
    return Check(ok=False, reason=", ".join(f"{each.party}: {each.fault}" for each in faults))
