"""E-Signet as a relying party needs it: a code for tokens, tokens for claims, none of it believed unsigned.

Source: mosip/esignet: OAuthServiceImpl.java, TokenServiceImpl.java, OpenIdConnectServiceImpl.java. Its token
endpoint refuses with HTTP 400, ``error`` and, where OAuth has no word for it, ``error_description``.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from bridge.bulkhead import Bulkhead, FullError
from bridge.client_key import ClientKey
from bridge.http import RawReply, Timeouts, Upstream
from bridge.jwt import numeric_date
from bridge.keys import KeyUnavailableError
from bridge.keyset import ProviderKeys, UntrustedTokenError
from bridge.reading import JSON
from bridge.settings import Settings

Refusal = Literal[
    "busy",
    "unavailable",
    "keys-unavailable",
    "invalid-grant",
    "redirect-mismatch",
    "client-refused",
    "token-refused",
    "token-answer",
    "id-token",
    "userinfo-refused",
    "userinfo",
    "userinfo-encrypted",
    "subject",
]

LEEWAY_S = 30
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")
_LAST_TRY_S = 0.5

# Words of 1.7 and later, then those of older versions.
_GRANT = frozenset(
    {"invalid_grant", "invalid_transaction", "invalid_auth_code", "pkce_failed", "invalid_pkce_code_verifier"}
)
_CLIENT = frozenset(
    {
        "invalid_client",
        "invalid_assertion",
        "invalid_assertion_type",
        "invalid_client_id",
        "unauthorized_client",
    }
)


class LoginRefused(Exception):  # noqa: N818 - not an error of ours
    """A login that can't be told of. ``word`` is E-Signet's, or says which check failed; never a value."""

    def __init__(self, reason: Refusal, *, word: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason
        self.word = word
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True, repr=False)
class Login:
    """What a form brings back from E-Signet; the redirect URI as it was at authorize."""

    code: str
    client_id: str
    redirect_uri: str
    code_verifier: str | None = None
    nonce: str | None = None


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Where E-Signet is and what it calls itself."""

    issuer: str
    audience: str
    token_url: str
    userinfo_url: str
    jwks_url: str

    @classmethod
    def of(cls, settings: Settings) -> Provider | None:
        """As the settings say; where they don't, the origin of the token URL is issuer and has the keys."""
        token_url, userinfo_url = settings.esignet_token_url, settings.esignet_userinfo_url
        if token_url is None or userinfo_url is None:
            return None
        origin = "/".join(token_url.split("/", 3)[:3])
        return cls(
            issuer=settings.bridge_esignet_issuer or origin,
            audience=settings.bridge_esignet_audience or token_url,
            token_url=token_url,
            userinfo_url=userinfo_url,
            jwks_url=settings.bridge_esignet_jwks_url or f"{origin}/.well-known/jwks.json",
        )


@dataclass(frozen=True, kw_only=True)
class _Tokens:
    access: str = field(repr=False)
    identity: str = field(repr=False)


