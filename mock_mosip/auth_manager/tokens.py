"""Access tokens: made as Keycloak makes them, checked as MOSIP's services check them.

Source: mosip/mosip-openid-bridge: kernel-auth-adapter/helper/ValidateTokenHelper.java
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from mock_control import Control
from mock_mosip.settings import ClientSettings

REALM = "mosip"
REMEMBERED = 50_000


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token that holds: who it was given to, and which roles it has."""

    raw: str
    client_id: str
    user_id: str
    audience: tuple[str, ...]
    roles: frozenset[str]


class Tokens:
    """Makes and checks RS256 tokens.

    ``exp`` is real time; whether a token has expired is decided by the timers' clock, so that an
    ``advance`` past its life ends it.
    """

    def __init__(self, *, key_pem: str, issuer: str, ttl_s: float, control: Control) -> None:
        self._key = RSAKey.import_key(key_pem, {"use": "sig", "alg": "RS256"})
        self._kid = self._key.thumbprint()
        self._issuer = issuer
        self._ttl = timedelta(seconds=ttl_s)
        self._control = control
        self._lock = Lock()
        self._ends: OrderedDict[str, datetime] = OrderedDict()

    def make(self, client: ClientSettings) -> str:
        """A token for a client."""
        now, jti = self._control.stamps.now(), str(uuid.uuid4())
        with self._lock:
            self._ends[jti] = self._control.timers.now() + self._ttl
            while len(self._ends) > REMEMBERED:
                self._ends.popitem(last=False)
        claims: dict[str, object] = {
            "exp": int((now + self._ttl).timestamp()),
            "iat": int(now.timestamp()),
            "jti": jti,
            "iss": self._issuer,
            "aud": "account",
            "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._issuer}/{client.client_id}")),
            "typ": "Bearer",
            "azp": client.client_id,
            "preferred_username": f"service-account-{client.client_id}",
            "clientId": client.client_id,
            "realm_access": {"roles": [*client.roles]},
            "scope": "profile email",
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": self._kid}
        return jwt.encode(header, claims, self._key, algorithms=["RS256"])

    def check(self, raw: str) -> Token | None:
        """The token, None when it is malformed, foreign, forged or expired."""
        try:
            decoded = jwt.decode(raw, self._key, algorithms=["RS256"])
        except (JoseError, ValueError):
            return None
        claims = decoded.claims
        if not self._lasts(claims) or not self._is_ours(claims.get("iss")):
            return None
        access = claims.get("realm_access")
        roles = access.get("roles") if isinstance(access, dict) else None
        client, audience = claims.get("azp"), claims.get("aud")
        listed = audience if isinstance(audience, list) else [audience]
        return Token(
            raw=raw,
            client_id=str(client),
            user_id=str(claims.get("preferred_username")),
            audience=tuple(str(each) for each in (*listed, client) if each is not None),
            roles=frozenset(map(str, roles if isinstance(roles, list) else [])),
        )

    def _lasts(self, claims: Mapping[str, object]) -> bool:
        expiry = claims.get("exp")
        if not isinstance(expiry, int):
            return False
        with self._lock:
            end = self._ends.get(str(claims.get("jti")))
        now = self._control.timers.now()
        return now < end if end is not None else now.timestamp() < expiry

    def _is_ours(self, issuer: object) -> bool:
        """Only the host is compared, as MOSIP does; the last segment names the realm."""
        if not isinstance(issuer, str):
            return False
        return urlsplit(issuer).hostname == urlsplit(self._issuer).hostname and issuer.endswith(f"/{REALM}")

    def forget(self) -> None:
        """Forgets when tokens end on the timers' clock (it was set right).

        Their ``exp`` counts from now on.
        """
        with self._lock:
            self._ends.clear()
