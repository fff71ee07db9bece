"""Everything over https: a bridge behind TLS, by an authority of its own, that is told of mocks over TLS."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from conformance.called_process import CalledProcess
from conformance.calls import Instance
from sandbox.authority import TlsFiles, ensure_certificate
from sandbox.parties import python
from sandbox.ports import listen

pytestmark = pytest.mark.slow

CHUNK = 65536
CONNECT_S = 5.0
START = "from bridge.cli import main; main()"
SCENARIOS = ("birth-happy", "death-happy", "verify-happy", "esignet-happy", "sec-forged-webhook")
# A bridge has what `env` prints and nothing of ours; of the names for a CA only the bridge's own.
OTHER_STACKS = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True, kw_only=True)
class Place:
    """url: of the bridge, as the mocks are told. port: where it listens, behind its TLS front."""

    url: str
    port: int
    authority: Path
    variables: dict[str, str]


@pytest.fixture
def their_authority(tmp_path: Path) -> TlsFiles:
    """Another than the sandbox's."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    return ensure_certificate(folder, "localhost")


@pytest.fixture
def place(harness: Any, their_authority: TlsFiles) -> Iterator[Place]:
    """A sandbox over https, and our bridge as a process of somebody else's beside it."""
    with ExitStack() as ending:
        front = ending.enter_context(closing(listen(0)))
        with closing(listen(0)) as free:
            port = free.getsockname()[1]
        url = f"https://localhost:{front.getsockname()[1]}"
        ending.enter_context(fronted(their_authority.server, front, port))
        told = ("--advertise", "https://localhost", "--bridge-url", url)
        up = harness("up", "--detach", *told, "--bridge-ca", str(their_authority.certificate))
        ending.callback(harness, "down")
        assert up.status == 0, up.err
        printed = harness("env", "--for", "bridge", "--json").json()
        variables = {name: value for name, value in printed.items() if name not in OTHER_STACKS}
        with (harness.folder / "bridge.log").open("wb") as log:
            bridge = subprocess.Popen(
                [*python("-c", START, "serve"), "--port", str(port)],
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": harness.environment()["PYTHONPATH"],
                    **variables,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        ending.callback(bridge.wait, 20)
        ending.callback(bridge.terminate)
        yield Place(url=url, port=port, authority=their_authority.certificate, variables=variables)


def test_our_bridge_passes(harness: Any, place: Place, eventually: Any) -> None:
    ready = f"{place.url}/ready"
    eventually(lambda: is_ready(ready, place.authority), what="the bridge is ready", within=30)
    named = {name: value for name, value in place.variables.items() if "://" in value}
    assert [name for name, value in named.items() if "http://" in value or "127.0.0.1" in value] == []

    judging = ("conform", *SCENARIOS, "--bridge-url", place.url, "--json")
    judged = harness(*judging, "--bridge-ca", str(place.authority), timeout=300)
    assert judged.status == 0, judged.out + judged.err
    items = judged.json()["items"]
    assert len(items) >= len(SCENARIOS)
    assert {each["verdict"] for each in items} == {"pass"}, items

    # What runs is used, and said where it is otherwise than asked.
    other = harness(*judging[:2], *judging[-3:], "--advertise", "http://elsewhere.example", timeout=120)
    assert other.status == 0, other.out + other.err
    assert "advertises https://localhost: that is used, not http://elsewhere.example" in other.err


def test_a_target_file_names_the_authority(harness: Any, place: Place, eventually: Any) -> None:
    eventually(lambda: is_ready(f"{place.url}/ready", place.authority), what="it is ready", within=30)
    folder = harness.folder / "targets"
    folder.mkdir()
    text = f'target: theirs\nbridge: {{instances: {{a: "{place.url}"}}, ca_file: ../theirs/ca.crt.pem}}\n'
    (folder / "theirs.yaml").write_text(text)
    checked = harness("target", "check", "targets/theirs.yaml", "--json", timeout=120)
    assert checked.status == 0, checked.out + checked.err
    steps = {step["name"]: step["state"] for step in checked.json()}
    assert steps["one birth goes all the way"] == "good"
    assert CalledProcess(instance=Instance(name="a", url=place.url, verify=str(place.authority))).running()
    assert not CalledProcess(instance=Instance(name="a", url=place.url)).running(), "nobody is believed"
    both = harness("conform", "--target", "targets/theirs.yaml", "--bridge-ca", str(place.authority))
    assert (both.status, "write it there, as ca_file" in both.err) == (2, True)


def test_a_bridge_that_is_not_believed(harness: Any, their_authority: TlsFiles, tmp_path: Path) -> None:
    with closing(listen(0)) as front, fronted(their_authority.server, front, 9):
        url = f"https://localhost:{front.getsockname()[1]}"
        judged = harness("conform", "birth-happy", "--bridge-url", url)
        assert judged.status == 3
        assert "its certificate is not believed" in judged.err
        assert "Name its authority: --bridge-ca FILE, or ca_file in the target file" in judged.err
        (tmp_path / "empty.pem").write_text("nothing\n")
        empty = harness("conform", "birth-happy", "--bridge-url", url, "--bridge-ca", "empty.pem")
        assert (empty.status, "empty.pem holds no certificate in PEM" in empty.err) == (3, True)


@contextmanager
def fronted(certificate: Path, listener: socket.socket, port: int) -> Iterator[None]:
    """Ends TLS on `listener`, as an ingress does, for what listens on `port` of this machine.

    certificate: a PEM file with key and certificate.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(CONNECT_S)
            with (
                context.wrap_socket(connection, server_side=True) as outside,
                socket.create_connection(("127.0.0.1", port), timeout=CONNECT_S) as inside,
            ):
                outside.settimeout(None)
                inside.settimeout(None)
                back = threading.Thread(target=pump, args=(inside, outside), daemon=True)
                back.start()
                pump(outside, inside)
                back.join()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(CONNECT_S)


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            sink.sendall(chunk)
    for each in (source, sink):
        with suppress(OSError):
            socket.socket.shutdown(each, socket.SHUT_RDWR)


def is_ready(url: str, authority: Path) -> bool:
    try:
        return requests.get(url, timeout=5, verify=str(authority)).status_code == 200
    except requests.RequestException:
        return False
