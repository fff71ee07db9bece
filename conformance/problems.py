"""What is wrong in a file, and where: one line per mistake, in the form editors jump to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One mistake; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ScenarioFileError(Exception):
    """A file that cannot be played; ``problems`` says why, ``str()`` prints one problem a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` with a leading space, or nothing when nothing known is near."""
    near = get_close_matches(word, sorted(set(known)), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
