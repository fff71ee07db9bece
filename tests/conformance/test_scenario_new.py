"""The first scenario that `scenarios new` writes is good, can be played, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.library import lint_paths
from conformance.scenario_new import EVENTS, write_scenario
from sandbox.errors import SandboxError


@pytest.mark.parametrize("event", EVENTS)
def test_it_has_no_mistakes(event: str, tmp_path: Path) -> None:
    path = write_scenario("my-first", folder=tmp_path / "mine", event=event)
    assert path == tmp_path / "mine" / "my-first.yaml"
    assert (tmp_path / "mine" / "scenarios.ini").is_file()
    assert lint_paths([path]) == []


def test_it_can_be_played(stage, tmp_path: Path) -> None:
    text = write_scenario("story", folder=tmp_path).read_text(encoding="utf-8")
    result = stage.play(text)
    assert result.verdict == "pass", result.findings
    assert {"fault", "opencrvs.register", "wait", "check"} <= {step.verb for step in result.steps}


def test_a_second_one_finds_the_folder_marked(tmp_path: Path) -> None:
    (tmp_path / "scenarios.ini").touch()
    write_scenario("first", folder=tmp_path / "below")
    assert not (tmp_path / "below" / "scenarios.ini").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("My First", "an id is small letters"),
        ("birth-happy", "'birth-happy' is the id of a scenario that ships"),
        ("../outside", "an id is small letters"),
        ("there", "is there already"),
    ],
)
def test_what_is_refused(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "there.yaml").write_text("mine\n")
    with pytest.raises(SandboxError, match=words):
        write_scenario(name, folder=tmp_path)
    assert (tmp_path / "there.yaml").read_text() == "mine\n"
