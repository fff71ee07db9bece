"""A run as a document (`load.json`, whose schema is load.schema.json) and as words."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Final

from load.asked import Answers
from load.measures import Latency
from load.profiles import Profile
from load.verdict import EXIT_STATUS, Finding, Measured, Verdict, findings, judge

VERSION: Final = 1
SCHEMA: Final = "load.schema.json"
ENDINGS: Final[Mapping[Verdict, str]] = {
    "passed": "PASSED",
    "failed": "FAILED",
    "invalid": "INVALID: the generator itself was too slow; its figures say nothing of the bridge",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A whole run. ``started`` is a stamp; ``confirmed_by_kind`` from the POST to the accept.

    ``others``: cores that other programs kept busy meanwhile, None where it can't be told.
    """

    profile: Profile
    measured: Measured
    confirmed_by_kind: Mapping[str, Latency]
    confirmed_rate: float
    started: str
    seconds: float
    target: str
    notes: Sequence[str]
    others: float | None = None

    @property
    def findings(self) -> list[Finding]:
        """Every rule, and whether it was kept."""
        return findings(self.profile, self.measured)

    @property
    def sent(self) -> int:
        """How many requests were sent."""
        asked = sum(each.asked for each in self.measured.answers.values())
        return self.measured.reconciliation.sent + asked

    @property
    def verdict(self) -> Verdict:
        """passed, failed or invalid."""
        return judge(self.findings)

    @property
    def exit_status(self) -> int:
        """0, 1 or 3."""
        return EXIT_STATUS[self.verdict]

    def as_json(self) -> dict[str, object]:
        """The document."""
        measured, counted = self.measured, self.measured.reconciliation
        profile = {name: value for name, value in asdict(self.profile).items() if name != "generator"}
        profile["thresholds"] = {
            name: limit for name, limit in profile["thresholds"].items() if limit is not None
        }
        return {
            "version": VERSION,
            "verdict": self.verdict,
            "exit_status": self.exit_status,
            "started": self.started,
            "seconds": round(self.seconds, 1),
            "target": self.target,
            "profile": profile,
            "findings": [each.as_json() for each in self.findings],
            "reconciliation": {**asdict(counted), "balanced": counted.balanced},
            "questions": {kind: each.as_json() for kind, each in measured.answers.items()},
            "rates": {
                "wanted": self.profile.rate,
                "offered": round(measured.offered_rate, 2),
                "confirmed": round(self.confirmed_rate, 2),
            },
            "latencies_ms": {
                "post": measured.post.as_json(),
                "confirmed": measured.confirmed.as_json(),
                **{f"confirmed_{kind}": each.as_json() for kind, each in self.confirmed_by_kind.items()},
                **{kind: each.took.as_json() for kind, each in measured.answers.items()},
            },
            "generator": {
                **asdict(measured.generator),
                "cpu_share_at_most": self.profile.generator.cpu_share_at_most,
                "lag_p99_ms_at_most": self.profile.generator.lag_p99_ms_at_most,
            },
            "machine": {**machine(others=self.others), "locust": version("locust")},
            "notes": list(self.notes),
        }


def machine(*, others: float | None) -> dict[str, object]:
    """Where it ran; ``others`` is how many cores other programs kept busy, None where it can't be told."""
    return {
        "cores_used_by_others": None if others is None else round(others, 2),
        "cores": os.cpu_count() or 1,
        "system": platform.system(),
        "python": platform.python_version(),
    }


def lines(outcome: Outcome) -> list[str]:
    """The run in words, for a person."""
    measured, counted = outcome.measured, outcome.measured.reconciliation
    parked, late = ("unknown" if each is None else each for each in (counted.parked, counted.late))
    rates = (
        f"{measured.offered_rate:.1f}/s sent of {outcome.profile.rate:g}/s wanted, "
        f"{outcome.confirmed_rate:.1f}/s confirmed"
    )
    ends = (
        f"sent {counted.sent} = confirmed {counted.confirmed} + rejected {counted.rejected} + parked {parked}"
        f" + late {late} + refused with 503 {counted.refused} + failed {counted.failed};"
        f" lost {counted.lost}, doubled {counted.doubled}"
    )
    own = measured.generator
    generator = f"generator: {own.cpu_share:.0%} of a core, timers {own.lag_p99_ms:g} ms late (p99)"
    kinds = outcome.confirmed_by_kind.items()
    return [
        f"{outcome.profile.name}: {outcome.sent} requests to {outcome.target}, {rates}",
        f"registrations: {ends}",
        *(_questions(kind, each) for kind, each in measured.answers.items()),
        _latency("POST → 202", measured.post),
        *(_latency(f"{kind}: POST → confirmed", each) for kind, each in kinds),
        *(_latency(f"{kind}: POST → 200", each.took) for kind, each in measured.answers.items()),
        generator,
        *_neighbours(outcome.others),
        *outcome.notes,
        *(
            f"  {each.rule}: {each.measured:g}, the limit is {each.limit:g}"
            for each in outcome.findings
            if not each.ok
        ),
        *(f"  lost: action {action}" for action in counted.lost_actions),
        *(f"  doubled: action {action}" for action in counted.doubled_actions),
        ENDINGS[outcome.verdict],
    ]


def _neighbours(others: float | None) -> list[str]:
    if others is None:
        return []
    return [f"meanwhile other programs kept {others:.1f} of {os.cpu_count() or 1} cores busy"]


def _questions(kind: str, answers: Answers) -> str:
    return (
        f"{kind}: asked {answers.asked} = right {answers.right} + refused with 503 {answers.refused}"
        f" + failed {answers.failed}"
    )


def _latency(what: str, latency: Latency) -> str:
    return (
        f"{what:<28} p50 {latency.p50:7.1f}  p95 {latency.p95:7.1f}  p99 {latency.p99:7.1f}  "
        f"max {latency.max:7.1f} ms"
    )
