"""Reads what a target has written into its logs while an item was played, wherever they are shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from conformance.calls import Call, Instance
from conformance.json_paths import every, leads_somewhere
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
            raise HarnessError(
                f"the target's log {self.path} can't be read ({type(error).__name__}): "
                "log.path counts from the target file's folder"
            ) from error


@dataclass(frozen=True, kw_only=True)
class ShownLog:
    """A log that a command prints, or an address shows: each time all there is, or the last of it.

    ``lines``: the JSONPath of the lines, where it is shown as JSON.
    """

    call: Call
    instance: Instance
    lines: str | None = None

    @property
    def place(self) -> str:
        """What is called."""
        return self.call.place

    def mark(self) -> Mark:
        """See Log."""
        shown = self._shown()
        return Mark(size=len(shown), digest=digest(shown))

    def since(self, mark: Mark) -> str:
        """See Log. One that shows only the last of it is given whole where its beginning has gone."""
        shown = self._shown()
        known = mark.digest is None or digest(shown[: mark.size]) == mark.digest
        return shown[mark.size if known else 0 :].decode("utf-8", errors="replace")

    def _shown(self) -> bytes:
        content = self.call.ask(self.instance).content
        if self.lines is None:
            return content
        try:
            found = [str(line) for line in every(self.lines, json.loads(content))]
        except ValueError as error:
            raise HarnessError(
                f"what log shows is no JSON: leave log.lines away, or mend {self.place}"
            ) from error
        if not found and not leads_somewhere(self.lines, json.loads(content)):
            raise HarnessError(f"log.lines {self.lines} finds nothing in what {self.place} shows: mend it")
        return "".join(f"{line}\n" for line in found).encode()


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
