"""Scenario files as pytest items, seen from outside: pytest is run on a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STORY = """\
id: {id}
story: A story
tags: [birth, core-only]
requirements: [REQ-NOTHING-LOST]
given: {{birth-declared: {{as: birth}}}}
examples: [{{verdict: {first}}}, {{verdict: {second}}}]
steps:
  - opencrvs.register: {{record: $birth}}
"""
# A runner that gives each item the verdict that its row names, so that no sandbox is needed.
CONFTEST = """\
import pytest
from conformance.events import ItemResult
from conformance.verdicts import Finding

@pytest.fixture
def note(tmp_path):
    return tmp_path / "noted"

@pytest.fixture(autouse=True)
def uses_fixtures(note):
    note.write_text("x")

class Runner:
    def play(self, item):
        verdict = item.row["verdict"]
        findings = [] if verdict == "pass" else [Finding(verdict=verdict, by="must x", words="the words")]
        return ItemResult(item=item, verdict=verdict, findings=findings, steps=[], timeline=["a line"],
                          started="", seconds=0.0)

@pytest.fixture(scope="session")
def scenario_runner():
    return Runner()
"""


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "conformance.pytest_plugin",
        "-p",
        "no:cacheprovider",
        *arguments,
    ]
    config = ["--strict-markers", "--strict-config", "-W", "error", "--import-mode=importlib", "-rA"]
    source = Path(__file__).parents[2]
    done = subprocess.run(
        [*command, *config, str(folder)],
        cwd=folder,
        env={"PYTHONPATH": str(source), "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "stories" / "given").mkdir(parents=True)
    (tmp_path / "stories" / "scenarios.ini").touch()
    (tmp_path / "stories" / "one.yaml").write_text(STORY.format(id="one", first="pass", second="fail"))
    (tmp_path / "stories" / "other.yaml").write_text("id: other\nnothing: of ours\n")
    (tmp_path / "stories" / "given" / "x.yaml").write_text("fragment: x\nstory: s\nsteps: []\n")
    (tmp_path / "elsewhere.yaml").write_text("id: elsewhere\nsteps: []\n")
    return tmp_path


def test_rows_are_items_with_fixtures(folder: Path) -> None:
    code, text = run(folder)
    assert code == 1
    assert "PASSED stories/one.yaml::one[pass]" in text
    assert "FAILED stories/one.yaml::one[fail] - Failed: fail" in text
    assert "fail: must x: the words" in text
    assert "what was said:\n  a line" in text
    assert "1 failed, 1 passed" in text


def test_only_what_lies_below_a_marked_folder_is_collected(folder: Path) -> None:
    _, text = run(folder, "--collect-only", "-q")
    assert text.split("\n\n")[0].splitlines() == [
        "stories/one.yaml::one[pass]",
        "stories/one.yaml::one[fail]",
    ]


@pytest.mark.parametrize(
    ("arguments", "summary"),
    [
        (["-m", "core_only", "-k", "pass"], "1 passed, 1 deselected"),
        (["-m", "not birth"], "2 deselected"),
        (["-k", "fail"], "1 failed, 1 deselected"),
        (["--deselect", "stories/one.yaml::one[fail]"], "1 passed, 1 deselected"),
    ],
)
def test_tags_are_marks_and_rows_have_names(folder: Path, arguments: list[str], summary: str) -> None:
    _, text = run(folder, *arguments)
    assert summary in text


@pytest.mark.parametrize(
    ("verdict", "arguments", "summary"),
    [
        ("warning", [], "2 passed"),
        ("skipped", [], "1 passed, 1 skipped"),
        ("inconclusive", [], "1 passed, 1 skipped"),
        ("inconclusive", ["--strict-verdicts"], "1 failed, 1 passed"),
        ("known", [], "1 passed, 1 xfailed"),
        ("harness-error", [], "1 failed, 1 passed"),
    ],
)
def test_verdicts_as_pytest_knows_them(
    folder: Path, verdict: str, arguments: list[str], summary: str
) -> None:
    (folder / "stories" / "one.yaml").write_text(STORY.format(id="one", first="pass", second=verdict))
    _, text = run(folder, *arguments)
    assert summary in text


def test_a_file_with_mistakes_is_an_error_with_its_place(folder: Path) -> None:
    bad = STORY.format(id="one", first="pass", second="fail").replace("opencrvs.register", "opencrvs.registr")
    (folder / "stories" / "one.yaml").write_text(bad)
    code, text = run(folder)
    assert code == 2
    assert "stories/one.yaml:8:5: unknown verb 'opencrvs.registr'. Did you mean 'opencrvs.register'?" in text


def test_one_foreign_bridge_is_not_shared_by_workers(folder: Path) -> None:
    code, text = run(folder, "-p", "xdist", "-n", "2", "--judge-bridge-url", "http://127.0.0.1:9")
    assert code == 4
    assert "it cannot be judged by several workers" in text
