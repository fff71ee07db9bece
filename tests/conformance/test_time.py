"""Time in a scenario: what falls due in one mock comes before what falls due later in another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conformance.timekeeping import advance
from mock_control.client import AdminError

REGISTER = "  - opencrvs.register: {record: $birth}\n"


class Clock:
    """A mock with things to do at given seconds of its own clock; `order` notes what was done, by all."""

    def __init__(self, party: str, dues: list[float], order: list[tuple[str, float]]) -> None:
        self.party, self.dues, self.order, self.at = party, dues, order, 0.0

    def clock(self) -> dict:
        due = min(self.dues, default=None)
        return {"now": moment(self.at), "next_due": None if due is None else moment(due)}

    def advance(self, duration: str) -> dict:
        self.at += float(duration.removesuffix("s"))
        for due in sorted(each for each in self.dues if each <= self.at):
            self.dues.remove(due)
            self.order.append((self.party, due))
        return {}


def moment(seconds: float) -> str:
    return f"2026-05-04T{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{seconds % 60:06.3f}Z"


def test_what_is_due_earlier_is_done_earlier_whoever_does_it() -> None:
    order: list[tuple[str, float]] = []
    mosip, opencrvs = Clock("mosip", [10.0, 3000.0], order), Clock("opencrvs", [20.0, 2000.0, 9000.0], order)
    advance([mosip, opencrvs], timedelta(hours=1))
    assert order == [("mosip", 10.0), ("opencrvs", 20.0), ("opencrvs", 2000.0), ("mosip", 3000.0)]
    assert (mosip.at, opencrvs.at) == pytest.approx((3600.0, 3600.0))


def test_every_mock_is_moved(stage, story) -> None:
    result = stage.play(story(REGISTER + "  - advance: 90s\n"))
    assert result.verdict == "pass", result.findings
    for mock in (stage.mosip, stage.esignet, stage.opencrvs):
        assert [what for kind, what in mock.asked if kind == "advance"] == ["90.000s"]


def test_a_clock_that_cannot_be_moved_is_no_failure_of_the_target(stage, story, monkeypatch) -> None:
    def refuse(duration: str) -> dict:
        raise AdminError(status=0, message=f"no answer within {duration}")

    monkeypatch.setattr(stage.mosip, "advance", refuse)
    result = stage.play(story(REGISTER + "  - advance: 90s\n"))
    assert result.verdict == "harness-error"


def test_a_clock_is_right_again_when_the_story_ends(stage, story) -> None:
    stage.play(story(REGISTER + "  - skew: {of: mosip, by: -10m}\n"))
    assert [what for kind, what in stage.mosip.asked if kind == "skew"] == ["-10m", "0s"]
    assert not [what for kind, what in stage.opencrvs.asked if kind == "skew"]
