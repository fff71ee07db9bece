"""How what was said is shown."""

from __future__ import annotations

import pytest

from conformance.reporters.shown import Comparison, body, comparisons, document, headers, visible


@pytest.mark.parametrize(
    ("words", "pairs"),
    [
        ("packets: 1 wanted, 2 seen", [("packets: 1", "2")]),
        (
            "packets: 1 wanted, 2 seen; accepts: at least 1 wanted, 0 seen and 1 of nobody",
            [("packets: 1", "2"), ("accepts: at least 1", "0 seen and 1 of nobody")],
        ),
        (
            "not within 20 s: outcome 'confirmed' wanted, seen: parked by the operator view",
            [("outcome 'confirmed' within 20 s", "parked by the operator view")],
        ),
        (
            "a.b: 'transactionId' wanted the same in all, 2 seen",
            [("a.b: 'transactionId' the same in all", "2")],
        ),
        ("a then b wanted, seen: nothing", [("a then b", "nothing")]),
        ("the bridge does not run any more", []),
    ],
)
def test_expected_and_seen(words: str, pairs: list[tuple[str, str]]) -> None:
    assert comparisons(words) == [Comparison(expected=expected, seen=seen) for expected, seen in pairs]


def test_what_can_not_be_seen_is_shown() -> None:
    assert visible("a\x00\x1b\u202e\u200b\ud800\ufeff\nä日 b") == (
        "a\\x00\\x1b\\u202e\\u200b\\ud800\\ufeff\nä日 b"
    )


def test_long_things_are_cut_and_say_so() -> None:
    shown = document({"schemaJson": "x" * 9000, "short": "y"})
    assert "[9000 characters]" in shown
    assert '"short": "y"' in shown
    assert len(shown) < 400
    assert len(document(["z" * 200] * 100, 1000)) < 1100


def test_a_body_is_json_if_it_is() -> None:
    assert body({"body": '{"a":1}', "json": {"a": 1}}) == '{\n "a": 1\n}'
    assert body({"body": "plain", "json": None}) == "plain"
    assert body({"body": "head", "json": None, "length": 40000}) == "head\n[40000 bytes in all]"
    assert body(None) == ""
    assert headers({"headers": {"A": "b\r\nc", "D": "e"}}) == "A: b\\r\\nc\nD: e"
