"""The test stand: a sandbox without journals, and what its parties use of the CPU meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Final, cast

from load.drive import CONNECTIONS, Driven, Request, drive
from load.prepare import Prepared, prepare
from load.processes import cpu_seconds
from load.questions import Question
from sandbox.errors import SandboxError
from sandbox.record import require_running

if TYPE_CHECKING:
    from sandbox.box import Sandbox

ACCEPTED: Final = 202
WITHIN_S: Final = 60.0
POLL_S: Final = 0.1
SETTLE_S: Final = 0.3
IDLE_S: Final = 3.0
PROOF: Final = "jcs"
ASKING: Final = 4
"""Connections for questions: few enough that no worker of the bridge has too many at once."""


class BenchError(SandboxError):
    """A measurement could not be made; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Loop:
    """One pass of births through all parties. ``cpu_ms`` is CPU per birth of each party and the generator."""

    births_per_s: float
    cpu_ms: Mapping[str, float]


@dataclass(kw_only=True)
class Stand:
    """A sandbox under measurement. ``idle`` is CPU seconds that the bridge uses each second for nothing."""

    sandbox: Sandbox
    groups: Mapping[str, int]
    idle: float = 0.0
    seed: int = 0

    def births(self, count: int) -> list[Prepared]:
        """New registrations; each call gives other people."""
        self.seed += 1
        opencrvs, mosip = self.sandbox.opencrvs, self.sandbox.mosip
        return prepare(opencrvs, mosip, births=count, deaths=0, seed=self.seed)

    def cpu(self, party: str = "bridge") -> float:
        """CPU seconds of a party so far."""
        return cpu_seconds(self.groups[party])

    def measure_idle(self) -> None:
        """How much the bridge's own housekeeping takes, to be left out of what an operation costs."""
        before, began = self.cpu(), time.monotonic()
        time.sleep(IDLE_S)
        self.idle = (self.cpu() - before) / (time.monotonic() - began)

    def cost(self, work: Callable[[], None], operations: int) -> float:
        """Milliseconds of the bridge's CPU for each of so many operations that ``work`` brings about."""
        before, began = self.cpu(), time.monotonic()
        work()
        used = self.cpu() - before - self.idle * (time.monotonic() - began)
        return used / operations * 1000

    def post(self, births: Sequence[Prepared]) -> float:
        """Sends them and says when the first left (seconds since 1970).

        Raises BenchError unless all are taken.
        """
        posted = self._drive([each.request() for each in births])
        if posted.statuses[ACCEPTED] != len(births):
            raise BenchError(f"the bridge answered {dict(posted.statuses)}, not {len(births)} times 202")
        return posted.began

    def ask(self, questions: Sequence[Question]) -> None:
        """Asks them all. Raises BenchError unless each answer is the right one."""
        asked = self._drive([each.request() for each in questions], connections=ASKING)
        pairs = zip(questions, asked.answers, strict=True)
        right = sum(each.answered(answer.status, answer.body) for each, answer in pairs)
        if right != len(questions):
            said = f"the bridge answered {dict(asked.statuses)}"
            raise BenchError(f"{said}; only {right} of {len(questions)} answers are right")

    def wait_until_told(self, births: Sequence[Prepared], *, before: int) -> None:
        """Waits until MOSIP has taken them all in; ``before``: how many workflows it had."""
        self._until(lambda: self.workflows() >= before + len(births), "MOSIP has them all")
        time.sleep(SETTLE_S)

    def workflows(self) -> int:
        """How many workflows MOSIP has begun."""
        return len(cast("list[object]", self.sandbox.mosip.state("workflows")))

    def news(self, after: int = 0) -> tuple[list[Mapping[str, object]], int]:
        """Answers that OpenCRVS took after that number, and the newest number."""
        page = cast("Mapping[str, object]", self.sandbox.opencrvs.command("opencrvs.answers", after=after))
        return cast("list[Mapping[str, object]]", page["answers"]), cast("int", page["last"])

    def wait_until_confirmed(self, births: Sequence[Prepared], *, after: int) -> float:
        """Waits for all their accepts, and says when the last took effect (seconds since 1970)."""
        open_actions, last, newest = {each.action for each in births}, after, 0.0

        def all_confirmed() -> bool:
            nonlocal last, newest
            found, last = self.news(last)
            for each in found:
                open_actions.discard(str(each["action"]))
                newest = max(newest, cast("float", each["at"]))
            return not open_actions

        self._until(all_confirmed, "all are confirmed")
        return newest

    def _drive(self, requests: Sequence[Request], *, connections: int = CONNECTIONS) -> Driven:
        try:
            return drive(self.sandbox.urls["bridge"], requests, connections=connections)
        except (OSError, HTTPException) as error:
            self.sandbox.check()
            raise BenchError(f"the bridge gave no answer ({type(error).__name__})") from error

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WITHIN_S
        while not condition():
            self.sandbox.check()
            if time.monotonic() > deadline:
                raise BenchError(f"not within {WITHIN_S:g} s: {what}")
            time.sleep(POLL_S)


@contextmanager
def stand(*, stage_delay_s: float) -> Iterator[Stand]:
    """Starts the parties as for a load test: no journal, policy hmac and a JCS proof."""
    from sandbox.box import Sandbox

    with Sandbox(
        hurried=False,
        mosip_settings={"journal": False, "stage_delay_s": stage_delay_s, "proof": PROOF},
        esignet_settings={"journal": False},
        opencrvs_settings={"journal": False},
    ) as sandbox:
        record = require_running(sandbox.layout.state)
        groups = {party: each.group for party, each in record.parties.items()}
        yield Stand(sandbox=sandbox, groups=groups)
