"""CPU time of process groups, from /proc where there is one, else from `ps`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_USER_TIME, _SYSTEM_TIME, _GROUP = 11, 12, 2
"""Places in /proc/<pid>/stat, counted after the command's name."""


def cpu_seconds(group: int) -> float:
    """User and system time that the living processes of a group have used so far."""
    if Path("/proc/self/stat").exists():
        return sum(_times_in_proc(group)) / os.sysconf("SC_CLK_TCK")
    shown = subprocess.run(
        ["ps", "-A", "-o", "pgid=,time="], capture_output=True, text=True, check=True, timeout=10
    ).stdout
    rows = (line.split() for line in shown.splitlines())
    return sum(seconds_of(row[1]) for row in rows if len(row) == 2 and int(row[0]) == group)


def seconds_of(shown: str) -> float:
    """Seconds of a time as `ps` shows it: ``[[days-]hours:]minutes:seconds[.hundredths]``."""
    days, _, clock = shown.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds + 86400 * float(days or 0)


def _times_in_proc(group: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        # It may end between the listing and the reading.
        with suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[_GROUP]) == group:
                yield int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])
