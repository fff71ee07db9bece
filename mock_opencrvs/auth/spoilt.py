"""Tokens of an action that are not good, each in one way: what a bridge must see for itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping

from joserfc import jws
from joserfc.jwk import RSAKey

from mock_opencrvs.auth.tokens import Tokens
from mock_opencrvs.values import JSON, JSONObject

KEY_BITS = 2048
Change = Callable[[JSONObject], JSONObject]

# Signed by the right key, with other claims.
_CLAIMS: Mapping[str, Change] = {
    "without-scope": lambda claims: {**claims, "scope": ["type=record.read"]},
    "without-action": lambda claims: _without(claims, "eventId", "actionId"),
    "other-audience": lambda claims: {**claims, "aud": ["opencrvs:documents-user"]},
    "other-issuer": lambda claims: {**claims, "iss": "opencrvs:somebody-else"},
    "expired": lambda claims: {**claims, "iat": 1_600_000_000, "exp": 1_600_000_600},
}
_SIGNATURES = ("other-key", "unsigned", "public-key-as-secret")
SPOILT = (*_CLAIMS, *_SIGNATURES)


def spoilt(token: str, how: str, tokens: Tokens) -> str:
    """That token with one thing wrong; ``how`` is one of SPOILT."""
    claims = _claims(token)
    if how in _CLAIMS:
        return tokens.sign(_CLAIMS[how](claims))
    if how == "unsigned":
        head = _part({"alg": "none", "typ": "JWT"})
        return f"{head}.{_part(claims)}."
    body = json.dumps(claims)
    if how == "other-key":
        key = RSAKey.generate_key(KEY_BITS)
        return jws.serialize_compact({"alg": "RS256", "typ": "JWT"}, body, key, algorithms=["RS256"])
    return _signed_with_text(body, tokens.public_pem)


def _signed_with_text(body: str, secret: bytes) -> str:
    """HS256 with the public key's text as secret: good for who lets a token choose its algorithm."""
    head = _part({"alg": "HS256", "typ": "JWT"})
    signed = f"{head}.{_text(body.encode())}"
    return f"{signed}.{_text(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def _without(claims: JSONObject, *names: str) -> JSONObject:
    return {name: value for name, value in claims.items() if name not in names}


def _claims(token: str) -> JSONObject:
    part = token.split(".")[1]
    found: JSONObject = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _part(document: Mapping[str, JSON]) -> str:
    return _text(json.dumps(document, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
