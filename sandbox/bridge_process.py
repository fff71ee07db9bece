"""The bridge as something that can be killed, stopped and started again, at the same address."""

from __future__ import annotations

import shlex
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from sandbox.addresses import port_of
from sandbox.errors import PortTakenError, SandboxError
from sandbox.health import Health, accepts, party_health, wait_ready
from sandbox.parties import Program, bridge_command, last_words
from sandbox.ports import listen
from sandbox.supervisor import Running, Supervisor

READY_WITHIN_S: Final = 30.0
PORT_WITHIN_S: Final = 5.0
POLL_S: Final = 0.02
LIFELINE_VARIABLE: Final = "BRIDGE_DIE_WITH_FD"


class BridgeProcess:
    """Process control of a bridge that the sandbox started: ours, or another's by its command.

    party: what it is called, where there are several instances. url: its address. log_path: its output.
    operator_token: opens the operator's routes of ours. All methods return when what they say is done.
    """

    def __init__(
        self,
        *,
        supervisor: Supervisor,
        party: str = "bridge",
        url: str,
        environment: Mapping[str, str],
        log_path: Path,
        operator_token: str,
        command: str | None,
        vital: bool,
        on_change: Callable[[], None],
    ) -> None:
        self.party = party
        self.url = url
        self.log_path = log_path
        self.operator_token = operator_token
        self._supervisor = supervisor
        self._environment = environment
        self._command = command
        self._vital = vital
        self._on_change = on_change
        self._process: Running | None = None

    @property
    def process(self) -> Running | None:
        """The main process that runs now, or ran last; None before the first start."""
        return self._process

    def running(self) -> bool:
        """Whether its main process lives."""
        return self._process is not None and self._process.alive

    def start(self, wait_ready: bool = True, *, listener: socket.socket | None = None) -> None:
        """Starts it at its address. With `wait_ready`, returns when it is ready (see `health`).

        Raises SandboxError when it runs already, its port is taken, or it is not ready within 30 s.
        """
        if self.running():
            raise SandboxError("the bridge runs already")
        if self._command is None:
            self._start_ours(listener or self._listen_again())
        else:
            # A foreign bridge opens its port itself.
            if listener is not None:
                listener.close()
            self._start_foreign(self._command)
        self._on_change()
        if wait_ready:
            self.wait_ready()

    def wait_ready(self, *, within: float = READY_WITHIN_S) -> None:
        """Waits until it is ready. Raises SandboxError when it ends before, or after `within` seconds."""
        wait_ready({self.party: self.health}, within=within, broken=self.broken)

    def health(self) -> Health:
        """Ours: /ready, which includes its verified subscription. Another's: whether its port answers."""
        return party_health("bridge", self.url) if self._command is None else accepts(self.url)

    def kill(self) -> None:
        """SIGKILL to its whole group, as when the machine loses power; nothing of it is left."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, so that it may drain; SIGKILL to what is left after some seconds."""
        self._end(signal.SIGTERM)

    def restart(self, *, wait_ready: bool = True) -> None:
        """Stops and starts it."""
        self.stop()
        self.start(wait_ready=wait_ready)

    def _end(self, signal_number: signal.Signals) -> None:
        if self._process is not None:
            self._supervisor.stop(self._process, signal_number=signal_number)
            self._on_change()

    def _start_ours(self, listener: socket.socket) -> None:
        lifeline = self._supervisor.lifeline
        with listener:
            self._process = self._supervisor.start(
                Program(
                    party=self.party,
                    command=bridge_command(listener=listener.fileno()),
                    log=self.log_path,
                    environment={**self._environment, LIFELINE_VARIABLE: str(lifeline)},
                    descriptors=(listener.fileno(), lifeline),
                ),
                vital=self._vital,
            )

    def _start_foreign(self, command: str) -> None:
        self._process = self._supervisor.start(
            Program(
                party=self.party,
                command=shlex.split(command),
                log=self.log_path,
                environment=self._environment,
                inherit=True,
            ),
            vital=self._vital,
        )

    def _listen_again(self) -> socket.socket:
        port = port_of(self.url)
        deadline = time.monotonic() + PORT_WITHIN_S
        while True:
            with suppress(PortTakenError):
                return listen(port)
            if time.monotonic() > deadline:
                raise SandboxError(f"the bridge's port {port} was taken by somebody else while it was down")
            time.sleep(POLL_S)

    def broken(self) -> str | None:
        """Why it will not become ready any more; None while it lives."""
        if self.running():
            return None
        return f"the bridge ended before it was ready. Its log: {self.log_path}{last_words(self.log_path)}"
