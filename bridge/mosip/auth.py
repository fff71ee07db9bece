"""Tokens of MOSIP's auth manager.

Whether a login worked is told by the presence of a token, never by the HTTP status: business errors come with
200, a wrong secret with 500. (mosip/mosip-openid-bridge: AuthServiceImpl, AuthManagerExceptionHandler)
"""

from __future__ import annotations

import string
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from bridge.http import RawReply, Reply, Upstream
from bridge.jwt import MalformedTokenError, numeric_date, read_token
from bridge.packets import stamp
from bridge.settings import Settings

_SKEW_S = 30.0
_OPAQUE_LIFE_S = 60.0
_TOKEN_CHARACTERS = frozenset(string.ascii_letters + string.digits + "-._~+/=")


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client of MOSIP's realm."""

    client_id: str
    secret: str = field(repr=False)
    app_id: str


class MosipTokens:
    """The token of one client: fetched once for all threads that wait, kept until shortly before its end."""

    def __init__(self, *, client: Client, upstream: Upstream, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._upstream = upstream
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._usable_until = 0.0
        self._logins = 0
        self._failure: Reply | None = None

    @classmethod
    def for_packets(cls, settings: Settings) -> MosipTokens:
        """Of the client that makes packets and starts workflows."""
        return cls._of(
            settings,
            settings.mosip_packet_auth_client_id,
            settings.mosip_packet_auth_client_secret.get_secret_value(),
        )

    @classmethod
    def for_websub(cls, settings: Settings) -> MosipTokens:
        """Of the client that subscribes at the hub."""
        return cls._of(
            settings,
            settings.mosip_websub_auth_client_id,
            settings.mosip_websub_auth_client_secret.get_secret_value(),
        )

    @classmethod
    def for_status(cls, settings: Settings) -> MosipTokens:
        """Of the client that asks for the status of registrations; the packet client where none is named."""
        client_id, secret = settings.bridge_status_client_id, settings.bridge_status_client_secret
        if client_id is None or secret is None:
            return cls.for_packets(settings)
        return cls._of(settings, client_id, secret.get_secret_value())

    @classmethod
    def _of(cls, settings: Settings, client_id: str, secret: str) -> MosipTokens:
        client = Client(client_id=client_id, secret=secret, app_id=settings.mosip_auth_client_app_id)
        upstream = Upstream.of(settings, party="auth_manager", url=settings.mosip_auth_url, connections=1)
        return cls(client=client, upstream=upstream)

    def token(self) -> str | Reply:
        """A usable token, or how the login ended. Threads that wait share one login and its end."""
        logins_seen = self._logins
        kept = self._kept()
        if kept is not None:
            return kept
        with self._lock:
            kept = self._kept()
            if kept is not None:
                return kept
            if self._logins != logins_seen and self._failure is not None:
                return self._failure
            return self._login()

    def invalidate(self, token: str) -> None:
        """Forget the token that was refused; another one, fetched meanwhile, stays."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _kept(self) -> str | None:
        token = self._token
        return token if token is not None and self._clock() < self._usable_until else None

    def _login(self) -> str | Reply:
        request = {
            "id": "mosip.authentication",
            "version": "v1",
            "requesttime": stamp(datetime.now(UTC)),
            "metadata": {},
            "request": {
                "clientId": self._client.client_id,
                "secretKey": self._client.secret,
                "appId": self._client.app_id,
            },
        }
        raw = self._upstream.exchange(
            "POST", body=orjson.dumps(request), headers={"Content-Type": "application/json"}
        )
        self._logins += 1
        token = token_in(raw) if raw.error is None else None
        if token is None:
            self._failure = self._upstream.read(raw)
            return self._failure
        self._failure = None
        self._token, self._usable_until = token, self._until(token)
        return token

    def _until(self, token: str) -> float:
        now = self._clock()
        try:
            expires = numeric_date(read_token(token).claims.get("exp"))
        except MalformedTokenError:
            expires = None
        if expires is None:
            return now + _OPAQUE_LIFE_S
        return expires - min(_SKEW_S, max(0.0, expires - now) / 10)


def token_in(raw: RawReply) -> str | None:
    """The token of an answer: from the header or the cookie ``Authorization``, in any case and place.

    A value that is no token text (it would break the Cookie header it is sent back in) counts as none.
    """
    candidates = [raw.headers.get("authorization", "").removeprefix("Bearer ")]
    for cookie in raw.cookies:
        # Only the first "=" parts name and value: a padded token has more of them.
        name, _, value = cookie.partition(";")[0].partition("=")
        if name.strip().lower() == "authorization":
            candidates.append(value.strip())
    return next((each for each in candidates if each and _TOKEN_CHARACTERS.issuperset(each)), None)


class Guarded:
    """An upstream that wants a token as cookie: MOSIP reads it nowhere else."""

    def __init__(self, *, tokens: MosipTokens, upstream: Upstream) -> None:
        self._tokens = tokens
        self._upstream = upstream

    def exchange(self, method: str, body: bytes, *, content_type: str) -> RawReply | Reply:
        """One call; once more with a new token after a 401. A Reply says why no token could be had."""
        refused: RawReply | None = None
        for _ in range(2):
            token = self._tokens.token()
            if isinstance(token, Reply):
                return token
            headers = {"Content-Type": content_type, "Cookie": f"Authorization={token}"}
            refused = self._upstream.exchange(method, body=body, headers=headers)
            if refused.status != 401:
                return refused
            self._tokens.invalidate(token)
        assert refused is not None  # noqa: S101 - the loop above ran
        return refused

    def call(self, method: str, body: bytes) -> Reply:
        """The same with JSON both ways; the Reply's party is auth_manager when no token could be had."""
        answer = self.exchange(method, body, content_type="application/json")
        return answer if isinstance(answer, Reply) else self._upstream.read(answer)
