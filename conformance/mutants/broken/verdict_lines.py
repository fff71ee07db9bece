"""A wrong line at the head of the table of verdicts: the first that fits wins."""

# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

from collections.abc import Callable

from bridge.delivery import verdicts
from bridge.delivery.steps import Step
from bridge.http import Reply
from bridge.model import Reason

DONE = verdicts.Verdict(ruling=verdicts.Ruling.DONE)
PARKED = verdicts.Verdict(
    ruling=verdicts.Ruling.PARK, reason=Reason(code="mutant", party="bridge", words="given up")
)


def rule_first(step: Step, when: Callable[[Reply], bool], verdict: verdicts.Verdict) -> None:
    """Has the table say that before anything else."""
    line = verdicts.Line(steps=frozenset({step}), when=when, verdict=verdict)
    verdicts.TABLE = (line, *verdicts.TABLE)
