"""Those who listen: their files keep their own form."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console as Terminal

from conformance.events import ItemFinished, ItemStarted, SuiteFinished, SuiteStarted
from conformance.reporters import Console, JUnit, Results
from conformance.reporters.results import results_schema
from conformance.session import Sandbox, target_for
from conformance.suite import Suite
from sandbox.routes import DEFAULT_ROUTES


@pytest.fixture
def played(stage, story, tmp_path):
    """A suite with one item that passes, one that fails and one that is skipped; all reporters listen."""
    heard: list = []

    class Listener:
        def hear(self, event) -> None:
            heard.append(event)

    text = io.StringIO()
    results = Results(tmp_path / "results.json")
    listeners = [Listener(), results, JUnit(tmp_path / "junit.xml"), Console(Terminal(file=text, width=200))]
    rows = story(
        "  - opencrvs.register: {record: $birth}\n  - check: {must: [{bridge: {running: $up}}]}\n",
        head="examples: [{row: a, up: true}, {row: b, up: false}]\n",
    )
    skipped = story("  - clear: {}\n", head="profiles: [opencrvs-1.8]\n")
    started = SuiteStarted(
        items=[*stage.items(rows), *stage.items(skipped)], target="fake", seed=0, token="t0"
    )
    Suite(started, [stage.runner()], listeners).play()
    return heard, tmp_path, text.getvalue(), results


def test_events_come_in_order(played) -> None:
    heard = played[0]
    assert [type(event) for event in heard] == [
        SuiteStarted,
        *[ItemStarted, ItemFinished] * 3,
        SuiteFinished,
    ]


def test_results_keep_their_schema(played) -> None:
    _, folder, _, results = played
    document = json.loads((folder / "results.json").read_text())
    judge = Draft202012Validator(results_schema())
    Draft202012Validator.check_schema(results_schema())
    assert [error.message for error in judge.iter_errors(document)] == []
    assert document == results.document
    assert document["summary"]["pass"] == document["summary"]["fail"] == document["summary"]["skipped"] == 1
    failed = document["items"][1]
    assert (failed["id"], failed["verdict"], failed["row"]) == ("story[b]", "fail", {"row": "b", "up": False})
    assert failed["findings"][0]["words"] == "the bridge runs"
    assert failed["findings"][0]["place"] == "story.yaml:9"
    assert any("opencrvs.events.register" in line for line in failed["timeline"])


def test_junit_has_a_case_per_item(played) -> None:
    suite = ET.parse(played[1] / "junit.xml").getroot()[0]  # noqa: S314
    assert suite.get("tests") == "3"
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")
    passed, failed, skipped = suite
    assert passed.get("name") == "story[a]"
    assert len(passed) == 0
    assert failed.find("failure").get("message") == "the bridge runs"
    assert skipped.find("skipped").get("message") == "skipped: made for opencrvs-1.8"


def test_the_console_says_what_went_wrong(played) -> None:
    text = played[2]
    assert "3 scenarios against fake" in text
    assert "fail: must bridge: the bridge runs (story.yaml:9)" in text
    assert "what was said:" in text
    assert text.rstrip().splitlines()[-1].startswith("1 pass, 1 fail, 1 skipped in ")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (None, "our-bridge"),
        ("./bin/their-bridge --port 3000", "their-bridge"),
        ("/usr/bin/python3.11 -m their.bridge --token s3cr3t", "their.bridge"),
        ("node --enable-source-maps dist/index.js", "index.js"),
        ("sh run.sh", "run.sh"),
    ],
)
def test_a_report_calls_a_bridge_by_its_program(command: str | None, name: str, tmp_path: Path) -> None:
    sandbox = SimpleNamespace(
        bridge=object(),
        bridge_command=command,
        bridges={},
        instances={},
        routes=DEFAULT_ROUTES,
        urls={"bridge": "http://127.0.0.1:2024"},
        hurried=True,
        log_path=lambda party: tmp_path / party,
    )
    assert target_for(cast("Sandbox", sandbox)).name == name
