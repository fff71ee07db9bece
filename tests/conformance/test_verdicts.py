"""Findings become a verdict, verdicts an exit code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from conformance.verdicts import VERDICTS, Finding, KnownIssue, exit_code, judged, known_issues, verdict_of

ISSUE = KnownIssue(reason="a reason", link="issue 7", until=date(2026, 6, 1))
BEFORE, AFTER = date(2026, 6, 1), date(2026, 6, 2)


def findings(*verdicts: str) -> list[Finding]:
    return [Finding(verdict=verdict, by="x", words="y") for verdict in verdicts]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ((), "pass"),
        (("warning",), "warning"),
        (("warning", "inconclusive"), "inconclusive"),
        (("inconclusive", "fail", "warning"), "fail"),
        (("fail", "harness-error"), "harness-error"),
        (("skipped",), "skipped"),
    ],
)
def test_the_worst_finding_is_the_verdict(found: tuple, verdict: str) -> None:
    assert verdict_of(findings(*found)) == verdict


@pytest.mark.parametrize(
    ("found", "day", "verdict"),
    [
        (("fail",), BEFORE, "known"),
        (("fail",), AFTER, "fail"),
        ((), BEFORE, "fail"),
        (("warning",), BEFORE, "fail"),
        (("harness-error",), BEFORE, "harness-error"),
        (("skipped",), BEFORE, "skipped"),
        (("inconclusive",), BEFORE, "inconclusive"),
        (("inconclusive", "fail"), BEFORE, "known"),
    ],
)
def test_known_issues_stay_true(found: tuple, day: date, verdict: str) -> None:
    assert judged(findings(*found), ISSUE, today=day)[0] == verdict


def test_a_known_issue_that_passes_says_so() -> None:
    _, found = judged([], ISSUE, today=BEFORE)
    assert found[-1].words == "is a known issue (issue 7) and passes: take it off the list"


@pytest.mark.parametrize(
    ("by", "verdict"), [(("x",), "known"), (("x", "z"), "known"), (("z",), "fail"), ((), "known")]
)
def test_what_is_known_hides_nothing_that_another_finds(by: tuple, verdict: str) -> None:
    issue = replace(ISSUE, by=by)
    assert judged(findings("fail", "warning"), issue, today=BEFORE)[0] == verdict


@pytest.mark.parametrize("verdict", VERDICTS)
def test_exit_code(verdict: str) -> None:
    assert exit_code(["pass", verdict]) == (1 if verdict in ("fail", "harness-error") else 0)
    strict = ("fail", "harness-error", "inconclusive")
    assert exit_code(["pass", verdict], strict=True) == (1 if verdict in strict else 0)


def test_the_list_that_ships_can_be_read() -> None:
    assert isinstance(dict(known_issues()), dict)
