"""Bridges that are right and unlike ours are not failed by the suite, whatever they lack."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from conformance.bridges.right import right_bridges
from conformance.library import chosen
from conformance.play import World
from conformance.run import Runner

pytestmark = pytest.mark.slow

# A part of what ships, the quick of each kind; `make fair` plays all of it, often.
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
    "birth-twins",
    "death-happy",
    "esignet-assertion-jti",
    "opencrvs-down-at-confirm",
    "opencrvs-confirm-401",
    "opencrvs-confirm-timeout[504]",
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
def judged(request: pytest.FixtureRequest, found_by_programs) -> Iterator[tuple[str, World]]:
    (bridge,) = right_bridges([request.param])
    with bridge.world() as world:
        yield bridge.name, world


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
