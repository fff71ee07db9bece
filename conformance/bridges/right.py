"""The bridges that are right, and how each is set up to be judged: ours, and two that are unlike it."""

from __future__ import annotations

import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from conformance.conform import new_token, suite_started
from conformance.events import ItemResult
from conformance.grammar.model import Item
from conformance.jsontypes import JSON
from conformance.parties import HarnessError
from conformance.play import World
from conformance.problems import did_you_mean
from conformance.run import Runner
from conformance.session import opened, target_for
from conformance.suite import Suite
from conformance.targets import Policy
from conformance.verdicts import VERDICTS, Verdict
from sandbox import Sandbox
from sandbox.instances import OUR_INSTANCES
from sandbox.judged import at_once

SUBSCRIBED_WITHIN_S: Final = 20.0
POLL_S: Final = 0.05


class UnknownBridgeError(LookupError):
    """No right bridge of that name; the message names the nearest."""


@dataclass(frozen=True, kw_only=True)
class RightBridge:
    """One that nothing may be failed of.

    ``module``: the program, None for ours; ``policy``: what its country agreed on, None where that is the
    pack's; ``mosip``: settings of the MOSIP that it is made for; ``forgiven``: verdicts beside pass and
    warning that say nothing against it; ``instances``: so many of it share the work.
    """

    name: str
    module: str | None = None
    policy: Policy | None = None
    mosip: Mapping[str, object] = field(default_factory=dict)
    forgiven: frozenset[Verdict] = frozenset()
    instances: int = 1

    @contextmanager
    def world(self) -> Iterator[World]:
        """A sandbox of its own with this bridge in it, subscribed where it takes deliveries.

        Raises HarnessError when it does not subscribe, SandboxError, AdminError.
        """
        command = None if self.module is None else shlex.join([sys.executable, "-m", self.module])
        with Sandbox(
            bridge_command=command,
            bridge_may_die=True,
            instance_count=self.instances,
            mosip_settings=self.mosip,
        ) as sandbox:
            # The sandbox asks a bridge that a command starts for nothing but its port.
            if command is not None and self != POLLING:
                self._await_subscription(sandbox)
            target = None if self.policy is None else replace(target_for(sandbox), policy=self.policy)
            with opened(sandbox, target) as world:
                if self == OURS and world.blind is not None:
                    raise HarnessError(f"ours does not show its rows: {world.blind}")
                yield world

    def _await_subscription(self, sandbox: Sandbox) -> None:
        deadline = time.monotonic() + SUBSCRIBED_WITHIN_S
        while not sandbox.mosip.state("subscriptions"):
            if time.monotonic() > deadline:
                raise HarnessError(f"{self.name} has not subscribed within {SUBSCRIBED_WITHIN_S:g} s")
            time.sleep(POLL_S)


# They lack doors that ours has, and show no operator what they owe: of some stories nobody can tell the end.
UNLIKE_OURS: Final[frozenset[Verdict]] = frozenset({"skipped", "inconclusive"})
OURS: Final = RightBridge(name="ours", instances=OUR_INSTANCES)
IN_REQUEST: Final = RightBridge(
    name="in_request", module="conformance.bridges.in_request", forgiven=UNLIKE_OURS
)
POLLING: Final = RightBridge(
    name="polling",
    module="conformance.bridges.polling",
    policy=Policy(identifier="none"),
    mosip={"status_roles": "extended"},
    forgiven=UNLIKE_OURS,
)
RIGHT_BRIDGES: Final = (OURS, IN_REQUEST, POLLING)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of items on one bridge: ``shuffled`` is the seed of its order, ``seconds`` without starting."""

    bridge: RightBridge
    workers: int
    shuffled: int
    results: Sequence[ItemResult]
    seconds: float

    @property
    def wronged(self) -> list[ItemResult]:
        """What was found of a bridge that is right."""
        fine = {"pass", "warning"} | self.bridge.forgiven
        return [result for result in self.results if result.verdict not in fine]

    def counts(self) -> dict[str, int]:
        """How many of each verdict, without those that no item has."""
        counted = Counter(result.verdict for result in self.results)
        return {verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]}

    def as_json(self) -> dict[str, JSON]:
        """For programs."""
        return {
            "bridge": self.bridge.name,
            "workers": self.workers,
            "random_order": self.shuffled,
            "seconds": round(self.seconds, 1),
            "counts": dict[str, JSON](self.counts()),
            "wronged": {
                each.item.id: [line for finding in each.findings for line in finding.lines()]
                for each in self.wronged
            },
        }


def run(bridge: RightBridge, items: Sequence[Item], *, workers: int, shuffled: int) -> Run:
    """Plays all items on it, shared by so many sandboxes, in the order of that seed.

    Raises HarnessError, SandboxError or AdminError when a sandbox does not come up.
    """
    with ExitStack() as stack:
        worlds = stack.enter_context(at_once([bridge.world() for _ in range(workers)]))
        started = suite_started(items, worlds, seed=shuffled, shuffled=shuffled, token=new_token())
        players = [Runner(world, seed=shuffled, token=started.token) for world in worlds]
        began = time.monotonic()
        results = Suite(started, players).play()
        seconds = time.monotonic() - began
    return Run(bridge=bridge, workers=workers, shuffled=shuffled, results=results, seconds=seconds)


def right_bridges(names: Sequence[str]) -> tuple[RightBridge, ...]:
    """The bridges of these names, all when there are none; raises UnknownBridgeError."""
    by_name = {bridge.name: bridge for bridge in RIGHT_BRIDGES}
    for name in names:
        if name not in by_name:
            raise UnknownBridgeError(f"no right bridge '{name}'.{did_you_mean(name, by_name)}")
    return tuple(by_name[name] for name in names) if names else RIGHT_BRIDGES
