"""The pages as a reader has them: texts, tables, sections."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One Markdown page."""

    name: str
    text: str

    def section(self, heading: str) -> str:
        """What stands below a heading, down to the next of its level."""
        found = re.search(rf"^(#+) {re.escape(heading)}$", self.text, re.MULTILINE)
        assert found is not None, f"{self.name} has no section '{heading}'"
        rest = self.text[found.end() :]
        end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
        return rest[: end.start()] if end else rest

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of the table rows in a section, heads and rules left out."""
        lines = [line for line in self.section(heading).splitlines() if line.startswith("|")]
        cells = [
            [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in lines
        ]
        heads = {index - 1 for index, row in enumerate(cells) if set("".join(row)) <= set("-: ")}
        return [row for index, row in enumerate(cells) if index not in heads and index - 1 not in heads]

    def first_cells(self, heading: str) -> set[str]:
        """The words in backticks in the first cells of a section's tables."""
        return {word for row in self.rows(heading) for word in re.findall(r"`([^`]+)`", row[0])}


@pytest.fixture
def page() -> Callable[[str], Page]:
    """A page by its path in the repository."""

    def read(name: str) -> Page:
        return Page(name=name, text=(ROOT / name).read_text(encoding="utf-8"))

    return read


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT
