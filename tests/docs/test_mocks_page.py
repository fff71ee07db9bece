"""docs/mocks.md against the mocks: operations, settings, faults, gates, commands, admin routes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from flask import Flask

from conformance.checks.wire import EFFECTS
from mock_control import ControlSettings
from mock_control.admin_routes import ROUTES, STREAM
from mock_control.control import Control
from mock_control.do import FAULT_HELP
from mock_control.gates import Gate
from mock_control.keys import NO_KEYS
from mock_mosip.esignet.app import create_app as create_esignet
from mock_mosip.esignet.settings import PROFILES, EsignetSettings
from mock_mosip.settings import MosipSettings
from mock_opencrvs.settings import OpencrvsSettings
from sandbox.layout import Layout, StateDir
from sandbox.ports import DEFAULT_PORTS, HOST, PARTIES
from sandbox.settings_files import write_mock_settings

PAGE = "docs/mocks.md"
PageOf = Callable[[str], Any]
SETTINGS = {"mosip": MosipSettings, "opencrvs": OpencrvsSettings, "esignet": EsignetSettings}
ASKED = ("operations", "settings", "commands", "state")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What all mocks tell of themselves, joined, by admin route; ``urls`` are the rules they serve."""
    state = StateDir.at(tmp_path_factory.mktemp("mocks"))
    state.begin(PARTIES)
    layout = Layout.of(state, {party: f"http://{HOST}:{DEFAULT_PORTS[party]}" for party in PARTIES})
    headers = {"Authorization": f"Bearer {layout.secrets.admin_token}"}
    found: dict[str, Any] = {name: {} for name in ASKED} | {"urls": set()}
    for app in _apps(layout):
        client = app.test_client()
        for name in ASKED:
            found[name] |= _by_name(name, client.get(f"/__admin/{name}", headers=headers).get_json())
        found["urls"] |= {rule.rule for rule in app.url_map.iter_rules()}
    return found


def _apps(layout: Layout) -> Iterator[Flask]:
    for party, package in (("mosip", "mock_mosip"), ("opencrvs", "mock_opencrvs")):
        settings = SETTINGS[party].from_file(write_mock_settings(party, layout, {}))
        yield import_module(f"{package}.app").create_app(settings)
    for profile in reversed(PROFILES):  # the first is the one that the page tells of
        settings = EsignetSettings.from_file(write_mock_settings("esignet", layout, {"profile": profile}))
        yield create_esignet(settings)


def _by_name(route: str, answer: Any) -> dict[str, Any]:
    if route == "operations":
        return {each["name"]: each for each in answer["operations"]}
    return dict(answer["commands"] if route == "commands" else answer)


def test_every_operation_is_there_with_its_faults(told: Mapping[str, Any], page: PageOf) -> None:
    rows = {row[0].strip("`"): row for row in page(PAGE).rows("Operations")}
    wrong = []
    for name, each in told["operations"].items():
        row = rows.get(name, [""] * 5)
        words = [*each["faults"], *each["answers"], *each["outcomes"]]
        missing = [word for word in words if word not in row[3]]
        if missing or (row[1], row[4]) != (each["kind"], each["grade"]):
            wrong.append(name)
    assert wrong == []


def test_no_operation_is_there_that_no_mock_has(told: Mapping[str, Any], page: PageOf) -> None:
    assert {row[0].strip("`") for row in page(PAGE).rows("Operations")} - set(told["operations"]) == set()


def test_every_setting_is_there_with_its_values(told: Mapping[str, Any], page: PageOf) -> None:
    rows = {row[0].strip("`"): row for row in page(PAGE).rows("While it runs")}
    wrong = [
        name
        for name, each in told["settings"].items()
        if name not in rows
        or f"**`{each['default']}`**" not in rows[name][1]
        or [choice for choice in each["choices"] or () if f"`{choice}`" not in rows[name][1]]
    ]
    assert wrong == []


