"""A small world around a whole bridge: MOSIP and OpenCRVS as far as it talks to them, on real sockets."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PublicFormat,
    pkcs12,
)
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from bridge.app import create_app
from bridge.delivery.leases import boot_of, owner_of
from bridge.lifecycle import Bridge, assemble
from bridge.settings import load_settings
from bridge.store import migrate

DEADLINE_S = 20.0
HUB_SECRET = "secret-between-hub-and-bridge"
CREDENTIAL_TOPIC = "opencrvs-partner/CREDENTIAL_ISSUED"
WORKFLOW_TOPIC = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
OPERATOR_TOKEN = "operators-token-of-this-test"
NID = "7058649208312401"
EVENT = "cd193ddd-9d8f-422e-82df-596818fac5a1"
ACTION = "568e9da8-9c62-4df8-b245-8e0d68f8ca7b"

Json = object


@dataclass(frozen=True)
class Scripted:
    """An answer that a test puts before the usual one. ``before`` runs first, in the upstream's thread."""

    status: int = 200
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], object] | None = None


@dataclass(frozen=True)
class Seen:
    """A request that the world got."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What the bridge answered."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> dict[str, object]:
        parsed = json.loads(self.text)
        assert isinstance(parsed, dict)
        return parsed


def call(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One HTTP request; an error status is an answer like any other."""
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as response:
            return Answer(response.status, dict(response.headers), response.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


def until(what: Callable[[], object], *, within: float = DEADLINE_S, why: str = "") -> None:
    """Return as soon as ``what`` is true; fail after the deadline."""
    end = time.monotonic() + within
    pause = threading.Event()
    while not what():
        assert time.monotonic() < end, f"never came true: {why or what}"
        pause.wait(0.02)


class World:
    """Auth manager, packet manager, workflow manager, hub, key document and events gateway on one port."""

    def __init__(self) -> None:
        self.token_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.partner_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.partner_certificate = _certificate(self.partner_key)
        self.seen: list[Seen] = []
        self.scripted: dict[str, list[Scripted]] = {}
        self.verifies: bool = True
        self._changed = threading.Condition()
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                path = urlsplit(self.path).path
                seen = Seen(path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length))
                status, headers, body = world.respond(seen)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        for method in ("GET", "POST", "PUT"):
            setattr(Handler, f"do_{method}", Handler.answer)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A bridge that is killed leaves broken connections; that is what such a test is about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def script(self, path: str, *answers: Mapping[str, Any]) -> None:
        """Answer the next requests of that path so (fields of Scripted)."""
        with self._changed:
            self.scripted.setdefault(path, []).extend(Scripted(**answer) for answer in answers)

    def at(self, path: str) -> list[Seen]:
        """What came to that path."""
        with self._changed:
            return [each for each in self.seen if each.path.endswith(path)]

    def wait_for(self, path: str, count: int = 1) -> list[Seen]:
        """The requests of that path, once there are so many."""
        with self._changed:
            came = self._changed.wait_for(
                lambda: len([each for each in self.seen if each.path.endswith(path)]) >= count, DEADLINE_S
            )
        assert came, f"{path} was asked {len(self.at(path))} times, not {count}"
        return self.at(path)

    def respond(self, seen: Seen) -> tuple[int, Mapping[str, str], bytes]:
        with self._changed:
            self.seen.append(seen)
            queue = self.scripted.get(seen.path, [])
            scripted = queue.pop(0) if queue else None
            self._changed.notify_all()
        if scripted is not None:
            if scripted.before is not None:
                scripted.before()
            body = b"" if scripted.body is None else json.dumps(scripted.body).encode()
            if scripted.body is not None or scripted.status != 200:
                return scripted.status, scripted.headers, body
        return self._usual(seen)

    def _usual(self, seen: Seen) -> tuple[int, Mapping[str, str], bytes]:
        if seen.path == "/authenticate":
            token = _unsigned_token(datetime.now(UTC) + timedelta(minutes=15))
            return 200, {"Set-Cookie": f"Authorization={token}; Path=/"}, b'{"response":{},"errors":null}'
        if seen.path == "/createPacket":
            return 200, {}, b'{"response":[{"id":"x","packetName":"x_id"}],"errors":[]}'
        if seen.path == "/workflowinstance":
            made = {"workflowInstanceId": "95d09502-a548-413f-9c01-f15a7c8b08af"}
            return 200, {}, json.dumps({"response": made, "errors": None}).encode()
        if seen.path == "/hub/":
            form = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
            if self.verifies:
                threading.Thread(target=self._verify, args=(form,), daemon=True).start()
            return 202, {"Content-Type": "application/x-www-form-urlencoded"}, b"hub.mode=accepted"
        if seen.path == "/.well-known":
            pem = self.token_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            return 200, {}, pem
        if "register." in seen.path:
            return 200, {}, b'[{"result":{"data":{"json":{"actions":[]}}}}]'
        return 404, {}, b"{}"

    def _verify(self, form: Mapping[str, str]) -> None:
        """The hub asks whether we meant it, with unencoded values. A bridge that is gone stays unverified."""
        query = (
            f"hub.mode=subscribe&hub.topic={form['hub.topic']}&hub.challenge=c-{secrets.token_hex(8)}"
            "&hub.lease_seconds=86400"
        )
        with suppress(OSError, HTTPException):
            call("GET", f"{form['hub.callback']}?{query}")

    def token(self, *, event_id: str = EVENT, action_id: str = ACTION, **changed: object) -> str:
        """An action token as OpenCRVS' auth service signs it; None takes a claim out."""
        now = int(time.time())
        claims = {
            "scope": ["type=record.confirm-registration", "type=record.reject-registration"],
            "eventId": event_id,
            "actionId": action_id,
            "userType": "user",
            "sub": "774a2c7d-cc1a-4dc1-a2f6-f47e89fd29e6",
            "iss": "opencrvs:auth-service",
            "aud": ["opencrvs:gateway-user", "opencrvs:events-user"],
            "iat": now,
            "exp": now + 604800,
        }
        wanted = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode({"alg": "RS256"}, wanted, RSAKey.import_key(self.token_key))

    def credential_event(self, *, rid: str, certificate_number: str, hub_event: str = "") -> bytes:
        """What MOSIP's credential service publishes, encrypted for the partner."""
        document = {
            "credentialSubject": {
                "id": f"http://credential.idrepo/credentials/{rid}",
                "vcVer": "VC-V1",
                "birthCertificateNumber": certificate_number,
                "VID": NID,
            },
            "issuer": "https://mosip.example/.well-known/controller.json",
            "type": ["VerifiableCredential", "MOSIPVerifiableCredential"],
        }
        event = {
            "id": hub_event or f"01154a79-9582-4ce0-9cb5-{secrets.token_hex(6)}",
            "transactionId": "449ff1c6-2d19-49fc-8883-c61d2498253b",
            "type": {"namespace": "mosip", "name": "mosip"},
            "timestamp": "2026-11-23T10:06:00.000Z",
            "dataShareUri": None,
            "data": {
                "registrationId": rid,
                "credential": self._sealed(json.dumps(document).encode()),
                "credentialType": "vercred",
                "protectionKey": "275700",
            },
        }
        envelope = {"publisher": "CREDENTIAL_SERVICE", "topic": CREDENTIAL_TOPIC, "event": event}
        return json.dumps({**envelope, "publishedOn": "2026-11-23T10:06:00.000Z"}).encode()

    def _sealed(self, plain: bytes) -> str:
        session, aad = os.urandom(32), os.urandom(32)
        thumbprint = hashlib.sha256(self.partner_certificate.public_bytes(Encoding.DER)).digest()
        oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
        wrapped = self.partner_key.public_key().encrypt(session, oaep)
        text = AESGCM(session).encrypt(aad[:12], plain, aad)
        joined = b"VER_R2" + thumbprint + wrapped + b"#KEY_SPLITTER#" + aad + text
        return base64.urlsafe_b64encode(joined).rstrip(b"=").decode()


