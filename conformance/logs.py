"""Reads what a target has written into its logs while an item was played, wherever they are shown."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from conformance.parties import HarnessError


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How much a log showed at a moment, in bytes; ``digest`` of it, where a log may show something else."""

    size: int = 0
    digest: str | None = None


class Log(Protocol):
    """The log of one instance; all methods raise HarnessError when it can't be read."""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    def mark(self) -> Mark:
        """This moment."""
        ...

    def since(self, mark: Mark) -> str:
        """What was written since then, or all of a log that was begun anew."""
        ...


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """A log that is a file."""

    path: Path

    @property
    def place(self) -> str:
        """Its path."""
        return str(self.path)

    def mark(self) -> Mark:
        """Its size by now; 0 where there is nothing yet."""
        try:
            return Mark(size=self.path.stat().st_size)
        except OSError:
            return Mark()

    def since(self, mark: Mark) -> str:
        """See Log."""
        try:
            with self.path.open("rb") as file:
                file.seek(mark.size if self.path.stat().st_size >= mark.size else 0)
                return file.read().decode("utf-8", errors="replace")
        except OSError as error:
            raise HarnessError(f"the target's log can't be read ({type(error).__name__})") from error


def marks(logs: Sequence[Log]) -> tuple[Mark, ...]:
    """This moment in each; raises HarnessError."""
    return tuple(log.mark() for log in logs)


def written_since(logs: Sequence[Log], before: Sequence[Mark]) -> str | None:
    """What all of them have got since then; None where the target shows no log. Raises HarnessError."""
    if not logs:
        return None
    return "\n".join(log.since(mark) for log, mark in zip(logs, before, strict=True))


def digest(content: bytes) -> str:
    """By which the beginning of a log is known again."""
    return hashlib.sha256(content).hexdigest()
