"""docs/scenarios.md against the language: verbs, checks, values, people, patience, lint's messages."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from conformance.checks import CHECKS
from conformance.checks.wire import EFFECTS
from conformance.conform import HTML, JUNIT, RESULTS, SUMMARY
from conformance.grammar.reader import FRAGMENT_MEMBERS, MEMBERS, ScenarioReader
from conformance.grammar.vocabulary import vocabulary
from conformance.library import shipped_fragments
from conformance.outcomes import OUTCOMES
from conformance.people import AGES_IN_DAYS, OPTIONS, SERVICES
from conformance.people import MEMBERS as PERSON_MEMBERS
from conformance.requirement_verdicts import STANDINGS
from conformance.targets import PATIENCE, POLICY, Patience
from conformance.values import FORMS, KINDS
from conformance.verbs import VERBS
from conformance.verdicts import Verdict
from conformance.yaml_marks import load

PAGE = "docs/scenarios.md"
PageOf = Callable[[str], Any]
TERMS = {**{name: VERBS[name] for name in VERBS}, **{f"check {name}": CHECKS[name] for name in CHECKS}}


def heading(name: str) -> str:
    """The heading of a verb or check; both have one called `bridge`-something, none has the other's."""
    return f"`{name.removeprefix('check ')}`"


@pytest.mark.parametrize("name", sorted(TERMS))
def test_every_verb_and_check_is_there_with_example_and_arguments(name: str, page: PageOf) -> None:
    term = TERMS[name]
    part = page(PAGE).section("Checks" if name.startswith("check ") else "Verbs")
    found = re.search(rf"^### {re.escape(heading(name))}$(.*?)(?=^### |\Z)", part, re.MULTILINE | re.DOTALL)
    assert found is not None, f"{name} has no section"
    text = found[1]
    assert term.example in text
    assert " ".join(term.help.split()) in " ".join(text.split())
    rows = {cell.strip().strip("`") for cell in re.findall(r"^\| (`[^`]+`)", text, re.MULTILINE)}
    assert rows == set(term.arguments)
    choices = [choice for each in term.arguments.values() for choice in each.choices]
    assert [choice for choice in choices if f"`{choice}`" not in text] == []


def test_no_verb_or_check_is_there_that_the_language_lacks(page: PageOf) -> None:
    for title, known in (("Verbs", VERBS), ("Checks", CHECKS)):
        shown = re.findall(r"^### `(.+)`$", page(PAGE).section(title), re.MULTILINE)
        assert set(shown) == set(known)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("A file", MEMBERS),
        ("Beginnings", tuple(shipped_fragments())),
        ("Values", (*FORMS, *KINDS)),
        ("People", (*AGES_IN_DAYS, *OPTIONS, *SERVICES)),
        ("Patience", (*PATIENCE, *POLICY)),
        ("Verdicts and exit codes", get_args(Verdict)),
        ("Reports", (*STANDINGS, RESULTS, JUNIT, SUMMARY, HTML)),
        ("Checks", OUTCOMES),
    ],
    ids=lambda value: value if isinstance(value, str) else "words",
)
def test_every_word_of_the_language_has_a_row(title: str, words: tuple[str, ...], page: PageOf) -> None:
    assert set(words) - page(PAGE).first_cells(title) == set()


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Beginnings", FRAGMENT_MEMBERS),
        ("People", PERSON_MEMBERS),
        ("A file", (*vocabulary().profiles, *vocabulary().needs)),
    ],
    ids=lambda value: value if isinstance(value, str) else "words",
)
def test_every_word_of_the_language_is_there(title: str, words: tuple[str, ...], page: PageOf) -> None:
    text = page(PAGE).section(title)
    assert [word for word in words if f"`{word}`" not in text] == []


def test_every_effect_that_is_counted_is_explained(page: PageOf) -> None:
    text = page(PAGE).section("Checks")
    assert [name for names in EFFECTS.values() for name in names if name not in text] == []


@pytest.mark.parametrize("name", sorted(shipped_fragments()))
def test_every_argument_of_a_beginning_is_there(name: str, page: PageOf) -> None:
    row = next(row for row in page(PAGE).rows("Beginnings") if row[0] == f"`{name}`")
    assert [each for each in shipped_fragments()[name].arguments if f"`{each}`" not in row[2]] == []


