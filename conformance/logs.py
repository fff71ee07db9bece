"""Reads what a target has written into its log while an item was played."""

from __future__ import annotations

from pathlib import Path

from conformance.parties import HarnessError


def log_size(log: Path | None) -> int:
    """How much stands there by now, in bytes; 0 where there is nothing."""
    try:
        return log.stat().st_size if log is not None else 0
    except OSError:
        return 0


def log_since(log: Path | None, mark: int) -> str | None:
    """What was written since it had that size, or all of a file that was begun anew; None without a log.

    Raises HarnessError when it can't be read.
    """
    if log is None:
        return None
    try:
        with log.open("rb") as file:
            file.seek(mark if log.stat().st_size >= mark else 0)
            return file.read().decode("utf-8", errors="replace")
    except OSError as error:
        raise HarnessError(f"the target's log can't be read ({type(error).__name__})") from error
