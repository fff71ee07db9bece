"""Action tokens of OpenCRVS: who may hand a registration to the bridge, and for which action of which record.

Source: opencrvs/opencrvs-core: packages/auth/src/features/oauthToken, packages/events/src/router/middleware.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bridge.errors import Problem
from bridge.http import Upstream
from bridge.jwt import MalformedTokenError, Token, numeric_date, read_token
from bridge.keys import KeptKey, KeyUnavailableError
from bridge.settings import Settings

CONFIRM_SCOPE = "record.confirm-registration"
LEEWAY_S = 30
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, kw_only=True)
class ActionToken:
    """A verified token: the one action it may confirm or reject, until when, and its text for that call."""

    event_id: str
    action_id: str
    raw: str = field(repr=False)
    expires_at: datetime


class ActionTokens:
    """Verifies action tokens: RS256 only, issuer, audience, expiry, confirm scope, eventId and actionId."""

    def __init__(
        self,
        *,
        key: KeptKey[rsa.RSAPublicKey],
        issuer: str,
        audience: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._issuer = issuer
        self._audience = audience
        self._clock = clock

    @classmethod
    def of(cls, settings: Settings) -> ActionTokens:
        """As the settings say; the key is not fetched before the first token."""
        url = settings.opencrvs_public_key_url
        upstream = Upstream.of(settings, party="opencrvs_auth", url=url, connections=1)
        return cls(
            key=KeptKey(fetch=partial(_fetch_key, upstream), refetch_s=settings.bridge_key_refetch_s),
            issuer=settings.opencrvs_token_issuer,
            audience=settings.opencrvs_token_audience,
        )

    def verify(self, authorization: str | None) -> ActionToken:
        """The token behind ``Authorization: Bearer …``.

        Raises Problem: 401 when it is absent, forged or expired, 403 when it is good but for something else,
        503 when the public key can't be fetched.
        """
        token, expires_at = self._genuine(authorization)
        if not _may_confirm(token):
            raise _forbidden("scope", f"The token lacks the scope {CONFIRM_SCOPE}.", field="scope")
        return ActionToken(
            event_id=_uuid(token, "eventId"),
            action_id=_uuid(token, "actionId"),
            raw=token.raw,
            expires_at=expires_at,
        )

    def authenticate(self, authorization: str | None) -> None:
        """Take an action's token or a user's own, not one of another system: that has nobody before it.

        Raises Problem as ``verify`` does, but for scope and claims of an action.
        """
        token, _ = self._genuine(authorization)
        if token.claims.get("userType") == "system" and not _may_confirm(token):
            raise _forbidden("user-needed", "An action's token or a user's is needed.", field="userType")

    def _genuine(self, authorization: str | None) -> tuple[Token, datetime]:
        token = _bearer(authorization)
        if token.header.get("alg") != "RS256":
            raise _unauthorized("algorithm", "Only tokens signed with RS256 are taken.")
        if "crit" in token.header:
            raise _unauthorized("critical-header", "The token asks for an extension that is not supported.")
        self._check_signature(token)
        expires_at = self._check_times(token)
        if token.claims.get("iss") != self._issuer:
            raise _unauthorized("issuer", "The token was issued by somebody else.", field="iss")
        if self._audience not in _texts(token.claims.get("aud")):
            raise _forbidden("audience", "The token is meant for another audience.", field="aud")
        return token, expires_at

    def _check_signature(self, token: Token) -> None:
        try:
            key = self._key.get()
            if _signed(token, key):
                return
            newer = self._key.newer_than(key)
        except KeyUnavailableError:
            raise _key_unavailable() from None
        if newer is key or not _signed(token, newer):
            raise _unauthorized("signature", "The token's signature is wrong.")

    def _check_times(self, token: Token) -> datetime:
        now = self._clock()
        expires = numeric_date(token.claims.get("exp"))
        if expires is None:
            raise _unauthorized("expiry", "The token doesn't say when it expires.", field="exp")
        if now > expires + LEEWAY_S:
            raise _unauthorized("expired", "The token has expired.", field="exp")
        for claim in ("nbf", "iat"):
            moment = numeric_date(token.claims.get(claim))
            if claim in token.claims and (moment is None or moment > now + LEEWAY_S):
                raise _unauthorized("not-yet", "The token is not valid yet.", field=claim)
        return datetime.fromtimestamp(expires, UTC)


def _bearer(authorization: str | None) -> Token:
    if not authorization:
        raise _unauthorized("missing", "A bearer token is needed.", field="Authorization")
    scheme, _, raw = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise _unauthorized("scheme", "A bearer token is needed.", field="Authorization")
    try:
        return read_token(raw.strip())
    except MalformedTokenError:
        raise _unauthorized("malformed", "The token is not a signed JWT.", field="Authorization") from None


def _signed(token: Token, key: rsa.RSAPublicKey) -> bool:
    try:
        key.verify(token.signature, token.signing_input, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _fetch_key(upstream: Upstream) -> rsa.RSAPublicKey | None:
    raw = upstream.exchange("GET", headers={"Accept": "text/plain, */*"})
    return rsa_key(raw.body) if raw.status == 200 and raw.error is None else None


def rsa_key(body: bytes) -> rsa.RSAPublicKey | None:
    """The key, or None for what is no PEM of an RSA key (an error page must never be kept as key)."""
    try:
        key = load_pem_public_key(body)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048 else None


def _texts(claim: object, *, split: bool = False) -> list[str]:
    if isinstance(claim, str):
        return claim.split() if split else [claim]
    return [each for each in claim if isinstance(each, str)] if isinstance(claim, list) else []


def _may_confirm(token: Token) -> bool:
    return any(_confirms(scope) for scope in _texts(token.claims.get("scope"), split=True))


def _confirms(scope: str) -> bool:
    """1.8 and 1.9 write the scope plainly, 2.0 as a query string, options after it."""
    return scope == CONFIRM_SCOPE or f"type={CONFIRM_SCOPE}" in scope.split("&")


def _uuid(token: Token, claim: str) -> str:
    value = token.claims.get(claim)
    if not isinstance(value, str):
        raise _forbidden("claim-missing", "The token names no single action.", field=claim)
    if not _UUID.fullmatch(value):
        raise _forbidden("claim-malformed", "The claim must be a UUID.", field=claim)
    return value


def _key_unavailable() -> Problem:
    return Problem(
        status=503,
        code="bridge.token.key-unavailable",
        detail="The public key of OpenCRVS can't be fetched; try again.",
        retry_after=5,
    )


def _unauthorized(code: str, detail: str, *, field: str | None = None) -> Problem:
    return Problem(status=401, code=f"bridge.token.{code}", detail=detail, field=field)


def _forbidden(code: str, detail: str, *, field: str | None = None) -> Problem:
    return Problem(status=403, code=f"bridge.token.{code}", detail=detail, field=field)
