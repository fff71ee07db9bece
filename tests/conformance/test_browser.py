"""The browser that plays a person: what it fills in, where it stops, what it can't find."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from conformance.browser import Browser, BrowserError, Left, Page

PAGE = """<html><body><div role="alert" data-code="auth_failed">no</div>
<form method="post" action="/sent?a=1"><input type="hidden" name="key" value="k&amp;1">
<input type="radio" name="kind" id="kind-a" value="A" checked>
<input type="radio" name="kind" id="kind-b" value="B">
<input type="checkbox" name="tick" id="tick"><input type="checkbox" name="on" id="on" value="yes" checked>
<input type=text id="number" name="number" value="0"><input id="unnamed" value="x">
<button id="go" name="decision" value="allow">Go</button>
<button id="stay" name="decision" value="stay">Stay</button>
</form></body></html>"""


class Site(BaseHTTPRequestHandler):
    """Shows the page, or sends on; keeps what was posted."""

    posted: dict[str, str]

    def do_GET(self) -> None:
        to = {"/away": "https://elsewhere.example/back?code=c", "/round": "/round", "/on": "/page"}.get(
            self.path
        )
        if to is not None:
            self.send_response(302)
            self.send_header("Location", to)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._show()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).posted = dict(parse_qsl(body, keep_blank_values=True))
        self._show()

    def _show(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def opened(site: str) -> tuple[Browser, Page]:
    browser = Browser(site=site)
    page = browser.open(f"{site}/on")
    assert isinstance(page, Page)
    return browser, page


@pytest.mark.parametrize(
    ("typed", "ticked", "sent"),
    [
        ({}, set(), {"kind": "A", "on": "yes", "number": "0"}),
        ({"number": "7"}, {"kind-b", "tick"}, {"kind": "B", "tick": "on", "on": "yes", "number": "7"}),
        ({"number": ""}, {"kind-a"}, {"kind": "A", "on": "yes", "number": ""}),
    ],
)
def test_a_form_sends_what_a_browser_would(
    site: str, typed: dict[str, str], ticked: set[str], sent: dict[str, str]
) -> None:
    browser, page = opened(site)
    browser.press(page, "go", typed=typed, ticked=frozenset(ticked))
    assert Site.posted == {"key": "k&1", "decision": "allow", **sent}


def test_what_a_page_shows(site: str) -> None:
    _, page = opened(site)
    assert (page.url, page.status, page.error) == (f"{site}/page", 200, "auth_failed")
    assert page.ids(prefix="kind-") == ["kind-a", "kind-b"]
    assert page.has("tick")
    assert not page.has("other")


def test_another_site_is_not_asked(site: str) -> None:
    assert Browser(site=site).open(f"{site}/away") == Left(location="https://elsewhere.example/back?code=c")


def test_what_is_not_there_is_an_error(site: str) -> None:
    browser, page = opened(site)
    with pytest.raises(BrowserError, match=r"no #missing on the page \(error shown: auth_failed\)"):
        browser.press(page, "missing")
    with pytest.raises(BrowserError, match="without end"):
        browser.open(f"{site}/round")
    with pytest.raises(BrowserError, match="/x: ConnectionError"):
        Browser(site="http://127.0.0.1:1").open("http://127.0.0.1:1/x")
