"""A line for each item as it ends; what went wrong below it; a count at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from rich.console import Console as Terminal
from rich.markup import escape

from conformance.events import Event, ItemFinished, ItemResult, SuiteFinished, SuiteStarted
from conformance.reporters.curl import replays
from conformance.reporters.shown import visible
from conformance.verdicts import VERDICTS, Verdict

STYLES: Final[Mapping[Verdict, str]] = {
    "pass": "green",
    "fail": "bold red",
    "warning": "yellow",
    "inconclusive": "magenta",
    "skipped": "dim",
    "known": "cyan",
    "harness-error": "bold red",
}


class Console:
    """Writes to a terminal or a file."""

    def __init__(self, terminal: Terminal) -> None:
        self._out = terminal

    def hear(self, event: Event) -> None:
        """Print what the event is about."""
        if isinstance(event, SuiteStarted):
            many = "scenario" if len(event.items) == 1 else "scenarios"
            shared = f", shared by {event.workers} workers" if event.workers > 1 else ""
            self._out.print(
                f"{len(event.items)} {many} against {_shown(event.target)}{shared}", highlight=False
            )
            if event.shuffled is not None:
                self._out.print(
                    f"shuffled: --random-order={event.shuffled} plays this order again", highlight=False
                )
        elif isinstance(event, ItemFinished):
            self._item(event.result)
        elif isinstance(event, SuiteFinished):
            self._summary(event)

    def _item(self, result: ItemResult) -> None:
        style = STYLES[result.verdict]
        word = f"[{style}]{result.verdict:<13}[/]"
        name = escape(f"{result.item.id:<50}")
        self._out.print(f"{word} {name} {result.seconds:5.1f} s", highlight=False)
        for finding in result.findings:
            for line in finding.lines():
                self._out.print(f"    {_shown(line)}", style=STYLES[finding.verdict], highlight=False)
        if result.verdict in ("fail", "harness-error"):
            self._out.print("    what was said:", highlight=False)
            for line in result.timeline:
                self._out.print(f"      {_shown(line)}", style="dim", highlight=False)
            for command in replays(result):
                self._out.print(f"    send it again: {_shown(command)}", style="dim", highlight=False)

    def _summary(self, event: SuiteFinished) -> None:
        counts = Counter(result.verdict for result in event.results)
        words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
        self._out.print(f"{words or 'nothing played'} in {event.seconds:.1f} s", highlight=False)


def _shown(line: str) -> str:
    """What a target has said gives the terminal no orders, neither rich's nor its own."""
    return escape(visible(line))
