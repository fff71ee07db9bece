"""One line of `target check`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that was tried: good, bad or absent; ``words`` what was seen, ``fix`` what to do."""

    name: str
    state: str
    words: str
    fix: str = ""

    def line(self) -> str:
        """For people."""
        sign = {"good": "✓", "bad": "✗", "absent": "-"}[self.state]
        fix = f"\n    → {self.fix}" if self.fix else ""
        return f"{sign} {self.name}: {self.words}{fix}"
