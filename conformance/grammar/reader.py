"""Reads scenario files and fragments: good ones become items, bad ones a list of problems."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from conformance.grammar.expand import (
    Beginning,
    GivenUse,
    begin,
    fragment_from,
    given_uses,
    item_id,
    row_values,
)
from conformance.grammar.lint import StepLint
from conformance.grammar.model import Fragment, Item, Scenario, Step
from conformance.grammar.parse import parse_steps
from conformance.grammar.scope import PERSON, TARGET, Known
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import JSON, items, mapping
from conformance.people import complaint as person_complaint
from conformance.problems import Problem, ScenarioFileError, did_you_mean
from conformance.requirements import requirements
from conformance.values import reference, substitute
from conformance.yaml_marks import Document, Path, load

MEMBERS = (
    "id",
    "story",
    "tags",
    "requirements",
    "evidence",
    "profiles",
    "needs",
    "people",
    "given",
    "examples",
    "steps",
    "finally",
)
FRAGMENT_MEMBERS = ("fragment", "story", "arguments", "steps")
FRAGMENT_KINDS = ("name", "person", "choice", "text")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TAG = re.compile(r"[a-z][a-z0-9-]*")


def read_fragment(text: str, file: str) -> Fragment:
    """A fragment from the text of its file; raises ScenarioFileError."""
    document = load(text, file)
    value = mapping(document.value)
    problems = _unknown(document, FRAGMENT_MEMBERS)
    if not _good(value.get("fragment"), _ID):
        problems.append(
            document.problem(("fragment",), "a fragment needs a name: small letters, digits and -")
        )
    elif PurePath(file).stem != value["fragment"]:
        problems.append(document.problem(("fragment",), f"its file must be called {value['fragment']}.yaml"))
    problems += _text_missing(document, "story")
    for name, each in mapping(value.get("arguments")).items():
        if mapping(each).get("type") not in FRAGMENT_KINDS:
            words = f"argument '{name}' needs a type: {', '.join(FRAGMENT_KINDS)}"
            problems.append(document.problem(("arguments", name), words, at_key=True))
    if not isinstance(value.get("steps"), list):
        problems.append(document.problem(("steps",), "a fragment needs steps"))
    if problems:
        raise ScenarioFileError(problems)
    return fragment_from(document)


@dataclass
class _Row:
    """One row while it is read."""

    values: dict[str, JSON]
    beginnings: list[tuple[GivenUse, Beginning]]
    people: dict[str, JSON]


class ScenarioReader:
    """Reads scenarios; knows the fragments they may use."""

    def __init__(self, fragments: Mapping[str, Fragment]) -> None:
        self._fragments = fragments

    def read(self, text: str, file: str) -> list[Item]:
        """The items of a scenario file; raises ScenarioFileError with all its problems."""
        document = load(text, file)
        problems = _head_problems(document)
        if problems:
            raise ScenarioFileError(problems)
        value = mapping(document.value)
        read: list[Item] = []
        scenario = _scenario(document)
        for row in row_values(value.get("examples")):
            item, found = self._item(scenario, row)
            problems += found
            read.append(item)
        problems += _twice(document, [item.id for item in read])
        if problems:
            raise ScenarioFileError(problems)
        return read

    def _item(self, scenario: Scenario, values: dict[str, JSON]) -> tuple[Item, list[Problem]]:
        document = scenario.document
        whole = mapping(substitute(dict(mapping(document.value)), values))
        row, problems = self._beginnings(document, whole, values)
        names: dict[str, Known] = {"target": TARGET, **dict.fromkeys(row.people, PERSON)}
        problems += _people_problems(document, row.people)
        needs = set(scenario.needs)
        given: list[Step] = []
        if problems:
            return _unfit(scenario, values), problems
        for use, beginning in row.beginnings:
            inside = beginning.fragment.document
            lint = StepLint(document=inside, names=names)
            lint.steps(beginning.steps, ("steps",))
            problems += [_in_fragment(document, use, each) for each in lint.problems]
            needs |= lint.needs
            if not lint.problems:
                given += parse_steps(beginning.steps, inside, ("steps",))
        lint = StepLint(document=document, names=names, row=values)
        for part in ("steps", "finally"):
            if part in whole:
                lint.steps(whole[part], (part,))
        problems += lint.problems
        needs |= lint.needs
        good = not problems
        item = Item(
            id=item_id(scenario.id, values),
            scenario=scenario,
            row=values,
            needs=tuple(sorted(needs)),
            people=row.people,
            given=tuple(given),
            steps=parse_steps(items(whole.get("steps")), document, ("steps",)) if good else (),
            last=parse_steps(items(whole.get("finally")), document, ("finally",)) if good else (),
        )
        return item, problems

    def _beginnings(
        self, document: Document, whole: Mapping[str, JSON], values: dict[str, JSON]
    ) -> tuple[_Row, list[Problem]]:
        row = _Row(values=values, beginnings=[], people=dict(mapping(whole.get("people"))))
        problems: list[Problem] = []
        for use in given_uses(whole.get("given")):
            fragment = self._fragments.get(use.fragment)
            if fragment is None:
                words = f"unknown fragment '{use.fragment}'.{did_you_mean(use.fragment, self._fragments)}"
                problems.append(document.problem(use.path, words, at_key=True))
                continue
            found = _argument_problems(document, use, fragment)
            problems += found
            if not found:
                beginning = begin(fragment, use.arguments)
                row.beginnings.append((use, beginning))
                row.people.update(beginning.people)
        return row, problems


def _unfit(scenario: Scenario, values: dict[str, JSON]) -> Item:
    """The place of an item whose beginning is bad; its steps would only complain of names it lacks."""
    return Item(
        id=item_id(scenario.id, values),
        scenario=scenario,
        row=values,
        needs=(),
        people={},
        given=(),
        steps=(),
        last=(),
    )


def _argument_problems(document: Document, use: GivenUse, fragment: Fragment) -> list[Problem]:
    problems = []
    for name, value in use.arguments.items():
        argument = fragment.arguments.get(name)
        words = None
        if argument is None:
            words = f"'{fragment.name}' has no '{name}'.{did_you_mean(name, fragment.arguments)}"
        elif argument.choices and value not in argument.choices:
            words = f"{name} is one of {', '.join(argument.choices)}, not {value!r}"
        elif argument.kind == "name" and reference(f"${value}") is None:
            words = f"{name} is a name: a word of letters, digits and _"
        elif argument.kind == "person" and reference(value) is None:
            words = person_complaint(value)
        if words is not None:
            problems.append(document.problem((*use.path, name), words, at_key=True))
    return problems


def _in_fragment(document: Document, use: GivenUse, inner: Problem) -> Problem:
    """A problem inside a fragment, shown where the scenario uses it: with other arguments it may be good."""
    return document.problem(use.path, f"{inner.message} (in {inner.file}:{inner.line})", at_key=True)


def _people_problems(document: Document, people: Mapping[str, JSON]) -> list[Problem]:
    return [
        document.problem(("people", name), complaint, at_key=True)
        for name, spec in people.items()
        if (complaint := person_complaint(spec)) is not None
    ]


def _scenario(document: Document) -> Scenario:
    value = mapping(document.value)

    def words(name: str) -> tuple[str, ...]:
        return tuple(str(each) for each in items(value.get(name)))

    return Scenario(
        id=str(value["id"]),
        story=str(value["story"]),
        tags=words("tags"),
        requirements=words("requirements"),
        evidence=words("evidence"),
        profiles=words("profiles"),
        needs=words("needs"),
        examples=tuple(mapping(each) for each in items(value.get("examples"))),
        document=document,
    )


def _head_problems(document: Document) -> list[Problem]:
    value = mapping(document.value)
    if not value:
        return [document.problem((), "a scenario is an object with id, story and steps")]
    problems = _unknown(document, MEMBERS) + _text_missing(document, "story")
    if not _good(value.get("id"), _ID):
        problems.append(document.problem(("id",), "a scenario needs an id: small letters, digits and -"))
    elif PurePath(document.file).stem != value["id"]:
        problems.append(document.problem(("id",), f"its file must be called {value['id']}.yaml"))
    problems += _words_problems(document)
    problems += _example_problems(document)
    if not value.get("steps"):
        problems.append(document.problem(("steps",), "a scenario needs steps"))
    if not isinstance(value.get("people", {}), dict):
        problems.append(document.problem(("people",), "people are an object of name and person"))
    return problems


def _words_problems(document: Document) -> list[Problem]:
    words = vocabulary()
    known: Mapping[str, Sequence[str] | None] = {
        "tags": None,
        "evidence": None,
        "requirements": tuple(requirements()),
        "profiles": words.profiles,
        "needs": words.needs,
    }
    problems = []
    for name, choices in known.items():
        value = mapping(document.value).get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            problems.append(document.problem((name,), f"{name} are a list of texts"))
            continue
        for index, each in enumerate(value):
            if choices is not None and each not in choices:
                words_ = f"unknown {_one(name)} '{each}'.{did_you_mean(str(each), choices)}"
                problems.append(document.problem((name, index), words_))
            elif name == "tags" and not _good(each, _TAG):
                problems.append(document.problem((name, index), "a tag is small letters, digits and -"))
    missing = [name for name in ("tags", "requirements") if not mapping(document.value).get(name)]
    return problems + [document.problem((name,), f"a scenario needs {name}") for name in missing]


def _one(name: str) -> str:
    return {"requirements": "requirement", "profiles": "profile", "needs": "need"}[name]


def _example_problems(document: Document) -> list[Problem]:
    rows = mapping(document.value).get("examples")
    if rows is None:
        return []
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and row for row in rows):
        return [document.problem(("examples",), "examples are a list of rows, each {name: value}")]
    first = set(mapping(rows[0]))
    return [
        document.problem(("examples", index), f"every row names the same values: {', '.join(sorted(first))}")
        for index, row in enumerate(rows)
        if set(mapping(row)) != first
    ]


def _twice(document: Document, ids: Sequence[str]) -> list[Problem]:
    return [
        document.problem(("examples", index), f"two rows are called {each}: tell them apart by a value")
        for index, each in enumerate(ids)
        if each in ids[:index]
    ]


def _unknown(document: Document, known: Sequence[str]) -> list[Problem]:
    return [
        document.problem((name,), f"unknown member '{name}'.{did_you_mean(name, known)}", at_key=True)
        for name in mapping(document.value)
        if name not in known
    ]


def _text_missing(document: Document, name: str) -> list[Problem]:
    value = mapping(document.value).get(name)
    if isinstance(value, str) and value.strip():
        return []
    path: Path = (name,)
    return [document.problem(path, f"a {name} is needed, in one sentence")]


def _good(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
