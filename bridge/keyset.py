"""Keys that an OpenID provider publishes (JWKS), and what it signed with them.

E-Signet's keys carry a member ``exp`` (the end of their certificate) and often neither ``alg`` nor ``use``.
(mosip/esignet: OAuthServiceImpl.java getJwks)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.errors import Problem
from bridge.http import Timeouts, Upstream
from bridge.jwt import MalformedTokenError, Token, decode_base64url, numeric_date, read_token
from bridge.keys import KeptKey, KeyUnavailableError
from bridge.reading import JSON, read_json
from bridge.settings import Settings

_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
_PADDINGS: Mapping[str, padding.AsymmetricPadding] = {"RS256": padding.PKCS1v15(), "PS256": _PSS}
_MIN_BITS, _MAX_BITS, _MAX_KEYS = 2048, 8192, 64
_MAX_AGE_S = 3600.0
_MAX_CHARACTERS = 1024 * 1024  # a person's photograph may be among the claims


class UntrustedTokenError(Exception):
    """Not signed by a key that is published. ``reason`` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class PublishedKey:
    """One RSA key; ``expires`` in seconds since 1970, None for never."""

    kid: str | None
    key: rsa.RSAPublicKey = field(repr=False)
    expires: float | None


@dataclass(frozen=True, kw_only=True)
class KeySet:
    """What was published, and when it was read (on the clock of the Provider)."""

    keys: tuple[PublishedKey, ...]
    read_at: float

    def signed(self, token: Token, *, now: float) -> bool:
        """Whether one of the keys signed the token: the one it names, or any if it names none."""
        scheme = _PADDINGS[str(token.header["alg"])]
        kid = token.header.get("kid")
        usable = [each for each in self.keys if each.expires is None or now < each.expires]
        named = [each for each in usable if kid is None or each.kid == kid]
        return any(_verifies(each.key, token, scheme) for each in named)


class ProviderKeys:
    """The provider's keys: kept, and read anew for what they don't fit, as often as the floor allows."""

    def __init__(
        self,
        *,
        upstream: Upstream,
        fetch_s: float,
        refetch_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``fetch_s`` is how long a fetch may take, ``refetch_s`` the floor between two."""
        self.fetch_s = fetch_s
        self._clock = clock
        self._kept = KeptKey(fetch=partial(self._fetch, upstream), refetch_s=refetch_s)

    @classmethod
    def of(cls, settings: Settings, *, url: str, seconds: float) -> ProviderKeys:
        """As the settings say; nothing is fetched before it is needed. ``seconds`` is for one fetch."""
        timeouts = Timeouts(connect=seconds, read=seconds, total=seconds)
        upstream = Upstream.of(settings, party="esignet", url=url, timeouts=timeouts, connections=1)
        return cls(upstream=upstream, fetch_s=seconds, refetch_s=settings.bridge_key_refetch_s)

    def ready(self) -> None:
        """Have keys at hand. Raises KeyUnavailableError."""
        kept = self._kept.get()
        if self._clock() - kept.read_at > _MAX_AGE_S:
            try:
                self._kept.newer_than(kept)
            except KeyUnavailableError:
                return  # those at hand are good until they fit no more

    def trusted(self, raw: str, *, refetch: bool = True) -> Mapping[str, JSON]:
        """Claims of a JWT that a published key signed with RS256 or PS256.

        Keys that don't fit are read anew if there is time to ``refetch`` them.
        Raises UntrustedTokenError, and KeyUnavailableError when nobody knows whether it is to be trusted.
        """
        try:
            token = read_token(raw, max_characters=_MAX_CHARACTERS)
        except MalformedTokenError:
            raise UntrustedTokenError("malformed") from None
        if token.header.get("alg") not in _PADDINGS:
            raise UntrustedTokenError("algorithm")
        if "crit" in token.header:
            raise UntrustedTokenError("critical-header")
        keys = self._kept.get()
        if keys.signed(token, now=self._clock()):
            return token.claims
        if not refetch:
            raise KeyUnavailableError
        newer = self._kept.newer_than(keys)
        if newer is keys or not newer.signed(token, now=self._clock()):
            raise UntrustedTokenError("signature")
        return token.claims

    def _fetch(self, upstream: Upstream) -> KeySet | None:
        raw = upstream.exchange("GET", headers={"Accept": "application/json"}, within=self.fetch_s)
        if raw.status != 200 or raw.error is not None:
            return None
        keys = published_keys(raw.body)
        return KeySet(keys=keys, read_at=self._clock()) if keys else None


def published_keys(body: bytes) -> tuple[PublishedKey, ...]:
    """The RSA keys for signatures in a JWKS; what is no such key is passed over."""
    try:
        document = read_json(body)
    except Problem:
        return ()
    listed = document.get("keys") if isinstance(document, dict) else None
    found = [_published(each) for each in listed[:_MAX_KEYS]] if isinstance(listed, list) else []
    return tuple(each for each in found if each is not None)


def _published(jwk: JSON) -> PublishedKey | None:
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use") not in (None, "sig"):
        return None
    if jwk.get("alg") not in (None, *_PADDINGS):
        return None
    kid = jwk.get("kid")
    try:
        modulus, exponent = (_whole(jwk.get(name)) for name in ("n", "e"))
        if not _MIN_BITS <= modulus.bit_length() <= _MAX_BITS or exponent.bit_length() > 32:
            return None
        key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        return None
    return PublishedKey(
        kid=kid if isinstance(kid, str) else None, key=key, expires=numeric_date(jwk.get("exp"))
    )


def _whole(text: JSON) -> int:
    """A positive number in unpadded base64url. Raises ValueError."""
    return int.from_bytes(decode_base64url(text if isinstance(text, str) else "?").lstrip(b"\0"), "big")


def _verifies(key: rsa.RSAPublicKey, token: Token, scheme: padding.AsymmetricPadding) -> bool:
    try:
        key.verify(token.signature, token.signing_input, scheme, SHA256())
    except InvalidSignature:
        return False
    return True
