"""A place to run the command in, a sandbox that is up, and waiting with a deadline."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.processes import group_is_alive

ROOT = Path(__file__).parents[2]
START_WITHIN_S = 40.0
END_WITHIN_S = 10.0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`up` takes the default ports: two of these tests at once would each find the other's listeners."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("default-ports"))


def wait_until(condition: Callable[[], bool], *, within: float, what: str) -> None:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within:g} s: {what}")
        time.sleep(0.02)


def listens(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((parts.hostname, parts.port)) == 0


@dataclass(frozen=True, kw_only=True)
class Result:
    status: int
    out: str
    err: str

    def json(self) -> object:
        return json.loads(self.out)


@dataclass(frozen=True, kw_only=True)
class Harness:
    """The command as a person runs it: a process, in a folder with nothing in it."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "sandbox.cli", *arguments]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.folder)}

    def __call__(self, *arguments: str, timeout: float = 60) -> Result:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Result(status=done.returncode, out=done.stdout, err=done.stderr)


@dataclass(kw_only=True)
class Up:
    """A sandbox kept by `up` in the foreground. `said` is what it printed."""

    process: subprocess.Popen[bytes]
    record: dict[str, object]
    output: Path

    @property
    def urls(self) -> dict[str, str]:
        return self.record["urls"]

    def pid(self, party: str) -> int:
        return self.record["parties"][party]["pid"]

    @property
    def groups(self) -> list[int]:
        return [party["group"] for party in self.record["parties"].values()]

    @property
    def said(self) -> str:
        return self.output.read_text()

    def nothing_left(self) -> bool:
        return not any(map(group_is_alive, self.groups)) and not any(map(listens, self.urls.values()))


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(folder=tmp_path)


@pytest.fixture
def start_up(harness: Harness) -> Iterator[Callable[..., Up]]:
    """Starts `up` in the foreground, returns once it is ready, and ends it after the test."""
    with ExitStack() as ending:

        def start(*options: str) -> Up:
            output = harness.folder / "up.out"
            with output.open("wb") as file:
                process = subprocess.Popen(
                    harness.command("up", *options),
                    cwd=harness.folder,
                    env=harness.environment(),
                    stdout=file,
                    stderr=subprocess.STDOUT,
                )
            ending.callback(end, process)
            record = harness.folder / ".harness" / "sandbox.json"

            def ready() -> bool:
                assert process.poll() is None, output.read_text()
                return record.exists() and json.loads(record.read_text())["ready"]

            wait_until(ready, within=START_WITHIN_S, what="ready")
            return Up(process=process, record=json.loads(record.read_text()), output=output)

        yield start


def end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """`eventually(condition, what=…)` waits for a condition, with a deadline."""

    def wait(condition: Callable[[], bool], *, what: str, within: float = END_WITHIN_S) -> None:
        wait_until(condition, within=within, what=what)

    return wait
