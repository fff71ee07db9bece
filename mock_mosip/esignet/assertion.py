"""Whether a client assertion (private_key_jwt, RFC 7523) is the client's own, fresh and meant for us.

(mosip/esignet: TokenServiceImpl.java verifyClientAssertionToken)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from joserfc import jws
from joserfc.errors import JoseError

import contracts
from mock_mosip.esignet.settings import RelyingParty

ALGORITHMS = ("RS256", "PS256", "ES256")
LEEWAY_S = 5
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CONTRACT = "esignet/client-assertion.claims"


class BadAssertionError(ValueError):
    """Why it can't be believed; says nothing of what it holds."""


def check_assertion(
    raw: str,
    *,
    client: RelyingParty,
    audiences: Collection[str],
    now: datetime,
    jti_is_new: Callable[[str], bool] | None,
) -> None:
    """Raises BadAssertionError.

    ``jti_is_new`` notes an id and says whether it was not there before; None: no id is asked for. A life of
    any length will do, and ``iat`` only has to be there.
    """
    claims = _verified(raw, client)
    for name in ("iss", "sub"):
        if claims.get(name) != client.client_id:
            raise BadAssertionError(f"{name} is not the client")
    audience = claims.get("aud")
    if not {*audiences} & {str(each) for each in (audience if isinstance(audience, list) else [audience])}:
        raise BadAssertionError("aud is neither the token endpoint nor the issuer")
    _check_times(claims, now.timestamp())
    jti = claims.get("jti")
    if jti_is_new is None:
        return
    if not isinstance(jti, str) or not jti:
        raise BadAssertionError("jti is missing")
    if not jti_is_new(f"{client.client_id} {jti}"):
        raise BadAssertionError("jti was used before")


def breaches(raw: str) -> list[str]:
    """How the claims of an assertion, whoever signed it, break their contract."""
    try:
        claims = json.loads(jws.extract_compact(raw.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        return []
    return [f"{each.pointer} {each.message}" for each in contracts.violations(CONTRACT, claims)]


def _verified(raw: str, client: RelyingParty) -> Mapping[str, object]:
    try:
        verified = jws.deserialize_compact(raw, client.key, algorithms=[*ALGORITHMS])
        claims = json.loads(verified.payload)
    except JoseError as error:
        raise BadAssertionError(f"the signature does not hold: {type(error).__name__}") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise BadAssertionError(f"it is no JWT: {type(error).__name__}") from error
    if not isinstance(claims, dict):
        raise BadAssertionError("it has no claims")
    kid, known = verified.headers().get("kid"), client.jwk.get("kid")
    if kid is not None and known is not None and kid != known:
        raise BadAssertionError("kid is not that of the registered key")
    return claims


def _check_times(claims: Mapping[str, object], now: float) -> None:
    for name in ("exp", "iat"):
        if not _is_time(claims.get(name)):
            raise BadAssertionError(f"{name} is missing")
    expiry, begin = claims["exp"], claims.get("nbf")
    if not isinstance(expiry, int | float) or expiry + LEEWAY_S <= now:
        raise BadAssertionError("it has expired")
    if isinstance(begin, int | float) and begin - LEEWAY_S > now:
        raise BadAssertionError("it does not hold yet")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
