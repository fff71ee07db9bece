"""The bridge's web application: its resources, and one way to answer what goes wrong."""

import time
import uuid

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from bridge.api.callback import callback_routes
from bridge.api.deliveries import deliveries_routes
from bridge.api.health import health_routes
from bridge.api.login import login_routes
from bridge.api.registration import registration_routes
from bridge.api.unsettled import unsettled_routes
from bridge.api.verify import verify_routes
from bridge.errors import CONTENT_TYPE, Problem, problem_body
from bridge.lifecycle import Bridge
from bridge.reading import MAX_BYTES
from bridge.store import StoreError, StoreUnavailableError

log = structlog.get_logger(__name__)
CORRELATION_HEADER = "X-Correlation-Id"


def create_app(bridge: Bridge) -> Flask:
    """A WSGI application that serves this bridge; starting and closing the bridge is the caller's."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    for routes in (
        registration_routes,
        callback_routes,
        verify_routes,
        login_routes,
        deliveries_routes,
        unsettled_routes,
        health_routes,
    ):
        app.register_blueprint(routes(bridge))
    app.before_request(_begin)
    app.after_request(_end)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StoreError, _store)
    app.register_error_handler(Exception, _fault)
    return app


def _begin() -> None:
    g.correlation_id = str(uuid.uuid4())
    g.began = time.monotonic()


def _end(response: Response) -> Response:
    response.headers[CORRELATION_HEADER] = g.correlation_id
    log.info(
        "request",
        method=request.method,
        route=request.endpoint,
        status=response.status_code,
        duration_ms=round((time.monotonic() - g.began) * 1000),
        correlation_id=g.correlation_id,
    )
    return response


def _problem(problem: Problem) -> Response:
    log.info("request.refused", code=problem.code, field=problem.field, correlation_id=g.correlation_id)
    body = problem_body(problem, correlation_id=g.correlation_id)
    return Response(body, problem.status, headers=problem.headers, content_type=CONTENT_TYPE)


def _http(error: HTTPException) -> Response:
    name = error.name.lower().replace(" ", "-")
    response = _problem(
        Problem(status=error.code or 500, code=f"bridge.http.{name}", detail=f"{error.name}.")
    )
    response.headers.extend(
        {key: value for key, value in error.get_headers() if key.lower() in {"allow", "retry-after"}}
    )
    return response


def _store(error: StoreError) -> Response:
    if not isinstance(error, StoreUnavailableError):
        return _fault(error)
    log.warning("request.store-unavailable", exc_info=error, correlation_id=g.correlation_id)
    return _problem(
        Problem(
            status=503,
            code="bridge.store-unavailable",
            detail="The store can't be written. Nothing was stored.",
            retry_after=2,
        )
    )


def _fault(error: Exception) -> Response:
    log.error("request.fault", exc_info=error, correlation_id=g.correlation_id)
    return _problem(Problem(status=500, code="bridge.fault", detail="The bridge itself failed."))