def _unsigned_token(expires: datetime) -> str:
    def part(value: Mapping[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'RS256'})}.{part({'exp': int(expires.timestamp())})}.c2lnbmF0dXJl"


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "opencrvs-partner")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )


def registration(*, certificate: str = "2026B0000000001", kind: str = "birth") -> dict[str, Any]:
    """A registration as a country configuration posts it."""
    of_death = {"deathCertificateNumber": certificate, "UIN": "5260181591"}
    of_birth = {"birthCertificateNumber": certificate}
    return {
        "trackingId": "7QX2MB",
        "notification": {
            "recipientFullName": "Grace Okello",
            "recipientEmail": "grace@example.org",
            "recipientPhone": "0911111111",
        },
        "requestFields": {
            "fullName": "Amara Okello",
            "dateOfBirth": "2026-04-28",
            "gender": "female",
            **(of_birth if kind == "birth" else of_death),
        },
        "metaInfo": {},
        "audit": {},
    }


@dataclass(frozen=True)
class Caller:
    """Country configuration and hub, as the bridge meets them."""

    world: World
    url: str

    def register(
        self,
        *,
        event_id: str = EVENT,
        action_id: str = ACTION,
        certificate: str = "2026B0000000001",
        kind: str = "birth",
    ) -> Answer:
        body = json.dumps(registration(certificate=certificate, kind=kind)).encode()
        return self.post(body, token=self.world.token(event_id=event_id, action_id=action_id))

    def post(self, body: bytes, *, token: str | None) -> Answer:
        """Any body to /events/registration, with any token."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return call("POST", f"{self.url}/events/registration", body=body, headers=headers)

    def deliver(self, raw: bytes, *, secret: str | None = HUB_SECRET) -> Answer:
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={signature}"
        return call("POST", f"{self.url}/websub/callback", body=raw, headers=headers)

    def credential(self, rid: str, *, certificate: str = "2026B0000000001", hub_event: str = "") -> Answer:
        return self.deliver(
            self.world.credential_event(rid=rid, certificate_number=certificate, hub_event=hub_event)
        )

    def ended(self, rid: str, result: str) -> Answer:
        body = {"instanceId": rid, "resultCode": result, "workflowType": "CRVS_NEW", "errorCode": None}
        return self.deliver(json.dumps(body).encode())

    def operator(self, method: str, path: str, token: str = OPERATOR_TOKEN) -> Answer:
        return call(method, f"{self.url}{path}", headers={"Authorization": f"Bearer {token}"})

    def state(self, rid: str) -> str:
        return str(self.operator("GET", f"/deliveries/{rid}").json["state"])

    def wait_until(self, rid: str, state: str) -> dict[str, object]:
        until(lambda: self.state(rid) == state, why=f"{rid} never {state}")
        return self.operator("GET", f"/deliveries/{rid}").json


@pytest.fixture
def good_registration() -> dict[str, Any]:
    """A registration that the bridge takes."""
    return registration()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Waits for a condition, with a deadline."""
    return until


