"""A bridge of two instances that somebody else keeps, judged by a target file: commands, logs, view."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

from sandbox import RunningSandbox

pytestmark = pytest.mark.slow

FILE = "ours.yaml"
PLAYED = ("res-two-instances[mosip.packet_manager.create_packet]", "birth-duplicate-to-two-instances")
KEEPER = """
import json, os, pathlib, signal, subprocess, sys
what, name = sys.argv[1], sys.argv[2]
told = json.loads(pathlib.Path("bridges.json").read_text())
pid = pathlib.Path(f"{name}.pid")
if what == "start":
    with open(f"{name}.log", "ab") as log:
        served = subprocess.Popen(
            [sys.executable, "-c", "from bridge.cli import main; main()", "serve"],
            env={**os.environ, **told["env"], "BRIDGE_INSTANCE_ID": name, "PORT": told["ports"][name]},
            stdout=log, stderr=log, start_new_session=True)
    pid.write_text(str(served.pid))
elif what == "log":
    print(open(f"{name}.log").read(), end="")
elif pid.exists():
    try:
        os.killpg(int(pid.read_text()), signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def kept(harness) -> Iterator[RunningSandbox]:
    """The mocks, and a script that keeps two instances of our bridge; both run."""
    ports = {"north": str(free_port()), "south": str(free_port())}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    (harness.folder / "keeper.py").write_text(KEEPER)

    def command(what: str) -> str:
        return shlex.join([sys.executable, "keeper.py", what]) + " {instance}"

    target = {
        "target": "ours",
        "bridge": {"instances": urls},
        "process": {"start": command("start"), "kill": command("kill")},
        "ready": {"url": "/ready", "state": "$.ready", "words": "true"},
        "log": {"command": command("log")},
        "operator_view": {
            "url": "/deliveries",
            "token_file": ".harness/keys/bridge-operator.token",
            "rows": "$.deliveries[*]",
            "event_id": "$.event_id",
            "action_id": "$.action_id",
            "state": "$.state",
            "words": {"waiting": ["queued", "packet_sent", "awaiting", "answered", "refused"]},
        },
        "patience": {"retry": "20s", "quiet": "1s"},
    }
    (harness.folder / FILE).write_text(yaml.safe_dump(target, sort_keys=False))
    up = harness("up", "--detach", "--target", FILE)
    assert up.status == 0, up.err
    variables = harness("env", "--for", "bridge", "--json").json()
    (harness.folder / "bridges.json").write_text(json.dumps({"env": variables, "ports": ports}))
    try:
        for name in ports:
            run(harness, "start", name)
        yield RunningSandbox(harness.folder / ".harness")
    finally:
        for name in ports:
            run(harness, "kill", name)
        harness("down")


def run(harness, what: str, name: str) -> None:
    subprocess.run(
        [sys.executable, "keeper.py", what, name],
        cwd=harness.folder,
        env=harness.environment(),
        check=True,
        timeout=20,
    )


def test_it_is_checked_and_judged_whatever_its_instances_are_called(kept, harness):
    kept.mosip.wait_for("mosip.websub.verify", within=20)
    checked = harness("target", "check", FILE, "--json", timeout=120)
    steps = {step["name"]: step for step in checked.json()}
    assert checked.status == 0, checked.out
    assert {step["state"] for step in steps.values()} == {"good"}, checked.out
    assert "instance south answers" in steps
    judged = harness("conform", *PLAYED, "--target", FILE, "--json", timeout=240)
    verdicts = {each["id"]: each["verdict"] for each in judged.json()["items"]}
    assert verdicts == dict.fromkeys(PLAYED, "pass"), judged.out
