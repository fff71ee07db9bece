"""docs/bridge.md against the code of the bridge: settings, states, verdicts, codes, routes, commands."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import SecretStr

from bridge import callback, cli
from bridge.delivery.verdicts import TABLE
from bridge.model import State
from bridge.reconcile import WORDS
from bridge.settings import Settings
from bridge.store import Receipt

PAGE = "docs/bridge.md"
NONE = "\N{EN DASH}"
PageOf = Callable[[str], Any]


def shown_default(value: object) -> str:
    """A default as the table of settings shows it."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value in ("", ()):
        return NONE
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{','.join(sorted(value))}`" if isinstance(value, frozenset) else f"`{value}`"


def settings_rows() -> list[tuple[str, str]]:
    """Each environment variable with its default as shown."""
    return [
        (name.upper(), "*required*" if field.is_required() else shown_default(field.default))
        for name, field in Settings.model_fields.items()
    ]


def modules(root: Path) -> Iterator[ast.Module]:
    """The bridge's modules, parsed."""
    for path in sorted((root / "bridge").rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"), str(path))


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id == name:
            assert isinstance(node, ast.Call)
            yield node


def _literal(call: ast.Call, position: int, keyword: str) -> str | None:
    given = next((each.value for each in call.keywords if each.arg == keyword), None)
    if given is None and position < len(call.args):
        given = call.args[position]
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _codes_of(tree: ast.Module, refusals: list[str]) -> Iterator[str]:
    """Codes that a module gives to its problems: written out, or put together by a small function."""
    for function in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
        for call in _calls(function, "Problem"):
            code = next((each.value for each in call.keywords if each.arg == "code"), None)
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value
            if not isinstance(code, ast.JoinedStr) or not isinstance(function, ast.FunctionDef):
                continue
            head, hole = code.values[0], code.values[1]
            assert isinstance(head, ast.Constant)
            assert isinstance(hole, ast.FormattedValue)
            if isinstance(hole.value, ast.Attribute):
                yield from (f"{head.value}{reason}" for reason in refusals)
            elif isinstance(hole.value, ast.Name):
                names = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
                if hole.value.id not in names:
                    yield f"{head.value}…"
                    continue
                place = names.index(hole.value.id)
                for each in _calls(tree, function.name):
                    word = _literal(each, place, hole.value.id)
                    assert word is not None, f"line {each.lineno}: a code that can't be read from the code"
                    yield f"{head.value}{word}"


def problem_codes(root: Path) -> set[str]:
    """Every ``code`` of a problem."""
    trees = list(modules(root))
    refusals = [
        word
        for tree in trees
        for call in _calls(tree, "CallbackRefused")
        if (word := _literal(call, 1, "reason")) is not None
    ]
    return {code for tree in trees for code in _codes_of(tree, refusals)}


def reason_codes(root: Path) -> set[str]:
    """Every ``code`` of a delivery's reason: of verdicts, of transitions, of doubted credentials."""
    found = {line.verdict.reason.code for line in TABLE if line.verdict.reason is not None}
    for tree in modules(root):
        for call in _calls(tree, "Reason"):
            word = _literal(call, 0, "code")
            if word is not None:
                found.add(word)
    doubts = {word for part in get_args(callback.Trouble) for word in get_args(part) or (part,)}
    found |= {f"mosip.credential.{doubt}" for doubt in doubts}
    return found | {"mosip.credential.no-identifier", "mosip.workflow.failed", "mosip.workflow.rejected"}


def shown_verdicts() -> list[tuple[str, str]]:
    """Ruling and reason of each line of the verdict table, in order."""
    return [
        (str(line.verdict.ruling), line.verdict.reason.code if line.verdict.reason else NONE)
        for line in TABLE
    ]


def test_every_setting_is_there_with_its_default(page: PageOf) -> None:
    rows = {row[0].strip("`"): row[1] for row in page(PAGE).rows("Settings")}
    wrong = [f"{name}: {default}" for name, default in settings_rows() if rows.get(name) != default]
    assert not wrong, f"not so in the table of settings: {wrong}"


