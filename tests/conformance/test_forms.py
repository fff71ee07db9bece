"""A form that fetches a person: what is declared afterwards, and what the check of a form sees."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from conformance.forms import form_answer
from conformance.pack import country_pack
from conformance.parties import HarnessError
from conformance.people import Person
from conformance.records import draw_record
from conformance.values import ABSENT, UnknownNameError

SHOWN = {"verified": "authenticated", "banner": "authenticated", "locked": True}
HTTP = {"loading": False, "error": None, "data": {"sub": "psut"}}
FIELDS = {"mother.name": {"firstname": "Fetched", "surname": "Name"}}
STORY = """
  - esignet.login: {who: $birth.mother, record: $birth, page: mother}
    as: login
  - form.fetch_person: {record: $birth, page: mother, login: $login}
    as: fetched
  - opencrvs.submit: {record: $birth}
  - check: {must: [%s]}
"""
BEGUN = "{birth-begun: {as: birth}}"


def played(stage, story, check: str):
    return stage.play(story(STORY % check, given=BEGUN))


def test_what_was_fetched_is_declared_and_nothing_is_typed_beside_it(stage, story) -> None:
    stage.opencrvs.answers["opencrvs.form.return"] = {**SHOWN, "http": HTTP, "status": 200, "fields": FIELDS}
    result = played(
        stage,
        story,
        "{field: {of: $birth, name: mother.name.full, is: Fetched Name}},"
        "{field: {of: $birth, name: mother.born, is: absent}},"
        "{form: {of: $fetched, verified: authenticated, banner: authenticated, locked: true}},"
        "{answer: {of: $fetched, kind: http, status: 200, body: {matches: $login.subject}}}",
    )
    assert result.verdict == "pass", result.findings
    assert "informant.relation" in stage.registrar.declarations["birth"]


@pytest.mark.parametrize(
    ("said", "check"),
    [
        (
            {"status": 502, "http": {"error": {"statusCode": 502, "message": "Bad Gateway"}}},
            "{answer: {of: $fetched, kind: http, status: 502}}, {form: {of: $fetched, error: Bad Gateway}}",
        ),
        (
            {"status": None, "http": {"error": {"statusCode": 408, "message": "The request timed out."}}},
            "{answer: {of: $fetched, kind: no-answer}}, {form: {of: $fetched, error: {matches: timed out}}}",
        ),
    ],
    ids=["refused", "timed-out"],
)
def test_a_person_who_was_not_fetched_is_typed_in(said: dict, check: str, stage, story) -> None:
    failed = {
        "verified": "failed",
        "banner": "failed",
        "locked": False,
        "fields": {"mother.verified": "failed"},
    }
    stage.opencrvs.answers["opencrvs.form.return"] = {**failed, **said}
    result = played(
        stage,
        story,
        "{field: {of: $birth, name: mother.name.full, is: $birth.mother.name.full}},"
        "{field: {of: $birth, name: mother.born, is: $birth.mother.born}},"
        "{form: {of: $fetched, verified: failed, locked: false}}," + check,
    )
    assert result.verdict == "pass", result.findings


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("{form: {of: $fetched, verified: failed}}", "verified 'failed' wanted, 'authenticated' seen"),
        ("{form: {of: $fetched, locked: false}}", "locked False wanted, True seen"),
        ("{form: {of: $fetched, error: {is: present}}}", "error present wanted, None seen"),
    ],
)
def test_a_form_that_shows_something_else_fails(check: str, words: str, stage, story) -> None:
    result = played(stage, story, check)
    assert result.verdict == "fail"
    assert [finding.words for finding in result.findings] == [words]


def test_a_login_that_never_came_back_is_a_mistake_of_the_story(stage, story, monkeypatch) -> None:
    monkeypatch.setattr("conformance.verbs.esignet.log_in", lambda *_, **__: (None, "auth_failed"))
    result = played(stage, story, "{form: {of: $fetched, locked: true}}")
    assert result.verdict == "harness-error"
    assert "E-Signet never sent the browser back: it showed auth_failed" in str(result.findings)


def test_a_login_needs_a_number(stage, story) -> None:
    given = "{birth-begun: {as: birth, mother: adult}}"
    result = stage.play(story(STORY % "{form: {of: $fetched, locked: true}}", given=given))
    assert result.verdict == "harness-error"
    assert "birth_mother has no uin: MOSIP does not know them" in str(result.findings)


def test_whatever_fills_the_name_its_parts_make_one(stage) -> None:
    pack = country_pack(stage.opencrvs)
    for parts, full in (
        ({"firstname": "Amina", "middlename": "Fatou Rose", "surname": "Diallo"}, "Amina Fatou Rose Diallo"),
        ({"firstname": "Amina Fatou", "surname": "Diallo"}, "Amina Fatou Diallo"),
        ({"firstname": "Amina", "surname": ""}, "Amina"),
        ({"firstname": "", "surname": ""}, ABSENT),
        ({}, ABSENT),
    ):
        assert pack.read("birth", "mother.name.full", {"mother.name": parts}) == full


def test_a_page_about_the_dead_person_is_locked_too(stage) -> None:
    person = Person(
        key="d", first_name="A", last_name="B", sex="male", born=date(1950, 1, 2), phone="07", email="a@b.c"
    )
    record = draw_record(run="r", name="death", event="death", people={"deceased": person}, random=Random(0))  # noqa: S311
    typed = country_pack(stage.opencrvs).declaration(record)
    assert {"deceased.name", "deceased.dob", "deceased.gender", "eventDetails.date"} <= set(typed)
    fetched = country_pack(stage.opencrvs).declaration(record, {"deceased": {"deceased.dob": "1951-01-02"}})
    assert fetched["deceased.dob"] == "1951-01-02"
    assert not {"deceased.name", "deceased.gender"} & set(fetched)
    assert "eventDetails.date" in fetched


@pytest.mark.parametrize("reply", [None, {}, {"locked": True}, {"locked": "yes", "fields": {}}])
def test_a_desk_that_says_nothing_is_the_harness(reply: object) -> None:
    with pytest.raises(HarnessError, match="did not say what its form shows"):
        form_answer("mother", reply)  # type: ignore[arg-type]


def test_a_form_knows_its_members() -> None:
    form = form_answer("mother", {**SHOWN, "http": HTTP, "status": 200, "fields": FIELDS})
    assert [form.member(name) for name in ("status", "verified", "fields")] == [200, "authenticated", FIELDS]
    with pytest.raises(UnknownNameError, match="Did you mean 'banner'"):
        form.member("baner")
