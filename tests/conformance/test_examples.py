"""The documented example of every verb and check is good, and can be played."""

from __future__ import annotations

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.checks import CHECKS
from conformance.grammar.schema import schema
from conformance.story import told
from conformance.verbs import VERBS

GIVEN = "{birth-declared: {as: birth}, death-declared: {as: death}}"
PEOPLE = "people: {baby: newborn, mother: {adult: {}, at: {id_repository: active}}}\n"
# What a step needs to have happened before it.
LOGIN = "{esignet.login: {who: $mother, record: $birth, page: mother}, as: login}"
FETCH = "{form.fetch_person: {record: $birth, page: mother, login: $login}, as: fetched}"
BEFORE = {
    "clear": "lose: {at: opencrvs.events.register_accept}",
    "release": "hold: {at: mosip.websub.deliver, of: $birth.registration}",
    "bridge.start": "bridge.kill: {}",
    "form.fetch_person": LOGIN,
    "opencrvs.submit": "{opencrvs.begin: {event: birth, child: $baby}, as: begun}",
    "form": f"{LOGIN}\n  - {FETCH}",
}
BEFORE_IT = ("opencrvs.register", "parallel", "always")


def text_of(story, step: str, verb: str = "") -> str:
    before = "" if verb in BEFORE_IT else "  - {opencrvs.register: {record: $birth}, as: answered}\n"
    if verb in BEFORE:
        before += f"  - {BEFORE[verb]}\n"
    return story(f"{before}  - {step}\n", given=GIVEN, head=PEOPLE)


@pytest.mark.parametrize("name", sorted(VERBS))
def test_example_of_a_verb_plays(name: str, stage, story) -> None:
    result = stage.play(text_of(story, VERBS[name].example, name))
    assert result.verdict == "pass", result.findings
    assert name in {step.verb for step in result.steps}


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_example_of_a_check_holds(name: str, stage, story) -> None:
    example = CHECKS[name].example
    if name == "record":
        example = example.replace("$birth", "$death")
    result = stage.play(text_of(story, f"check: {{must: [{{{example}}}]}}", name))
    assert result.verdict == "pass", result.findings


@pytest.mark.parametrize("name", sorted({**VERBS, **CHECKS}))
def test_all_that_is_known_is_explained(name: str) -> None:
    term = {**VERBS, **CHECKS}[name]
    assert term.help[0].isupper()
    assert all(argument.help for argument in term.arguments.values())


@pytest.mark.parametrize("name", sorted({**VERBS, **CHECKS}))
def test_every_verb_and_check_is_told_in_words_of_its_own(name: str, stage, story) -> None:
    step = VERBS[name].example if name in VERBS else f"check: {{must: [{{{CHECKS[name].example}}}]}}"
    (item,) = stage.items(text_of(story, step, name))
    last = told(item)[-1]
    assert f"{name}:" not in last
    assert f"{name} of" not in last


def test_the_editor_schema_takes_every_example_and_refuses_others(story) -> None:
    judge = Draft202012Validator(schema())
    Draft202012Validator.check_schema(schema())
    for name, verb in VERBS.items():
        document = yaml.safe_load(text_of(story, verb.example, name))
        assert [error.message for error in judge.iter_errors(document)] == [], name
    for check in CHECKS.values():
        document = yaml.safe_load(text_of(story, f"check: {{must: [{{{check.example}}}]}}", check.name))
        assert [error.message for error in judge.iter_errors(document)] == []
    wrong = yaml.safe_load(text_of(story, "opencrvs.registr: {record: $birth}"))
    assert not judge.is_valid(wrong)
    wrong = yaml.safe_load(text_of(story, "wait: {within: 5s, until: {bridge: {running: true}}}"))
    assert not judge.is_valid(wrong)
