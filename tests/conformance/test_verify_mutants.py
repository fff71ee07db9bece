"""The scenarios of verification, and of the log, are judged: each fails when what it guards is broken."""

from __future__ import annotations

import dataclasses
import os
import shlex
import sys
import time
from pathlib import Path

import pytest
import requests

from conformance.library import chosen
from conformance.run import Runner
from conformance.session import opened, target_for
from conformance.targets import Patience
from sandbox import Sandbox

pytestmark = pytest.mark.slow

BROKEN = Path(__file__).with_name("broken_verification.py")
READY_WITHIN_S = 20.0
TECHNICAL, DOWN, PII = "verify-ida-technical-error", "verify-ida-down", "sec-pii-in-logs"
BLAMED = {"fail: must answer", "fail: must field"}
LEAKED = {PII: {"fail: must log"}}


@pytest.mark.parametrize(
    ("mutation", "caught"),
    [
        (
            "calls_every_failure_failed",
            {f"{TECHNICAL}[{row}]": BLAMED for row in ("technical-error", "refused-partner", "other-clock")}
            | {f"{DOWN}[{row}]": BLAMED for row in ("server-error", "reset")},
        ),
        ("waits_for_ever", {f"{DOWN}[hangs]": {"fail: must answer"}}),
        (
            "verifies_everybody",
            {
                "verify-name-mismatch[name]": {"fail: must answer", "fail: must form", "fail: must field"},
                "verify-name-mismatch[born]": {"fail: must answer", "fail: must form", "fail: must field"},
                "verify-unknown-nid[uin]": {"fail: must answer", "fail: must form", "fail: must field"},
                "verify-unknown-nid[vid]": {"fail: must answer", "fail: must form", "fail: must field"},
                "verify-uin-not-indexed-yet": {"fail: must form"},
            },
        ),
        ("verifies_nobody", {"verify-happy": {"fail: must answer", "fail: must form", "fail: must field"}}),
        (
            "breaks_down_at_a_mismatch",
            {"verify-name-mismatch[name]": {"fail: must answer", "fail: must field", "fail: must record"}},
        ),
        ("sends_every_number_as_a_uin", {"verify-vid-instead-of-uin": {"fail: must field"}}),
        ("leaves_middle_names_out", {"verify-middle-name[three]": {"fail: must field"}}),
        ("wants_two_names", {"verify-middle-name[one]": {"fail: must field"}}),
        (
            "remembers_what_it_was_told",
            {"verify-uin-not-indexed-yet": {"fail: must form", "fail: must field"}},
        ),
        ("writes_down_whom_it_verifies", LEAKED),
        ("writes_down_the_code", LEAKED),
        ("writes_down_the_number", LEAKED),
        ("writes_down_tokens", LEAKED),
    ],
)
def test_a_broken_promise_of_verification_is_caught_by_name(
    mutation: str, caught: dict[str, set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(each) for each in sys.path if each))
    command = shlex.join([sys.executable, str(BROKEN), mutation])
    found: dict[str, set[str]] = {}
    with Sandbox(state_dir=tmp_path / "state", bridge_command=command, bridge_may_die=True) as sandbox:
        until_ready(sandbox.urls["bridge"])
        # Nothing that is broken here comes right by waiting.
        target = dataclasses.replace(target_for(sandbox), patience=Patience(retry=5.0))
        with opened(sandbox, target) as world:
            for result in Runner(world, seed=0, token="t").play_all(chosen(list(caught))):
                found[result.item.id] = {f"{each.verdict}: {each.by}" for each in result.findings}
    assert {name: by & caught[name] for name, by in found.items()} == caught


def until_ready(bridge: str) -> None:
    """A bridge of somebody else's is not asked by the sandbox; this one is ours, so it can be."""
    deadline = time.monotonic() + READY_WITHIN_S
    while requests.get(f"{bridge}/ready", timeout=2).status_code != 200:
        assert time.monotonic() < deadline, "the bridge is not ready"
        time.sleep(0.05)
