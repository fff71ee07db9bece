"""Every form of words in which lint tells a mistake is reached by an example that says what is expected."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from conformance.grammar.reader import read_fragment
from conformance.problems import ScenarioFileError
from conformance.target_file import lint_target
from conformance.yaml_marks import load
from tests.conformance import test_lint, test_targets, test_yaml_marks
from tests.conformance.messages import ROOT, WHERE, Form, forms


def rows(test: Callable) -> list[tuple]:
    """The examples of a test that is told them by ``parametrize``."""
    (mark,) = (each for each in test.pytestmark if each.name == "parametrize")
    return list(mark.args[1])


def told(read: Callable, *how: str) -> list[str]:
    try:
        read(*how)
    except ScenarioFileError as error:
        return [each.message for each in error.problems]
    return []


def all_that_is_told(folder: Path) -> Iterator[str]:
    """What lint says of every example."""
    for step, _ in rows(test_lint.test_mistakes_in_a_step):
        yield from test_lint.problems(f"{test_lint.HEAD}steps:\n  - {step}\n")
    for text, _ in rows(test_lint.test_mistakes_in_the_head):
        yield from test_lint.problems(text)
    for text, _ in rows(test_lint.test_mistakes_in_a_fragment):
        yield from told(read_fragment, text, "x.yaml")
    for text, _, _ in rows(test_yaml_marks.test_mistakes_have_a_place):
        yield from told(load, text, "f.yaml")
    for text, _, _ in rows(test_targets.test_a_mistake_is_told_with_its_place):
        (folder / "mine.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
        yield from (each.message for each in lint_target(folder / "mine.yaml"))
    for files, _ in rows(test_lint.test_mistakes_between_files):
        yield from test_lint.linted(folder / "between", files)


@contextmanager
def lines_that_run() -> Iterator[set[tuple[str, int]]]:
    """The lines of the modules with messages that run meanwhile."""
    watched = {str(ROOT / file): file for file in WHERE}
    seen: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = watched.get(frame.f_code.co_filename)
        if file is None:
            return None
        if event == "line":
            seen.add((file, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield seen
    finally:
        sys.settrace(before)


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], set[tuple[str, int]]]:
    with lines_that_run() as seen:
        return list(all_that_is_told(tmp_path_factory.mktemp("targets"))), seen


@pytest.mark.parametrize("form", forms(), ids=str)
def test_an_example_shows_it(form: Form, reached) -> None:
    messages, lines = reached
    assert any(form.pattern.search(each) for each in messages), f"no example shows {form}"
    assert not form.runs or (form.file, form.line) in lines, (
        f"the examples show the words of {form} elsewhere only"
    )


def test_every_message_of_an_example_is_one_of_the_forms(reached) -> None:
    """So that no new way of telling a mistake stays out of the list above."""
    patterns = [form.pattern for form in forms()]
    assert [each for each in reached[0] if not any(pattern.search(each) for pattern in patterns)] == []
