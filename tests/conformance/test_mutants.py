"""The suite is judged itself: each scenario fails when what it guards is broken, and names what it found."""

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

BROKEN = Path(__file__).with_name("broken_bridge.py")
READY_WITHIN_S = 20.0


@pytest.mark.parametrize(
    ("mutation", "scenario", "caught"),
    [
        ("confirms_without_identifier", "birth-happy", {"fail: must identifier"}),
        ("keeps_a_death_to_itself", "death-happy", {"fail: O1 nothing lost", "fail: O3 truthful ack"}),
        ("keeps_a_death_to_itself", "death-then-auth-refused[vid]", {"fail: wait identity"}),
        ("keeps_a_death_to_itself", "death-flag-only-still-authenticates", {"fail: wait outcome"}),
        ("forgets_the_number_of_the_dead", "death-then-auth-refused[uin]", {"fail: wait identity"}),
        ("forgets_the_number_of_the_dead", "death-happy", {"fail: must effects"}),
        ("forgets_the_number_of_the_dead", "death-mints-no-identity[lenient]", {"fail: must effects"}),
        ("forgets_the_number_of_the_dead", "death-mints-no-identity[strict]", {"fail: wait identity"}),
        ("trusts_a_200", "birth-packet-manager-200-errors[swallowed]", {"fail: always effects"}),
        ("trusts_a_200", "birth-packet-manager-200-errors[KER-PUT-006]", {"fail: always effects"}),
        (
            "takes_a_repeat_for_another",
            "birth-duplicate-submission[one-after-another]",
            {"fail: must effects", "fail: O2 nothing twice"},
        ),
        ("takes_a_repeat_for_another", "birth-duplicate-submission[at-once]", {"fail: O2 nothing twice"}),
        ("drops_what_comes_too_early", "birth-credential-before-202", {"fail: wait outcome"}),
        ("forgets_when_opencrvs_is_down", "opencrvs-down-at-confirm", {"fail: O1 nothing lost"}),
        ("dies_when_opencrvs_is_down", "opencrvs-down-at-confirm", {"fail: O5 no crash"}),
        ("believes_everybody", "sec-forged-webhook[unsigned]", {"fail: always effects"}),
        ("believes_everybody", "sec-forged-webhook[wrong-secret]", {"fail: always effects"}),
        ("believes_everybody", "sec-forged-webhook[two-signature-headers]", {"fail: always effects"}),
        ("believes_everybody", "sec-forged-webhook[altered-body]", {"fail: always effects"}),
        (
            "acknowledges_before_it_stores",
            "res-crash-between-webhook-and-confirm",
            {"fail: wait outcome"},
        ),
    ],
)
def test_a_broken_promise_is_caught_by_name(
    mutation: str, scenario: str, caught: set[str], tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(each) for each in sys.path if each))
    command = shlex.join([sys.executable, str(BROKEN), mutation])
    state = tmp_path / "state"
    with Sandbox(state_dir=state, bridge_command=command, bridge_may_die=True) as sandbox:
        until_ready(sandbox.urls["bridge"])
        # Nothing that is broken here comes right by waiting.
        target = dataclasses.replace(target_for(sandbox), patience=Patience(retry=2.0))
        with opened(sandbox, target) as world:
            result = Runner(world, seed=0, token="t").play(chosen([scenario])[0])
    found = {f"{finding.verdict}: {finding.by}" for finding in result.findings}
    assert result.verdict == "fail", result.findings
    assert caught <= found


def until_ready(bridge: str) -> None:
    """A bridge of somebody else's is not asked by the sandbox; this one is ours, so it can be."""
    deadline = time.monotonic() + READY_WITHIN_S
    while requests.get(f"{bridge}/ready", timeout=2).status_code != 200:
        assert time.monotonic() < deadline, "the bridge is not ready"
        time.sleep(0.05)
