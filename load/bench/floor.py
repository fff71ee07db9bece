"""The floor: what the unavoidable parts of an operation cost on this machine, measured in this very run.

Each part is done by the cheapest library that a bridge in Python could use, once for each operation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import os
import queue
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import jsonschema_rs
import orjson
import rfc8785
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

import contracts
from load.bench.processes import cpu_seconds
from load.prepare import Prepared
from sandbox.health import accepts
from sandbox.ports import listen
from sandbox.processes import kill_group

TIMES: Final = 300
WRITERS: Final = 16
PACKET_BYTES: Final = 14_000
ROW_BYTES: Final = 3_900
WAIT_S: Final = 15.0

POST_PARTS: Final[Mapping[str, int]] = {
    "server and Flask": 1,
    "RS256 verified": 1,
    "parsed and validated": 1,
    "row inserted": 1,
    "packet spliced": 1,
    "upstream call": 2,
    "row updated": 1,
}
CALLBACK_PARTS: Final[Mapping[str, int]] = {
    "server and Flask": 1,
    "HMAC": 1,
    "OAEP decrypted": 1,
    "AES-GCM decrypted": 1,
    "canonical form (JCS)": 1,
    "PS256 verified": 1,
    "row looked up": 1,
    "upstream call": 1,
    "row updated": 1,
}


@dataclass(frozen=True, kw_only=True)
class Floor:
    """Milliseconds of CPU for each part, and for each operation as the sum of its parts."""

    parts: Mapping[str, float]

    @property
    def post(self) -> float:
        """Of a registration that is taken and told to MOSIP."""
        return self._sum(POST_PARTS)

    @property
    def callback(self) -> float:
        """Of a credential that comes in and a confirmation that goes out."""
        return self._sum(CALLBACK_PARTS)

    def _sum(self, parts: Mapping[str, int]) -> float:
        return sum(self.parts[name] * times for name, times in parts.items())


def measure_floor(folder: Path, sample: Prepared) -> Floor:
    """Measures all parts; `sample` is a registration as the bridge gets it. folder: for a database."""
    with _hello() as (url, group):
        served, _ = _server_and_calls(url, group, sample.body.encode())
        _, called = _server_and_calls(url, group, b"x" * PACKET_BYTES)
    return Floor(
        parts={
            "server and Flask": served,
            "upstream call": called,
            **_tokens_and_bodies(sample),
            **_crypto(),
            **_database(folder / "floor.sqlite"),
        }
    )


def _each(work: Callable[[], object], times: int = TIMES) -> float:
    """Milliseconds of this process's CPU that a call takes."""
    work()
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times * 1000


@contextmanager
def _hello() -> Iterator[tuple[str, int]]:
    """A Flask application that does nothing, served as the bridge is; its address and process group."""
    listener = listen(0)
    port, source = listener.getsockname()[1], str(Path(__file__).resolve().parents[2])
    command = [
        sys.executable, "-P", "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2",
        "--threads", "16", "--keep-alive", "75", "--log-level", "warning",
        "--bind", f"fd://{listener.fileno()}", "load.bench.hello:app",
    ]  # fmt: skip
    folders = [source, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    server = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        pass_fds=(listener.fileno(),),
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        listener.close()
        deadline = time.monotonic() + WAIT_S
        while not accepts(f"http://127.0.0.1:{port}").ready and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        kill_group(server.pid)
        server.wait()


def _server_and_calls(url: str, group: int, body: bytes) -> tuple[float, float]:
    """CPU of the server for a request, and of its caller, on connections that stay open."""
    parts = urlsplit(url)
    connections = [
        http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=WAIT_S) for _ in range(8)
    ]

    def call(connection: http.client.HTTPConnection) -> None:
        connection.request("PUT", "/", body=body, headers={"Content-Type": "application/json"})
        connection.getresponse().read()

    def one_from_each() -> None:
        for connection in connections:
            call(connection)

    for _ in range(10):
        one_from_each()
    served = cpu_seconds(group)
    called = _each(one_from_each) / len(connections)
    served = (cpu_seconds(group) - served) / ((TIMES + 1) * len(connections)) * 1000
    for connection in connections:
        connection.close()
    return served, called


