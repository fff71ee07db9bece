"""Judges one mutant: starts it in a sandbox of its own, plays what must catch it, and compares."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import requests

from conformance.jsontypes import JSON
from conformance.library import chosen
from conformance.mutants.table import Mutant
from conformance.parties import HarnessError
from conformance.run import Runner
from conformance.session import opened, target_for
from conformance.targets import Patience
from mock_control.client import AdminError
from sandbox import Sandbox
from sandbox.errors import SandboxError

BRIDGE: Final = "bridge"
READY_WITHIN_S: Final = 20.0
STALE_S: Final = 7.0
"""A mutant of ours notices silence after 4 s, if it does."""
POLL_S: Final = 0.05
TIMEOUT: Final = (1.0, 2.0)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """``missed``: by item, what was to be found and was not; ``found``: by item, all that was.

    ``trouble``: why it could not be judged at all, None where it could.
    """

    mutant: Mutant
    missed: Mapping[str, frozenset[str]]
    found: Mapping[str, tuple[str, ...]]
    seconds: float
    trouble: str | None = None

    @property
    def caught(self) -> bool:
        """Whether everything was found that must be."""
        return not self.missed and self.trouble is None

    def as_json(self) -> dict[str, JSON]:
        """For programs."""
        return {
            "mutant": self.mutant.name,
            "breaks": self.mutant.breaks,
            "caught": self.caught,
            "seconds": round(self.seconds, 1),
            "found": {item: list[JSON](findings) for item, findings in self.found.items()},
            "missed": {item: list[JSON](sorted(each)) for item, each in self.missed.items()},
            "trouble": self.trouble,
        }


def judge(mutant: Mutant) -> Judged:
    """Plays what must catch it; one that does not come up is told as ``trouble`` and ends nothing else."""
    began = time.monotonic()
    try:
        return _judged(mutant)
    except (AdminError, HarnessError, SandboxError) as error:
        seconds = time.monotonic() - began
        return Judged(mutant=mutant, missed={}, found={}, seconds=seconds, trouble=str(error))


def _judged(mutant: Mutant) -> Judged:
    began = time.monotonic()
    found: dict[str, tuple[str, ...]] = {}
    with (
        as_file(files("conformance.mutants").joinpath("broken")) as folder,
        _sandbox(mutant, folder) as sandbox,
    ):
        _until_ready(sandbox, mutant)
        patience = Patience(retry=mutant.patience_s, stale_after=STALE_S)
        target = dataclasses.replace(
            target_for(sandbox), patience=patience, stale_after=mutant.program is None
        )
        with opened(sandbox, target) as world:
            runner = Runner(world, seed=0, token="mutant")  # noqa: S106 - names the run
            for item in chosen(mutant.caught):
                findings = runner.play(item).findings
                found[item.id] = tuple(f"{each.verdict}: {each.by}" for each in findings)
    missed = {
        item: left for item, wanted in mutant.caught.items() if (left := wanted - set(found.get(item, ())))
    }
    return Judged(mutant=mutant, missed=missed, found=found, seconds=time.monotonic() - began)


def _sandbox(mutant: Mutant, folder: Path) -> Sandbox:
    """Everything as it should be, but for the one that is broken; not started yet."""
    if mutant.party != BRIDGE:
        program = (sys.executable, str(folder / "start_mock.py"), mutant.name)
        return Sandbox(mock_programs={mutant.party: program}, bridge_may_die=True)
    told = ["-m", mutant.program] if mutant.program else [str(folder / "start.py"), mutant.name]
    return Sandbox(
        bridge_command=shlex.join([sys.executable, *told]),
        bridge_may_die=True,
        instance_count=mutant.instances,
    )


def _until_ready(sandbox: Sandbox, mutant: Mutant) -> None:
    """The sandbox asks only whether the port is open; a bridge is ready when it has subscribed."""
    deadline = time.monotonic() + READY_WITHIN_S
    ready = f"{sandbox.urls['bridge']}/ready"
    while not (sandbox.mosip.state("subscriptions") and (mutant.program or _says_so(ready))):
        if time.monotonic() > deadline:
            raise HarnessError(f"the mutant {mutant.name} does not come up")
        time.sleep(POLL_S)


def _says_so(url: str) -> bool:
    try:
        return requests.get(url, timeout=TIMEOUT).status_code == 200
    except requests.RequestException:
        return False
