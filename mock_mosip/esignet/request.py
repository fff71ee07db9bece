"""The authorization request: what is asked, and whether it may be.

Checks come in the order of E-Signet: the page reads the claims; then each parameter by itself, client,
redirect, nonce, claims, ACR, PKCE. (mosip/esignet: AuthorizationServiceImpl.java; oidc-ui: Authorize.js)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from mock_mosip.esignet import claims
from mock_mosip.esignet.errors import PageError
from mock_mosip.esignet.settings import RelyingParty

OPENID = "openid"
OPENID_SCOPES = ("openid", "profile", "email", "phone", "address")
AUTHORIZE_SCOPES = (
    "Manage-Identity-Data",
    "Manage-VID",
    "Manage-Authentication",
    "Manage-Service-Requests",
    "Manage-Credentials",
)
DISPLAYS = ("page", "popup", "touch", "wap")
PROMPTS = ("none", "login", "consent", "select_account")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_ANT = re.compile(r"\*\*|\*|\?")
_ANT_WORDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """A request that may be shown to a person."""

    client: RelyingParty
    redirect_uri: str
    scopes: tuple[str, ...]
    asked: claims.Asked
    acrs: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    locales: tuple[str, ...] = ()

    @property
    def authorize_scopes(self) -> tuple[str, ...]:
        """Scopes that a person permits one by one."""
        return tuple(each for each in self.scopes if each in AUTHORIZE_SCOPES)


def is_address(text: str | None) -> bool:
    """Whether it looks like a URL of any scheme, in visible ASCII."""
    if not text or not _ADDRESS.fullmatch(text):
        return False
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def matches(pattern: str, address: str) -> bool:
    """Whether an address fits a registered one, in which ``**``, ``*`` and ``?`` are Ant's wildcards."""
    plain, words = _ANT.split(pattern), _ANT.findall(pattern)
    expression = re.escape(plain[0])
    for word, rest in zip(words, plain[1:], strict=True):
        expression += _ANT_WORDS[word] + re.escape(rest)
    return re.fullmatch(expression, address) is not None


def read_request(
    query: Mapping[str, str],
    *,
    clients: Mapping[str, RelyingParty],
    nonce_is_new: Callable[[str], bool],
) -> AuthorizationRequest:
    """Reads the query of ``/authorize``; raises PageError with the first code that applies.

    ``nonce_is_new`` notes a nonce and says whether it was not there before.
    """
    wished = claims.read_json(query.get("claims"))
    _check_each(query)
    scopes = _scopes(query.get("scope", ""))
    client = clients.get(query["client_id"])
    if client is None:
        raise PageError("invalid_client_id")
    redirect_uri = query["redirect_uri"]
    if not any(matches(pattern, redirect_uri) for pattern in client.redirect_uris):
        raise PageError("invalid_redirect_uri")
    nonce = query.get("nonce") or None
    if nonce is not None and not nonce_is_new(nonce):
        raise PageError("invalid_request")
    wish = claims.read_wish(wished)
    if wish.userinfo is not None and OPENID not in scopes:
        raise PageError("invalid_scope")
    acrs = _acrs(wish.acrs, query.get("acr_values", ""), client)
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        scopes=scopes,
        asked=claims.resolve(wish, scopes, client.claims),
        acrs=acrs,
        state=query.get("state") or None,
        nonce=nonce,
        code_challenge=_challenge(query.get("code_challenge"), query.get("code_challenge_method")),
        locales=tuple(query.get("claims_locales", "").split()),
    )


def _check_each(query: Mapping[str, str]) -> None:
    """Each parameter by itself."""
    for wrong, code in (
        (not query.get("client_id", "").strip(), "invalid_client_id"),
        (query.get("response_type") != "code", "invalid_response_type"),
        (not is_address(query.get("redirect_uri")), "invalid_redirect_uri"),
        (query.get("display", "page") not in DISPLAYS, "invalid_display"),
        (query.get("prompt", "none") not in PROMPTS, "invalid_prompt"),
        (not re.fullmatch(r"-?[0-9]{1,9}", query.get("max_age", "0")), "unknown_error"),
    ):
        if wrong:
            raise PageError(code)


def _scopes(parameter: str) -> tuple[str, ...]:
    """The scopes that are known, of which one must be there; user data needs ``openid``."""
    known = tuple(
        dict.fromkeys(each for each in parameter.split() if each in (*OPENID_SCOPES, *AUTHORIZE_SCOPES))
    )
    if not known or (OPENID not in known and any(each in OPENID_SCOPES for each in known)):
        raise PageError("invalid_scope")
    return known


def _acrs(wished: tuple[str, ...], parameter: str, client: RelyingParty) -> tuple[str, ...]:
    """What is registered of the claims' ACRs, else of ``acr_values``; else all that are registered."""
    if not client.acrs:
        raise PageError("no_acr_registered")
    for wanted in (wished, tuple(parameter.split())):
        chosen = tuple(each for each in wanted if each in client.acrs)
        if chosen:
            return chosen
    return client.acrs


def _challenge(challenge: str | None, method: str | None) -> str | None:
    if challenge is None and method is None:
        return None
    if not challenge or not method:
        raise PageError("invalid_pkce_challenge")
    if method != "S256":
        raise PageError("unsupported_pkce_challenge_method")
    return challenge
