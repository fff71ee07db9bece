"""A bridge whose process somebody else's commands control, as a target file names them."""

from __future__ import annotations

import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests

from conformance.parties import HarnessError
from conformance.target_file import Commands
from sandbox.errors import SandboxError

COMMAND_TIMEOUT_S: Final = 60.0
UP_WITHIN_S: Final = 60.0
ASK_TIMEOUT: Final = (1.0, 2.0)
POLL_S: Final = 0.05
WORDS_SHOWN: Final = 300


@dataclass(frozen=True, kw_only=True)
class CommandProcess:
    """One instance of a bridge, started and ended by commands. It runs as long as its port answers.

    ``ca_file``: by which authority its certificate is believed, None for the system's.
    """

    commands: Commands
    instance: str
    url: str
    ca_file: Path | None = None

    def running(self) -> bool:
        """Whether anything answers at its address."""
        try:
            requests.get(
                self.url, timeout=ASK_TIMEOUT, verify=True if self.ca_file is None else str(self.ca_file)
            )
        except requests.RequestException:
            return False
        return True

    def kill(self) -> None:
        """Ends it at once; raises HarnessError when the command fails or it still answers."""
        self._run("kill", self.commands.kill)
        self._await(running=False, after="kill")

    def stop(self) -> None:
        """Ends it kindly; raises HarnessError as ``kill``, and when the target names no such command."""
        if self.commands.stop is None:
            raise HarnessError("the target file names no command that stops the bridge")
        self._run("stop", self.commands.stop)
        self._await(running=False, after="stop")

    def start(self, wait_ready: bool = True) -> None:
        """Starts it; raises HarnessError when the command fails, SandboxError when it does not come up."""
        self._run("start", self.commands.start)
        if wait_ready:
            self._await(running=True, after="start")

    def _run(self, name: str, command: str) -> None:
        words = [part.replace("{instance}", self.instance) for part in shlex.split(command)]
        try:
            # The commands are the user's own, of the user's own target file.
            done = subprocess.run(
                words, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise HarnessError(
                f"the target's command '{name}' can't be run: {type(error).__name__}"
            ) from error
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-WORDS_SHOWN:]
            raise HarnessError(f"the target's command '{name}' ended with {done.returncode}: {said}")

    def _await(self, *, running: bool, after: str) -> None:
        deadline = time.monotonic() + UP_WITHIN_S
        while self.running() != running:
            if time.monotonic() > deadline:
                if running:
                    raise SandboxError(f"nothing answers at {self.url} {UP_WITHIN_S:g} s after start")
                raise HarnessError(f"the bridge still answers {UP_WITHIN_S:g} s after '{after}'")
            time.sleep(POLL_S)
