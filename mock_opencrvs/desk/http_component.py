"""HTTP: the field that calls a URL when another field changes, and holds what came of it.

Source: opencrvs-core packages/client/src/v2-events/features/events/registered-fields/Http.tsx. There the
time-out ends with the answer's headers; here it is a limit on the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlencode

import orjson

from mock_control import Delivery, Keys, Outgoing
from mock_opencrvs.desk.deadline import within
from mock_opencrvs.desk.reading import UnreadableError, read_json
from mock_opencrvs.values import JSON, JSONObject

Send = Callable[[Outgoing], list[Delivery]]
DEFAULT_TIMEOUT_MS = 15_000
CONNECT_TIMEOUT_S = 5.0
TIMED_OUT = "The request timed out."
UNREACHABLE = "Failed to fetch"
UNREADABLE = "The answer is not JSON"


@dataclass(frozen=True, kw_only=True)
class HttpConfiguration:
    """What a form says of an HTTP field.

    ``trigger`` is the id of the field to watch; a parameter that is None is left out; ``headers`` go before
    those the component sets; ``error_value`` becomes the data of a call that failed; ``timeout_ms`` is the
    form's own unit.
    """

    url: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    trigger: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JSONObject | None = None
    params: Mapping[str, str | None] = field(default_factory=dict)
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    error_value: JSON = None


@dataclass(frozen=True, kw_only=True)
class HttpError:
    """How a call failed; ``status_code`` is None when there was no answer at all (408: none in time)."""

    message: str
    status_code: int | None = None

    def to_json(self) -> JSONObject:
        """As the form stores it."""
        status: JSONObject = {} if self.status_code is None else {"statusCode": self.status_code}
        return {**status, "message": self.message}


@dataclass(frozen=True, kw_only=True)
class HttpValue:
    """The field's value. ``status`` is the HTTP status that was answered, which the form does not store."""

    loading: bool = False
    error: HttpError | None = None
    data: JSON = None
    status: int | None = None

    def to_json(self) -> JSONObject:
        """As the form stores it: ``{loading, error, data}``."""
        return {
            "loading": self.loading,
            "error": self.error.to_json() if self.error else None,
            "data": self.data,
        }


@dataclass(frozen=True, kw_only=True)
class Sending:
    """Under what name and keys a call is made, and in whose session (``token``)."""

    operation: str
    keys: Keys
    token: str


class HttpComponent:
    """One HTTP field of an open form. ``value`` is None until it was first made to call."""

    def __init__(self, configuration: HttpConfiguration, *, sending: Sending, send: Send) -> None:
        self._configuration = configuration
        self._sending = sending
        self._send = send
        self._watched: JSON = None
        self.value: HttpValue | None = None

    def watch(self, value: JSON) -> None:
        """Takes note of the trigger's value, and calls when that is there and new."""
        if value is None or value == self._watched:
            return
        self._watched = value
        self.call()

    def call(self) -> None:
        """Makes the call and waits for what comes of it, at most the configured time."""
        self.value = HttpValue(loading=True)
        limit_s = self._configuration.timeout_ms / 1000
        try:
            deliveries = within(limit_s, lambda: self._send(self._outgoing(limit_s)))
        except TimeoutError:
            self.value = self._failed(HttpError(status_code=408, message=TIMED_OUT))
            return
        self.value = self._read(deliveries[0]) if deliveries else self._failed(HttpError(message=UNREACHABLE))

    def _outgoing(self, limit_s: float) -> Outgoing:
        asked, sending = self._configuration, self._sending
        query = urlencode({name: value for name, value in asked.params.items() if value is not None})
        content: dict[str, str] = {} if asked.body is None else {"Content-Type": "application/json"}
        return Outgoing(
            operation=sending.operation,
            method=asked.method,
            url=f"{asked.url}?{query}" if query else asked.url,
            headers={**content, "Authorization": f"Bearer {sending.token}", "Accept": "*/*", **asked.headers},
            body=b"" if asked.body is None else orjson.dumps(asked.body),
            keys=sending.keys,
            timeout=(min(CONNECT_TIMEOUT_S, limit_s), limit_s),
        )

    def _read(self, delivery: Delivery) -> HttpValue:
        if delivery.error in ("timeout", "lost-as-delivered"):  # nobody will ever answer
            return self._failed(HttpError(status_code=408, message=TIMED_OUT))
        if delivery.error is not None or delivery.status is None:
            return self._failed(HttpError(message=UNREACHABLE))
        if not delivery.ok:
            return self._failed(
                HttpError(status_code=delivery.status, message=_phrase(delivery.status)), delivery.status
            )
        if delivery.headers.get("Content-Type", "").startswith("text/"):
            return HttpValue(data=delivery.body.decode("utf-8", "replace"), status=delivery.status)
        try:
            return HttpValue(data=read_json(delivery.body), status=delivery.status)
        except UnreadableError:
            return self._failed(HttpError(message=UNREADABLE), delivery.status)

    def _failed(self, error: HttpError, status: int | None = None) -> HttpValue:
        return HttpValue(error=error, data=self._configuration.error_value, status=status)


def _phrase(status: int) -> str:
    """The reason phrase, which the form shows."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "HTTP error"
