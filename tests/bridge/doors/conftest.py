"""Keys, tokens, settings and upstreams that answer as a test tells them to."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)

from bridge.settings import Settings, load_settings

EVENT = "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"
ACTION = "0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002"


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def public_pem(self) -> str:
        public = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return public.decode("ascii")

    @property
    def private_pem(self) -> str:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")

    def rs256(self, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
        signed = f"{b64url(json.dumps(header).encode())}.{b64url(json.dumps(claims).encode())}"
        signature = self.private.sign(signed.encode("ascii"), padding.PKCS1v15(), SHA256())
        return f"{signed}.{b64url(signature)}"


def make_pair(name: str) -> KeyPair:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
    )
    return KeyPair(private=private, certificate=builder.sign(private, SHA256()))


@pytest.fixture(scope="session")
def auth_key() -> KeyPair:
    """The key pair of OpenCRVS' auth service."""
    return make_pair("auth")


@pytest.fixture(scope="session")
def partner() -> KeyPair:
    """Our key pair as MOSIP's partner."""
    return make_pair("partner")


@pytest.fixture(scope="session")
def issuer() -> KeyPair:
    """The key pair with which MOSIP proves credentials."""
    return make_pair("issuer")


@pytest.fixture(scope="session")
def other_key() -> KeyPair:
    """A key pair that nobody trusts."""
    return make_pair("other")


@pytest.fixture(scope="session")
def keystore(partner: KeyPair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The partner's PKCS#12 file, password ``secret``."""
    path = tmp_path_factory.mktemp("keys") / "keystore.p12"
    sealed = pkcs12.serialize_key_and_certificates(
        b"partner",
        partner.private,
        partner.certificate,
        None,
        PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1000).build(b"secret"),
    )
    path.write_bytes(sealed)
    return path


@pytest.fixture
def make_settings(keystore: Path) -> Callable[..., Settings]:
    """Settings of a bridge that talks to nobody in particular, with the given members changed."""

    def make(**given: object) -> Settings:
        return load_settings(
            {
                "opencrvs_gateway_url": "http://gateway.test",
                "opencrvs_public_key_url": "http://auth.test/.well-known",
                "mosip_auth_url": "http://mosip.test/v1/authmanager/authenticate/clientidsecretkey",
                "mosip_packet_auth_client_id": "mosip-crvs-client",
                "mosip_packet_auth_client_secret": "packet-secret",
                "mosip_create_packet_url": "http://mosip.test/commons/v1/packetmanager/createPacket",
                "mosip_process_packet_url": "http://mosip.test/workflowinstance",
                "mosip_websub_hub_url": "http://mosip.test/hub/",
                "mosip_websub_topic": "opencrvs-partner/CREDENTIAL_ISSUED",
                "mosip_websub_callback_url": "http://bridge.test/websub/callback",
                "mosip_websub_auth_client_id": "opencrvs-partner",
                "mosip_websub_auth_client_secret": "hub-client-secret",
                "mosip_websub_secret": "hub-secret",
                "mosip_verifiable_credential_allowlist": "http://mosip.test/.well-known/controller.json",
                "decrypt_p12_file_path": keystore,
                "decrypt_p12_file_password": "secret",
                **given,
            }
        )

    return make


@dataclass
class Seen:
    """A request that an upstream got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: str


@dataclass
class Told:
    """What an upstream shall answer."""

    status: int = 200
    body: object = None
    headers: list[tuple[str, str]] = field(default_factory=list)

    def encoded(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode("utf-8")


class FakeUpstream:
    """An HTTP server that answers with what ``answer`` says and remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answer: Callable[[Seen], Told] = lambda _: Told(body={})
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen = Seen(
                    method=self.command,
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=body,
                    peer=f"{self.client_address[0]}:{self.client_address[1]}",
                )
                fake.seen.append(seen)
                told = fake.answer(seen)
                content = told.encoded()
                self.send_response(told.status)
                for name, value in told.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = _serve  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    """One upstream for all parties."""
    with closing(FakeUpstream()) as fake:
        yield fake


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Serves one connection by a function on the bare socket; gives the URL."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(speak: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                speak(connection)

        thread = threading.Thread(target=run, daemon=True)
        threads.append(thread)
        thread.start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield serve
    for listener in listeners:
        listener.close()
    for thread in threads:
        thread.join(5)


@pytest.fixture
def told() -> type[Told]:
    """The class of an upstream's answers."""
    return Told


@pytest.fixture(scope="session")
def openssl() -> Callable[..., bytes]:
    """Runs the openssl command with arguments and standard input; gives its output."""
    command = shutil.which("openssl")
    if command is None:
        if "openssl" in os.environ.get("HARNESS_REQUIRE", "").split(","):
            pytest.fail("HARNESS_REQUIRE names openssl, which is not installed")
        pytest.skip("needs the openssl command")

    def run(*arguments: str | Path, given: bytes = b"") -> bytes:
        done = subprocess.run(
            [command, *map(str, arguments)], input=given, capture_output=True, timeout=20, check=True
        )
        return done.stdout

    return run


@pytest.fixture(scope="session")
def seal(partner: KeyPair) -> Callable[..., bytes]:
    """Encrypts to the partner as MOSIP's key manager does; parts of the envelope can be given."""

    def make(
        plain: bytes,
        *,
        thumbprint: bytes | None = None,
        header: bytes = b"VER_R2",
        aad: bytes | None = None,
        key: rsa.RSAPublicKey | None = None,
    ) -> bytes:
        session_key, random = AESGCM.generate_key(256), aad or os.urandom(32)
        oaep = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
        wrapped = (key or partner.private.public_key()).encrypt(session_key, oaep)
        sealed = AESGCM(session_key).encrypt(random[:12], plain, random)
        print_ = partner.certificate.fingerprint(SHA256()) if thumbprint is None else thumbprint
        return header + print_ + wrapped + b"#KEY_SPLITTER#" + random + sealed

    return make


@pytest.fixture
def action_claims() -> dict[str, object]:
    """Claims of a good action token in OpenCRVS 2.0's spelling."""
    now = int(datetime.now(UTC).timestamp())
    return {
        "scope": ["type=record.confirm-registration", "type=record.reject-registration", "type=record.read"],
        "eventId": EVENT,
        "actionId": ACTION,
        "userType": "user",
        "sub": "3f0c6a52-7f0e-4c1a-9b7e-5f2b1d0e9a11",
        "iss": "opencrvs:auth-service",
        "aud": ["opencrvs:gateway-user", "opencrvs:events-user"],
        "iat": now,
        "exp": now + 604800,
    }


@pytest.fixture
def birth() -> dict[str, object]:
    """A birth in the dialect of opencrvs-integrationland."""
    return {
        "trackingId": "7QX2MB",
        "notification": {
            "recipientFullName": "Nadia Haddad",
            "recipientEmail": "nadia@example.org",
            "recipientPhone": "0712345678",
        },
        "requestFields": {
            "birthCertificateNumber": "K3V9Q0ZT7M2A",
            "fullName": '[{"language":"eng","value":"Amara J Okello"}]',
            "dateOfBirth": "2026/04/28",
            "gender": '[{"language":"eng","value":"Female"}]',
            "postalCode": "10104",
            "email": "nadia@example.org",
            "phone": "0712345678",
            "zone": '[{"language":"eng","value":"North Zone"}]',
        },
        "metaInfo": {},
        "audit": {},
    }


@pytest.fixture
def death(birth: dict[str, object]) -> dict[str, object]:
    """A death in the dialect of opencrvs-farajaland."""
    return {
        **birth,
        "requestFields": {
            "deathCertificateNumber": "D8R1X5C0W2LE",
            "fullName": "Isuru Perera",
            "dateOfBirth": "1951-04-22",
            "gender": "male",
            "nationalIdNumber": "6082941573",
        },
    }
