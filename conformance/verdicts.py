"""Findings become a verdict, verdicts an exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from conformance.jsontypes import items, mapping
from conformance.yaml_marks import load

Verdict = Literal["pass", "fail", "warning", "inconclusive", "skipped", "known", "harness-error"]
VERDICTS: Final[tuple[Verdict, ...]] = (
    "pass",
    "fail",
    "warning",
    "inconclusive",
    "skipped",
    "known",
    "harness-error",
)
EXIT_PASS, EXIT_FAIL, EXIT_USAGE, EXIT_ENVIRONMENT = 0, 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check, an oracle, a contract or the harness itself found.

    ``verdict`` is what it would make of the scenario alone; ``by`` names who found it (``effects``, ``O2``,
    ``contract``); ``words`` what was expected and seen; ``place`` where it is asked for; ``near`` the nearest
    things seen; ``grade`` how well the fact is known that it rests on, where that is one fact.
    """

    verdict: Verdict
    by: str
    words: str
    place: str = ""
    near: tuple[str, ...] = ()
    grade: str = ""

    def lines(self) -> list[str]:
        """For people: what, where, and what came near."""
        where = f" ({self.place})" if self.place else ""
        return [
            f"{self.verdict}: {self.by}: {self.words}{where}",
            *(f"    near: {each}" for each in self.near),
        ]


# The first of these that any finding has is the verdict.
_WEIGHT: Final[tuple[Verdict, ...]] = ("harness-error", "fail", "skipped", "inconclusive", "warning")


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The verdict that these findings amount to; pass when none weighs."""
    found = {finding.verdict for finding in findings}
    return next((verdict for verdict in _WEIGHT if verdict in found), "pass")


@dataclass(frozen=True, kw_only=True)
class KnownIssue:
    """A failure that is known: why, where it is followed, and until when it may last.

    ``by``: by whom it is found (``O2 nothing twice``), where that is not to hide what another finds there.
    """

    reason: str
    link: str
    until: date
    by: tuple[str, ...] = ()


@cache
def known_issues() -> Mapping[str, KnownIssue]:
    """Known issues by scenario or item id, from the package's data."""
    name = "known_issues.yaml"
    value = mapping(load(files("conformance").joinpath(name).read_text(encoding="utf-8"), name).value)
    return {
        item: KnownIssue(
            reason=str(mapping(each)["reason"]),
            link=str(mapping(each)["link"]),
            until=date.fromisoformat(str(mapping(each)["until"])),
            by=tuple(map(str, items(mapping(each).get("by")))),
        )
        for item, each in mapping(value["issues"]).items()
    }


def judged(
    findings: list[Finding], issue: KnownIssue | None, *, today: date | None = None
) -> tuple[Verdict, list[Finding]]:
    """The verdict with known issues taken into account.

    A known failure is ``known`` until its day; one that passes, or outlives its day, is a failure of its own:
    so the list stays true. Where nothing could be seen, nothing has passed either.
    """
    verdict = verdict_of(findings)
    if issue is None or verdict in ("skipped", "harness-error", "inconclusive"):
        return verdict, findings
    if issue.by and any(each.verdict == "fail" and each.by not in issue.by for each in findings):
        return verdict, findings
    if verdict != "fail":
        word = f"is a known issue ({issue.link}) and passes: take it off the list"
        return "fail", [*findings, Finding(verdict="fail", by="known issue", words=word)]
    if (today or datetime.now(UTC).date()) > issue.until:
        word = f"was known until {issue.until.isoformat()} ({issue.link}): {issue.reason}"
        return "fail", [*findings, Finding(verdict="fail", by="known issue", words=word)]
    return "known", findings


def exit_code(verdicts: Iterable[Verdict], *, strict: bool = False) -> int:
    """0 when nothing failed, 1 on fail or harness-error, with ``strict`` also on inconclusive."""
    failing = {"fail", "harness-error"} | ({"inconclusive"} if strict else set())
    return EXIT_FAIL if set(verdicts) & failing else EXIT_PASS
