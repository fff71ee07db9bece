"""A mock OpenCRVS on a real port, a bridge that answers what a test wants, and a caller that speaks tRPC."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import make_server

from mock_control.client import AdminClient
from mock_opencrvs.app import create_app
from mock_opencrvs.settings import Client, OpencrvsSettings

ADMIN_TOKEN = "admin-token-of-the-tests"
TIMEOUT = (2, 20)


def new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="session")
def signing_key() -> str:
    return new_key()


@pytest.fixture(scope="session")
def foreign_key() -> str:
    return new_key()


@dataclass
class FakeBridge:
    """Answers every POST with ``status``, or as ``answers`` says for its path (status, content type, body).

    Remembers what it got; ``before_answer`` runs before it answers.
    """

    url: str = ""
    status: int = 202
    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    received: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    before_answer: Callable[[dict[str, str], dict[str, Any]], None] | None = None
    problems: list[Exception] = field(default_factory=list)


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    fake = FakeBridge()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.received.append((headers, {"path": self.path, **body}))
            if fake.before_answer is not None:
                try:
                    fake.before_answer(headers, body)
                except Exception as problem:  # noqa: BLE001 - shown by the test that reads it
                    fake.problems.append(problem)
            path = self.path.partition("?")[0]
            status, kind, text = fake.answers.get(path, (fake.status, "application/json", "{}"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield fake
    assert fake.problems == []


@dataclass
class Opencrvs:
    """The mock under test and short ways to call it."""

    url: str
    admin: AdminClient
    clients: tuple[Client, ...]

    def user(self, **arguments: Any) -> str:
        return str(self.admin.command("opencrvs.user_token", **arguments)["token"])

    def http(self, method: str, path: str, *, token: str | None = None, **how: Any) -> requests.Response:
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **how.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=TIMEOUT, **how)

    def call(self, procedure: str, given: Any, token: str | None, *, batch: bool = True) -> requests.Response:
        body = {"0": {"json": given}} if batch else {"json": given}
        path = f"/events/{procedure}" + ("?batch=1" if batch else "")
        return self.http("POST", path, token=token, json=body)

    def ok(self, procedure: str, given: Any, token: str | None) -> dict[str, Any]:
        answer = self.call(procedure, given, token)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()[0]["result"]["data"]["json"]
        return document

    def refused(self, procedure: str, given: Any, token: str | None) -> tuple[int, str, str]:
        answer = self.call(procedure, given, token)
        error = answer.json()[0]["error"]["json"]
        assert error["data"]["httpStatus"] == answer.status_code
        return answer.status_code, error["data"]["code"], error["message"]

    def record(self, event_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.admin.state("records")[event_id]
        return found


@dataclass
class Served:
    url: str
    app: Any


@contextmanager
def serve_app(settings: Callable[[str], OpencrvsSettings]) -> Iterator[Served]:
    """Bind first, so that the app knows its own address."""
    later: dict[str, Any] = {}

    def app_made_later(environ: Any, start: Any) -> Any:
        return later["app"](environ, start)

    server = make_server("127.0.0.1", 0, app_made_later, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    later["app"] = create_app(settings(url))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Served(url=url, app=later["app"])
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


CLIENTS = (
    Client(
        client_id="3c1b7a52-7f0e-4c1a-9b7e-5f2b1d0e9a11",
        secret="8d1f0a11-aaaa-4bbb-8ccc-5f2b1d0e9a12",
        scopes=(
            "type=record.read",
            "record.search",
            "record.create",
            "type=record.register&event=birth,death",
        ),
    ),
)


@pytest.fixture
def opencrvs_with(bridge: FakeBridge, signing_key: str) -> Iterator[Callable[..., Opencrvs]]:
    """Makes a mock with some settings that are not the usual ones."""

    def made(**changes: Any) -> Opencrvs:
        def settings(url: str) -> OpencrvsSettings:
            usual: dict[str, Any] = {
                "public_url": url,
                "country_config_url": url,
                "bridge_url": bridge.url,
                "token_key_pem": signing_key,
                "clients": CLIENTS,
                "admin_token": ADMIN_TOKEN,
                "bridge_timeout_s": 5.0,
                "hook_timeout_s": 10.0,
            }
            return OpencrvsSettings(**{**usual, **changes})

        served = running.enter_context(serve_app(settings))
        return Opencrvs(url=served.url, admin=AdminClient(served.url, ADMIN_TOKEN), clients=CLIENTS)

    with ExitStack() as running:
        yield made


@pytest.fixture
def opencrvs(opencrvs_with: Callable[..., Opencrvs]) -> Opencrvs:
    return opencrvs_with()


BIRTH = {
    "child.name": {"firstname": "Amara", "middlename": "J", "surname": "Okello"},
    "child.dob": "2026-04-28",
    "child.gender": "female",
    "mother.name": {"firstname": "Nadia", "surname": "Haddad"},
    "mother.address": {
        "addressType": "DOMESTIC",
        "country": "FAR",
        "administrativeArea": "9a3e7c10-6d1b-4b7e-a1c5-2e9d4f7b6c03",
        "streetLevelDetails": {"town": "Ibombo", "zipCode": "10104"},
    },
    "informant.relation": "MOTHER",
    "informant.email": "nadia@example.org",
    "informant.phoneNo": "0712345678",
}
DEATH = {
    "deceased.name": {"firstname": "Isuru", "surname": "Perera"},
    "deceased.dob": "1951-04-22",
    "deceased.gender": "male",
    "deceased.nid": "6082941573",
    "eventDetails.date": "2026-05-01",
    "eventDetails.mannerOfDeath": "MANNER_NATURAL",
    "informant.email": "sandun@example.org",
    "informant.phoneNo": "0798765432",
    "spouse.name": {"firstname": "Sandun", "surname": "Silva"},
}


@dataclass
class Registrar:
    """A registrar at work: every step with a transaction id of its own."""

    opencrvs: Opencrvs
    token: str
    count: int = 0

    def transaction(self) -> str:
        self.count += 1
        return f"t-{self.count}-{self.token[-8:]}"

    def create(self, kind: str = "birth", **more: Any) -> dict[str, Any]:
        given = {"type": kind, "transactionId": self.transaction(), **more}
        return self.opencrvs.ok("event.create", given, self.token)

    def input(self, event: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"eventId": event["id"], "transactionId": self.transaction(), **more}

    def declared(self, kind: str = "birth", **changes: Any) -> dict[str, Any]:
        """A record that is declared and still assigned."""
        declaration = {**(BIRTH if kind == "birth" else DEATH), **changes}
        given = self.input(self.create(kind), declaration=declaration, keepAssignment=True)
        return self.opencrvs.ok("event.actions.declare.request", given, self.token)

    def requested(self, kind: str = "birth", **changes: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
        """A record whose registration waits: the record, the pending action, and the token for that
        action.
        """
        event = self.declared(kind, **changes)
        given = self.input(event)
        waiting = self.opencrvs.ok("event.actions.register.request", given, self.token)
        action = waiting["actions"][-1]
        assert (action["type"], action["status"]) == ("REGISTER", "Requested")
        return waiting, action, self.action_token(event["id"], action["id"])

    def action_token(self, event_id: str, action_id: str) -> str:
        given = {
            "grant_type": "urn:opencrvs:oauth:grant-type:token-exchange",
            "subject_token": self.token,
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "requested_token_type": "urn:opencrvs:oauth:token-type:single_record_token",
            "event_id": event_id,
            "action_id": action_id,
        }
        return str(self.opencrvs.http("POST", "/token", json=given).json()["access_token"])

    def accept(self, event: dict[str, Any], action: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The input of an accept as the bridge sends it."""
        return {
            "transactionId": f"mosip-interop-{self.transaction()}",
            "eventId": event["id"],
            "actionId": action["id"],
            "registrationNumber": "K3V9Q0ZT7M2A",
            "declaration": {"child.nid": "4170936258"},
            **changes,
        }


@pytest.fixture
def registrar(opencrvs: Opencrvs) -> Registrar:
    return Registrar(opencrvs=opencrvs, token=opencrvs.user())
