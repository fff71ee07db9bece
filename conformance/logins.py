"""How a person logs in at E-Signet for a form of OpenCRVS, and what of it comes back to the form.

The ids of the page's controls are those of mosip/esignet's oidc-ui (``#continue``, ``#cancel``) and of
opencrvs/mosip's stand-in for it (``#id-input``, ``#authenticate``). The one-time code of a stand-in is always
the same one. (mosip/esignet-mock-services: AuthenticationServiceImpl.java)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from json import dumps, loads
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from conformance.browser import Browser, BrowserError, Left, Page
from conformance.jsontypes import JSON, mapping
from conformance.problems import did_you_mean
from conformance.values import UnknownNameError
from sandbox.reach import FROM_HERE, Reach

ONE_TIME_CODE: Final = "111111"
WRONG_CODE: Final = "000000"
LOGIN_MEMBERS: Final = ("location", "redirect_uri", "code", "state", "error", "subject")
_CLAIM, _SCOPE = "claim-", "scope-"


@dataclass(frozen=True, kw_only=True)
class Login:
    """How a login ended.

    ``location`` is where the browser was sent back to, None when E-Signet kept it; ``error`` is what the
    address back says, else what the page shows; ``subject`` is whom E-Signet will name to this client.
    """

    redirect_uri: str
    location: str | None = field(repr=False)
    error: str | None
    subject: str | None = field(repr=False, default=None)

    @property
    def code(self) -> str | None:
        """The authorization code."""
        return self._back("code")

    @property
    def state(self) -> str | None:
        """What the link sent along."""
        return self._back("state")

    def member(self, name: str) -> object:
        """One of LOGIN_MEMBERS; raises UnknownNameError."""
        if name in LOGIN_MEMBERS:
            return getattr(self, name)
        raise UnknownNameError(f"a login has no '{name}'.{did_you_mean(name, LOGIN_MEMBERS)}")

    def _back(self, name: str) -> str | None:
        return dict(parse_qsl(urlsplit(self.location or "").query)).get(name)


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """What a person does at E-Signet: ``kind`` and ``number`` are how they identify themselves.

    ``consent`` is ``all``, ``none``, or the claims that they tick; ``mistyped``: they give a wrong one-time
    code and leave it at that; ``leaves``: they cancel when they are asked for consent.
    """

    kind: str
    number: str = field(repr=False)
    consent: str | Sequence[str] = "all"
    mistyped: bool = False
    leaves: bool = False


def log_in(url: str, visitor: Visitor, *, reach: Reach = FROM_HERE) -> tuple[str | None, str | None]:
    """Where the browser was sent back to, and the error that the address or the last page shows.

    Raises BrowserError when E-Signet is not there, or its page lacks what a person needs.
    """
    browser = Browser(site=url, reach=reach)
    seen = browser.open(url)
    if isinstance(seen, Page) and seen.error is None:
        seen = _identified(browser, seen, visitor)
    if isinstance(seen, Page) and seen.error is None:
        otp = WRONG_CODE if visitor.mistyped else ONE_TIME_CODE
        seen = browser.press(seen, "authenticate", typed={"otp-input": otp})
    if isinstance(seen, Page) and seen.error is None:
        seen = _decided(browser, seen, visitor)
    if isinstance(seen, Left):
        return seen.location, dict(parse_qsl(urlsplit(seen.location).query)).get("error")
    if seen.error is None:
        raise BrowserError(f"the login ends on a page that shows no error (HTTP {seen.status})")
    return None, seen.error


def _identified(browser: Browser, page: Page, visitor: Visitor) -> Page | Left:
    chosen = frozenset({f"id-type-{visitor.kind}"})
    return browser.press(page, "get-code", typed={"id-input": visitor.number}, ticked=chosen)


def _decided(browser: Browser, page: Page, visitor: Visitor) -> Page | Left:
    if visitor.leaves:
        asked = browser.press(page, "cancel")
        return browser.press(asked, "discontinue") if isinstance(asked, Page) else asked
    offered = [*page.ids(prefix=_CLAIM), *page.ids(prefix=_SCOPE)]
    if visitor.consent == "all":
        ticked = frozenset(offered)
    elif isinstance(visitor.consent, str):
        ticked = frozenset()
    else:
        ticked = frozenset(f"{_CLAIM}{claim}" for claim in visitor.consent) & frozenset(offered)
    return browser.press(page, "continue", ticked=ticked)


def changed_link(url: str, *, redirect_uri: str | None = None, essential: Sequence[str] | None = None) -> str:
    """The link to E-Signet, with another address to come back to, or with other claims called essential.

    Claims that the link asks for and that are not essential any more are voluntary.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if redirect_uri is not None:
        query["redirect_uri"] = redirect_uri
    if essential is not None:
        query["claims"] = dumps(_claims(query.get("claims", "{}"), essential))
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


def _claims(wish: str, essential: Sequence[str]) -> dict[str, JSON]:
    asked = mapping(loads(wish))
    names = [*mapping(asked.get("userinfo")), *essential]
    userinfo: dict[str, JSON] = {name: {"essential": name in essential} for name in dict.fromkeys(names)}
    return {**asked, "userinfo": userinfo}
