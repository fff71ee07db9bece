"""The admin API under ``/__admin/``: JSON in, JSON out, bearer admin token on every request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import cast

import orjson
from flask import Blueprint, Response, request

from mock_control.clock import iso, seconds_of
from mock_control.control import Control, same_token
from mock_control.errors import Refusal
from mock_control.journal import Query
from mock_control.messages import JSON, parse_json
from mock_control.openapi import Route, document
from mock_control.ownership import parse_reservations

STREAM_HEARTBEAT = 10.0


@dataclass(frozen=True, kw_only=True)
class Result:
    """What an admin route returns: JSON with a status."""

    body: JSON
    status: int = 200


def make_blueprint(control: Control) -> Blueprint:
    """The admin API of one control."""
    blueprint = Blueprint("mock_control_admin", __name__)
    admin = Admin(control)

    @blueprint.before_request
    def authorize() -> Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same_token(token.strip(), control.admin_token or ""):
            return None
        return _respond(Result(body={"error": "the admin token is missing or wrong"}, status=401))

    @blueprint.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return _respond(Result(body={"error": refusal.message, "near": [*refusal.near]}, status=refusal.status))

    for route in ROUTES:
        blueprint.add_url_rule(
            f"/{route.path}", endpoint=route.name, view_func=_view(admin, route), methods=[route.method]
        )
    blueprint.add_url_rule("/journal/stream", endpoint="stream", view_func=admin.stream, methods=["GET"])
    return blueprint


def _respond(result: Result) -> Response:
    return Response(orjson.dumps(result.body), status=result.status, content_type="application/json")


def _view(admin: Admin, route: Route) -> Callable[..., Response]:
    handler = cast("Callable[..., Result]", getattr(admin, route.name))

    def view(**params: str) -> Response:
        return _respond(handler(**params))

    return view


def _body() -> JSON:
    """The request's JSON body; None when empty; raises Refusal when broken."""
    raw = request.get_data()
    parsed = parse_json(raw)
    if raw.strip() not in (b"", b"null") and parsed is None:
        raise Refusal("the body is not JSON")
    return parsed


def _body_object() -> dict[str, JSON]:
    body = _body()
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Refusal("the body must be a JSON object")
    return body


def _number(name: str, default: float) -> float:
    text = request.args.get(name)
    if text is None:
        return default
    try:
        return float(text)
    except ValueError:
        raise Refusal(f"{name} must be a number") from None


def _query() -> Query:
    return Query(
        after=int(_number("after", 0)),
        operation=request.args.get("operation"),
        owner=request.args.get("owner"),
        scenario=request.args.get("scenario"),
        limit=max(1, int(_number("limit", 1000))),
    )