def test_the_patience_that_is_shown_is_the_patience_there_is(page: PageOf) -> None:
    rows = {row[0].strip("`"): row[1] for row in page(PAGE).rows("Patience")}
    assert {name: rows.get(name) for name in PATIENCE} == {
        name: f"{getattr(Patience(), name):g} s" for name in PATIENCE
    }


def test_every_oracle_is_there(page: PageOf, root: Path) -> None:
    shown = page(PAGE).section("Oracles")
    for path in sorted((root / "conformance" / "oracles").glob("*.py")):
        title = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        number = re.match(r"O[0-9]+", title)
        if number is not None:
            assert f"| {number[0]} |" in shown


def test_every_scenario_on_the_page_is_one(page: PageOf) -> None:
    blocks = re.findall(r"^```yaml\n(id: .*?)^```$", page(PAGE).text, re.MULTILINE | re.DOTALL)
    assert blocks
    for text in blocks:
        name = text.partition("\n")[0].removeprefix("id: ")
        assert ScenarioReader(shipped_fragments()).read(text, f"{name}.yaml")


def test_every_fragment_on_the_page_is_yaml_of_the_language(page: PageOf) -> None:
    for text in re.findall(r"^```yaml\n(.*?)^```$", page(PAGE).text, re.MULTILINE | re.DOTALL):
        load(text, "docs/scenarios.md")


# -- the messages of lint: every text that the code puts together, with … where it puts a word in -----------


def _template(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            called = part.value.func if isinstance(part.value, ast.Call) else None
            near = isinstance(called, ast.Name) and called.id == "did_you_mean"
            parts.append("" if near else "…")
    return "".join(parts)


def _templates(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _templates(node.body)
        yield from _templates(node.orelse)
    elif (found := _template(node)) is not None:
        yield found


def _calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
            if name in names:
                yield node


def _functions(tree: ast.AST, *names: str) -> Iterator[ast.FunctionDef]:
    return (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (not names or node.name in names)
    )


def _told(tree: ast.AST) -> Iterator[ast.expr]:
    """What is given to ``problem`` and its like, at once or by way of ``words``."""
    for call in _calls(tree, "problem", "_problem"):
        yield from call.args[1:2]
    for call in _calls(tree, "_fail", "_RefusedError"):
        yield call.args[-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("words", "words_"):
            yield node.value


def _returned(tree: ast.AST, *names: str) -> Iterator[ast.expr]:
    for function in _functions(tree, *names):
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                yield node.value


def _yielded(tree: ast.AST) -> Iterator[ast.expr]:
    for function in _functions(tree, "complaints", "form_complaints"):
        for node in ast.walk(function):
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                yield node.value.elts[-1]


def lint_messages(root: Path) -> set[str]:
    """Every message of lint; those that only put two others together are left out."""
    room = root / "conformance"
    trees = {
        path.relative_to(room).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in room.rglob("*.py")
    }
    grammar = [tree for name, tree in trees.items() if name.startswith("grammar/")]
    told = [each for tree in (*grammar, trees["yaml_marks.py"], trees["library.py"]) for each in _told(tree)]
    arguments = trees["grammar/arguments.py"]
    told += _returned(arguments, *_rules(arguments))
    told += _returned(trees["grammar/scope.py"], "lead")
    told += _returned(trees["grammar/vocabulary.py"], "unknown_operation")
    told += _returned(trees["people.py"], "complaint", "_bad_choice")
    told += [call.args[-1] for call in _calls(trees["values.py"], "FormError")]
    told += [
        each
        for name, tree in trees.items()
        if name.startswith(("verbs/", "checks/"))
        for each in _yielded(tree)
    ]
    return {text for each in told for text in _templates(each) if re.search(r"[a-z]{2}", text)}


def _rules(tree: ast.AST) -> Iterator[str]:
    """The functions that judge one kind of argument, and the argument's own."""
    yield "complaint"
    for function in _functions(tree):
        returns = function.returns
        if function.name.startswith("_") and returns is not None and ast.unparse(returns) == "str | None":
            yield function.name


def test_every_message_of_lint_is_there(page: PageOf, root: Path) -> None:
    messages = lint_messages(root)
    assert len(messages) > 50
    assert messages - page(PAGE).first_cells("What lint says") == set()


def test_no_message_is_there_that_lint_never_says(page: PageOf, root: Path) -> None:
    assert page(PAGE).first_cells("What lint says") - lint_messages(root) == set()
