"""What these bridges read: their environment, the caller's token, the body of a registration."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import requests
from flask import Request
from joserfc import jwk, jwt
from joserfc.errors import JoseError

TIMEOUT: Final = (2.0, 4.0)
"""Connect and read, in seconds."""
ISSUER: Final = "opencrvs:auth-service"
AUDIENCE: Final = "opencrvs:gateway-user"
CONFIRM: Final = "record.confirm-registration"
NUMBERS: Final = {"birth": "birthCertificateNumber", "death": "deathCertificateNumber"}
PROCESSES: Final = {"birth": "CRVS_NEW", "death": "CRVS_DEATH"}


class RefusedError(Exception):
    """The caller is told no: an HTTP status and a word, with nothing of the caller's own in it."""

    def __init__(self, status: int, word: str) -> None:
        self.status = status
        self.word = word
        super().__init__(word)


def setting(name: str) -> str:
    """A variable of the environment; raises KeyError with its name."""
    return os.environ[name]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A registration that somebody who may has asked for."""

    event_id: str
    action_id: str
    bearer: str = field(repr=False)
    kind: str
    number: str
    fields: dict[str, str] = field(repr=False)


class Callers:
    """Reads tokens of OpenCRVS; its public key is fetched once, and again when a signature doesn't fit."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pem: bytes | None = None

    def read(self, request: Request) -> Call:
        """The registration in a request; raises RefusedError 400, 401, 403 and 503."""
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        event_id, action_id = self._action(bearer)
        fields = _fields(request.get_data())
        found = {kind: fields[name] for kind, name in NUMBERS.items() if fields.get(name)}
        if len(found) != 1:
            raise RefusedError(400, "requestFields needs one certificate number")
        [(kind, number)] = found.items()
        return Call(
            event_id=event_id, action_id=action_id, bearer=bearer, kind=kind, number=number, fields=fields
        )

    def _action(self, bearer: str) -> tuple[str, str]:
        claims = self._claims(bearer)
        names = ("eventId", "actionId")
        event_id, action_id = (claims.get(name) for name in names)
        scopes, audience = claims.get("scope"), claims.get("aud")
        may = isinstance(scopes, list) and any(CONFIRM in str(each) for each in scopes)
        meant = isinstance(audience, list) and AUDIENCE in audience
        if not (may and meant and isinstance(event_id, str) and isinstance(action_id, str)):
            raise RefusedError(403, "the token is for something else")
        return event_id, action_id

    def _claims(self, bearer: str) -> dict[str, object]:
        for fresh in (False, True):
            try:
                key = jwk.RSAKey.import_key(self._key(fresh=fresh))
                claims: dict[str, object] = jwt.decode(bearer, key, algorithms=["RS256"]).claims
            except (JoseError, ValueError):
                continue
            expires = claims.get("exp")
            if isinstance(expires, int | float) and expires > time.time() and claims.get("iss") == ISSUER:
                return claims
            break
        raise RefusedError(401, "the token is not good")

    def _key(self, *, fresh: bool) -> bytes:
        with self._lock:
            if self._pem is None or fresh:
                try:
                    answer = requests.get(setting("OPENCRVS_PUBLIC_KEY_URL"), timeout=TIMEOUT)
                    answer.raise_for_status()
                except requests.RequestException:
                    raise RefusedError(503, "the public key cannot be fetched") from None
                self._pem = answer.content
            return self._pem


def _fields(body: bytes) -> dict[str, str]:
    try:
        document = json.loads(body, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        raise RefusedError(400, "the body is not JSON") from None
    fields = document.get("requestFields") if isinstance(document, dict) else None
    if not isinstance(fields, dict) or not all(isinstance(each, str) for each in fields.values()):
        raise RefusedError(400, "requestFields must hold texts")
    return fields


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found
