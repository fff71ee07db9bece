"""One step of trying a target out, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SIGNS: Final = {"good": "✓", "bad": "✗", "absent": "-", "asked": "…"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that was tried: good, bad or absent, or asked of a person.

    ``words``: what was seen, ``fix``: what to do.
    """

    name: str
    state: str
    words: str
    fix: str = ""

    def line(self) -> str:
        """For people."""
        fix = f"\n    → {self.fix}" if self.fix else ""
        return f"{SIGNS[self.state]} {self.name}: {self.words}{fix}"
