"""A bridge whose process somebody else's commands or addresses control, as a target file names them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.calls import Call, Instance
from conformance.parties import HarnessError
from conformance.readiness import Readiness
from sandbox.errors import SandboxError

UP_WITHIN_S: Final = 60.0
POLL_S: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class CalledProcess:
    """One instance of a bridge. It runs as long as its port answers.

    ``calls`` by what they do: start, stop, kill, restart. ``ready``: how it says that it can work.
    """

    instance: Instance
    calls: Mapping[str, Call] = field(default_factory=dict)
    ready: Readiness | None = None

    def running(self) -> bool:
        """Whether anything answers at its address."""
        return self.instance.answers()

    def kill(self) -> None:
        """Ends it at once; raises HarnessError when the call fails, is not named, or it still answers."""
        self._call("kill")
        self._await_end(after="kill")

    def stop(self) -> None:
        """Ends it kindly; raises HarnessError as ``kill``."""
        self._call("stop")
        self._await_end(after="stop")

    def start(self, wait_ready: bool = True) -> None:
        """Starts it; raises HarnessError when the call fails, SandboxError when it does not come up."""
        self._call("start")
        if wait_ready:
            self._await_up(after="start")

    def restart(self) -> None:
        """Restarts it, by the call for that or by stop and start; raises as these."""
        if "restart" in self.calls:
            self._call("restart")
            self._await_up(after="restart")
        else:
            self.stop()
            self.start()

    def _call(self, name: str) -> None:
        if name not in self.calls:
            raise HarnessError(f"the target file names nothing that does it: add process.{name}")
        self.calls[name].ask(self.instance)

    def _await_end(self, *, after: str) -> None:
        deadline = time.monotonic() + UP_WITHIN_S
        while self.running():
            if time.monotonic() > deadline:
                raise HarnessError(
                    f"the bridge still answers at {self.instance.url} {UP_WITHIN_S:g} s after "
                    f"process.{after}: does it end this instance?"
                )
            time.sleep(POLL_S)

    def _await_up(self, *, after: str) -> None:
        deadline = time.monotonic() + UP_WITHIN_S
        while True:
            late = time.monotonic() > deadline
            try:
                if self.running() and (self.ready is None or self.ready.holds(self.instance)):
                    return
            except HarnessError:
                # One that is just coming up may answer otherwise than it will.
                if late:
                    raise
            if late:
                what = "does not say that it is ready" if self.running() else "does not answer"
                raise SandboxError(f"{self.instance.url} {what} {UP_WITHIN_S:g} s after process.{after}")
            time.sleep(POLL_S)
