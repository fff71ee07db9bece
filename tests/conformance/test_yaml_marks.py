"""YAML as scenario files use it: core schema of 1.2, places of everything, mistakes with their place."""

from __future__ import annotations

import pytest

from conformance.problems import ScenarioFileError
from conformance.yaml_marks import load


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        # Where YAML 1.1, and so PyYAML by itself, reads something else.
        ("NO", "NO"),
        ("yes", "yes"),
        ("off", "off"),
        ("10:30", "10:30"),
        ("0123", 123),
        ("0o17", 15),
        ("0x1F", 31),
        ("2026-05-04", "2026-05-04"),
        ("1_000", "1_000"),
        ("<<", "<<"),
        # The core schema itself (yaml.org/spec/1.2.2, 10.3.2).
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("-7", -7),
        ("2.5e3", 2500.0),
        ('"0123"', "0123"),
        ("'true'", "true"),
    ],
)
def test_core_schema(written: str, meant: object) -> None:
    value = load(f"value: {written}\n", "f.yaml").value
    assert value == {"value": meant}
    assert type(value["value"]) is type(meant)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "duplicate key 'a'"),
        ("a:\n  - {b: 1, b: 2}\n", "2:12", "duplicate key 'b'"),
        ("a: &x 1\n", "1:4", "anchor '&x': scenario files have none"),
        ("a: 1\nb: *x\n", "2:4", "alias '*x': write the value out"),
        ("a: !!python/object:os.system 1\n", "1:4", "tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("1: x\n", "1:1", "a key must be text"),
        ("? [a]\n: b\n", "1:3", "a key must be text"),
        ("a: [1\n", "2:1", "not YAML: while parsing a flow sequence"),
        ("", "1:1", "the file is empty"),
        ("a: 1\n---\nb: 2\n", "2:1", "not YAML: expected a single document"),
        ("ok: 1\nbad: \x00\n", "2:6", "unreadable character"),
        ("a: " + "[" * 60 + "]" * 60, "1:44", "nested deeper than 40 levels"),
    ],
)
def test_mistakes_have_a_place(text: str, place: str, words: str) -> None:
    with pytest.raises(ScenarioFileError) as caught:
        load(text, "f.yaml")
    assert str(caught.value).startswith(f"f.yaml:{place}: {words}")


def test_depth_is_bounded() -> None:
    with pytest.raises(ScenarioFileError, match="nested deeper than 40 levels"):
        load("[" * 60 + "]" * 60, "f.yaml")


def test_marks_of_keys_and_values() -> None:
    document = load("steps:\n  - fault: {at: x.y,\n            do: {status: 503}}\n", "f.yaml")
    at = ("steps", 0, "fault", "at")
    assert str(document.problem(at, "here")) == "f.yaml:2:17: here"
    assert str(document.problem(at, "here", at_key=True)) == "f.yaml:2:13: here"
    assert str(document.problem(("steps", 0, "fault", "do", "status"), "here")) == "f.yaml:3:26: here"


def test_a_place_that_is_not_there_is_the_nearest_above() -> None:
    document = load("steps:\n  - fault: {}\n", "f.yaml")
    assert str(document.problem(("steps", 0, "fault", "at", "deep"), "here")) == "f.yaml:2:12: here"
