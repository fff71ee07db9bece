"""The demo: the whole road, told as it happens; and when it fails it says why and where to look."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path

import pytest

from sandbox import demo
from sandbox.processes import group_is_alive

pytestmark = pytest.mark.slow

PLAY_WITHIN_S = 15.0
# The stations of each act, in the order in which each must be told.
LOGIN = (
    "creates the record",
    "comes to log in",
    "asks who has logged in",
    "exchanges the code",
    "asks who it is",
)
BIRTH = (
    "registrar → OpenCRVS",
    "declares it",
    "asks to register it",
    "OpenCRVS → country-config",
    "country-config → bridge",
    "hands over the packet",
    "starts its processing",
    "identity made: UIN",
    "delivers the signed credential",
    "confirms the registration",
    "record registered",
)
AFTERWARDS = ("asks to verify a person", "asks whether these data are theirs", "comes to log in")
DEATH = ("creates the record", "hands over the packet", "deactivated", "confirms the registration")


def in_order(text: str, stations: tuple[str, ...]) -> bool:
    return re.search(".*".join(map(re.escape, stations)), text, re.DOTALL) is not None


def test_it_ends_with_the_identifier_and_the_deactivated_identity(harness):
    done = harness("demo", "--state-dir", "kept")
    assert done.status == 0, done.out + done.err
    login, birth, death, afterwards = re.split("A birth:|A death:|After it:", done.out)
    acts = ((login, LOGIN), (birth, BIRTH), (death, DEATH), (afterwards, AFTERWARDS))
    assert [stations for told, stations in acts if not in_order(told, stations)] == []
    assert "authenticated" in afterwards
    assert "refused at both doors" in afterwards
    [uin, vid] = re.search(r"identity made: UIN (\d{10}), VID (\d{16})", done.out).groups()
    assert f"holds the identifier that MOSIP issued: VID {vid}" in done.out
    dead = re.search(r"A death: .*UIN (\d{10})", done.out).group(1)
    assert f"the identity at MOSIP is deactivated: UIN {dead}" in done.out
    assert uin != dead
    assert float(re.search(r"Played in ([\d.]+) s", done.out).group(1)) <= PLAY_WITHIN_S
    assert "\x1b[" not in done.out, "no colours where there is no terminal"
    assert "mosip-harness up" in done.out


def test_no_token_is_told(harness):
    told = harness("demo", "--state-dir", "kept").out
    assert "eyJ" not in told
    assert "Bearer" not in told


def test_it_says_why_it_failed_and_where_to_look(tmp_path, monkeypatch):
    """A bridge that dies in the middle: status false, the reason, the logs, and nobody left."""
    seen: list[int] = []

    def cut_off(story, *_rest):
        sandbox = story.sandbox
        seen.append(sandbox.bridge.process.group)
        sandbox.bridge.process.process.kill()
        deadline = time.monotonic() + 10
        while sandbox.failure is None and time.monotonic() < deadline:
            time.sleep(0.02)
        raise demo.DemoError("no confirmation")

    monkeypatch.setattr(demo, "_tell", cut_off)
    out = io.StringIO()
    assert demo.play(state_dir=tmp_path / "kept", out=out) is False
    assert "The demo failed: bridge was killed by SIGKILL although nobody asked it to" in out.getvalue()
    logs = Path(re.search(r"Logs: (.*)", out.getvalue()).group(1))
    assert (logs / "bridge.log").exists()
    assert not group_is_alive(seen[0])
