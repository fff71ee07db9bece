"""Every registration has one end: the numbers, on made-up counts."""

from __future__ import annotations

import pytest

from load.reconcile import Ends, Reconciliation, Sent, reconcile


def sent(*statuses: int | None) -> list[Sent]:
    return [
        Sent(action=f"a{number}", subject=f"s{number}", status=status)
        for number, status in enumerate(statuses)
    ]


def numbers(found: Reconciliation) -> dict[str, int | None]:
    names = ("confirmed", "rejected", "parked", "late", "refused", "failed", "lost", "doubled", "repeated")
    return {name: getattr(found, name) for name in names if getattr(found, name)}


TABLE = [
    ("all confirmed", [202, 202], Ends(accepts={"a0": ["t0"], "a1": ["t1"]}), {"confirmed": 2}, True),
    ("rejected", [202], Ends(rejects={"a0": ["t0"]}), {"rejected": 1}, True),
    ("parked", [202], Ends(parked={"a0"}), {"parked": 1}, True),
    ("refused with 503", [503], Ends(), {"refused": 1}, True),
    ("answered 500", [500], Ends(), {"failed": 1}, True),
    ("no answer", [None], Ends(), {"failed": 1}, True),
    ("no answer, and yet done", [None], Ends(accepts={"a0": ["t0"]}), {"confirmed": 1}, True),
    ("answered 500, and yet done", [500], Ends(accepts={"a0": ["t0"]}), {"confirmed": 1}, True),
    ("taken and never heard of again", [202], Ends(), {"lost": 1}, False),
    ("told to MOSIP, never confirmed", [202], Ends(workflows={"s0": 1}), {"lost": 1}, False),
    (
        "told to MOSIP twice",
        [202],
        Ends(accepts={"a0": ["t0"]}, workflows={"s0": 2}),
        {"confirmed": 1, "doubled": 1},
        False,
    ),
    (
        "accepted under two transaction ids",
        [202],
        Ends(accepts={"a0": ["t0", "t9"]}),
        {"confirmed": 1, "doubled": 1},
        False,
    ),
    (
        "accepted again by a retry",
        [202],
        Ends(accepts={"a0": ["t0", "t0"]}),
        {"confirmed": 1, "repeated": 1},
        True,
    ),
    (
        "accepted and rejected",
        [202],
        Ends(accepts={"a0": ["t0"]}, rejects={"a0": ["t1"]}),
        {"confirmed": 1, "doubled": 1},
        False,
    ),
    (
        "refused, and yet confirmed",
        [503],
        Ends(accepts={"a0": ["t0"]}),
        {"confirmed": 1, "doubled": 1},
        False,
    ),
    ("refused, and yet told to MOSIP", [503], Ends(workflows={"s0": 1}), {"refused": 1, "doubled": 1}, False),
    ("still in the bridge's hands", [202], Ends(open={"a0"}), {"late": 1}, True),
    (
        "in hand, and confirmed meanwhile",
        [202],
        Ends(open={"a0"}, accepts={"a0": ["t0"]}),
        {"confirmed": 1},
        True,
    ),
    ("the bridge knows nothing of it", [202], Ends(parked=set(), open={"a9"}), {"lost": 1}, False),
    (
        "in hand, and told to MOSIP twice",
        [202],
        Ends(open={"a0"}, workflows={"s0": 2}),
        {"late": 1, "doubled": 1},
        False,
    ),
    ("parked can't be asked", [202], Ends(parked=None), {"lost": 1}, False),
    ("nothing sent", [], Ends(), {}, True),
]


@pytest.mark.parametrize(
    ("posted", "ends", "expected", "balanced"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_each_registration_gets_its_end(
    posted: list[int | None], ends: Ends, expected: dict[str, int], balanced: bool
) -> None:
    found = reconcile(sent(*posted), ends)
    assert numbers(found) == expected
    assert found.balanced is balanced
    assert found.sent == len(posted)


def test_one_lost_in_a_hundred_is_found_and_named() -> None:
    accepts = {f"a{number}": [f"t{number}"] for number in range(100) if number != 41}
    found = reconcile(sent(*[202] * 100), Ends(accepts=accepts, parked=set()))
    assert (found.confirmed, found.lost, found.lost_actions) == (99, 1, ("a41",))
    assert not found.balanced


def test_what_others_registered_meanwhile_counts_for_nothing() -> None:
    ends = Ends(accepts={"a0": ["t0"], "other": ["t1", "t2"]}, workflows={"s0": 1, "other": 5})
    assert numbers(reconcile(sent(202), ends)) == {"confirmed": 1}


def test_only_the_first_twenty_are_named() -> None:
    found = reconcile(sent(*[202] * 30), Ends())
    assert (found.lost, len(found.lost_actions)) == (30, 20)
