"""A person at the authorize page, in a real browser and by keyboard alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

pytestmark = pytest.mark.browser

PATIENCE_MS = 10_000


@dataclass(kw_only=True)
class Seat:
    """A browser's page, where it went, and what it complained of."""

    page: Any
    back: str
    complaints: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.wait_for_function("document.activeElement.tagName === 'INPUT'")
        self.page.keyboard.type(text)
        self.press("Enter")

    def focused(self) -> str:
        found: str = self.page.evaluate("document.activeElement.id")
        return found

    def tab_to(self, name: str) -> None:
        """Presses Tab until that element has the focus."""
        for _ in range(20):
            if self.focused() == name:
                return
            self.press("Tab")
        raise AssertionError(f"#{name} can't be reached by keyboard")

    def came_back(self) -> dict[str, str]:
        self.page.wait_for_url(f"{self.back}?*")
        return dict(parse_qsl(urlsplit(self.page.url).query))


class Landing(BaseHTTPRequestHandler):
    """The relying party's page."""

    def do_GET(self) -> None:
        body = b'<link rel="icon" href="data:,">back'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: tests print what failed."""


@pytest.fixture(scope="module")
def landing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Landing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/back"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def seat(browser: Any, esignet: Any, landing: str) -> Iterator[Seat]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    seat = Seat(page=page, back=landing)
    page.on("console", lambda message: seat.complaints.append(message.text))
    page.on("pageerror", lambda error: seat.complaints.append(str(error)))
    page.on("request", lambda request: seat.asked.add(request.url.partition("?")[0].partition("#")[0]))
    yield seat
    context.close()
    assert seat.complaints == []
    ours = {f"{esignet.url}/{path}" for path in ("authorize", "login", "consent")}
    assert {url for url in seat.asked if not url.startswith("data:")} <= ours | {landing}


def visit(seat: Seat, esignet: Any, **more: str) -> None:
    query = esignet.query(redirect_uri=seat.back, **more)
    seat.page.goto(f"{esignet.url}/authorize?{urlencode(query)}")


def come(seat: Seat, esignet: Any) -> None:
    asked = esignet.asking(essential=("name",), voluntary=("gender", "birthdate"))
    visit(seat, esignet, scope="openid", claims=asked)
    assert seat.focused() == "id-input"
    seat.write("8267411571")
    seat.page.wait_for_selector("#authenticate")
    assert seat.focused() == "otp-input"
    seat.write("111111")
    seat.page.wait_for_selector("#continue")


def test_a_login_with_partial_consent(seat: Seat, esignet: Any) -> None:
    come(seat, esignet)
    assert not seat.page.is_checked("#claim-gender")
    seat.tab_to("claim-gender")
    seat.press("Space")
    assert seat.page.is_checked("#claim-gender")
    seat.tab_to("continue")
    seat.press("Enter")
    code = seat.came_back()["code"]
    told = esignet.opened(
        esignet.userinfo(esignet.redeem(code, redirect_uri=seat.back).json()["access_token"]).text
    )
    assert set(told) == {"sub", "iss", "aud", "name", "gender"}


def test_cancel_and_stay_and_cancel(seat: Seat, esignet: Any) -> None:
    come(seat, esignet)
    seat.tab_to("cancel")
    seat.press("Enter")
    seat.page.wait_for_selector("#discontinue")
    assert seat.focused() == "stay"
    seat.press("Enter")
    seat.page.wait_for_selector("#continue")
    seat.tab_to("cancel")
    seat.press("Enter")
    seat.page.wait_for_selector("#discontinue")
    seat.tab_to("discontinue")
    seat.press("Enter")
    assert seat.came_back() == {"state": "s1", "error": "access_denied"}


def test_mistakes_are_told_and_can_be_mended(seat: Seat, esignet: Any) -> None:
    visit(seat, esignet, scope="openid")
    seat.write("0000000000")
    seat.page.wait_for_selector("[role=alert]")
    assert seat.page.get_attribute("#error", "data-code") == "invalid_individual_id"
    assert seat.page.input_value("#id-input") == "0000000000"
    seat.press("Control+a")
    seat.write("8267411571")
    seat.page.wait_for_selector("#otp-input")
    seat.write("222222")
    seat.page.wait_for_selector("[role=alert]")
    seat.write("111111")
    assert set(seat.came_back()) == {"state", "code", "iss"}


def test_an_error_is_a_page(seat: Seat, esignet: Any) -> None:
    visit(seat, esignet, client_id="nobody")
    assert seat.page.get_attribute("#error", "data-code") == "invalid_client_id"
    assert seat.page.is_visible("main h1")
    assert not seat.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
