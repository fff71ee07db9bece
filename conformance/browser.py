"""A browser without JavaScript: opens pages, fills in their forms, and stops where another site begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests

from sandbox.reach import FROM_HERE, Reach

TIMEOUT: Final = (2.0, 10.0)
"""Connect and read, in seconds."""
LONGEST_WAY: Final = 10
"""Redirects that a browser follows one after another."""
_VALUE_OF_A_TICK: Final = "on"


class BrowserError(Exception):
    """A page that is not what a person expects to see there."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """One input or button of a form; ``kind`` is the input's type, or ``button``."""

    id: str
    name: str
    kind: str
    value: str
    ticked: bool


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form as a page shows it."""

    action: str
    method: str
    controls: tuple[Control, ...]

    def control(self, called: str) -> Control | None:
        """The control of that id."""
        return next((each for each in self.controls if each.id == called), None)

    def filled(self, *, button: Control, typed: Mapping[str, str], ticked: frozenset[str]) -> dict[str, str]:
        """What is sent when ``button`` is pressed; ``typed`` and ``ticked`` go by the ids of the controls.

        A radio button that is ticked takes the tick from the others of its name.
        """
        chosen = {each.name for each in self.controls if each.kind == "radio" and each.id in ticked}
        sent: dict[str, str] = {}
        for each in self.controls:
            if each.kind == "checkbox":
                sends = each.ticked or each.id in ticked
            elif each.kind == "radio":
                sends = each.id in ticked or (each.ticked and each.name not in chosen)
            else:
                sends = each.kind != "button" or each is button
            if sends and each.name:
                sent[each.name] = typed.get(each.id, each.value)
        return sent


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that was shown: its address, its forms, and the code of the error it shows, if any."""

    url: str
    status: int
    forms: tuple[Form, ...]
    error: str | None

    def has(self, called: str) -> bool:
        """Whether a control of that id is on the page."""
        return any(form.control(called) is not None for form in self.forms)

    def ids(self, *, prefix: str) -> list[str]:
        """The ids of controls that begin so."""
        found = (each.id for form in self.forms for each in form.controls)
        return [each for each in found if each.startswith(prefix)]


@dataclass(frozen=True, kw_only=True)
class Left:
    """The page sent the browser to another site, at this address; nothing was asked of it there."""

    location: str


@dataclass(kw_only=True)
class Browser:
    """One visit to one site. What happens on the way is an outcome; only a missing page is an error."""

    site: str
    reach: Reach = FROM_HERE
    _session: requests.Session = field(default_factory=requests.Session, init=False, repr=False)

    def __post_init__(self) -> None:
        """Environment proxies would leave the machine."""
        self._session.trust_env = False

    def open(self, url: str) -> Page | Left:
        """Opens an address. Raises BrowserError when nobody answers there."""
        return self._go("GET", url, {})

    def press(
        self,
        page: Page,
        button: str,
        *,
        typed: Mapping[str, str] | None = None,
        ticked: frozenset[str] = frozenset(),
    ) -> Page | Left:
        """Fills in the form in which that button is and presses it.

        Raises BrowserError when there is no such button, or nobody answers.
        """
        for form in page.forms:
            pressed = form.control(button)
            if pressed is not None:
                sent = form.filled(button=pressed, typed=typed or {}, ticked=ticked)
                return self._go(form.method, urljoin(page.url, form.action), sent)
        raise BrowserError(f"there is no #{button} on the page (error shown: {page.error})")

    def _go(self, method: str, url: str, sent: Mapping[str, str]) -> Page | Left:
        for _ in range(LONGEST_WAY):
            if not self._here(url):
                return Left(location=url)
            reply = self._ask(method, url, sent)
            if not reply.is_redirect:
                reader = _Reader()
                reader.feed(reply.text)
                return Page(url=url, status=reply.status_code, forms=tuple(reader.forms), error=reader.error)
            method, url, sent = "GET", urljoin(url, reply.headers["Location"]), {}
        raise BrowserError(f"{urlsplit(url).path}: sent from page to page without end")

    def _ask(self, method: str, url: str, sent: Mapping[str, str]) -> requests.Response:
        try:
            return self._session.request(
                method,
                self.reach.url(url),
                params=sent if method == "GET" and sent else None,
                data=sent if method != "GET" else None,
                timeout=TIMEOUT,
                allow_redirects=False,
                verify=self.reach.verify,
            )
        except requests.RequestException as error:
            raise BrowserError(f"{urlsplit(url).path}: {type(error).__name__}") from error

    def _here(self, url: str) -> bool:
        there, here = urlsplit(url), urlsplit(self.site)
        return (there.scheme, there.netloc) == (here.scheme, here.netloc)


class _Reader(HTMLParser):
    """Collects forms, and the error that a page shows in an alert."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.error: str | None = None
        self._open: tuple[str, str, list[Control]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what matters of an element."""
        found = {name: value or "" for name, value in attrs}
        if found.get("role") == "alert":
            self.error = found.get("data-code") or self.error
        if tag == "form":
            self._open = (found.get("action", ""), found.get("method", "get").upper(), [])
        elif tag in ("input", "button") and self._open is not None:
            kind = "button" if tag == "button" else found.get("type", "text").lower()
            plain = _VALUE_OF_A_TICK if kind in ("checkbox", "radio") else ""
            self._open[2].append(
                Control(
                    id=found.get("id", ""),
                    name=found.get("name", ""),
                    kind=kind,
                    value=found.get("value", plain),
                    ticked="checked" in found,
                )
            )

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        if tag == "form" and self._open is not None:
            action, method, controls = self._open
            self.forms.append(Form(action=action, method=method, controls=tuple(controls)))
            self._open = None
