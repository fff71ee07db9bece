"""What the bridge tells OpenCRVS: that a registration is accepted, or rejected.

tRPC with superjson behind the gateway (opencrvs/opencrvs-core: packages/toolkit/src/api, packages/events);
an unauthenticated call is answered by the gateway itself, in another form (packages/gateway, hapi-auth-jwt2).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import orjson

from bridge.http import RawReply, Reply, Upstream, safe_codes
from bridge.jwt import MalformedTokenError, claims_in, numeric_date
from bridge.reading import JSON
from bridge.settings import Settings

_SKEW_S = 60.0
_TOKEN_EXCHANGE = "urn:opencrvs:oauth:grant-type:token-exchange"  # noqa: S105 - a name, not a secret
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
_RECORD_TOKEN = "urn:opencrvs:oauth:token-type:single_record_token"  # noqa: S105
# Validation errors carry the text of the issues, with values; only these are known to hold nothing personal.
_KNOWN_MESSAGES = frozenset(
    {
        "Action has already been accepted.",
        "Action has already been rejected.",
        "Action not found.",
        "Authentication failed",
        "Authorization token is missing",
        "Expired token",
        "FORBIDDEN",
        "Internal server error",
        "Invalid credentials",
        "Invalid token",
        "Missing authentication",
        "Missing required claims for action confirmation",
        "Missing required scopes for action confirmation",
    }
)
_UNKNOWN_EVENT = "Event not found"


@dataclass(frozen=True, kw_only=True)
class SystemClient:
    """Client credentials by which the bridge gets authority of its own."""

    client_id: str
    secret: str = field(repr=False)


class Authority:
    """Action tokens for the system client: client credentials, then token exchange. The first is kept."""

    def __init__(
        self,
        *,
        client: SystemClient,
        upstream: Upstream,
        in_query: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._upstream = upstream
        self._in_query = in_query
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None

    def action_token(self, *, event_id: str, action_id: str) -> str | Reply:
        """A fresh token for that action, or how the attempt ended."""
        reply: Reply | None = None
        for _ in range(2):
            subject = self.system_token()
            if isinstance(subject, Reply):
                return subject
            token, reply = self._ask(
                grant_type=_TOKEN_EXCHANGE,
                subject_token=subject,
                subject_token_type=_ACCESS_TOKEN,
                requested_token_type=_RECORD_TOKEN,
                event_id=event_id,
                action_id=action_id,
            )
            if token is not None:
                return token
            if reply.status != 401:
                return reply
            self.forget(subject)
        assert reply is not None  # noqa: S101 - the loop above ran
        return reply

    def system_token(self) -> str | Reply:
        """The client's own token, or how the attempt ended."""
        with self._lock:
            if self._token is not None and remaining(self._token, self._clock()) > _SKEW_S:
                return self._token
            token, reply = self._ask(
                grant_type="client_credentials",
                client_id=self._client.client_id,
                client_secret=self._client.secret,
            )
            self._token = token
            return reply if token is None else token

    def forget(self, token: str) -> None:
        """Ask for another one next time: this one was refused."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _ask(self, **parameters: str) -> tuple[str | None, Reply]:
        encoded = urlencode(parameters)
        # 1.x reads the query only; 2.0 also a form, which keeps secrets out of everybody's access logs.
        reply = (
            self._upstream.call("POST", suffix=f"?{encoded}")
            if self._in_query
            else self._upstream.call(
                "POST",
                body=encoded.encode("ascii"),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
        )
        body = reply.json if isinstance(reply.json, dict) else {}
        token = body.get("access_token")
        if reply.status == 200 and isinstance(token, str) and token:
            return token, reply
        return None, replace(reply, codes=safe_codes([body.get("error")]))


class Events:
    """``register.accept`` and ``register.reject`` of one OpenCRVS."""

    def __init__(
        self,
        *,
        accept: Upstream,
        reject: Upstream,
        authority: Authority | None,
        identifier_field: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._identifier_field = identifier_field
        self._accept = accept
        self._reject = reject
        self._authority = authority
        self._clock = clock

    @classmethod
    def of(cls, settings: Settings) -> Events:
        """As the settings say."""
        base = settings.opencrvs_gateway_url.rstrip("/")

        def procedure(name: str) -> Upstream:
            url = f"{base}/events/event.actions.register.{name}?batch=1"
            return Upstream.of(settings, party="opencrvs", url=url)

        return cls(
            accept=procedure("accept"),
            reject=procedure("reject"),
            authority=authority_of(settings),
            identifier_field=settings.bridge_identifier_field,
        )

    def accept(
        self,
        *,
        event_id: str,
        action_id: str,
        transaction_id: str,
        registration_number: str,
        identifier: str | None,
        stored_token: str,
    ) -> Reply:
        """Accept the action; ``identifier`` goes into its field, None leaves that out (deaths)."""
        return self._confirm(
            self._accept,
            stored_token,
            {
                "transactionId": transaction_id,
                "eventId": event_id,
                "actionId": action_id,
                "registrationNumber": registration_number,
                "declaration": {} if identifier is None else {self._identifier_field: identifier},
            },
        )

    def reject(self, *, event_id: str, action_id: str, transaction_id: str, stored_token: str) -> Reply:
        """Reject the action. There is no field for a reason."""
        return self._confirm(
            self._reject,
            stored_token,
            {"transactionId": transaction_id, "eventId": event_id, "actionId": action_id},
        )

    def _confirm(self, procedure: Upstream, stored_token: str, call: dict[str, JSON]) -> Reply:
        """With the stored token while it lasts; with our own authority when it doesn't, or is refused."""
        ids = {"event_id": str(call["eventId"]), "action_id": str(call["actionId"])}
        body = orjson.dumps({"0": {"json": call}})
        authority = self._authority
        reply: Reply | None = None
        if authority is None or (stored_token and remaining(stored_token, self._clock()) > _SKEW_S):
            reply = _send(procedure, stored_token, body)
            if authority is None or reply.status != 401:
                return reply
        token = authority.action_token(**ids)
        return token if isinstance(token, Reply) else _send(procedure, token, body)