@pytest.fixture(scope="session")
def shared_world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def world(shared_world: World) -> World:
    """The world with nothing seen and nothing scripted; keys and port are the session's."""
    shared_world.seen.clear()
    shared_world.scripted.clear()
    shared_world.verifies = True
    return shared_world


@pytest.fixture
def make_caller(world: World) -> Callable[[str], Caller]:
    """A caller of the bridge at that address."""
    return lambda url: Caller(world, url)


@pytest.fixture
def environment(world: World, tmp_path: Path) -> dict[str, str]:
    """The variables that configure a bridge for this world, all but its port and callback URL."""
    (tmp_path / "store.key").write_text(base64.b64encode(bytes(range(32))).decode())
    (tmp_path / "operator.token").write_text(OPERATOR_TOKEN)
    (tmp_path / "partner.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"partner", world.partner_key, world.partner_certificate, None, BestAvailableEncryption(b"p12")
        )
    )
    return {
        "SQLITE_DATABASE_PATH": str(tmp_path / "bridge.db"),
        "OPENCRVS_GATEWAY_URL": world.url,
        "OPENCRVS_PUBLIC_KEY_URL": f"{world.url}/.well-known",
        "MOSIP_AUTH_URL": f"{world.url}/authenticate",
        "MOSIP_PACKET_AUTH_CLIENT_ID": "mosip-crvs-client",
        "MOSIP_PACKET_AUTH_CLIENT_SECRET": "packet-secret",
        "MOSIP_CREATE_PACKET_URL": f"{world.url}/createPacket",
        "MOSIP_PROCESS_PACKET_URL": f"{world.url}/workflowinstance",
        "MOSIP_WEBSUB_HUB_URL": f"{world.url}/hub/",
        "MOSIP_WEBSUB_SECRET": HUB_SECRET,
        "MOSIP_WEBSUB_TOPIC": CREDENTIAL_TOPIC,
        "MOSIP_WEBSUB_AUTH_CLIENT_ID": "opencrvs-partner",
        "MOSIP_WEBSUB_AUTH_CLIENT_SECRET": "websub-secret",
        "DECRYPT_P12_FILE_PATH": str(tmp_path / "partner.p12"),
        "DECRYPT_P12_FILE_PASSWORD": "p12",
        "BRIDGE_INSTANCE_ID": "a",
        "BRIDGE_STORE_KEY_FILE": str(tmp_path / "store.key"),
        "BRIDGE_OPERATOR_TOKEN_FILE": str(tmp_path / "operator.token"),
        "BRIDGE_CALLBACK_POLICY": "hmac",
        "BRIDGE_RETRY_FIRST_S": "0.1",
        "BRIDGE_RETRY_MAX_S": "0.4",
        "BRIDGE_RETRY_LIMIT": "6",
        "BRIDGE_DELIVERY_THREADS": "4",
    }


@dataclass
class RunningBridge:
    """A bridge in this process, behind a real socket."""

    bridge: Bridge
    caller: Caller
    stop: Callable[[], None]


@pytest.fixture
def start_bridge(
    world: World, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., RunningBridge]]:
    """Starts bridges in this process; keyword arguments are settings (field names)."""
    stops: list[Callable[[], None]] = []
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def start(**given: object) -> RunningBridge:
        listener = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = load_settings({"mosip_websub_callback_url": f"{url}/websub/callback", **given})
        migrate(settings.sqlite_database_path)
        bridge = assemble(settings, owner=owner_of(boot_of("a")))
        bridge.start()
        server = make_server("127.0.0.1", 0, create_app(bridge), threaded=True, fd=listener.fileno())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()

        def stop() -> None:
            if thread.is_alive():
                server.shutdown()
                thread.join()
                server.server_close()
                listener.close()
                bridge.close()

        stops.append(stop)
        return RunningBridge(bridge, Caller(world, url), stop)

    yield start
    for stop in stops:
        stop()
