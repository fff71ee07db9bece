"""RS256 tokens of OpenCRVS: minting the three kinds, and reading one back with every check.

Claims as opencrvs-core packages/auth/src/features/{authenticate,oauthToken} writes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from mock_opencrvs.auth.scopes import CONFIRM, REJECT, Scope, parsed
from mock_opencrvs.values import JSON, JSONObject

ISSUER = "opencrvs:auth-service"
USER_AUDIENCES = (
    "opencrvs:auth-user",
    "opencrvs:user-mgnt-user",
    "opencrvs:gateway-user",
    "opencrvs:events-user",
    "opencrvs:countryconfig-user",
    "opencrvs:documents-user",
)
ACTION_AUDIENCES = (
    "opencrvs:gateway-user",
    "opencrvs:events-user",
    "opencrvs:user-mgnt-user",
    "opencrvs:auth-user",
    "opencrvs:countryconfig-user",
    "opencrvs:documents-user",
)
GATEWAY_AUDIENCE = "opencrvs:gateway-user"
AUTH_AUDIENCE = "opencrvs:auth-user"
COUNTRY_CONFIG_AUDIENCE = "opencrvs:countryconfig-user"
USER_TTL_S = 604_800
SYSTEM_TTL_S = 600
KEY_BITS = 2048
COPIED_SCOPES = ("record.read", "record.reject")

UserType = Literal["user", "system"]


class TokenRefusedError(Exception):
    """A token that does not verify; ``expired`` tells the one reason that callers word differently."""

    def __init__(self, reason: str, *, expired: bool = False) -> None:
        super().__init__(reason)
        self.expired = expired


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who a verified token speaks for; only an action token has ``event_id`` and ``action_id``."""

    subject: str
    user_type: UserType
    role: str | None
    scope_texts: tuple[str, ...]
    event_id: str | None
    action_id: str | None
    token: str

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The scopes, parsed."""
        return parsed(self.scope_texts)

    @property
    def is_system(self) -> bool:
        """True for a system client, which takes no part in assignment."""
        return self.user_type == "system"


class SigningKey:
    """One key pair; ``public_pem`` is what the world is told of it."""

    def __init__(self, private: PrivateKeyTypes) -> None:
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.public_pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.private = RSAKey.import_key(pem)
        self.public = RSAKey.import_key(self.public_pem)


class Tokens:
    """Mints and verifies with one key at a time.

    ``written_at`` is the clock of stamps (what a token says), ``judged_at`` the clock of timers (when it runs
    out).
    """

    def __init__(
        self,
        key_pem: str,
        *,
        written_at: Callable[[], datetime],
        judged_at: Callable[[], datetime],
        action_ttl_s: int,
    ) -> None:
        self._configured = SigningKey(load_pem_private_key(key_pem.encode(), password=None))
        self._key = self._configured
        self._written_at = written_at
        self._judged_at = judged_at
        self._action_ttl_s = action_ttl_s

    @property
    def public_pem(self) -> bytes:
        """What auth tells of its key."""
        return self._key.public_pem

    def rotate(self, *, back: bool) -> None:
        """Signs with a new key from now on, or with the configured one; tokens of another don't verify."""
        self._key = self._configured if back else SigningKey(generate_private_key(65537, KEY_BITS))

    def user(self, *, subject: str, role: str, scopes: Iterable[str]) -> str:
        """A signed-in user's token, good for seven days."""
        claims: JSONObject = {"scope": list(scopes), "userType": "user", "role": role}
        return self._sign(claims, subject=subject, audiences=USER_AUDIENCES, ttl_s=USER_TTL_S)

    def system(self, *, subject: str, scopes: Iterable[str]) -> str:
        """A system client's token, good for ten minutes; it has no role."""
        claims: JSONObject = {"scope": list(scopes), "userType": "system"}
        return self._sign(claims, subject=subject, audiences=USER_AUDIENCES, ttl_s=SYSTEM_TTL_S)

    def action(self, principal: Principal, *, event_id: str, action_id: str) -> str:
        """The token that country-config and bridge receive; keeps the subject's user type."""
        copied = [text for text in principal.scope_texts if Scope.parse(text).type.startswith(COPIED_SCOPES)]
        own = [f"type={CONFIRM}", f"type={REJECT}"]
        claims: JSONObject = {
            "scope": [*own, *(text for text in copied if Scope.parse(text).type not in (CONFIRM, REJECT))],
            "eventId": event_id,
            "actionId": action_id,
            "userType": principal.user_type,
        }
        return self._sign(
            claims, subject=principal.subject, audiences=ACTION_AUDIENCES, ttl_s=self._action_ttl_s
        )

    def read(self, token: str, *, audiences: Iterable[str]) -> Principal:
        """Verify signature (RS256 only), issuer, audience (any of those given) and expiry.

        Raises TokenRefusedError.
        """
        claims = self._verified(token)
        expires = claims.get("exp")
        if not isinstance(expires, int | float) or isinstance(expires, bool):
            raise TokenRefusedError("no expiry")
        if expires <= self._judged_at().timestamp():
            raise TokenRefusedError("expired", expired=True)
        held = claims.get("aud")
        named = held if isinstance(held, list) else [held]
        if claims.get("iss") != ISSUER or not set(audiences) & {
            each for each in named if isinstance(each, str)
        }:
            raise TokenRefusedError("wrong issuer or audience")
        return _principal(claims, token)

    def sign(self, claims: JSONObject) -> str:
        """A token of these claims, whatever they are."""
        return jws.serialize_compact(
            {"alg": "RS256", "typ": "JWT"}, json.dumps(claims), self._key.private, algorithms=["RS256"]
        )

    def _verified(self, token: str) -> Mapping[str, JSON]:
        try:
            payload = json.loads(
                jws.deserialize_compact(token, self._key.public, algorithms=["RS256"]).payload
            )
        except (JoseError, ValueError) as problem:
            raise TokenRefusedError("does not verify") from problem
        if not isinstance(payload, dict):
            raise TokenRefusedError("claims are no object")
        return cast("Mapping[str, JSON]", payload)

    def _sign(self, claims: JSONObject, *, subject: str, audiences: Iterable[str], ttl_s: int) -> str:
        issued = int(self._written_at().timestamp())
        document: JSONObject = {
            **claims,
            "iat": issued,
            "exp": issued + ttl_s,
            "aud": list[JSON](audiences),
            "iss": ISSUER,
            "sub": subject,
        }
        return self.sign(document)


def _principal(claims: Mapping[str, JSON], token: str) -> Principal:
    scopes = claims.get("scope")
    subject, role = claims.get("sub"), claims.get("role")
    if not isinstance(subject, str) or not isinstance(scopes, list):
        raise TokenRefusedError("lacks subject or scope")
    event_id, action_id = claims.get("eventId"), claims.get("actionId")
    return Principal(
        subject=subject,
        user_type="system" if claims.get("userType") == "system" else "user",
        role=role if isinstance(role, str) else None,
        scope_texts=tuple(each for each in scopes if isinstance(each, str)),
        event_id=event_id if isinstance(event_id, str) else None,
        action_id=action_id if isinstance(action_id, str) else None,
        token=token,
    )
