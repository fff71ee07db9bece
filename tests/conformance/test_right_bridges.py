"""`python -m conformance.bridges`: what is right is played often, and a wrong done to it is told."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from conformance.bridges import right
from conformance.bridges.__main__ import main
from conformance.bridges.right import OURS, RIGHT_BRIDGES, RightBridge


def told(*arguments: str):
    return CliRunner().invoke(main, arguments)


@pytest.mark.slow
def test_each_run_has_its_order_and_its_workers(found_by_programs) -> None:
    result = told(
        "birth-happy", "death-happy", "verify-happy",
        "--bridge", "in_request", "--runs", "2", "--seed", "7", "--workers", "2", "--json",
    )  # fmt: skip
    runs = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["bridge"], each["workers"], each["random_order"]) for each in runs] == [
        ("in_request", 2, 7),
        ("in_request", 2, 8),
    ]
    assert [each["counts"] for each in runs] == [{"pass": 2, "skipped": 1}] * 2
    assert result.exit_code == 0


@pytest.mark.slow
def test_a_wrong_is_told_by_item_and_fails(found_by_programs, monkeypatch) -> None:
    """A bridge that is wrong, taken for one that is right."""
    wrong = RightBridge(name="in_request", module="conformance.bridges.ten_defects")
    monkeypatch.setattr(right, "RIGHT_BRIDGES", (wrong,))
    result = told("birth-packet-manager-200-errors[swallowed]", "--runs", "1", "--workers", "1")
    assert result.exit_code == 1
    assert "in_request  1 worker  seed 1" in result.stdout
    assert "WRONGED by birth-packet-manager-200-errors[swallowed]: fail" in result.stdout
    assert "0 of 1 runs without a wrong" in result.stdout


def test_there_are_ours_and_two_unlike_it_and_of_ours_nothing_is_inconclusive() -> None:
    assert [each.name for each in RIGHT_BRIDGES] == ["ours", "in_request", "polling"]
    assert OURS.forgiven == frozenset()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bridge", "pollling"], "no right bridge 'pollling'. Did you mean 'polling'?"),
        (["birth-hapy"], "birth-hapy"),
        (["--runs", "0"], "--runs"),
    ],
)
def test_what_there_is_not_is_usage(arguments: list[str], words: str) -> None:
    result = told(*arguments)
    assert result.exit_code == 2
    assert words in result.output
