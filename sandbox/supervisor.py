"""Keeps the parties: starts them, notices when one dies, and ends them all so that nothing is left behind.

Three ends are covered. Told to stop: SIGTERM, some seconds, then SIGKILL to each group. A party's main
process dies: all others are ended too and the reason is kept. This process dies, even by SIGKILL: the
lifeline, a pipe whose writing end only it holds, closes, and each party ends its own group.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.parties import Program, last_words, start
from sandbox.processes import kill_group, start_mark

STOP_WITHIN_S: Final = 6.0


@dataclass(kw_only=True)
class Running:
    """A party's main process. `group` is the process group that it leads."""

    party: str
    process: subprocess.Popen[bytes]
    log: Path
    mark: str
    vital: bool
    awaited: bool = False

    @property
    def group(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None


class Supervisor:
    """Starts, watches and stops. `on_death` is called with the reason, once, from a thread of ours."""

    def __init__(self, *, on_death: Callable[[str], None]) -> None:
        self._on_death = on_death
        self._lock = threading.Lock()
        self._running: list[Running] = []
        self._stopping = False
        self.lifeline, self._held = os.pipe()
        self._closed = False

    def is_stopping(self) -> bool:
        """Whether all have been told to stop."""
        with self._lock:
            return self._stopping

    def start(self, program: Program, *, vital: bool = True) -> Running:
        """Starts one party and watches it; the others end with one that is vital.

        Raises SandboxError when it can't be started, or all have been told to stop.
        """
        if self.is_stopping():
            raise SandboxError(f"{program.party} is not started: the sandbox stops")
        process = start(program)
        running = Running(
            party=program.party,
            process=process,
            log=program.log,
            mark=start_mark(process.pid) or "",
            vital=vital,
        )
        with self._lock:
            self._running.append(running)
        if self.is_stopping():
            # It was told so between the two looks, and may have missed this one.
            self.stop(running)
            raise SandboxError(f"{program.party} was started while the sandbox stopped")
        threading.Thread(
            target=self._watch, args=(running,), name=f"watch-{program.party}", daemon=True
        ).start()
        return running

    def stop(self, running: Running, *, signal_number: signal.Signals = signal.SIGTERM) -> None:
        """Ends one party on purpose; nobody of its group is left when this returns.

        SIGTERM goes to the main process, which ends its workers; SIGKILL to the whole group at once.
        """
        self._ask(running, signal_number)
        self._finish(running)

    def stop_all(self) -> None:
        """Ends all parties, together. May be called more than once, from any thread."""
        with self._lock:
            self._stopping = True
            running = list(self._running)
        for each in running:
            self._ask(each, signal.SIGTERM)
        for each in running:
            self._finish(each)
        with self._lock:
            # Once only: a number closed twice may be somebody else's by then.
            descriptors = () if self._closed else (self._held, self.lifeline)
            self._closed = True
        for descriptor in descriptors:
            os.close(descriptor)

    def _ask(self, running: Running, signal_number: signal.Signals) -> None:
        running.awaited = True
        with suppress(ProcessLookupError):
            if signal_number is signal.SIGKILL:
                os.killpg(running.group, signal.SIGKILL)
            else:
                running.process.send_signal(signal_number)

    def _finish(self, running: Running) -> None:
        with suppress(subprocess.TimeoutExpired):
            running.process.wait(timeout=STOP_WITHIN_S)
        kill_group(running.group)
        running.process.wait()
        with self._lock, suppress(ValueError):
            self._running.remove(running)

    def _watch(self, running: Running) -> None:
        status = running.process.wait()
        with self._lock:
            unexpected = running.vital and not running.awaited and not self._stopping
            if unexpected:
                self._stopping = True
        if unexpected:
            self._on_death(epitaph(running.party, status, running.log))


def epitaph(party: str, status: int, log: Path) -> str:
    """How a party ended, where its log is and what it said last."""
    how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    return f"{party} {how} although nobody asked it to. Its log: {log}{last_words(log)}"
