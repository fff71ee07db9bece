"""``report.html``: the whole run in one file that asks nothing of anybody.

Style and script are inside, and the page's own policy names them by hash: whatever a target has said is text
and stays text.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.events import Event, SuiteFinished, SuiteStarted
from conformance.reporters.page import MEANS, Page, page
from conformance.reporters.results import harness_version
from conformance.reporters.shown import visible
from conformance.requirement_verdicts import standings

if TYPE_CHECKING:
    from jinja2 import Environment


class Html:
    """Writes the file when the suite has finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._started: SuiteStarted | None = None

    def hear(self, event: Event) -> None:
        """Remember the start, write at the end."""
        if isinstance(event, SuiteStarted):
            self._started = event
        elif isinstance(event, SuiteFinished) and self._started is not None:
            at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            made = page(self._started, event, harness=harness_version(), at=at)
            self._path.write_text(render(made), encoding="utf-8")


def render(shown: Page) -> str:
    """The page as HTML."""
    style, script = _file("report.css"), _file("report.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    template = _environment().get_template("report.html")
    told = ", ".join(f"{count} {standing}" for standing, count in standings(shown.requirements).items())
    return template.render(page=shown, policy=policy, style=style, script=script, standings=told, means=MEANS)


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["visible"] = visible
    return made


def _file(name: str) -> str:
    return files("conformance.reporters").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
