"""A live timeline: follows the journals of the mocks and prints exchanges in the order they began."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Self

from rich.text import Text

from sandbox.wording import Saying, effects, saying

if TYPE_CHECKING:
    from rich.console import Console

    from mock_control.client import AdminClient

Entry = Mapping[str, object]

POLL_S: Final = 0.2
# What began a little earlier at the other mock may be heard of a little later.
LAG_S: Final = 0.1
FAILURE_STATUS: Final = 400
FINISH_WITHIN_S: Final = 5.0


class Timeline:
    """Follows journals, from where they are now, while it is open.

    An exchange is printed once it has ended and no earlier one is still open: cause stands before effect.
    """

    def __init__(self, mocks: Sequence[AdminClient], console: Console) -> None:
        self._console = console
        self._heard: dict[tuple[object, object], tuple[float, Entry]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._failed: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._follow, args=(mock, mock.journal().last), daemon=True)
            for mock in mocks
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(FINISH_WITHIN_S)
        self._print_what_is_due(everything=True)

    def _follow(self, mock: AdminClient, after: int) -> None:
        from mock_control.client import AdminError

        while True:
            last_round = self._over.is_set()
            try:
                page = mock.journal(after=after, wait=0 if last_round else POLL_S)
            except AdminError:
                # The mock is gone. Whoever plays the story notices by itself and says why.
                return
            after = page.last
            with self._lock:
                for entry in page.entries:
                    key = (entry["party"], entry["id"])
                    first_heard = self._heard.get(key, (time.monotonic(), entry))[0]
                    self._heard[key] = (first_heard, entry)
            self._print_what_is_due()
            if last_round:
                return

    def _print_what_is_due(self, *, everything: bool = False) -> None:
        with self._lock:
            for key, (heard, entry) in sorted(self._heard.items(), key=lambda item: str(item[1][1]["time"])):
                waits = entry["state"] != "closed" or time.monotonic() - heard < LAG_S
                if waits and not everything:
                    return
                del self._heard[key]
                self._print(entry)

    def _print(self, entry: Entry) -> None:
        said = saying(entry)
        if said is not None:
            self._console.print(line(entry, said), soft_wrap=True)


def line(entry: Entry, said: Saying) -> Text:
    """One line: when, who to whom, what, with which status, and what became true by it."""
    status = entry["status"]
    failed = entry["error"] is not None or (isinstance(status, int) and status >= FAILURE_STATUS)
    who = f"{said.speaker} → {said.hearer}" if said.hearer else said.speaker
    text = Text(f"{str(entry['time'])[11:23]}  ", style="dim")
    text.append(f"{who:<26}", style="cyan" if said.hearer else "magenta")
    text.append(f"{said.words:<41}" if said.words else "", style="default")
    if said.words:
        text.append(f"{status or entry['error'] or '…'!s:<5}", style="bold red" if failed else "green")
    text.append("; ".join(effects(entry)), style="bold")
    text.rstrip()
    return text
