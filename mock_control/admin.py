"""The admin API under ``/__admin/``: JSON in, JSON out, bearer admin token on every request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

from flask import Blueprint, Response, request

from mock_control.admin_routes import ROUTES, STREAM, Admin, journal_query
from mock_control.control import Control, same_token
from mock_control.errors import Refusal
from mock_control.journal import Query
from mock_control.messages import JSON, dump_json
from mock_control.openapi import Route

STREAM_HEARTBEAT = 10.0  # seconds; a comment line by which a reader that is gone is noticed


def make_blueprint(control: Control, *, prefix: str) -> Blueprint:
    """The admin API of one control."""
    blueprint = Blueprint("mock_control_admin", __name__)
    admin = Admin(control, prefix=prefix)

    @blueprint.before_request
    def authorize() -> Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same_token(token.strip(), control.admin_token or ""):
            return None
        return _respond({"error": "the admin token is missing or wrong"}, 401)

    @blueprint.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return _respond({"error": refusal.message, "near": [*refusal.near]}, refusal.status)

    for route in ROUTES:
        blueprint.add_url_rule(
            f"/{route.path}", endpoint=route.name, view_func=_view(admin, route), methods=[route.method]
        )
    stream = _stream(control)
    blueprint.add_url_rule(f"/{STREAM.path}", endpoint=STREAM.name, view_func=stream, methods=[STREAM.method])
    return blueprint


def _view(admin: Admin, route: Route) -> Callable[..., Response]:
    handler = cast("Callable[..., JSON]", getattr(admin, route.name))

    def view(**params: str | int) -> Response:
        return _respond(handler(**params), route.status)

    return view


def _respond(body: JSON, status: int) -> Response:
    return Response(dump_json(body), status=status, content_type="application/json")


def _stream(control: Control) -> Callable[[], Response]:
    """Server-sent events: one per published entry, its ``id`` the sequence number."""

    def events(query: Query) -> Iterator[bytes]:
        journal = control.journal
        while journal is not None:
            page = journal.read(query, wait=STREAM_HEARTBEAT)
            query = replace(query, after=page.last)
            if not page.entries:
                yield b": still here\n\n"
            for entry in page.entries:
                shown = dump_json(control.recorder.render(entry, control.party))
                yield b"id: %d\ndata: %s\n\n" % (entry.seq, shown)

    def stream() -> Response:
        if control.journal is None:
            raise Refusal("the journal is off", status=409)
        return Response(events(journal_query()), content_type="text/event-stream")

    return stream
