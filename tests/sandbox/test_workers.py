"""A run that two workers share, as a person starts it: whole results, refusals, and nothing left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from sandbox.processes import group_is_alive

pytestmark = pytest.mark.slow

PLAYED = ("verify-happy", "birth-happy", "death-happy", "sec-forged-webhook[unsigned]")
TARGET = """\
target: theirs
bridge: {instances: {a: "http://127.0.0.1:9"}}
"""


def test_two_workers_share_the_items_and_nothing_is_missing(harness) -> None:
    done = harness("conform", *PLAYED, "--workers", "2", "--random-order=5", "--report", "out", timeout=120)
    assert done.status == 0, done.out + done.err
    assert "4 scenarios against our-bridge, shared by 2 workers" in done.out
    assert "--random-order=5 plays this order again" in done.out
    report = harness.folder / "out"
    document = json.loads((report / "results.json").read_text())
    assert (document["workers"], document["random_order"]) == (2, 5)
    assert document["summary"]["pass"] == len(PLAYED)
    assert [each["id"] for each in document["items"]] == list(PLAYED)
    assert all(each["timeline"] for each in document["items"])
    suite = ET.parse(report / "junit.xml").getroot()[0]  # noqa: S314
    assert [each.get("name") for each in suite] == list(PLAYED)
    page = (report / "report.html").read_text()
    assert all(name in page for name in PLAYED)
    assert left(harness.folder) == []


def test_a_target_file_names_one_bridge_that_is_not_shared(harness) -> None:
    (harness.folder / "theirs.yaml").write_text(TARGET)
    done = harness("conform", "birth-happy", "--workers", "2", "--target", "theirs.yaml")
    assert done.status == 2
    assert "the one bridge at http://127.0.0.1:9 can't be shared by 2 workers" in done.err


def test_each_worker_has_a_folder_of_its_own(harness) -> None:
    done = harness(
        "conform", "birth-happy", "verify-happy", "--workers", "2", "--state-dir", "kept", timeout=120
    )
    assert done.status == 0, done.out + done.err
    kept = harness.folder / "kept"
    assert sorted(each.name for each in kept.iterdir()) == ["worker-1", "worker-2"]
    for worker in kept.iterdir():
        assert (worker / "logs" / "bridge.log").read_text()


def test_an_interrupt_ends_every_sandbox(harness) -> None:
    playing = subprocess.Popen(
        harness.command("conform", "tag:birth", "--workers", "2"),
        cwd=harness.folder,
        env=harness.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with playing:
        assert playing.stdout is not None
        for line in playing.stdout:
            if line.startswith("pass"):
                break
        parties = {path: json.loads(path.read_text()) for path in harness.folder.rglob("sandbox.json")}
        assert len(parties) == 2
        playing.send_signal(signal.SIGINT)
        told, _ = playing.communicate(timeout=20)
    assert playing.returncode == 1
    assert "Aborted!" in told
    groups = [each["group"] for record in parties.values() for each in record["parties"].values()]
    assert len(groups) == 10, "three mocks and two instances of the bridge in each"
    assert [group for group in groups if group_is_alive(group)] == []


def left(folder: Path) -> list[Path]:
    """Temporary state that outlived its sandbox."""
    return [each for each in folder.iterdir() if each.name.startswith("mosip-harness-")]
