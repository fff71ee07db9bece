"""Stamps: the time that a mock writes into its messages. Real, unless a scenario asks for a skew."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from mock_control.errors import Refusal

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")


def seconds_of(duration: object) -> float:
    """Seconds in ``"7d"``, ``"-10m"``, ``"1.5s"``, ``"200ms"`` or a plain number; raises Refusal for anything
    else.
    """
    if isinstance(duration, (int, float)) and not isinstance(duration, bool):
        return float(duration)
    found = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    if found is None:
        raise Refusal(f"not a duration: {duration!r} (write 200ms, 5s, 10m, 2h or 7d)")
    return float(found[1]) * _UNITS[found[2]]


def iso(moment: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SS.mmmZ`` of an aware time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Stamps:
    """Real time plus the skew."""

    def __init__(self) -> None:
        self.skew = timedelta()

    def now(self) -> datetime:
        """Aware UTC time to write into messages."""
        return datetime.now(UTC) + self.skew

    def iso(self) -> str:
        """``YYYY-MM-DDTHH:MM:SS.mmmZ`` to write into messages."""
        return iso(self.now())
