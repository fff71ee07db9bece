"""Requests, answers and deliveries as plain values, apart from Flask and from sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl

import orjson

from mock_control.keys import NO_KEYS, Keys
from mock_control.wire import Wire

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"


class Headers(Mapping[str, str]):
    """Read-only header fields, looked up without regard to case; spelling and order stay as they came."""

    __slots__ = ("_by_lower",)

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self._by_lower = {name.lower(): (name, value) for name, value in (fields or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._by_lower[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._by_lower.values())

    def __len__(self) -> int:
        return len(self._by_lower)

    def __repr__(self) -> str:
        return f"Headers({list(self)})"


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A request as bytes and parts.

    ``json`` is the parsed body, None when there is none or it is broken; ``form`` the fields of an urlencoded
    body; ``params`` the path's parameters; ``peer`` the caller's address; ``scheme`` http, or
    https where the mock speaks TLS; ``gone`` tells whether the caller has hung up by now.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=Headers)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    json: JSON | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    peer: str = ""
    scheme: str = "http"
    gone: Callable[[], bool] = field(default=lambda: False, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response: a ``dict`` or ``list`` body is sent as JSON, ``str`` and ``bytes`` as they are, None as
    nothing. ``wire``: how its bytes leave, where that is out of the ordinary.
    """

    status: int = 200
    body: JSON | bytes | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    wire: Wire | None = None

    def as_bytes(self) -> bytes:
        """The body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return b"" if self.body is None else dump_json(self.body)


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message that the mock sends.

    ``view`` is the body as the mock itself can read it (decrypted; the query as an object for a GET);
    ``cause`` the id of the exchange that made the mock send it (default: the one being served);
    ``timeout`` seconds to connect and seconds to wait for each read. ``change`` makes of it what a fault asks
    for by ``mutate`` and ``sign``; ``wire``: how its bytes leave, where that is out of the ordinary.
    """

    operation: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    view: JSON | None = None
    keys: Keys = NO_KEYS
    cause: int | None = None
    timeout: tuple[float, float] = (2.0, 10.0)
    change: Callable[[Mapping[str, str]], Outgoing] | None = None
    wire: Wire | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How one copy of a message fared: an answer, or ``error``.

    Errors: ``connect`` ``timeout`` ``reset`` ``lost-as-delivered`` ``lost-as-failed``.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=Headers)
    body: bytes = b""
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Answered with 2xx, or lost in such a way that the sender believes so."""
        if self.error is not None:
            return self.error == "lost-as-delivered"
        return self.status is not None and 200 <= self.status < 300


def parse_json(body: bytes) -> JSON | None:
    """The JSON value of ``body``; None when there is none or it is broken."""
    if not body:
        return None
    try:
        parsed: JSON = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return parsed


def dump_json(value: JSON) -> bytes:
    """JSON text of any value, also of numbers and characters that are beyond orjson (hostile bodies have
    them).
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def parse_form(body: bytes) -> dict[str, str]:
    """Fields of an ``application/x-www-form-urlencoded`` body; of a repeated field the first counts."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields.setdefault(name, value)
    return fields
