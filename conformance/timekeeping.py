"""Moves the clocks of all mocks together: what falls due earlier is done earlier, whoever does it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from conformance.jsontypes import JSON, text
from conformance.parties import HarnessError, MockAdmin
from mock_control.client import AdminError

MOST_ROUNDS: Final = 1000
_TELLING: Final = timedelta(milliseconds=1)
"""To what a mock's times are told: what is due may be that much later than it says."""


def advance(mocks: Iterable[MockAdmin], by: timedelta) -> None:
    """Lets that much time pass for what falls due in the mocks.

    Raises HarnessError when a mock does not answer, or has always something more to do.
    """
    clocks, left = list(mocks), by
    try:
        for _ in range(MOST_ROUNDS):
            due = [each for each in map(_until_due, clocks) if each is not None]
            step = min(due, default=left)
            if step >= left:
                _move(clocks, left)
                return
            _move(clocks, step)
            left -= step
    except AdminError as error:
        raise HarnessError(f"a clock can't be moved: {error}") from error
    raise HarnessError(f"the mocks had something to do {MOST_ROUNDS} times within {by}")


def _move(clocks: Iterable[MockAdmin], by: timedelta) -> None:
    for each in clocks:
        each.advance(f"{by.total_seconds():.3f}s")


def _until_due(mock: MockAdmin) -> timedelta | None:
    """How long until this mock has something to do; None when nothing is due."""
    clock = mock.clock()
    now, due = _time(clock.get("now")), _time(clock.get("next_due"))
    return None if now is None or due is None else max(due - now, timedelta()) + _TELLING


def _time(value: JSON) -> datetime | None:
    written = text(value)
    return None if written is None else datetime.fromisoformat(written)
