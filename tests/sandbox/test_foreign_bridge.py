"""A bridge of somebody else's, told nothing but what `env --for bridge` prints, brings a birth home."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import RunningSandbox
from sandbox.demo_people import Person, birth_declaration
from sandbox.registrar import Registrar

pytestmark = pytest.mark.slow

FOREIGN_BRIDGE = Path(__file__).with_name("foreign_bridge.py")
OWNER = "foreign#1/birth.registration"
# What the journal must know to be this action's, on the road from the bridge to the record.
OWNED = (
    "mosip.packet_manager.create_packet",
    "mosip.workflow.create_instance",
    "mosip.websub.deliver",
    "opencrvs.events.register_accept",
)


def test_it_has_at_most_80_lines():
    lines = [line for line in FOREIGN_BRIDGE.read_text().splitlines() if line.strip()]
    assert len(lines) <= 80


@pytest.fixture
def running(harness) -> Iterator[RunningSandbox]:
    """A sandbox without a bridge, and the foreign one beside it."""
    up = harness("up", "--detach", "--without", "bridge")
    assert up.status == 0, up.err
    dotenv = harness("env", "--for", "bridge")
    variables = dict(line.split("=", 1) for line in dotenv.out.splitlines() if not line.startswith("#"))
    with (harness.folder / "foreign.log").open("wb") as log:
        bridge = subprocess.Popen(
            [sys.executable, str(FOREIGN_BRIDGE)],
            env={"PATH": os.environ["PATH"], **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield RunningSandbox(harness.folder / ".harness")
    finally:
        bridge.kill()
        bridge.wait()
        harness("down")


def test_a_birth_comes_back_and_the_journal_knows_whose_it_is(running, harness):
    running.mosip.wait_for("mosip.websub.verify", within=20)
    event_id, action_id, number = str(uuid.uuid4()), str(uuid.uuid4()), "K3V9Q0ZT7M2A"
    transactions = {name: str(uuid.uuid4()) for name in ("creation", "declaration", "registration")}
    child = Person(first="Amara", last="Okello", sex="female", born="2026-04-28")
    reserved = {
        "owner": OWNER,
        "record": "birth",
        "event_id": event_id,
        "tracking_id": "7QX2MB",
        "action_type": "REGISTER",
        "action_id": action_id,
        "transaction_id": transactions["registration"],
        "certificate_number": number,
        "process": "CRVS_NEW",
        "subject": {"name": child.name, "born": child.born, "identifiers": []},
    }
    created = {
        "owner": "foreign#1/birth.creation",
        "event_id": event_id,
        "action_type": "CREATE",
        "transaction_id": transactions["creation"],
    }
    for mock in (running.mosip, running.opencrvs):
        mock.reserve(scenario="foreign#1", actions=[reserved, created])
    registrar = Registrar(running.urls["opencrvs"], running.opencrvs.command("opencrvs.user_token")["token"])
    assert registrar.create("birth", transaction_id=transactions["creation"])["id"] == event_id
    registrar.declare(event_id, birth_declaration(child), transaction_id=transactions["declaration"])
    registrar.register(event_id, transaction_id=transactions["registration"])
    running.opencrvs.wait_for("opencrvs.events.register_accept", owner=OWNER, within=20)

    record = running.opencrvs.state("records")[event_id]
    [identity] = running.mosip.state("identities")
    assert (record["status"], record["registrationNumber"]) == ("REGISTERED", number)
    assert record["declaration"]["child.nid"] == identity["vid"]
    told = [*running.mosip.journal(owner=OWNER).entries, *running.opencrvs.journal(owner=OWNER).entries]
    assert set(OWNED) <= {entry["operation"] for entry in told}
    assert [entry["violations"] for entry in told if entry["operation"] == OWNED[2]] == [[]]
    # Nothing that looks like a part of it is left without an owner.
    stray = [
        entry["operation"]
        for mock in (running.mosip, running.opencrvs)
        for entry in mock.journal().entries
        if entry["operation"] in OWNED and entry["owner"] is None
    ]
    assert stray == []


def test_it_is_judged_by_its_command(harness):
    command = shlex.join([sys.executable, str(FOREIGN_BRIDGE)])
    judged = harness("conform", "birth-happy", "--bridge-command", command, "--report", "out", timeout=120)
    assert judged.status == 0, judged.out + judged.err
    assert (harness.folder / "out" / "results.json").exists()
    assert (harness.folder / "out" / "junit.xml").exists()


def test_from_init_to_a_first_verdict_by_a_target_file(running, harness):
    """Five commands: init, lint, check, plan, conform."""
    running.mosip.wait_for("mosip.websub.verify", within=20)
    init = harness("target", "init", "foreign", "--bridge-url", running.urls["bridge"])
    assert init.status == 0, init.err
    file = "targets/foreign.yaml"
    variables = (harness.folder / "targets" / "foreign.env").read_text()
    assert f"OPENCRVS_GATEWAY_URL={running.urls['opencrvs']}" in variables
    assert harness("target", "lint", file).status == 0
    checked = harness("target", "check", file, "--json")
    steps = {step["name"]: step["state"] for step in checked.json()}
    assert checked.status == 0, checked.out
    assert set(steps.values()) == {"good", "absent"}
    assert steps["one birth goes all the way"] == "good"
    planned = harness("conform", "--target", file, "--plan", "--json").json()
    assert "bridge.process" in str([each["why"] for each in planned["items"]])
    judged = harness("conform", "birth-happy", "--target", file, "--report", "out")
    assert judged.status == 0, judged.out + judged.err
    again = harness("conform", "--target", file, "--rerun-failed", "out")
    assert (again.status, again.err.strip()) == (0, "Nothing failed there.")


def test_a_target_that_is_away_says_what_to_do(harness):
    assert harness("target", "init", "away", "--bridge-url", "http://127.0.0.1:9").status == 0
    checked = harness("target", "check", "targets/away.yaml")
    assert checked.status == 3
    assert "no bridge answers at http://127.0.0.1:9" in checked.err
