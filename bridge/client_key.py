"""The bridge's key as a client of E-Signet, and the assertions it makes (private_key_jwt, RFC 7523)."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field

import orjson
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from bridge.errors import Problem
from bridge.reading import JSON, read_json
from bridge.settings import Settings, SettingsError

_LIFE_S = 300
_VARIABLE = "OIDP_CLIENT_PRIVATE_KEY_PATH"
_PADDINGS: dict[str, padding.AsymmetricPadding] = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=padding.PSS.DIGEST_LENGTH),
}


@dataclass(frozen=True, kw_only=True)
class ClientKey:
    """A private RSA key, and how it signs."""

    key: rsa.RSAPrivateKey = field(repr=False)
    scheme: padding.AsymmetricPadding = field(repr=False)
    header: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> ClientKey:
        """From OIDP_CLIENT_PRIVATE_KEY_PATH: a JWK, plain or in base64 as MOSIP hands it out.

        Takes tens of milliseconds: once, at start. Raises SettingsError.
        """
        path = settings.oidp_client_private_key_path
        if path is None:
            raise SettingsError(f"{_VARIABLE}: is not set")
        try:
            jwk = _jwk(path.read_bytes())
            algorithm = str(jwk.get("alg") or "RS256")
            scheme = _PADDINGS[algorithm]
            key = RSAKey.import_key({name: str(jwk[name]) for name in _MEMBERS if name in jwk}).private_key
        except (OSError, KeyError, ValueError, Problem, JoseError) as error:
            reason = f"{path} holds no RSA key as JWK ({type(error).__name__})"
            raise SettingsError(f"{_VARIABLE}: {reason}") from None
        if key is None:
            raise SettingsError(f"{_VARIABLE}: the key must be a private one")
        kid = {"kid": jwk["kid"]} if isinstance(jwk.get("kid"), str) else {}
        return cls(key=key, scheme=scheme, header=_part({"alg": algorithm, "typ": "JWT", **kid}))

    def assertion(self, client_id: str, audience: str, *, now: float) -> str:
        """A JWT that says who asks, good for five minutes and only once: ``jti`` is drawn for it."""
        issued = int(now)
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": issued,
            "exp": issued + _LIFE_S,
            "jti": secrets.token_urlsafe(24),
        }
        text = f"{self.header}.{_part(claims)}"
        return f"{text}.{_base64url(self.key.sign(text.encode('ascii'), self.scheme, SHA256()))}"


_MEMBERS = ("kty", "n", "e", "d", "p", "q", "dp", "dq", "qi")


def _jwk(raw: bytes) -> dict[str, JSON]:
    """Raises ValueError, Problem."""
    text = b"".join(raw.split())
    try:
        document = read_json(raw if text.startswith(b"{") else base64.b64decode(text, validate=True))
    except binascii.Error:
        raise ValueError("neither JSON nor base64") from None
    if not isinstance(document, dict):
        raise ValueError("not an object")  # noqa: TRY004 - it is the file that is wrong
    return document


def _part(value: object) -> str:
    return _base64url(orjson.dumps(value))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