def test_every_setting_has_a_meaning(page: PageOf) -> None:
    assert not [row[0] for row in page(PAGE).rows("Settings") if not row[-1]]


def test_no_setting_is_there_that_the_bridge_does_not_read(page: PageOf) -> None:
    known = {name for name, _ in settings_rows()} | {"BRIDGE_HOST", "BRIDGE_DIE_WITH_FD"}
    assert page(PAGE).first_cells("Settings") <= known


def test_every_variable_read_outside_the_settings_is_there(page: PageOf, root: Path) -> None:
    words = {
        node.value
        for tree in modules(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    variables = {word for word in words if re.fullmatch(r"BRIDGE_[A-Z0-9_]+", word)}
    assert variables - page(PAGE).first_cells("Settings") == set()


def test_every_state_is_there(page: PageOf) -> None:
    assert {str(state) for state in State} - page(PAGE).first_cells("States of a delivery") == set()


def test_every_receipt_is_there(page: PageOf) -> None:
    assert {str(receipt) for receipt in Receipt} - page(PAGE).first_cells("States of a delivery") == set()


def test_the_verdict_table_has_one_row_for_each_line_in_order(page: PageOf) -> None:
    rows = page(PAGE).rows("What an answer of MOSIP or OpenCRVS means")
    assert [(row[2].partition(",")[0], row[3].strip("`")) for row in rows] == shown_verdicts()


def test_alarms_and_slow_retries_are_marked(page: PageOf) -> None:
    rows = page(PAGE).rows("What an answer of MOSIP or OpenCRVS means")
    shown = [("alarm" in row[2], "slowly" in row[2]) for row in rows]
    assert shown == [(line.verdict.alarm, line.verdict.slowly) for line in TABLE]


def test_every_problem_code_is_there(page: PageOf, root: Path) -> None:
    codes = problem_codes(root)
    assert len(codes) > 20
    assert codes - page(PAGE).first_cells("Error codes") == set()


def test_every_reason_is_there(page: PageOf, root: Path) -> None:
    assert reason_codes(root) - page(PAGE).first_cells("Reasons of a delivery") == set()


def test_no_code_is_there_that_the_bridge_never_gives(page: PageOf, root: Path) -> None:
    shown = page(PAGE)
    assert shown.first_cells("Error codes") - problem_codes(root) == set()
    assert shown.first_cells("Reasons of a delivery") - reason_codes(root) == set()


def routes(root: Path) -> set[str]:
    """``METHOD /path`` of each route that the modules of the API declare."""
    found = set()
    for path in sorted((root / "bridge" / "api").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            method = node.func.attr
            if method in ("get", "post", "put", "delete") and isinstance(node.func.value, ast.Name):
                rule = _literal(node, 0, "rule")
                if node.func.value.id == "routes" and rule is not None:
                    found.add(f"{method.upper()} {rule}")
    return found


def test_every_route_is_there(page: PageOf, root: Path) -> None:
    wanted = routes(root)
    assert wanted
    assert wanted - page(PAGE).first_cells("Answers it gives") == set()


@pytest.mark.parametrize("name", sorted(cli.main.commands))
def test_every_command_and_its_options_are_there(name: str, page: PageOf) -> None:
    command = cli.main.commands[name]
    text = page(PAGE).section("Deploying it")
    assert f"`mosip-bridge {name}`" in text
    options = [option for each in command.params if isinstance(each, click.Option) for option in each.opts]
    assert [option for option in options if f"`{option}`" not in text] == []


def test_every_finding_of_the_reconciler_is_there(page: PageOf) -> None:
    shown = {cell for cell in page(PAGE).first_cells("Operating it") if cell.startswith("reconcile.")}
    assert shown == set(WORDS)
