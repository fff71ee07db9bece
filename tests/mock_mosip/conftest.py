"""A whole mock behind a real socket, a subscriber of its hub, and helpers to speak to both."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from werkzeug.serving import make_server

from mock_control.client import AdminClient
from mock_mosip.app import create_app
from mock_mosip.settings import ClientSettings, HubRetry, MosipSettings

ADMIN_TOKEN = "admin-token"
WEBSUB_SECRET = "websub-secret-of-the-test"
PACKET_CLIENT = "mosip-crvs-client"
PARTNER = "opencrvs-partner"
CREDENTIAL_TOPIC = f"{PARTNER}/CREDENTIAL_ISSUED"
WORKFLOW_TOPIC = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
WORKFLOW = "/registrationprocessor/v1/workflowmanager/workflowinstance"
PATIENCE_S = 10.0

CLIENTS = (
    ClientSettings(client_id=PACKET_CLIENT, secret="packet-secret", roles=("ONLINE_REGISTRATION_CLIENT",)),
    ClientSettings(client_id="mosip-status-client", secret="status-secret", roles=("REGISTRATION_OFFICER",)),
    ClientSettings(client_id="mosip-bare-client", secret="bare-secret"),
    ClientSettings(
        client_id=PARTNER,
        secret="partner-secret",
        roles=(
            "SUBSCRIBE_CREDENTIAL_ISSUED_INDIVIDUAL",
            f"SUBSCRIBE_{WORKFLOW_TOPIC}_GENERAL",
            "ONLINE_REGISTRATION_CLIENT",
        ),
        partner=True,
    ),
    ClientSettings(
        client_id="mosip-publisher",
        secret="publisher-secret",
        roles=("PUBLISH_NEWS_GENERAL", "PUBLISH_CREDENTIAL_ISSUED_ALL_INDIVIDUAL", "SUBSCRIBE_NEWS_GENERAL"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """A private key and a certificate, both PEM."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def make_pair(name: str) -> KeyPair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return KeyPair(key=key, certificate=certificate)


@pytest.fixture(scope="session")
def partner() -> KeyPair:
    return make_pair("partner")


@pytest.fixture(scope="session")
def signing() -> KeyPair:
    return make_pair("mosip signing")


@pytest.fixture(scope="session")
def token_key() -> KeyPair:
    return make_pair("mosip tokens")


@dataclass(kw_only=True)
class Mosip:
    """A running mock, and what a client of it does."""

    url: str
    settings: MosipSettings
    admin: AdminClient
    session: requests.Session = field(default_factory=requests.Session)

    def login(self, client_id: str = PACKET_CLIENT) -> str:
        secret = next(each.secret for each in self.settings.clients if each.client_id == client_id)
        body = {
            "id": "string",
            "version": "string",
            "requesttime": "2026-11-23T10:00:00.000Z",
            "metadata": {},
            "request": {"clientId": client_id, "secretKey": secret, "appId": "regproc"},
        }
        answer = self.call("POST", "/v1/authmanager/authenticate/clientidsecretkey", json=body)
        token = answer.headers["Authorization"]
        assert isinstance(token, str)
        return token

    def call(self, method: str, path: str, *, token: str | None = None, **more: Any) -> requests.Response:
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["Cookie"] = f"Authorization={token}"
        # Not a session: its cookie jar would send tokens that a test does not want sent.
        return requests.request(method, self.url + path, headers=headers, timeout=20, **more)

    def create_packet(self, body: dict[str, Any], *, token: str | None = None) -> requests.Response:
        path = "/commons/v1/packetmanager/createPacket"
        return self.call("PUT", path, json=body, token=self.login() if token is None else token)

    def cookie(self) -> dict[str, str]:
        return {"Cookie": f"Authorization={self.login()}"}

    def sub_packet(self, rid: str, name: str) -> bytes:
        zips: Any = self.admin.state("sub_packets")
        return base64.b64decode(zips[rid][name])

    def start(self, rid: str, process: str = "CRVS_NEW", **more: Any) -> requests.Response:
        return self.call("POST", WORKFLOW, json=workflow_request(rid, process, **more), token=self.login())

    def register(self, rid: str, process: str = "CRVS_NEW", **changes: Any) -> None:
        """Creates a packet and starts its workflow; both must be accepted."""
        made = self.create_packet(packet_request(rid, process, **changes)).json()
        assert made["response"], made
        started = self.start(rid, process).json()
        assert started["response"], started

    def ended(self, rid: str) -> dict[str, Any]:
        """The workflow of that registration once it has ended."""
        self.effect("workflow-ended", rid=rid)
        return next(row for row in self.state("workflows") if row["rid"] == rid)

    def effect(self, name: str, **facts: Any) -> dict[str, Any]:
        """Waits for an effect; returns the closed journal entry that has it."""
        deadline, after = time.monotonic() + PATIENCE_S, 0
        while (left := deadline - time.monotonic()) > 0:
            page = self.admin.journal(after=after, wait=left)
            after = page.last
            for entry in page.entries:
                if entry["state"] == "closed" and any(
                    facts.items() <= each.items() for each in entry["effects"] if each["name"] == name
                ):
                    return entry
        raise AssertionError(f"no effect {name} {facts}")

    def state(self, name: str) -> list[dict[str, Any]]:
        found: Any = self.admin.state(name)
        return found

    def identities(self) -> list[dict[str, Any]]:
        return self.state("identities")

    packet = staticmethod(lambda rid, process="CRVS_NEW", **changes: packet_request(rid, process, **changes))
    instance = staticmethod(lambda rid, process="CRVS_NEW", **more: workflow_request(rid, process, **more))


