"""Access tokens: made as Keycloak makes them, checked as MOSIP's services check them.

Source: mosip/mosip-openid-bridge: kernel-auth-adapter/helper/ValidateTokenHelper.java
"""

from __future__ import annotations

import hashlib
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from mock_control import Control
from mock_mosip.settings import ClientSettings

REALM = "mosip"
REMEMBERED = 50_000
REMEMBERED_VERIFIED = 1_000
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token that holds: who it was given to, and which roles it has."""

    raw: str
    client_id: str
    user_id: str
    audience: tuple[str, ...]
    roles: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _Verified:
    """A token whose signature and issuer were found right; ``expiry`` is its ``exp``."""

    token: Token
    jti: str
    expiry: int


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
        self._ends: OrderedDict[str, datetime | None] = OrderedDict()
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

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
        name = hashlib.sha256(raw.encode("utf-8", "replace")).digest()
        verified = self._verified.get(name)
        if verified is None:
            verified = self._verify(raw)
            if verified is None:
                return None
            self._remember(name, verified)
        return verified.token if self._lasts(verified) else None

    def _remember(self, name: bytes, verified: _Verified) -> None:
        """What was verified once is not verified again; whether it lasts is asked each time."""
        with self._lock:
            self._verified[name] = verified
            while len(self._verified) > REMEMBERED_VERIFIED:
                self._verified.popitem(last=False)

    def _verify(self, raw: str) -> _Verified | None:
        try:
            claims = jwt.decode(raw, self._key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return None
        expiry = claims.get("exp")
        if not isinstance(expiry, int) or not self._is_ours(claims.get("iss")):
            return None
        return _Verified(token=_token(raw, claims), jti=str(claims.get("jti")), expiry=expiry)

    def _lasts(self, verified: _Verified) -> bool:
        end, now = self._ends.get(verified.jti), self._control.timers.now()
        return now < end if end is not None else now.timestamp() < verified.expiry

    def _is_ours(self, issuer: object) -> bool:
        """Only the host is compared, as MOSIP does; the last segment names the realm."""
        if not isinstance(issuer, str):
            return False
        return urlsplit(issuer).hostname == urlsplit(self._issuer).hostname and issuer.endswith(f"/{REALM}")

    def forget(self) -> None:
        """Forgets when tokens end on the timers' clock (it was set right).

        Their ``exp`` counts from now on; those that were ended stay so.
        """
        with self._lock:
            for jti, end in self._ends.items():
                self._ends[jti] = LONG_AGO if end == LONG_AGO else None

    def end_all(self) -> int:
        """Ends every token that was made so far, whatever its ``exp``; returns how many had not ended."""
        with self._lock:
            now = self._control.timers.now()
            lasting = sum(end is None or end > now for end in self._ends.values())
            self._ends.update(dict.fromkeys(self._ends, LONG_AGO))
            return lasting


def _token(raw: str, claims: Mapping[str, object]) -> Token:
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
