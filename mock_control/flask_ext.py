"""Where Flask and the control meet: requests become Incoming, Answers become responses, resets cut the
socket.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import struct
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, current_app, request
from werkzeug.datastructures import Headers as WerkzeugHeaders

from mock_control.errors import BrokenOff, ConnectionCut
from mock_control.keys import NO_KEYS
from mock_control.messages import Answer, Incoming, parse_form, parse_json
from mock_control.operations import SPEC_ATTRIBUTE, OperationSpec
from mock_control.redaction import is_secret
from mock_control.wire import Wire

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from mock_control.control import Control

EXTENSION = "mock_control"
ADMIN_PREFIX = "/__admin"
_CUT = "mock_control.cut"
_WIRE = "mock_control.wire"
_PEER_HAS_ENDED = getattr(select, "POLLRDHUP", select.POLLHUP)
_NO_LINGER = struct.pack("ii", 1, 0)
_FORM = "application/x-www-form-urlencoded"


class RequestHeaders(Mapping[str, str]):
    """The header fields of a request, read when they are asked for: most never are."""

    __slots__ = ("_fields",)

    def __init__(self, fields: WerkzeugHeaders) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        value = self._fields.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def items(self) -> ItemsView[str, str]:
        return dict(self._fields).items()

    def __repr__(self) -> str:
        return f"RequestHeaders({list(self)})"


def attach(control: Control, app: Flask) -> None:
    """Does the work of ``Control.init_app``."""
    app.extensions[EXTENSION] = control
    for view in app.view_functions.values():
        spec: OperationSpec | None = getattr(view, SPEC_ATTRIBUTE, None)
        if spec is not None:
            control.register(spec)
    if control.admin_token is not None:
        from mock_control.admin import make_blueprint

        app.register_blueprint(make_blueprint(control, prefix=ADMIN_PREFIX), url_prefix=ADMIN_PREFIX)
    app.register_error_handler(ConnectionCut, _mark_cut)
    app.after_request(_journal_unknown)
    app.wsgi_app = _cutting(app.wsgi_app)  # type: ignore[method-assign, assignment]


def incoming_request(params: dict[str, object]) -> Incoming:
    """The request that Flask is serving, as plain parts."""
    body = request.get_data(cache=True)
    is_form = request.mimetype == _FORM
    return Incoming(
        method=request.method,
        path=request.path,
        headers=RequestHeaders(request.headers),
        query=request.args.to_dict() if request.query_string else {},
        body=body,
        json=None if is_form else parse_json(body),
        form=parse_form(body) if is_form else {},
        params={name: str(value) for name, value in params.items()},
        peer=request.remote_addr or "",
        scheme=request.scheme,
        gone=partial(_has_hung_up, request.environ),
    )


def to_response(answer: Answer) -> Response:
    """An Answer as Flask sends it."""
    response = Response(answer.as_bytes(), status=answer.status, content_type=answer.content_type)
    response.headers.update(dict(answer.headers))
    if answer.wire is not None:
        request.environ[_WIRE] = answer.wire
    return response


def serve(name: str, handler: Callable[[Incoming], Answer], params: dict[str, object]) -> Response:
    """Serves one request of a decorated view."""
    control = cast("Control", current_app.extensions[EXTENSION])
    return to_response(control.perform(name, incoming_request(params), handler))


def _mark_cut(_: Exception) -> Response:
    request.environ[_CUT] = True
    return Response(status=502)


def _cutting(inner: WSGIApplication) -> WSGIApplication:
    """Wraps a WSGI app so that an answer marked as cut becomes a TCP reset, and a marked body comes so."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = inner(environ, start_response)
        wire: Wire | None = environ.get(_WIRE)
        if wire is not None:
            return _as_it_comes(environ, wire, b"".join(answer))
        if not environ.get(_CUT):
            return answer
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        reset_connection(environ)
        raise ConnectionCut

    return app


def _as_it_comes(environ: WSGIEnvironment, wire: Wire, body: bytes) -> Iterator[bytes]:
    try:
        yield from wire.parts(body)
    except BrokenOff:
        connection = _connection(environ)
        if connection is not None:
            with suppress(OSError):  # the caller may be gone by now
                connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionCut from None


def _connection(environ: WSGIEnvironment) -> socket.socket | None:
    """The socket of a request, where the server hands it to the app (gunicorn and werkzeug do)."""
    found = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    return found if isinstance(found, socket.socket) and found.fileno() >= 0 else None


def _has_hung_up(environ: WSGIEnvironment) -> bool:
    """Whether the caller has closed the connection; False where that can't be seen (no socket)."""
    connection = _connection(environ)
    if connection is None:
        return False
    glance = select.poll()
    try:
        if isinstance(connection, ssl.SSLSocket):
            # Nobody may look at its bytes beside OpenSSL. Not every system tells of an end without them.
            glance.register(connection, _PEER_HAS_ENDED)
            return bool(glance.poll(0))
        glance.register(connection, select.POLLIN)
        return bool(glance.poll(0)) and connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def reset_connection(environ: WSGIEnvironment) -> None:
    """Closes the request's socket by a RST, if there is one."""
    connection = _connection(environ)
    if connection is None:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    os.close(connection.detach())


def _journal_unknown(response: Response) -> Response:
    """Journals a request that no route took, with the nearest known routes."""
    if request.url_rule is not None or request.path.startswith(ADMIN_PREFIX):
        return response
    control = cast("Control", current_app.extensions[EXTENSION])
    if not control.recorder.on:
        return response
    incoming = incoming_request({})
    exchange = control.recorder.exchange(
        operation=None,
        kind=None,
        direction="in",
        method=incoming.method,
        path=incoming.path,
        query=incoming.query,
        secrets=_secret_segments(incoming.path),
        peer=incoming.peer,
        scheme=incoming.scheme,
    )
    exchange.near = tuple(_nearest(incoming.path))
    exchange.error = "no such route"
    control.recorder.open(exchange, NO_KEYS, headers=incoming.headers, body=incoming.body, json=incoming.json)
    body = response.get_data()
    control.recorder.answered(
        exchange,
        status=response.status_code,
        headers=dict(response.headers),
        body=body,
        json=parse_json(body),
    )
    control.recorder.close(exchange)
    return response


def _secret_segments(path: str) -> list[str]:
    """Segments of an unknown path that may be secrets: it begins as that of a route that has some."""
    found: list[str] = []
    for rule in current_app.url_map.iter_rules():
        fixed = rule.rule.partition("<")[0]
        if any(map(is_secret, rule.arguments)) and path.startswith(fixed):
            found += path.removeprefix(fixed).split("/")
    return found


def _nearest(path: str) -> list[str]:
    """Known routes whose path is most like this one, each with its methods."""
    routes: dict[str, set[str]] = {}
    for rule in current_app.url_map.iter_rules():
        if not rule.rule.startswith((ADMIN_PREFIX, "/static/")):
            routes.setdefault(rule.rule, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    near = get_close_matches(path, routes, n=3, cutoff=0.4)
    return [f"{'|'.join(sorted(routes[rule]))} {rule}" for rule in near]