SCHEMA_FIELDS: dict[str, dict[str, Any]] = {
    "IDSchemaVersion": {"type": "number", "fieldCategory": "none"},
    "UIN": {"type": "string", "fieldCategory": "none"},
    "fullName": {"$ref": "#/definitions/simpleType", "fieldCategory": "pvt"},
    "dateOfBirth": {"type": "string", "fieldCategory": "pvt"},
    "gender": {"$ref": "#/definitions/simpleType", "fieldCategory": "pvt"},
    "birthCertificateNumber": {"type": "string", "fieldCategory": "pvt", "handle": True},
    "selectedHandles": {"type": "array", "fieldCategory": "none"},
    "addressLine1": {"$ref": "#/definitions/simpleType", "fieldCategory": "pvt"},
    "region": {"$ref": "#/definitions/simpleType", "fieldCategory": "pvt"},
    "province": {"$ref": "#/definitions/simpleType", "fieldCategory": "pvt"},
    "city": {"$ref": "#/definitions/simpleType", "fieldCategory": "pvt"},
    "zone": {"$ref": "#/definitions/simpleType", "fieldCategory": "pvt"},
    "deathDeclared": {"type": "string", "fieldCategory": "kyc"},
    "proofOfIdentity": {"$ref": "#/definitions/documentType", "fieldCategory": "evidence"},
    "email": {"type": "string", "fieldCategory": "optional"},
}


def in_english(text: str) -> str:
    return json.dumps([{"language": "eng", "value": text}])


def packet_request(rid: str, process: str = "CRVS_NEW", **changes: Any) -> dict[str, Any]:
    """A createPacket body; ``fields`` and ``meta`` among the changes are merged, others replace."""
    born = f"{datetime.now(UTC).year - 1}/04/28"
    fields = {
        "fullName": in_english("Amara Okello"),
        "dateOfBirth": born,
        "gender": in_english("Female"),
        "birthCertificateNumber": f"B{rid[-9:]}",
    }
    meta = {
        "metaData": json.dumps(
            [{"label": "centerId", "value": "10001"}, {"label": "machineId", "value": "10004"}]
        ),
        "operationsData": json.dumps([{"label": "officerId", "value": "crvs-officer"}]),
    }
    fields |= changes.pop("fields", {})
    meta |= changes.pop("meta", {})
    request = {
        "id": rid,
        "refId": "10001_10004",
        "offlineMode": False,
        "process": process,
        "source": "OPENCRVS",
        "schemaVersion": "0.100",
        "schemaJson": json.dumps({"properties": {"identity": {"properties": SCHEMA_FIELDS}}}),
        "fields": {name: value for name, value in fields.items() if value is not None},
        "metaInfo": {name: value for name, value in meta.items() if value is not None},
        "audits": [{"uuid": "7b6a9dc5-b8cf-4a90-97e3-2e41d65171ac", "eventId": "REG-EVT-066"}],
        **changes,
    }
    return {
        "id": "string",
        "version": "string",
        "requesttime": "2026-11-23T10:00:00.000Z",
        "request": {name: value for name, value in request.items() if value is not None},
    }


def workflow_request(rid: str, process: str = "CRVS_NEW", **more: Any) -> dict[str, Any]:
    return {
        "id": "mosip.registration.processor.workflow.instance",
        "version": "v1",
        "requesttime": "2026-11-23T10:00:02.000Z",
        "request": {
            "registrationId": rid,
            "process": process,
            "source": "OPENCRVS",
            "additionalInfoReqId": "",
            "notificationInfo": {"name": "Nadia Okello", "phone": "", "email": "nadia@example.org"},
            **more,
        },
    }


@pytest.fixture(scope="session")
def make_settings(partner: KeyPair, signing: KeyPair, token_key: KeyPair) -> Callable[..., MosipSettings]:
    def make(state_dir: Path, **changes: Any) -> MosipSettings:
        settings = MosipSettings(
            public_url="http://127.0.0.1:0",
            seed=7,
            admin_token=ADMIN_TOKEN,
            state_dir=state_dir,
            clients=CLIENTS,
            partner_id=PARTNER,
            partner_certificate_pem=partner.certificate_pem,
            signing_key_pem=signing.key_pem,
            token_key_pem=token_key.key_pem,
            hub_retry=HubRetry(timeout_s=5.0),
        )
        return replace(settings, **changes)

    return make


