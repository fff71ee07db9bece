"""Which bridge a run judges, as the command line was told: ours, an address, a command, or a target file."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.called_process import CalledProcess
from conformance.jsontypes import items, mapping
from conformance.logs import LogFile
from conformance.operator_view import OUR_VIEW
from conformance.readiness import OUR_READINESS
from conformance.target_file import TargetFile
from conformance.targets import FULL_CONTROL, Target
from sandbox.country import DEFAULT_COUNTRY
from sandbox.errors import SandboxError
from sandbox.instances import OUR_INSTANCES, instance_names
from sandbox.judged import at_once, judged_sandbox
from sandbox.layout import DEFAULT_STATE_DIR

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.running import Parties

OURS: Final = "our-bridge"
PASSED: Final = ("pass", "skipped", "known")


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """The bridge of a run; all None: ours. ``country``: where it is judged, unless ``told`` says where.

    ``instances``: so many are started of ours or of a command's; None: as many as is usual.
    ``ca_file``: by which authority its certificate is believed, unless ``told`` says it.
    """

    url: str | None = None
    command: str | None = None
    told: TargetFile | None = None
    country: str | None = None
    instances: int | None = None
    ca_file: Path | None = None

    @property
    def target(self) -> Target | None:
        """The target of a target file, None where the sandbox knows best. Raises SandboxError."""
        return self.told.target() if self.told is not None else None

    @property
    def runs_elsewhere(self) -> bool:
        """Whether it is one that somebody else keeps, so that there is no second one like it."""
        return self.url is not None

    @property
    def processes(self) -> dict[str, CalledProcess]:
        """The processes that a target file's calls control, by instance; none without such calls."""
        if self.told is None or not self.told.process:
            return {}
        return {
            each.name: CalledProcess(instance=each, calls=self.told.process, ready=self.told.ready)
            for each in self.told.every_instance
        }

    def planned(self) -> Target:
        """The target as far as it is known with nothing started."""
        if self.told is not None:
            return self.told.target()
        if self.url is not None or self.command is not None:
            return Target(
                name=self.url or "command",
                bridge_url=self.url or "",
                instances=self._started,
                control=FULL_CONTROL if self.command else frozenset(),
            )
        return Target(
            name=OURS,
            bridge_url="",
            instances=self._started,
            control=FULL_CONTROL,
            ready=OUR_READINESS,
            view=OUR_VIEW,
            stale_after=True,
            logs=(LogFile(path=Path("bridge.log")),),
        )

    @property
    def count(self) -> int:
        """How many instances are started here. Another's may not be made to share a store."""
        ours = self.url is None and self.command is None
        return self.instances or (OUR_INSTANCES if ours else 1)

    @property
    def _started(self) -> dict[str, str]:
        return dict.fromkeys(instance_names(self.count), "")

    def sandboxes(
        self,
        count: int,
        *,
        seed: int,
        state_dir: Path | None,
        say: Callable[[str], None],
        advertise: str | None = None,
    ) -> AbstractContextManager[list[Parties]]:
        """Several sandboxes, each with a bridge of its own: in ``state_dir`` each has a folder of its own.

        Raises SandboxError when one does not start.
        """
        folders = [None if state_dir is None else state_dir / f"worker-{n}" for n in range(1, count + 1)]
        return at_once(
            [
                self.sandbox(
                    seed=seed,
                    state_dir=state_dir if count == 1 else folder,
                    say=say,
                    advertise=advertise,
                )
                for folder in folders
            ]
        )

    def sandbox(
        self,
        *,
        seed: int,
        state_dir: Path | None,
        say: Callable[[str], None],
        advertise: str | None = None,
    ) -> AbstractContextManager[Parties]:
        """The sandbox in which it is judged; its country is the target's, or the one that is asked for.

        ``advertise``: scheme and host by which the bridge is told of the mocks, None for this machine's.
        """
        told = None if self.told is None else self.told.country or DEFAULT_COUNTRY
        return judged_sandbox(
            state_dir=state_dir,
            default_dir=DEFAULT_STATE_DIR,
            bridge_url=self.url,
            bridge_command=self.command,
            seed=seed,
            say=say,
            country=told or self.country,
            instances=self.count,
            routes=None if self.told is None else self.told.routes,
            advertise=advertise,
            bridge_ca=self.ca_file if self.told is None else self.told.ca_file,
            mode=self.told.mode if self.told is not None else "full",
        )


def failed_before(report: Path) -> list[str]:
    """The items of an earlier run that did not pass, by its folder or its results.json.

    Raises SandboxError when that is no report.
    """
    path = report / "results.json" if report.is_dir() else report
    try:
        document = mapping(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise SandboxError(f"{path} is no results.json of an earlier run ({type(error).__name__})") from error
    played = [mapping(each) for each in items(document.get("items"))]
    return [str(each["id"]) for each in played if each.get("verdict") not in PASSED]
