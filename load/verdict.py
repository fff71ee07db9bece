"""From what was measured to a verdict: passed, failed or invalid. No I/O.

What is lost or doubled is so however busy the generator was, so it fails a run first. Figures of a generator
that was itself too slow mean nothing: then the run is invalid, whatever the thresholds say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal

from load.asked import Answers
from load.measures import Latency
from load.plan import Busyness
from load.profiles import Profile, Thresholds
from load.reconcile import Reconciliation

Verdict = Literal["passed", "failed", "invalid"]
EXIT_STATUS: Final[dict[Verdict, int]] = {"passed": 0, "failed": 1, "invalid": 3}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures that the thresholds speak of. Rates are requests per second; answers are by kind."""

    post: Latency
    confirmed: Latency
    offered_rate: float
    generator: Busyness
    reconciliation: Reconciliation
    answers: Mapping[str, Answers] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule: what it allows, what was measured, and whether that is within it."""

    rule: str
    about: Literal["registrations", "generator", "thresholds"]
    limit: float
    measured: float
    ok: bool

    def as_json(self) -> dict[str, object]:
        """Its members."""
        return asdict(self)


def findings(profile: Profile, measured: Measured) -> list[Finding]:
    """Every rule with what was measured, the gravest first."""
    wanted, allowed = profile.thresholds, profile.generator
    counted, own = measured.reconciliation, measured.generator
    offered = round(measured.offered_rate / profile.rate, 3)
    return [
        _at_most("lost", "registrations", 0, counted.lost),
        _at_most("doubled", "registrations", 0, counted.doubled),
        _at_most("generator_cpu_share", "generator", allowed.cpu_share_at_most, own.cpu_share),
        _at_most("generator_lag_p99_ms", "generator", allowed.lag_p99_ms_at_most, own.lag_p99_ms),
        _at_most("failed", "thresholds", wanted.failed_at_most, counted.failed),
        _at_most("refused", "thresholds", wanted.refused_at_most, counted.refused),
        _at_most("rejected", "thresholds", wanted.rejected_at_most, counted.rejected),
        _at_most("parked", "thresholds", wanted.parked_at_most, counted.parked or 0),
        _at_most("late", "thresholds", wanted.late_at_most, counted.late or 0),
        _at_most("post_p95_ms", "thresholds", wanted.post_p95_ms_at_most, measured.post.p95),
        _at_most("confirmed_p95_ms", "thresholds", wanted.confirmed_p95_ms_at_most, measured.confirmed.p95),
        *_of_questions(wanted, measured.answers),
        Finding(
            rule="offered_share",
            about="thresholds",
            limit=wanted.offered_share_at_least,
            measured=offered,
            ok=offered >= wanted.offered_share_at_least,
        ),
    ]


def _of_questions(wanted: Thresholds, answers: Mapping[str, Answers]) -> Iterator[Finding]:
    """The rules for questions, where the profile has any."""
    for kind, limit in (("verify", wanted.verify_p95_ms_at_most), ("login", wanted.login_p95_ms_at_most)):
        if limit is not None:
            p95 = answers[kind].took.p95 if kind in answers else 0.0
            yield _at_most(f"{kind}_p95_ms", "thresholds", limit, p95)
    if wanted.unanswered_at_most is not None:
        unanswered = sum(each.asked - each.right for each in answers.values())
        yield _at_most("unanswered", "thresholds", wanted.unanswered_at_most, unanswered)


def _at_most(
    rule: str, about: Literal["registrations", "generator", "thresholds"], limit: float, measured: float
) -> Finding:
    return Finding(rule=rule, about=about, limit=limit, measured=measured, ok=measured <= limit)


def judge(found: list[Finding]) -> Verdict:
    """The verdict of these findings."""
    broken = {each.about for each in found if not each.ok}
    if "registrations" in broken:
        return "failed"
    if "generator" in broken:
        return "invalid"
    return "failed" if broken else "passed"
