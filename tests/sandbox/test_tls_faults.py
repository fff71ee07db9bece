"""Faults of the wire over TLS: what a client of a mock sees is what it sees without."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from queue import Queue
from urllib.parse import urlsplit

import pytest
import requests

from sandbox import Sandbox
from sandbox.ports import PARTIES

pytestmark = pytest.mark.slow

LOGIN = "mosip.auth_manager.authenticate"
PATH = "/v1/authmanager/authenticate/clientidsecretkey"
BODY = {"id": "x", "version": "1.0", "requesttime": "2026-01-01T00:00:00.000Z", "request": {}}


@pytest.fixture(scope="module", params=["http", "https"])
def sandbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The mock of MOSIP alone."""
    with Sandbox(
        state_dir=tmp_path_factory.mktemp("state"),
        without=[party for party in PARTIES if party != "mosip"],
        advertise=f"{request.param}://localhost",
    ) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.mosip.clear()


def log_in(sandbox: Sandbox, **more: object) -> requests.Response:
    url = sandbox.layout.advertised["mosip"] + PATH
    return requests.post(url, json=BODY, timeout=10, verify=sandbox.reach.verify, **more)


def bytes_of_an_answer(sandbox: Sandbox) -> bytes:
    """What comes over the wire, decrypted; raises what the socket raises.

    The standard library's own TLS sockets take a reset for an end (python/cpython#115627).
    """
    request = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    parts = urlsplit(sandbox.urls["mosip"])
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        if parts.scheme == "http":
            connection.sendall(request)
            return connection.recv(4096)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=sandbox.layout.trust.authority)
        tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        steps: list[Callable[[], bytes | int | None]] = [
            tls.do_handshake,
            lambda: tls.write(request),
            lambda: tls.read(4096),
        ]
        while True:
            try:
                done = steps[0]()
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                received = connection.recv(4096)
                incoming.write(received) if received else incoming.write_eof()
                continue
            steps.pop(0)
            if not steps:
                assert isinstance(done, bytes)
                return done


def test_without_a_fault_it_answers(sandbox: Sandbox) -> None:
    url, verify = sandbox.layout.advertised["mosip"] + PATH, sandbox.reach.verify
    with requests.Session() as session:
        for _ in range(3):
            answer = session.post(url, json=BODY, timeout=10, verify=verify)
            assert (answer.status_code, "errors" in answer.json()) == (200, True)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset(sandbox: Sandbox, when: str) -> None:
    sandbox.mosip.fault(at=LOGIN, scope="everyone", do={"reset": when}, times=1)
    with pytest.raises(ConnectionResetError):
        bytes_of_an_answer(sandbox)
    assert bytes_of_an_answer(sandbox).startswith(b"HTTP/1.1 200")
    sandbox.mosip.fault(at=LOGIN, scope="everyone", do={"reset": when}, times=1)
    with pytest.raises(requests.ConnectionError):
        log_in(sandbox)


def test_half_a_body_comes(sandbox: Sandbox) -> None:
    sandbox.mosip.fault(at=LOGIN, scope="everyone", do={"truncate": True}, times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match=r"IncompleteRead|EOF"):
        log_in(sandbox)
    assert log_in(sandbox).status_code == 200


def test_a_body_comes_in_drops(sandbox: Sandbox) -> None:
    sandbox.mosip.fault(at=LOGIN, scope="everyone", do={"trickle": "400ms"}, times=1)
    begun = time.monotonic()
    answer = log_in(sandbox, stream=True)
    headers_after = time.monotonic() - begun
    assert answer.json()["errors"]
    assert time.monotonic() - begun >= 0.4
    assert headers_after < 0.4


def test_a_body_that_nobody_can_read(sandbox: Sandbox) -> None:
    sandbox.mosip.fault(at=LOGIN, scope="everyone", do={"garbage": True}, times=1)
    with pytest.raises(UnicodeDecodeError):
        log_in(sandbox).content.decode()


def test_nothing_comes_until_the_fault_is_cleared(sandbox: Sandbox) -> None:
    fault = sandbox.mosip.fault(at=LOGIN, scope="everyone", do={"hang": True})
    seen: Queue[object] = Queue()

    def ask() -> None:
        try:
            seen.put(log_in(sandbox).status_code)
        except requests.RequestException as error:
            seen.put(type(error))

    asking = threading.Thread(target=ask)
    asking.start()
    sandbox.mosip.wait_for(LOGIN, state="open", where=lambda entry: bool(entry["fault"]), within=5)
    assert seen.empty()
    sandbox.mosip.clear(fault)
    assert issubclass(seen.get(timeout=5), requests.ConnectionError)
    asking.join(5)


def test_it_is_noted_when_a_caller_has_had_enough(sandbox: Sandbox) -> None:
    after = sandbox.mosip.journal().last
    sandbox.mosip.fault(at=LOGIN, scope="everyone", do={"delay": "60s"})
    with pytest.raises(requests.Timeout):
        requests.post(
            sandbox.layout.advertised["mosip"] + PATH,
            json=BODY,
            timeout=(5, 0.2),
            verify=sandbox.reach.verify,
        )
    given_up = sandbox.mosip.wait_for(
        LOGIN, after=after, state="open", where=lambda entry: entry["given_up_ms"], within=5
    )
    assert given_up[0]["given_up_ms"] >= 200


def test_no_trace_in_its_log(sandbox: Sandbox) -> None:
    assert "Traceback" not in sandbox.log_path("mosip").read_text()


def test_a_client_that_says_nothing_or_nonsense_harms_nobody(sandbox: Sandbox) -> None:
    port = int(sandbox.urls["mosip"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)) as mad:
        mad.sendall(b"\x16\x03\x01 no handshake")
        assert log_in(sandbox).status_code == 200
    assert sandbox.failure is None


@pytest.mark.parametrize("sandbox", ["https"], indirect=True)
def test_another_authority_is_no_excuse(sandbox: Sandbox) -> None:
    url = sandbox.urls["mosip"] + "/health"
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url, timeout=5)
    assert requests.get(url, timeout=5, verify=str(sandbox.layout.trust.authority)).ok
    port = int(url.split(":")[2].partition("/")[0])
    context = ssl.create_default_context(cafile=sandbox.layout.trust.authority)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
        pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
    ):
        context.wrap_socket(connection, server_hostname="elsewhere.example")
