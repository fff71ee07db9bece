"""Scenario files as pytest items, seen from outside: pytest is run on a folder of its own."""

from __future__ import annotations

import re
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


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


@pytest.mark.slow
def test_the_example_of_the_documentation_passes(by_hand: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (by_hand / "test_example.py").write_text(example)
    code, text = run(by_hand)
    assert (code, "2 passed" in text) == (0, True), text


WRONG_WAYS = """\
import requests


def test_what_is_left_set(fault, gate, mosip, opencrvs):
    fault(at="mosip.packet_manager.create_packet", do={"status": 503})
    twice = fault(at="mosip.websub.deliver", do={"status": 503})
    twice.clear()
    twice.clear()
    opencrvs.birth()
    assert len(mosip.faults()) == 1


def test_is_gone_for_the_next(mosip, journal, bridge):
    assert mosip.faults() == []
    assert [each.line() for each in journal.exchanges() if each.owner] == []
    bridge.kill()


def test_gets_a_bridge_that_runs(sandbox, bridge):
    assert bridge.running()
    assert requests.get(f"{sandbox.urls['bridge']}/ready", timeout=5).status_code == 200


def test_gives_up(journal, opencrvs):
    birth = opencrvs.birth()
    journal.wait_for("opencrvs.events.declare", of=birth.registration, within=0.2)


def test_gives_up_on_an_outcome(opencrvs):
    opencrvs.wait_for_outcome(opencrvs.birth().registration, "confirmed", within=0.2)


def test_repeats_a_message(gate, opencrvs, journal):
    birth = opencrvs.birth()
    with gate("mosip.websub.deliver", of=birth) as held:
        opencrvs.register(birth)
        held.wait()
        held.release(copies=2)
    journal.wait_for("mosip.websub.deliver", of=birth.registration, count=2)
    opencrvs.wait_for_outcome(birth.registration, "confirmed")


def test_mourns(opencrvs):
    death = opencrvs.death()
    opencrvs.register(death)
    opencrvs.wait_for_outcome(death.registration, "confirmed")
    assert opencrvs.document(death)["id"] == death.event_id
"""


@pytest.mark.slow
def test_a_test_in_python_finds_a_clean_sandbox_and_says_what_it_waited_for(by_hand: Path) -> None:
    (by_hand / "test_ways.py").write_text(WRONG_WAYS)
    code, text = run(by_hand)
    failed = re.findall(r"^FAILED test_ways.py::(\w+)", text, re.MULTILINE)
    assert (code, failed) == (1, ["test_gives_up", "test_gives_up_on_an_outcome"]), text
    assert "5 passed" in text
    assert "birth.registration: 0 of 1 within 0.2 s" in text
    assert "same operation, but it belongs to test_gives_up#" in text
    assert "birth.registration: not confirmed within 0.2 s, but " in text


FAILING_MOCK = """\
import pytest
from types import SimpleNamespace


class Mock:
    def __init__(self, party):
        self.party, self.failures = party, []

    def reset(self):
        self.failures = []

    def health(self):
        return {"party": self.party, "failures": self.failures}


@pytest.fixture(scope="session")
def scenario_world():
    mocks = {party: Mock(party) for party in ("mosip", "esignet", "opencrvs")}
    view = SimpleNamespace(begin=lambda: None)
    return SimpleNamespace(**mocks, mocks=mocks, view=view, bridge=None)


@pytest.fixture
def fails_late(mosip):
    yield
    mosip.failures.append("delivery: OSError")
"""


def test_what_fails_in_a_mock_fails_the_test_that_ran(by_hand: Path) -> None:
    (by_hand / "conftest.py").write_text(FAILING_MOCK)
    (by_hand / "test_it.py").write_text(
        "def test_now(mosip): mosip.failures.append('timed work: KeyError')\n"
        "def test_next(mosip): pass\n"
        "def test_late(mosip, fails_late): pass\n"
        "def test_control(bridge): raise AssertionError('never reached')\n"
    )
    code, text = run(by_hand)
    assert code == 1
    assert "FAILED test_it.py::test_now - Failed: a mock has failed" in text
    assert "mosip: timed work: KeyError" in text
    assert "ERROR test_it.py::test_late - Failed: a mock has failed" in text
    assert "1 failed, 2 passed, 1 skipped, 1 error" in text
    assert "nobody here may kill or start the bridge" in text
