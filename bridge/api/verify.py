"""POST /verify: is this person who the declaration says?"""

import structlog
from flask import Blueprint, Response, jsonify, request

from bridge.api.cors import allow_pages
from bridge.lifecycle import Bridge
from bridge.mosip.ida_verdicts import Failure, Verdict
from bridge.verification import not_configured, problem_of

log = structlog.get_logger(__name__)
_TEXT, _JSON = "text/plain", "application/json"
_UNKNOWN_RETRY_S = 30


def verify_routes(bridge: Bridge) -> Blueprint:
    """The resource; every 200 is IDA's word about the person."""
    routes = Blueprint("verify", __name__)
    allow_pages(routes, bridge.settings.client_app_url)

    @routes.post("/verify")
    def verify() -> Response:
        bridge.tokens.authenticate(request.headers.get("Authorization"))
        if bridge.verifier is None:
            raise not_configured()
        person = bridge.verifier.questions.parse(request.get_data(cache=False), request.content_type)
        said = bridge.verifier.verify(person)
        if isinstance(said, Failure):
            bridge.counters.add(f"verifications.{said.trouble}")
            log.warning("verify.no-word", problem=said.trouble, code=said.code)
            raise problem_of(said)
        bridge.counters.add(f"verifications.{said.status}")
        log.info("verify.judged", outcome=said.status, reason=said.reason, code=said.code)
        response = (
            _json(said) if _wants_json() else _text(said, unknown=bridge.settings.bridge_verify_unknown)
        )
        if said.retryable:
            response.headers["Retry-After"] = str(_UNKNOWN_RETRY_S)
        response.vary.add("Accept")
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def _wants_json() -> bool:
    """Only who prefers JSON to text gets it: ``*/*`` is what callers of the reference implementation send."""
    accepted = request.accept_mimetypes
    return accepted[_JSON] > accepted[_TEXT]


def _text(said: Verdict, *, unknown: str) -> Response:
    word = "verified" if said.status == "verified" else unknown if said.status == "unknown" else "failed"
    return Response(word, mimetype=_TEXT)


def _json(said: Verdict) -> Response:
    return jsonify(
        {
            "status": said.status,
            "reason": said.reason,
            "field": said.fields[0] if said.fields else None,
            "fields": said.fields,
            "retryable": said.retryable,
            "code": said.code,
        }
    )
