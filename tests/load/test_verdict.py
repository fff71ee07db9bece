"""From figures to a verdict and an exit status."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from load.asked import Answers, answers
from load.measures import Latency, percentile
from load.plan import Asked, Busyness
from load.profiles import profiles
from load.reconcile import Ends, Sent, reconcile
from load.verdict import EXIT_STATUS, Measured, findings, judge

PROFILE = profiles()["smoke"]
WELL = Latency(count=100, p50=5, p95=20, p99=30, max=40)
AT_EASE = Busyness(cpu_share=0.1, lag_p99_ms=5, users=30)
GOOD = reconcile(
    [Sent(action="a", subject="s", status=202)], Ends(accepts={"a": ["t"]}, parked=set(), open=set())
)
FINE = Measured(post=WELL, confirmed=WELL, offered_rate=PROFILE.rate, generator=AT_EASE, reconciliation=GOOD)
SLOW = replace(WELL, p95=60_000)
SATURATED = replace(AT_EASE, cpu_share=0.97)
LATE = replace(AT_EASE, lag_p99_ms=900)


@pytest.mark.parametrize(
    ("changed", "verdict", "status", "broken"),
    [
        ({}, "passed", 0, []),
        ({"post": SLOW}, "failed", 1, ["post_p95_ms"]),
        ({"confirmed": SLOW}, "failed", 1, ["confirmed_p95_ms"]),
        ({"offered_rate": PROFILE.rate / 2}, "failed", 1, ["offered_share"]),
        ({"reconciliation": replace(GOOD, lost=1)}, "failed", 1, ["lost"]),
        ({"reconciliation": replace(GOOD, doubled=1)}, "failed", 1, ["doubled"]),
        ({"reconciliation": replace(GOOD, failed=1)}, "failed", 1, ["failed"]),
        ({"reconciliation": replace(GOOD, refused=1)}, "failed", 1, ["refused"]),
        ({"reconciliation": replace(GOOD, rejected=1)}, "failed", 1, ["rejected"]),
        ({"reconciliation": replace(GOOD, parked=1)}, "failed", 1, ["parked"]),
        ({"reconciliation": replace(GOOD, late=1)}, "failed", 1, ["late"]),
        (
            {"generator": SATURATED, "reconciliation": replace(GOOD, late=1)},
            "invalid",
            3,
            ["generator_cpu_share", "late"],
        ),
        ({"reconciliation": replace(GOOD, parked=None, late=None)}, "passed", 0, []),
        ({"generator": SATURATED}, "invalid", 3, ["generator_cpu_share"]),
        ({"generator": LATE}, "invalid", 3, ["generator_lag_p99_ms"]),
        ({"generator": SATURATED, "post": SLOW}, "invalid", 3, ["generator_cpu_share", "post_p95_ms"]),
        (
            {"generator": SATURATED, "reconciliation": replace(GOOD, lost=1)},
            "failed",
            1,
            ["lost", "generator_cpu_share"],
        ),
    ],
)
def test_a_verdict(changed: dict[str, Any], verdict: str, status: int, broken: list[str]) -> None:
    found = findings(PROFILE, replace(FINE, **changed))
    assert [each.rule for each in found if not each.ok] == broken
    assert judge(found) == verdict
    assert EXIT_STATUS[judge(found)] == status


MIX = profiles()["verify-mix"]
RIGHT = Answers(asked=100, right=100, refused=0, failed=0, took=WELL)
MIXED = replace(FINE, offered_rate=MIX.rate, answers={"verify": RIGHT, "login": RIGHT})


@pytest.mark.parametrize(
    ("kind", "answers", "broken"),
    [
        ("verify", RIGHT, []),
        ("verify", replace(RIGHT, took=SLOW), ["verify_p95_ms"]),
        ("login", replace(RIGHT, took=SLOW), ["login_p95_ms"]),
        ("login", replace(RIGHT, right=99, refused=1), ["unanswered"]),
        ("verify", replace(RIGHT, right=99, failed=1), ["unanswered"]),
    ],
)
def test_a_verdict_about_questions(kind: str, answers: Answers, broken: list[str]) -> None:
    found = findings(MIX, replace(MIXED, answers={**MIXED.answers, kind: answers}))
    assert [each.rule for each in found if not each.ok] == broken
    assert judge(found) == ("failed" if broken else "passed")


def test_every_threshold_of_a_profile_is_judged() -> None:
    judged = {each.rule for each in findings(MIX, MIXED) if each.about == "thresholds"}
    written = {name.rpartition("_at_")[0] for name in vars(MIX.thresholds)}
    assert judged == written


def test_a_profile_without_questions_has_no_rules_for_them() -> None:
    judged = {each.rule for each in findings(PROFILE, FINE)}
    assert judged.isdisjoint({"verify_p95_ms", "login_p95_ms", "unanswered"})


def test_questions_are_counted_by_what_became_of_them() -> None:
    ends = [("verify", 200, True), ("verify", 200, False), ("verify", 503, False), ("login", None, False)]
    found = answers(
        Asked(kind=kind, sent_at=0.0, status=status, took_ms=1.0, right=right) for kind, status, right in ends
    )
    assert {kind: each.as_json() for kind, each in found.items()} == {
        "verify": {"asked": 3, "right": 1, "refused": 1, "failed": 1},
        "login": {"asked": 1, "right": 0, "refused": 0, "failed": 1},
    }


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.95, 0.0), ([7.0], 0.95, 7.0), ([4, 3, 2, 1], 0.5, 2), (list(range(1, 101)), 0.95, 95),
     (list(range(1, 101)), 0.99, 99), ([1, 2], 0.99, 2)],
)  # fmt: skip
def test_percentiles_by_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected
