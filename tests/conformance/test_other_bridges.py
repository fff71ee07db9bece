"""Bridges that are right and unlike ours are not failed by the suite, whatever they lack."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from conformance.library import chosen
from conformance.play import World
from conformance.run import Runner
from conformance.session import opened, target_for
from conformance.targets import Policy
from sandbox import Sandbox

pytestmark = pytest.mark.slow

SUBSCRIBED_WITHIN_S = 20.0
# A part of what ships, the quick of each kind; all of it is played by hand before a release.
PLAYED = (
    "birth-happy",
    "birth-credential-before-202",
    "birth-duplicate-submission",
    "birth-packet-manager-200-errors[swallowed]",
    "birth-packet-manager-5xx[503]",
    "birth-retry-after-failure",
    "birth-workflow-already-present[504]",
    "birth-auth-token-expired-mid-flow",
    "birth-packet-permanent-rejection",
    "birth-both-numbers",
    "death-happy",
    "esignet-assertion-jti",
    "opencrvs-down-at-confirm",
    "opencrvs-confirm-401",
    "res-crash-between-webhook-and-confirm",
    "sec-forged-webhook[unsigned]",
    "sec-malformed-json[doubled-name]",
    "sec-token-scope-and-claims[without-scope]",
    "vc-tampered[tampered-claim]",
    "verify-happy",
)
SKIPPED = {
    "polling": {
        "birth-credential-before-202",
        "res-crash-between-webhook-and-confirm",
        "sec-forged-webhook[unsigned]",
        "vc-tampered[tampered-claim]",
        "esignet-assertion-jti",
        "verify-happy",
    },
    "in_request": {"esignet-assertion-jti", "verify-happy"},
}
"""What each has no door for."""


@pytest.fixture(params=sorted(SKIPPED))
def judged(request: pytest.FixtureRequest, monkeypatch) -> Iterator[tuple[str, World]]:
    name = request.param
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(each for each in sys.path if each))
    command = shlex.join([sys.executable, "-m", f"conformance.bridges.{name}"])
    polls = name == "polling"
    settings = {"status_roles": "extended"} if polls else {}
    with Sandbox(bridge_command=command, bridge_may_die=True, mosip_settings=settings) as sandbox:
        if not polls:
            await_subscription(sandbox)
        policy = Policy(identifier="none") if polls else Policy()
        with opened(sandbox, replace(target_for(sandbox), policy=policy)) as world:
            yield name, world


def await_subscription(sandbox: Sandbox) -> None:
    """The sandbox asks a bridge that a command starts for nothing but its port."""
    deadline = time.monotonic() + SUBSCRIBED_WITHIN_S
    while not sandbox.mosip.state("subscriptions"):
        assert time.monotonic() < deadline, "the bridge has not subscribed"
        time.sleep(0.05)


def test_nothing_of_it_is_failed_and_what_it_lacks_is_skipped(judged) -> None:
    name, world = judged
    items = chosen(PLAYED)
    Random(name).shuffle(items)  # noqa: S311 - an order
    runner = Runner(world, seed=0, token="other")
    results = [runner.play(item) for item in items]
    told = {result.item.id: result for result in results}
    wrong = {"fail", "harness-error"}
    assert {item: each.findings for item, each in told.items() if each.verdict in wrong} == {}
    # Neither shows an operator what it owes, so nobody can say where the reason of a rejection is told.
    unseen = {item: each.findings for item, each in told.items() if each.verdict == "inconclusive"}
    assert {finding.by for findings in unseen.values() for finding in findings} <= {"O6 a reason"}
    assert set(unseen) <= {"birth-packet-permanent-rejection"}
    skipped = {item for item, each in told.items() if each.verdict == "skipped"}
    assert skipped == SKIPPED[name]
    assert all("the target lacks bridge." in each.findings[0].words for each in results if not each.steps)
