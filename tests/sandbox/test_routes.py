"""A bridge whose doors are not where the reference implementation has them is judged all the same."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import RunningSandbox

pytestmark = pytest.mark.slow

MOVED_BRIDGE = Path(__file__).with_name("moved_bridge.py")
FILE = "targets/moved.yaml"
ROUTES = ("registration=/births", "callback=/hub", "health=/alive")
PLAYED = (
    "birth-happy",
    "death-happy",
    "sec-token-scope-and-claims[without-scope]",
    "sec-forged-webhook[unsigned]",
)


def init(harness, url: str, name: str = "moved", routes: tuple[str, ...] = ROUTES):
    options = [word for each in routes for word in ("--route", each)]
    return harness("target", "init", name, "--bridge-url", url, *options)


@pytest.fixture
def url() -> str:
    """Where nobody listens yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def running(harness, url: str) -> Iterator[RunningSandbox]:
    """The mocks, started for the target, and the bridge with the environment that they print."""
    written = init(harness, url)
    assert (written.status, f"up --detach --target {FILE}" in written.out) == (0, True), written.err
    up = harness("up", "--detach", "--target", FILE)
    assert up.status == 0, up.err
    variables = harness("env", "--for", "bridge", "--json").json()
    assert variables["MOSIP_WEBSUB_CALLBACK_URL"] == f"{url}/hub"
    with (harness.folder / "moved.log").open("wb") as log:
        bridge = subprocess.Popen(
            [sys.executable, str(MOVED_BRIDGE)],
            env={**harness.environment(), **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield RunningSandbox(harness.folder / ".harness")
    finally:
        bridge.kill()
        bridge.wait()
        harness("down")


def test_it_is_checked_and_judged_at_its_own_paths(running, harness, url: str):
    running.mosip.wait_for("mosip.websub.verify", within=20)
    checked = harness("target", "check", FILE, "--json")
    steps = {step["name"]: step for step in checked.json()}
    assert checked.status == 0, checked.out
    assert steps["the bridge answers"]["words"] == f"{url}/alive: 200"
    assert steps["one birth goes all the way"]["state"] == "good"
    judged = harness("conform", *PLAYED, "--target", FILE, "--json", timeout=120)
    verdicts = {each["id"]: each["verdict"] for each in judged.json()["items"]}
    assert verdicts == dict.fromkeys(PLAYED, "pass"), judged.out
    assert harness("status", "--json").json()["parties"]["bridge"]["ready"]

    # Judged by its address alone it is asked where the running sandbox knows its doors.
    by_address = harness("conform", "birth-happy", "--bridge-url", url)
    assert by_address.status == 0, by_address.out

    # A file that says otherwise does not fit the sandbox that runs.
    assert init(harness, url, "usual", ()).out.count("mosip-harness down; mosip-harness up") == 1
    refused = harness("conform", "birth-happy", "--target", "targets/usual.yaml")
    assert refused.status == 3
    assert "calls the bridge at other paths" in refused.err


def test_a_door_that_is_not_there_is_told_with_what_to_do(running, harness):
    running.mosip.wait_for("mosip.websub.verify", within=20)
    file = harness.folder / FILE
    file.write_text(file.read_text().replace("/alive", "/births/alive"))
    refused = harness("target", "check", FILE)
    assert "calls the bridge at other paths" in refused.err
    assert harness("down").status == 0
    assert harness("up", "--detach", "--target", FILE).status == 0
    checked = harness("target", "check", FILE)
    assert checked.status == 1
    assert "look at bridge.routes.health in the target file" in checked.out


@pytest.mark.parametrize(
    ("route", "words"), [("hub=/x", "there is no door hub"), ("callback=x", "callback needs a path such as")]
)
def test_a_route_that_is_none_is_refused(harness, route: str, words: str):
    refused = init(harness, "http://127.0.0.1:9", routes=(route,))
    assert refused.status == 2
    assert words in refused.err


def test_the_address_of_a_target_stands_in_its_file(harness, url: str):
    assert init(harness, url).status == 0
    refused = harness("up", "--target", FILE, "--bridge-url", url)
    assert (refused.status, "stand in its file" in refused.err) == (2, True)