class Esignet:
    """E-Signet, as its client asks it. Safe to share between threads."""

    def __init__(
        self,
        *,
        provider: Provider,
        key: ClientKey,
        keys: ProviderKeys,
        connect_s: float,
        total_s: float,
        places: int,
        ca_file: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``total_s`` is for everything that one login takes, ``places`` how many may be under way.

        ``ca_file`` is whom to trust beside the system's authorities.
        """
        self._provider = provider
        self._key = key
        self._keys = keys
        self._total_s = total_s
        self._bulkhead = Bulkhead(places)
        self._clock = clock
        timeouts = Timeouts(connect=connect_s, read=total_s, total=total_s)
        self._token, self._userinfo = (
            Upstream(party="esignet", url=url, timeouts=timeouts, connections=places, ca_file=ca_file)
            for url in (provider.token_url, provider.userinfo_url)
        )

    @classmethod
    def of(cls, settings: Settings) -> Esignet | None:
        """As the settings say; None when they name no E-Signet. Raises SettingsError."""
        provider = Provider.of(settings)
        if provider is None:
            return None
        total = settings.bridge_login_timeout_s
        return cls(
            provider=provider,
            key=ClientKey.of(settings),
            keys=ProviderKeys.of(settings, url=provider.jwks_url, seconds=total / 3),
            connect_s=min(settings.bridge_connect_timeout_s, total / 3),
            total_s=total,
            places=settings.bridge_person_calls,
            ca_file=settings.bridge_ca_file,
        )

    def claims(self, login: Login) -> Mapping[str, JSON]:
        """What the person let E-Signet tell. Raises LoginRefused."""
        try:
            with self._bulkhead.place():
                return self._claims(login, end=time.monotonic() + self._total_s)
        except FullError:
            raise LoginRefused("busy") from None
        except KeyUnavailableError:
            raise LoginRefused("keys-unavailable") from None

    def _claims(self, login: Login, *, end: float) -> Mapping[str, JSON]:
        self._keys.ready()  # before the code is spent, for it is good only once
        tokens = self._redeem(login, end=end)
        subject = self._subject(tokens, login, end=end)
        claims = self._told(self._user_info(tokens.access, end=end), login, end=end)
        if claims.get("sub") != subject:
            raise LoginRefused("subject")
        return claims

    def _redeem(self, login: Login, *, end: float) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": login.code,
            "client_id": login.client_id,
            "redirect_uri": login.redirect_uri,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._key.assertion(
                login.client_id, self._provider.audience, now=self._clock()
            ),
            **({"code_verifier": login.code_verifier} if login.code_verifier else {}),
        }
        raw = self._token.exchange(
            "POST",
            body=urlencode(form).encode("ascii"),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            within=end - time.monotonic(),
        )
        reply = self._token.read(raw)
        body = reply.json if isinstance(reply.json, dict) else {}
        if raw.status == 200 and reply.error is None:
            return _tokens(body)
        if raw.status is None or raw.status >= 500 or raw.status == 429 or reply.error is not None:
            raise LoginRefused("unavailable", retry_after=reply.retry_after)
        raise _refused(body)

    def _subject(self, tokens: _Tokens, login: Login, *, end: float) -> str:
        claims = self._trusted(tokens.identity, end=end, otherwise="id-token")
        if claims.get("iss") != self._provider.issuer:
            raise LoginRefused("id-token", word="iss")
        _check_audience(claims, login.client_id, "id-token")
        self._check_times(claims, "id-token", needed=True)
        if login.nonce is not None and claims.get("nonce") != login.nonce:
            raise LoginRefused("id-token", word="nonce")
        if "at_hash" in claims and not _same(claims["at_hash"], _half_hash(tokens.access)):
            raise LoginRefused("id-token", word="at_hash")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 256:
            raise LoginRefused("id-token", word="sub")
        return subject

    def _user_info(self, access: str, *, end: float) -> str:
        """The JWT with the claims. Asked for a second time if there is time: only the code is used up."""
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/jwt, */*;q=0.1"}
        raw = self._userinfo.exchange("GET", headers=headers, within=end - time.monotonic())
        if _passing(raw) and end - time.monotonic() > _LAST_TRY_S:
            raw = self._userinfo.exchange("GET", headers=headers, within=end - time.monotonic())
        if _passing(raw) or raw.error is not None:
            raise LoginRefused("unavailable")
        if raw.status != 200:
            raise LoginRefused("userinfo-refused", word=f"http-{raw.status}")
        return raw.body.decode("ascii", errors="replace").strip()

    def _told(self, raw: str, login: Login, *, end: float) -> Mapping[str, JSON]:
        if raw.count(".") == 4 and _TOKEN_CHARACTERS.issuperset(raw):
            raise LoginRefused("userinfo-encrypted")
        claims = self._trusted(raw, end=end, otherwise="userinfo")
        # What the identity system signs names an issuer of its own, below E-Signet's.
        issuers = (self._provider.issuer, f"{self._provider.issuer}/v1/esignet")
        if "iss" in claims and claims["iss"] not in issuers:
            raise LoginRefused("userinfo", word="iss")
        if "aud" in claims:
            _check_audience(claims, login.client_id, "userinfo")
        self._check_times(claims, "userinfo", needed=False)
        return claims

    def _trusted(self, raw: str, *, end: float, otherwise: Refusal) -> Mapping[str, JSON]:
        try:
            return self._keys.trusted(raw, refetch=end - time.monotonic() > self._keys.fetch_s)
        except UntrustedTokenError as error:
            raise LoginRefused(otherwise, word=error.reason) from None

    def _check_times(self, claims: Mapping[str, JSON], where: Refusal, *, needed: bool) -> None:
        now = self._clock()
        expires = numeric_date(claims.get("exp"))
        if (needed or "exp" in claims) and (expires is None or now > expires + LEEWAY_S):
            raise LoginRefused(where, word="exp")
        for claim in ("iat", "nbf"):
            moment = numeric_date(claims.get(claim))
            if claim in claims and (moment is None or moment > now + LEEWAY_S):
                raise LoginRefused(where, word=claim)


def normal_redirect(uri: str) -> str:
    """Cut at query and fragment, as the form's link is when it goes to authorize; E-Signet compares the text.

    (opencrvs/opencrvs-core: LinkButton.tsx)
    """
    return uri.partition("#")[0].partition("?")[0]


def _tokens(body: Mapping[str, JSON]) -> _Tokens:
    access, identity = body.get("access_token"), body.get("id_token")
    if not isinstance(access, str) or not access or not _TOKEN_CHARACTERS.issuperset(access):
        raise LoginRefused("token-answer", word="access_token")
    if str(body.get("token_type", "Bearer")).lower() != "bearer":
        raise LoginRefused("token-answer", word="token_type")
    if not isinstance(identity, str):
        raise LoginRefused("token-answer", word="id_token")
    return _Tokens(access=access, identity=identity)


def _refused(body: Mapping[str, JSON]) -> LoginRefused:
    error, description = body.get("error"), body.get("error_description")
    words = {each for each in (error, description) if isinstance(each, str)}
    if "invalid_redirect_uri" in words:
        return LoginRefused("redirect-mismatch", word="invalid_redirect_uri")
    if words & _CLIENT:
        return LoginRefused("client-refused", word=min(words & _CLIENT))
    if words & _GRANT:
        return LoginRefused("invalid-grant", word=min(words & _GRANT))
    return LoginRefused("token-refused")


def _passing(raw: RawReply) -> bool:
    """Whether the same question may be answered a moment later."""
    return raw.error in ("connect", "reset", "truncated") or (raw.status or 0) >= 500 or raw.status == 429


def _check_audience(claims: Mapping[str, JSON], client_id: str, where: Refusal) -> None:
    audience = claims.get("aud")
    several = isinstance(audience, list) and len(audience) > 1
    meant = client_id in audience if isinstance(audience, list) else audience == client_id
    if not meant or (several and "azp" in claims and claims["azp"] != client_id):
        raise LoginRefused(where, word="aud")


def _half_hash(token: str) -> str:
    half = sha256(token.encode("ascii")).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode("ascii")


def _same(claim: JSON, wanted: str) -> bool:
    return isinstance(claim, str) and hmac.compare_digest(claim.encode("utf-8"), wanted.encode("utf-8"))
