"""Which claims a relying party asks for, and which of them it can get.

(mosip/esignet: ClaimsHelperService.java, claims_request_schema.json)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from mock_control import JSON
from mock_mosip.esignet.errors import PageError

CLAIMS_SUPPORTED = (
    "name",
    "address",
    "gender",
    "birthdate",
    "picture",
    "email",
    "phone_number",
    "individual_id",
    "phone_number_verified",
    "registration_type",
    "updated_at",
)
CLAIMS_OF_SCOPE = {
    "profile": tuple(each for each in CLAIMS_SUPPORTED if each != "individual_id"),
    "email": ("email",),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
}
PURPOSE_LENGTH = range(3, 301)
LONGEST_CLAIMS = 16_384  # characters; a browser's address bar ends before that


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the parameter ``claims`` says: claims by name with whether they are essential, and ACRs.

    ``userinfo`` None means that it names none at all.
    """

    userinfo: Mapping[str, bool] | None = None
    acrs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Claims that the client may get and asked for."""

    essential: tuple[str, ...] = field(default=())
    voluntary: tuple[str, ...] = field(default=())


def read_json(parameter: str | None) -> JSON:
    """What ``claims`` says, read as the page does, before anything else; raises PageError for no JSON."""
    if not parameter:
        return None
    try:
        wish: JSON = json.loads(unquote(parameter)[:LONGEST_CLAIMS])
    except (ValueError, RecursionError):
        raise PageError("parsing_error_msg") from None
    return wish


def read_wish(wish: JSON) -> Wish:
    """Reads what ``claims`` says; raises PageError for what is not of the schema."""
    if wish is None:
        return Wish()
    if not isinstance(wish, dict):
        raise PageError("invalid_claim")
    return Wish(userinfo=_userinfo(wish.get("userinfo")), acrs=_acrs(wish.get("id_token")))


def _userinfo(userinfo: JSON) -> dict[str, bool] | None:
    if userinfo is None:
        return None
    if not isinstance(userinfo, dict):
        raise PageError("invalid_claim")
    return {name: _essential(detail) for name, detail in userinfo.items() if name != "verified_claims"}


def _essential(detail: JSON) -> bool:
    if detail is None:
        return False
    if not isinstance(detail, dict):
        raise PageError("invalid_claim")
    essential, purpose = detail.get("essential", False), detail.get("purpose")
    if not isinstance(essential, bool) or not isinstance(purpose, str | None):
        raise PageError("invalid_claim")
    if purpose is not None and len(purpose) not in PURPOSE_LENGTH:
        raise PageError("invalid_purpose")
    return essential


def _acrs(id_token: JSON) -> tuple[str, ...]:
    if id_token is None:
        return ()
    if not isinstance(id_token, dict):
        raise PageError("invalid_claim")
    acr = id_token.get("acr")
    if acr is None:
        return ()
    values = acr.get("values", []) if isinstance(acr, dict) else None
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise PageError("invalid_claim")
    return tuple(map(str, values))


def resolve(wish: Wish, scopes: Collection[str], registered: Collection[str]) -> Asked:
    """The registered claims that are asked for by name or by scope; the others are dropped silently."""
    named = wish.userinfo or {}
    by_scope = {claim for scope in scopes for claim in CLAIMS_OF_SCOPE.get(scope, ())}
    candidates = [claim for claim in registered if claim in named or claim in by_scope]
    return Asked(
        essential=tuple(claim for claim in candidates if named.get(claim)),
        voluntary=tuple(claim for claim in candidates if not named.get(claim)),
    )