def test_no_setting_is_there_that_no_mock_has(told: Mapping[str, Any], page: PageOf) -> None:
    assert page(PAGE).first_cells("While it runs") - set(told["settings"]) == set()


@pytest.mark.parametrize("party", sorted(SETTINGS))
def test_every_member_of_a_settings_file_is_there(party: str, page: PageOf) -> None:
    names = {each.name for each in fields(SETTINGS[party])}
    assert names - page(PAGE).first_cells("Settings files") == set()


def test_every_command_is_there(told: Mapping[str, Any], page: PageOf) -> None:
    assert set(told["commands"]) - page(PAGE).first_cells("Commands") == set()


def test_every_state_is_there(told: Mapping[str, Any], page: PageOf) -> None:
    text = page(PAGE).section("The admin API")
    assert [name for name in told["state"] if f"`{name}`" not in text] == []


def test_every_url_is_there(told: Mapping[str, Any], page: PageOf) -> None:
    paths = {path for path in told["urls"] if not path.startswith(("/__admin", "/static"))}
    shown = page(PAGE).first_cells("URLs")
    assert {path.replace("<path:path>", "…") for path in paths} - shown == set()


def test_every_fault_is_there(page: PageOf) -> None:
    assert set(FAULT_HELP) - page(PAGE).first_cells("Faults") == set()


def test_every_member_of_a_fault_is_there(page: PageOf) -> None:
    members = {name for route in ROUTES if route.name == "set_fault" for name in route.body or ()}
    assert members - {"scope"} - page(PAGE).first_cells("Faults") == set()


def test_every_gate_is_there(page: PageOf) -> None:
    kinds = set(get_args(get_type_hints(Gate)["do"]))
    assert kinds
    assert kinds - page(PAGE).first_cells("Gates") == set()


def test_every_member_of_a_gate_is_there(page: PageOf) -> None:
    members = {
        name for route in ROUTES if route.name in ("set_gate", "release_gate") for name in route.body or ()
    }
    text = page(PAGE).section("Gates")
    assert [name for name in sorted(members) if f"`{name}" not in text] == []


@pytest.mark.parametrize("route", [*ROUTES, STREAM], ids=lambda route: str(route.name))
def test_every_admin_route_is_there_with_what_it_takes(route: Any, page: PageOf) -> None:
    rows = {row[0].strip("`"): row for row in page(PAGE).rows("The admin API")}
    row = rows.get(f"{route.method} {route.path.replace('<int:', '<')}")
    assert row is not None
    assert [name for name in (*route.query, *(route.body or ())) if name not in row[2]] == []


def test_every_member_of_a_journal_entry_is_there(page: PageOf) -> None:
    control = Control(party="any", settings=ControlSettings(admin_token=None))
    exchange = control.recorder.exchange(operation=None, kind=None, direction="in")
    control.recorder.open(exchange, NO_KEYS, headers={})
    members = set(control.recorder.render(exchange, "any"))
    assert members - page(PAGE).first_cells("The journal") == set()


def effects(root: Path) -> set[str]:
    """Names of effects: given as they are, or one of the words of a parameter's or member's ``Literal``."""
    found = set()
    for path in sorted([*(root / "mock_mosip").rglob("*.py"), *(root / "mock_opencrvs").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                words = node.args[:1] if node.func.attr in ("effect", "tell_effect") else []
            elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
                name = node.arg if isinstance(node, ast.arg) else getattr(node.target, "id", "")
                words = list(ast.walk(node.annotation)) if name == "effect" else []  # type: ignore[arg-type]
            found |= {str(word.value) for word in words if isinstance(word, ast.Constant)}
    return {word for word in found if re.fullmatch(r"[a-z-]+", word)}


def test_every_effect_is_there(page: PageOf, root: Path) -> None:
    wanted = effects(root) | {name for names in EFFECTS.values() for name in names}
    assert len(wanted) > 8
    assert wanted - page(PAGE).first_cells("The journal") == set()
