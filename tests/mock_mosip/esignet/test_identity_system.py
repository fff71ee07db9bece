"""E-Signet asks IDA about everybody who signs in: whom MOSIP has deactivated it lets in no more."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from mock_mosip.esignet.settings import IdaLink

UIN, VID = "8267411571", "4062351704591873"
PERSON = {
    "name": "Amina Diallo",
    "uin": UIN,
    "vid": VID,
    "email": "amina@example.org",
    "at": {"esignet": "active"},
}


class Ida(ThreadingHTTPServer):
    """Answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes: list[str] = []
        self.status = 200
        self.asked: list[tuple[str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/idauthentication/v1"


class Handler(BaseHTTPRequestHandler):
    server: Ida

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        errors = [{"errorCode": code, "errorMessage": "no"} for code in self.server.codes]
        text = json.dumps({"errors": errors or None, "response": None}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def ida() -> Iterator[Ida]:
    server = Ida()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def link(url: str) -> IdaLink:
    return IdaLink(url=url, misp_licence_key="lk", partner_id="esignet-partner")


@pytest.fixture
def esignet(run_esignet: Callable[..., Any], ida: Ida) -> Any:
    running = run_esignet(ida=link(ida.url))
    running.admin.people(scenario="test", people=[PERSON])
    return running


def signed_in(esignet: Any, number: str = UIN) -> str | None:
    """The code of the error that is shown, None for who was let in."""
    query = {
        "client_id": "opencrvs-rp",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": "https://crvs.example/events/declare/42/pages/mother",
        "auto": number,
    }
    seen = requests.get(f"{esignet.url}/authorize", params=query, timeout=5, allow_redirects=False)
    if seen.is_redirect:
        assert "code" in parse_qs(urlsplit(seen.headers["Location"]).query)
        return None
    shown = re.search(r'data-code="([^"]+)"', seen.text)
    assert shown is not None
    return shown[1]


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        ([], None),
        (["IDA-MLC-022"], "IDA-MLC-022"),
        (["IDA-MLC-007", "IDA-MLC-023"], "IDA-MLC-023"),
        # Whom IDA does not know, E-Signet may know all the same.
        (["IDA-MLC-018"], None),
    ],
    ids=str,
)
def test_who_is_let_in(esignet: Any, ida: Ida, codes: list[str], shown: str | None) -> None:
    ida.codes = codes
    assert signed_in(esignet) == shown
    ((path, asked),) = ida.asked
    assert path == "/idauthentication/v1/kyc-auth/delegated/lk/esignet-partner/opencrvs-rp"
    assert (asked["individualId"], len(asked["transactionID"])) == (UIN, 10)


def test_who_was_let_in_before_is_asked_about_again(esignet: Any, ida: Ida) -> None:
    assert signed_in(esignet) is None
    ida.codes = ["IDA-MLC-023"]
    assert signed_in(esignet, VID) == "IDA-MLC-023"


def test_without_a_word_of_ida_nobody_is_let_in(esignet: Any, ida: Ida) -> None:
    ida.status = 503
    assert signed_in(esignet) == "unknown_error"
    ida.status = 404
    assert signed_in(esignet) is None


def test_an_ida_that_is_gone(run_esignet: Callable[..., Any]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    running = run_esignet(ida=link(f"http://127.0.0.1:{port}"))
    running.admin.people(scenario="test", people=[PERSON])
    assert signed_in(running) == "unknown_error"
