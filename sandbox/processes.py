"""Processes by number: who is alive, who is who, and how a whole group ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

POLL_S = 0.02


def start_mark(pid: int) -> str | None:
    """When this process started, in the words of the system; None when there is none (or only its corpse).

    With the pid it names one process for good: a pid alone may be given to another later.
    """
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The command's name stands in brackets and may hold spaces; fields are counted after it.
            state, *rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if state in "ZX" else rest[18]
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=5
    ).stdout.split(maxsplit=1)
    return None if len(shown) != 2 or shown[0].startswith("Z") else shown[1].strip()


def is_same_process(pid: int, mark: str) -> bool:
    """Whether the process that had this start mark is alive."""
    return start_mark(pid) == mark


def group_is_alive(group: int) -> bool:
    """Whether any process of the group is left that is more than a corpse."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    members = _members(group)
    return True if members is None else bool(members)


def _members(group: int) -> list[int] | None:
    """Living members of a group; None where the system has no /proc to ask."""
    if not Path("/proc/self/stat").exists():
        return None
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def kill_group(group: int, *, within: float = 5.0) -> bool:
    """SIGKILL to a whole group. True once nobody of it is left, False after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        if not group_is_alive(group):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
