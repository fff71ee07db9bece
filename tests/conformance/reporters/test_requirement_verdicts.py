"""What a run says of a requirement: who is to blame, and what stays open."""

from __future__ import annotations

import pytest

from conformance.requirement_verdicts import RequirementVerdict, requirement_verdicts, standings
from conformance.requirements import LEVELS, PARTIES, Requirement, grade_of, requirements, weakest
from contracts import GRADES

AUTHENTIC, LOST, TWICE = "REQ-CALLBACK-AUTHENTIC", "REQ-NOTHING-LOST", "REQ-NOTHING-TWICE"


def said(played, verdict: str, *findings, of: str = f"{AUTHENTIC}, {LOST}") -> dict[str, str]:
    """What a run of one item says that names AUTHENTIC (watched by nobody) and LOST (watched by O1)."""
    item = played.item("one", requirements=of)
    verdicts = requirement_verdicts([played.result(item, verdict, *findings)])
    return {each.requirement.id: each.standing for each in verdicts if each.standing != "not played"}


def test_a_pass_proves_what_it_names_and_nothing_else(played) -> None:
    assert said(played, "pass") == {AUTHENTIC: "proven", LOST: "proven"}


@pytest.mark.parametrize(
    ("found", "standing"),
    [
        ([("fail", "must field")], {AUTHENTIC: "violated", LOST: "inconclusive"}),
        ([("fail", "O1 nothing lost")], {AUTHENTIC: "proven", LOST: "violated"}),
        ([("fail", "must field"), ("fail", "O1 nothing lost")], {AUTHENTIC: "violated", LOST: "violated"}),
        ([("fail", "O2 nothing twice")], {AUTHENTIC: "proven", LOST: "proven", TWICE: "violated"}),
        ([("fail", "contract")], {AUTHENTIC: "proven", LOST: "proven", "REQ-CONTRACTS-KEPT": "violated"}),
    ],
)
def test_who_is_to_blame_for_a_failure(found: list, standing: dict[str, str], played) -> None:
    assert said(played, "fail", *(played.finding(*each) for each in found)) == standing


def test_a_failed_check_is_never_nobodys(played) -> None:
    assert said(played, "fail", played.finding("fail", "wait outcome"), of=LOST) == {LOST: "violated"}


@pytest.mark.parametrize(
    ("verdict", "found", "standing"),
    [
        ("inconclusive", ("inconclusive", "must outcome"), {AUTHENTIC: "inconclusive", LOST: "inconclusive"}),
        ("inconclusive", ("inconclusive", "O1 nothing lost"), {AUTHENTIC: "proven", LOST: "inconclusive"}),
        ("warning", ("warning", "should exchange"), {AUTHENTIC: "proven", LOST: "proven"}),
        ("known", ("fail", "must field"), {AUTHENTIC: "violated", LOST: "inconclusive"}),
        ("harness-error", ("harness-error", "mosip"), {AUTHENTIC: "inconclusive", LOST: "inconclusive"}),
        ("skipped", ("skipped", "needs"), {AUTHENTIC: "not offered", LOST: "not offered"}),
        ("skipped", ("skipped", "profiles"), {AUTHENTIC: "out of mode", LOST: "out of mode"}),
        ("skipped", ("skipped", "mode"), {AUTHENTIC: "out of mode", LOST: "out of mode"}),
        ("fail", ("fail", "known issue"), {AUTHENTIC: "proven", LOST: "proven"}),
    ],
)
def test_what_other_verdicts_say(verdict: str, found: tuple, standing: dict[str, str], played) -> None:
    assert said(played, verdict, played.finding(*found)) == standing


def test_the_worst_of_several_items_stands(played) -> None:
    item = played.item("one", requirements=AUTHENTIC)
    runs = [
        ("skipped", "profiles", "out of mode"),
        ("skipped", "needs", "not offered"),
        ("pass", None, "proven"),
        ("inconclusive", "must field", "inconclusive"),
        ("fail", "must field", "violated"),
    ]
    results = []
    for verdict, by, standing in runs:
        findings = [] if by is None else [played.finding(verdict, by)]
        results.append(played.result(item, verdict, *findings))
        assert of(requirement_verdicts(results), AUTHENTIC).standing == standing
    told = of(requirement_verdicts(results), AUTHENTIC)
    assert told.counts() == "1 violated, 1 inconclusive, 1 proven, 1 not offered, 1 out of mode"
    assert standings([told]) == {"violated": 1}


def test_a_broken_should_breaks_a_requirement_that_is_one(played) -> None:
    mild = {
        AUTHENTIC: Requirement(
            id=AUTHENTIC, level="should", party="bridge", words="w", harm="h", sources=("s",), grade="read"
        )
    }
    result = played.result(
        played.item("one", requirements=AUTHENTIC), "warning", played.finding("warning", "should x")
    )
    (told,) = requirement_verdicts([result], mild)
    assert told.standing == "violated"


def test_every_requirement_says_all_of_itself() -> None:
    for each in requirements().values():
        assert each.level in LEVELS
        assert each.party in PARTIES
        assert each.grade in GRADES
        assert all((each.words, each.harm, each.sources))
    watched = [each.oracle for each in requirements().values() if each.oracle]
    assert len(set(watched)) == len(watched)


def test_a_statement_is_known_as_well_as_its_weakest_ground() -> None:
    assert weakest(["observed", "read", "ran"]) == "read"
    assert weakest([]) == weakest(["observed", "nonsense"]) == "inferred"
    assert grade_of([LOST]) == "ran"
    assert grade_of([LOST, TWICE]) == "read"


def of(verdicts: list[RequirementVerdict], identifier: str) -> RequirementVerdict:
    return next(each for each in verdicts if each.requirement.id == identifier)
