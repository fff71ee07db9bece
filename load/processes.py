"""CPU time of process groups, from /proc where there is one, else from `ps`."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_GROUP = 2
"""Place in /proc/<pid>/stat, counted after the command's name."""


def cpu_seconds(group: int) -> float:
    """User and system time that the living processes of a group have used so far."""
    if Path("/proc/self/stat").exists():
        return sum(_times_in_proc(group))
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


def _times_in_proc(group: int) -> Iterator[float]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        # It may end between the listing and the reading.
        with suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[_GROUP]) == group:
                yield time.clock_gettime(_cpu_clock(int(entry.name)))


def _cpu_clock(pid: int) -> int:
    """The clock of a process's CPU time, to the nanosecond; /proc tells it in hundredths of a second.

    As clock_getcpuclockid() makes it. (torvalds/linux: include/linux/posix-timers_types.h)
    """
    return (~pid << 3) | 2