@contextmanager
def running(make: Callable[..., MosipSettings], **changes: Any) -> Iterator[Mosip]:
    """A mock behind a socket of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = make(public_url=f"http://127.0.0.1:{port}", **changes)
    server = make_server("127.0.0.1", port, create_app(settings), threaded=True, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Mosip(
            url=settings.public_url, settings=settings, admin=AdminClient(settings.public_url, ADMIN_TOKEN)
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        listener.close()


@pytest.fixture(scope="session")
def serve_mosip(make_settings: Callable[..., MosipSettings]) -> Callable[..., AbstractContextManager[Mosip]]:
    """Makes a mock that lasts as long as its context, for a whole session if need be."""
    return partial(running, make_settings)


@pytest.fixture
def run_mosip(make_settings: Callable[..., MosipSettings], tmp_path: Path) -> Iterator[Callable[..., Mosip]]:
    """Starts a mock; a second one in the same test has the same state directory, as after a restart."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(running(make_settings, state_dir=tmp_path, **changes))


@pytest.fixture(scope="session")
def shared_mosip(
    make_settings: Callable[..., MosipSettings], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mosip]:
    with running(make_settings, state_dir=tmp_path_factory.mktemp("mosip")) as mosip:
        yield mosip


@pytest.fixture
def mosip(shared_mosip: Mosip) -> Iterator[Mosip]:
    """One mock for all tests, with nothing left in it of the test before; and no failure inside it."""
    shared_mosip.admin.reset()
    shared_mosip.admin.command("mosip.forget_subscriptions")
    yield shared_mosip
    assert shared_mosip.admin.health()["failures"] == []


@dataclass(frozen=True, kw_only=True)
class Got:
    """A request that the subscriber got; header names in lower case, with all values."""

    method: str
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, list[str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Subscriber:
    """A callback that answers challenges and keeps what it gets.

    ``script`` are statuses for coming deliveries.
    """

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.script: list[int] = []
        self.get_status = 200
        self.challenge_answer: Callable[[str], str] = lambda challenge: challenge
        self._changed = threading.Condition()
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                subscriber.take(self)

            def do_POST(self) -> None:
                subscriber.take(self)

            def log_message(self, *_: object) -> None:
                """Says nothing: tests print what failed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/websub/callback"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        address = urlsplit(handler.path)
        headers: dict[str, list[str]] = {}
        for name, value in handler.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        got = Got(
            method=handler.command,
            path=address.path,
            query=dict(parse_qsl(address.query)),
            raw_query=address.query,
            headers=headers,
            body=handler.rfile.read(int(handler.headers.get("Content-Length") or 0)),
        )
        with self._changed:
            self.got.append(got)
            status = self.script.pop(0) if self.script and got.method == "POST" else 200
            status = self.get_status if got.method == "GET" else status
            self._changed.notify_all()
        answer = self.challenge_answer(got.query.get("hub.challenge", "")).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def wait(self, wanted: Callable[[Got], bool], count: int = 1) -> list[Got]:
        with self._changed:
            found = self._changed.wait_for(lambda: len(self._matching(wanted)) >= count, PATIENCE_S)
            assert found, [(each.method, each.query) for each in self.got]
            return self._matching(wanted)

    def _matching(self, wanted: Callable[[Got], bool]) -> list[Got]:
        return [each for each in self.got if wanted(each)]

    def credentials(self, count: int = 1) -> list[Got]:
        return self.wait(lambda got: got.method == "POST" and b"CREDENTIAL_ISSUED" in got.body, count)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    running = Subscriber()
    yield running
    running.close()


@pytest.fixture
def subscribe() -> Callable[..., requests.Response]:
    """Subscribes and waits until the hub has what it was told."""

    def run(
        mosip: Mosip, subscriber: Subscriber, topic: str = CREDENTIAL_TOPIC, **more: str
    ) -> requests.Response:
        form = {
            "hub.mode": "subscribe",
            "hub.topic": topic,
            "hub.callback": subscriber.url,
            "hub.secret": WEBSUB_SECRET,
            **more,
        }
        answer = mosip.call("POST", "/hub", data=form, token=mosip.login(PARTNER))
        mosip.admin.wait_for("mosip.websub.verify", within=PATIENCE_S, where=lambda e: e["state"] == "closed")
        deadline = time.monotonic() + PATIENCE_S
        while not any(each["topic"] == topic for each in mosip.state("subscriptions")):
            assert time.monotonic() < deadline, "the hub has not noted the subscription"
        return answer

    return run