def remaining(token: str, now: float) -> float:
    """Seconds until a token expires; 0 for one that doesn't say so."""
    try:
        expires = numeric_date(claims_in(token).get("exp"))
    except MalformedTokenError:
        return 0.0
    return 0.0 if expires is None else expires - now


def read_answer(reply: Reply) -> Reply:
    """The Reply with tRPC's code and message, read from tRPC's own answer or the gateway's.

    A 200 that is no result of one call is ``not-json``: a page that came through confirms nothing.
    """
    entry = reply.json[0] if isinstance(reply.json, list) and len(reply.json) == 1 else reply.json
    if not isinstance(entry, dict):
        return reply if reply.error else replace(reply, error="not-json")
    error = _inner(entry.get("error"))
    if error is None and isinstance(entry.get("message"), str):
        error = entry
    if error is not None:
        data = error.get("data")
        told = data if isinstance(data, dict) else {}
        status = told.get("httpStatus")
        return replace(
            reply,
            status=status if reply.status in (200, 207) and isinstance(status, int) else reply.status,
            codes=safe_codes([told.get("code")]),
            message=_known(error.get("message")),
        )
    if reply.status == 200 and _inner(entry.get("result"), "data") is None:
        return replace(reply, error="not-json")
    return reply


def authority_of(settings: Settings) -> Authority | None:
    """As the settings say; None without a system client."""
    if not (settings.opencrvs_client_id and settings.opencrvs_client_secret and settings.opencrvs_auth_url):
        return None
    base = settings.opencrvs_auth_url.rstrip("/")
    url = base if base.endswith("/token") else f"{base}/token"
    return Authority(
        client=SystemClient(
            client_id=settings.opencrvs_client_id, secret=settings.opencrvs_client_secret.get_secret_value()
        ),
        upstream=Upstream.of(settings, party="opencrvs_auth", url=url, connections=2),
        in_query=settings.bridge_opencrvs_auth_parameters == "query",
    )


def _send(procedure: Upstream, token: str, body: bytes) -> Reply:
    headers: dict[str, str] = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    raw: RawReply = procedure.exchange("POST", body=body, headers=headers)
    return read_answer(procedure.read(raw))


def _inner(wrapped: JSON | None, *path: str) -> dict[str, JSON] | None:
    """What superjson wrapped: ``{"json": …}`` at the end of the path, or the bare object there."""
    at = wrapped
    for step in path:
        at = at.get(step) if isinstance(at, dict) else None
    inner = at.get("json", at) if isinstance(at, dict) else None
    return inner if isinstance(inner, dict) else None


def _known(message: JSON | None) -> str | None:
    if not isinstance(message, str):
        return None
    if message.startswith(_UNKNOWN_EVENT):
        return _UNKNOWN_EVENT
    return message if message in _KNOWN_MESSAGES else None
