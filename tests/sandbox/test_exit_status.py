"""Every exit status that docs/commands.md promises, of every command that can end so: a run shows it."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner

from conformance.mutants import __main__ as mutants
from conformance.parties import HarnessError
from sandbox.cli import main

ROOT: Final = Path(__file__).parents[2]
FINE, FAILING, USAGE, ENVIRONMENT = range(4)
NOBODY: Final = "http://127.0.0.1:9"
MUTANTS: Final = "python -m conformance.mutants"

# What each command can end with beside usage, which every one has.
APPLIES: Final[dict[str, set[int]]] = {
    "up": {FINE, ENVIRONMENT},
    "down": {FINE},
    "status": {FINE, FAILING, ENVIRONMENT},
    "env": {FINE, ENVIRONMENT},
    "demo": {FINE, FAILING},
    "conform": {FINE, FAILING, ENVIRONMENT},
    "load": {FINE, FAILING, ENVIRONMENT},
    "scenarios list": {FINE},
    "scenarios show": {FINE},
    "scenarios lint": {FINE, FAILING},
    "scenarios new": {FINE, ENVIRONMENT},
    "scenarios schema": {FINE},
    "target init": {FINE, ENVIRONMENT},
    "target lint": {FINE, FAILING},
    "target schema": {FINE},
    "target check": {FINE, FAILING, ENVIRONMENT},
    "faults": {FINE},
    MUTANTS: {FINE, FAILING, ENVIRONMENT},
}
GOOD: Final = f"target: good\nbridge: {{instances: {{a: '{NOBODY}'}}}}\n"
MISTAKEN: Final = (
    "id: mistaken\nstory: A\ntags: [a]\nrequirements: [REQ-NOTHING-LOST]\nsteps: [{clera: {}}]\n"
)
FAILS: Final = (
    "id: fails\nstory: What must fail\ntags: [a]\nrequirements: [REQ-NOTHING-LOST]\n"
    "given: {birth-declared: {as: birth}}\n"
    "steps:\n  - check: {must: [{record: {of: $birth, state: REGISTERED}}]}\n"
)
FILES: Final = {
    "targets/good.yaml": GOOD,
    "bad.yaml": "target: bad\n",
    "my-scenarios/scenarios.ini": "",
    "my-scenarios/fails.yaml": FAILS,
    "mistaken.yaml": MISTAKEN,
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """A command line that ends with a status, and what it says then; ``files`` are there before."""

    status: int
    line: str
    says: str = ""
    files: tuple[str, ...] = ()
    slow: bool = field(default=False)

    @property
    def command(self) -> str:
        words = self.line.split()
        return next(name for name in (" ".join(words[:2]), words[0]) if name in APPLIES)


RUNS: Final = (
    Run(status=USAGE, line="up --without nobody", says="'nobody' is not one of"),
    Run(status=FINE, line="down", says="No sandbox runs"),
    Run(status=USAGE, line="down --nonsense", says="No such option"),
    Run(status=USAGE, line="status --nonsense", says="No such option"),
    Run(status=ENVIRONMENT, line="status", says="no sandbox runs"),
    Run(status=USAGE, line="env", says="--for"),
    Run(status=ENVIRONMENT, line="env --for bridge", says="no sandbox runs"),
    Run(status=USAGE, line="demo --nonsense", says="No such option"),
    Run(
        status=FAILING,
        line="conform my-scenarios/fails.yaml",
        says="fail: must record: state 'REGISTERED' wanted, DECLARED seen",
        files=("my-scenarios/scenarios.ini", "my-scenarios/fails.yaml"),
        slow=True,
    ),
    Run(status=FINE, line="conform birth-happy", says="1 pass", slow=True),
    Run(status=USAGE, line="conform birth-hapy", says="Did you mean 'birth-happy'?"),
    Run(
        status=ENVIRONMENT,
        line=f"conform birth-happy --bridge-url {NOBODY}",
        says=f"no bridge answers at {NOBODY}",
    ),
    Run(status=USAGE, line="load", says="--profile"),
    Run(
        status=ENVIRONMENT,
        line=f"load --profile smoke --bridge-url {NOBODY}",
        says=f"no bridge answers at {NOBODY}",
    ),
    Run(status=FINE, line="scenarios list", says="birth-happy"),
    Run(status=USAGE, line="scenarios list --nonsense", says="No such option"),
    Run(status=FINE, line="scenarios show birth-happy", says="id: birth-happy"),
    Run(status=USAGE, line="scenarios show birth-hapy", says="Did you mean 'birth-happy'?"),
    Run(status=FINE, line="scenarios lint"),
    Run(
        status=FAILING,
        line="scenarios lint mistaken.yaml",
        says="mistaken.yaml:5:10: unknown verb 'clera'. Did you mean 'clear'?",
        files=("mistaken.yaml",),
    ),
    Run(status=USAGE, line="scenarios lint nowhere.yaml", says="'nowhere.yaml' does not exist"),
    Run(status=FINE, line="scenarios new away", says="mosip-harness conform my-scenarios/away.yaml"),
    Run(status=USAGE, line="scenarios new Away", says="an id is small letters, digits and -, not 'Away'"),
    Run(
        status=USAGE,
        line="scenarios new birth-happy",
        says="'birth-happy' is the id of a scenario that ships",
    ),
    Run(
        status=ENVIRONMENT,
        line="scenarios new fails",
        says="is there already",
        files=("my-scenarios/fails.yaml",),
    ),
    Run(status=FINE, line="scenarios schema", says='"$schema"'),
    Run(status=USAGE, line="scenarios schema --nonsense", says="No such option"),
    Run(status=FINE, line=f"target init mine --bridge-url {NOBODY}", says="targets/mine.yaml is written"),
    Run(
        status=USAGE,
        line=f"target init Mine --bridge-url {NOBODY}",
        says="a target's name is lower-case words with hyphens, not 'Mine'",
    ),
    Run(
        status=USAGE,
        line="target init mine --bridge-url https://bridge-live.example",
        says="looks like production",
    ),
    Run(
        status=ENVIRONMENT,
        line=f"target init good --bridge-url {NOBODY}",
        says="is there already",
        files=("targets/good.yaml",),
    ),
    Run(status=FINE, line="target lint targets/good.yaml", files=("targets/good.yaml",)),
    Run(
        status=FAILING,
        line="target lint bad.yaml",
        says="bad.yaml:1:1: 'bridge' is needed",
        files=("bad.yaml",),
    ),
    Run(status=USAGE, line="target lint nowhere.yaml", says="'nowhere.yaml' does not exist"),
    Run(status=FINE, line="target schema", says='"$schema"'),
    Run(status=USAGE, line="target schema --nonsense", says="No such option"),
    Run(
        status=USAGE,
        line="target check bad.yaml",
        says="bad.yaml:1:1: 'bridge' is needed",
        files=("bad.yaml",),
    ),
    Run(
        status=ENVIRONMENT,
        line="target check targets/good.yaml",
        says=f"no bridge answers at {NOBODY}",
        files=("targets/good.yaml",),
    ),
    Run(status=FINE, line="faults", says="commit_then"),
    Run(status=USAGE, line="faults --nonsense", says="No such option"),
)
ELSEWHERE: Final[dict[tuple[str, int], str]] = {
    ("up", FINE): "sandbox/test_exit_status.py::test_a_sandbox_from_up_to_down",
    ("up", ENVIRONMENT): "sandbox/test_exit_status.py::test_a_sandbox_from_up_to_down",
    ("status", FINE): "sandbox/test_exit_status.py::test_a_sandbox_from_up_to_down",
    ("status", FAILING): "sandbox/test_exit_status.py::test_a_sandbox_from_up_to_down",
    ("env", FINE): "sandbox/test_exit_status.py::test_a_sandbox_from_up_to_down",
    ("target check", FAILING): "sandbox/test_exit_status.py::test_a_sandbox_from_up_to_down",
    (
        "target check",
        FINE,
    ): "sandbox/test_foreign_bridge.py::test_from_init_to_a_first_verdict_by_a_target_file",
    ("demo", FINE): "sandbox/test_demo.py::test_it_ends_with_the_identifier_and_the_deactivated_identity",
    ("demo", FAILING): "sandbox/test_exit_status.py::test_a_demo_that_fails",
    ("load", FINE): "load/test_run.py::test_a_bridge_that_works_passes",
    ("load", FAILING): "load/test_run.py::test_a_bridge_that_loses_one_in_a_hundred_fails",
    (MUTANTS, FINE): "conformance/test_mutants.py::test_they_can_be_listed_without_being_played",
    (MUTANTS, USAGE): "conformance/test_mutants.py::test_an_unknown_one_is_told_with_the_nearest",
    (MUTANTS, FAILING): "conformance/test_mutants.py::test_one_that_is_not_caught_is_told_and_fails",
    (MUTANTS, ENVIRONMENT): "sandbox/test_exit_status.py::test_mutants_without_a_sandbox",
}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> set[str]:
    found: set[str] = set()
    for name, command in group.commands.items():
        inside = (
            commands(command, (*path, name))
            if isinstance(command, click.Group)
            else {" ".join((*path, name))}
        )
        found |= inside
    return found


def test_of_every_command_every_status_is_shown() -> None:
    assert set(APPLIES) == commands(main) | {MUTANTS}
    wanted = {(command, status) for command, statuses in APPLIES.items() for status in (*statuses, USAGE)}
    assert {(each.command, each.status) for each in RUNS} | set(ELSEWHERE) == wanted


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_what_is_shown_elsewhere_is_there(place: str) -> None:
    file, _, name = place.partition("::")
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(each, id=f"{each.status} {each.line}", marks=[pytest.mark.slow] if each.slow else [])
        for each in RUNS
    ],
)
def test_a_status_and_its_words(harness, run: Run) -> None:
    for name in run.files:
        path = harness.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[name], encoding="utf-8")
    done = harness(*shlex.split(run.line))
    assert (done.status, run.says in done.out + done.err) == (run.status, True), done.out + done.err
    assert "Traceback" not in done.err


@pytest.mark.slow
def test_a_sandbox_from_up_to_down(harness, eventually) -> None:
    assert harness("up", "--detach", "--without", "bridge").status == FINE
    try:
        assert harness("status").status == FINE
        assert harness("env", "--for", "bridge").status == FINE
        taken = harness("up", "--detach", "--strict-ports", "--state-dir", "other")
        assert (taken.status, "is taken" in taken.err or "taken" in taken.err) == (ENVIRONMENT, True), (
            taken.err
        )
        record = json.loads((harness.folder / ".harness" / "sandbox.json").read_text())
        stopped = record["parties"]["opencrvs"]["group"]
        os.killpg(stopped, signal.SIGSTOP)
        try:
            asked = harness("status")
            assert asked.status == FAILING, asked.out
        finally:
            os.killpg(stopped, signal.SIGCONT)
        eventually(lambda: harness("status").status == FINE, what="ready again")
        assert_a_deaf_bridge_is_found(harness, eventually, record["urls"]["bridge"])
    finally:
        assert harness("down").status == FINE


def is_open(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((parts.hostname, parts.port)) == 0


def assert_a_deaf_bridge_is_found(harness, eventually, url: str) -> None:
    """One that answers everybody and does nothing."""
    port = str(urlsplit(url).port)
    served = subprocess.Popen(
        [sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1"],
        cwd=harness.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: is_open(url), what="the deaf bridge listens")
        told = (
            f"target: deaf\nbridge: {{instances: {{a: '{url}'}}}}\npatience: {{retry: 2s, stale_after: 2s}}\n"
        )
        (harness.folder / "deaf.yaml").write_text(told, encoding="utf-8")
        checked = harness("target", "check", "deaf.yaml", timeout=120)
        assert checked.status == FAILING, checked.out + checked.err
    finally:
        served.kill()
        served.wait()


def test_a_demo_that_fails(monkeypatch) -> None:
    monkeypatch.setattr("sandbox.demo.play", lambda **_: False)
    assert CliRunner().invoke(main, ["demo"]).exit_code == FAILING


def test_mutants_without_a_sandbox(monkeypatch) -> None:
    def away(_: object) -> None:
        raise HarnessError("the mutant does not come up")

    monkeypatch.setattr("conformance.mutants.judge._judged", away)
    told = CliRunner().invoke(mutants.main, ["--only", "trusts_a_200", "--only", "reads_json_carelessly"])
    assert (told.exit_code, told.output.count("a sandbox does not come up")) == (ENVIRONMENT, 2)
    assert "0 of 2 caught" in told.output


def test_the_page_tells_the_same_four() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    shown = [int(status) for status in re.findall(r"^\| ([0-9]) \|", page, re.MULTILINE)]
    assert shown == [FINE, FAILING, USAGE, ENVIRONMENT]