def _tokens_and_bodies(sample: Prepared) -> Mapping[str, float]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public, (head, claims, _) = key.public_key(), sample.token.split(".")
    signed = f"{head}.{claims}".encode()
    signature = key.sign(signed, padding.PKCS1v15(), SHA256())
    schema = contracts.contract("bridge/registration.request").schema
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    raw, id_schema = sample.body.encode(), orjson.dumps("x" * 10_000)

    def verify() -> None:
        public.verify(signature, signed, padding.PKCS1v15(), SHA256())
        orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))

    def read() -> None:
        if not validator.is_valid(orjson.loads(raw)):
            raise ValueError("the sample breaks its contract")

    fields = orjson.loads(raw)
    return {
        "RS256 verified": _each(verify),
        "parsed and validated": _each(read),
        "packet spliced": _each(lambda: b'%b,"schemaJson":%b}' % (orjson.dumps(fields)[:-1], id_schema)),
    }


def _crypto() -> Mapping[str, float]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key()
    oaep = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
    pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
    credential = {"id": "x" * 60, "issuer": "x" * 40, "issuanceDate": "x" * 24}
    subject = {f"claim{number}": "x" * 20 for number in range(8)}

    def canonicalise() -> bytes:
        return rfc8785.dumps({**credential, "credentialSubject": {**subject}})

    canonical = canonicalise()
    signature, wrapped = key.sign(canonical, pss, SHA256()), public.encrypt(bytes(32), oaep)
    cipher, event = AESGCM(bytes(32)), b"x" * 3000
    sealed = cipher.encrypt(bytes(12), event, b"")
    return {
        "HMAC": _each(lambda: hmac.new(b"secret", event, hashlib.sha256).hexdigest()),
        "OAEP decrypted": _each(lambda: key.decrypt(wrapped, oaep)),
        "AES-GCM decrypted": _each(lambda: cipher.decrypt(bytes(12), sealed, b"")),
        "canonical form (JCS)": _each(canonicalise),
        "PS256 verified": _each(lambda: public.verify(signature, canonical, pss, SHA256())),
    }


def _database(path: Path) -> Mapping[str, float]:
    """Rows written durably by one thread that commits for many, and read by another connection."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(
            "CREATE TABLE work (id INTEGER PRIMARY KEY, rid TEXT UNIQUE, state TEXT, body BLOB)"
        )
        body = os.urandom(ROW_BYTES)
        numbers = iter(range(10**9))

        def insert() -> None:
            number = next(numbers)
            connection.execute(
                "INSERT INTO work VALUES (?, ?, 'queued', ?)", (number, f"{number:029d}", body)
            )

        inserted = _grouped(connection, insert)
        again = iter(range(10**9))

        def update() -> None:
            rid = f"{next(again):029d}"
            connection.execute("UPDATE work SET state='done', body=NULL WHERE rid=?", (rid,))

        updated = _grouped(connection, update)
        lookup = _each(
            lambda: connection.execute("SELECT * FROM work WHERE rid=?", (f"{7:029d}",)).fetchone()
        )
    return {"row inserted": inserted, "row updated": updated, "row looked up": lookup}


class _Writer:
    """One thread that does the work of many and commits for all who wait; ``work`` is one piece of it."""

    def __init__(self, connection: sqlite3.Connection, work: Callable[[], None]) -> None:
        self._connection = connection
        self._work = work
        self._asked: queue.SimpleQueue[threading.Event | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Until `end`."""
        while (first := self._asked.get()) is not None:
            group = [first]
            while not self._asked.empty() and (more := self._asked.get()) is not None:
                group.append(more)
            self._connection.execute("BEGIN")
            for _ in group:
                self._work()
            self._connection.execute("COMMIT")
            for done in group:
                done.set()

    def ask(self) -> None:
        """Has some pieces done, each durable before the next."""
        for _ in range(TIMES // WRITERS):
            done = threading.Event()
            self._asked.put(done)
            done.wait()

    def end(self) -> None:
        """No more will be asked."""
        self._asked.put(None)


def _grouped(connection: sqlite3.Connection, work: Callable[[], None]) -> float:
    """Milliseconds of CPU for each piece of work that many threads ask one writer for."""
    writer = _Writer(connection, work)
    writing = threading.Thread(target=writer.run, daemon=True)
    askers = [threading.Thread(target=writer.ask, daemon=True) for _ in range(WRITERS)]
    writing.start()
    began = time.process_time()
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    used = time.process_time() - began
    writer.end()
    writing.join()
    return used / (WRITERS * (TIMES // WRITERS)) * 1000
