"""Which faults there are and which operations they fit: asked of the mocks, so it can't grow old."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from sandbox.errors import SandboxError
from sandbox.layout import Layout, StateDir
from sandbox.ports import DEFAULT_PORTS, HOST, PARTIES
from sandbox.record import running_record
from sandbox.settings_files import write_mock_settings

OPERATIONS_PATH: Final = "/__admin/operations"
# Faults that need a name beside them: which names an operation knows.
NAMED: Final = ("answers", "outcomes")


@dataclass(frozen=True, kw_only=True)
class FaultEntry:
    """One fault. `operations`: each operation it fits, with the answers or outcomes it knows by name."""

    name: str
    help: str
    operations: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, object]:
        return {
            "fault": self.name,
            "help": self.help,
            "operations": {operation: list(names) for operation, names in self.operations.items()},
        }

    def fits(self) -> list[str]:
        """A line for each operation."""
        return [
            f"{operation}: {', '.join(names)}" if names else operation
            for operation, names in self.operations.items()
        ]


def fault_catalogue(state_dir: Path) -> list[FaultEntry]:
    """All faults, of the mocks that run in `state_dir`, or else of mocks made here without a network."""
    from mock_control.do import FAULT_HELP

    state = StateDir.at(state_dir)
    operations = _running_operations(state) if running_record(state) else _own_operations()
    fitting: defaultdict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for operation in operations:
        named = tuple(name for kind in NAMED for name in cast("list[str]", operation.get(kind) or []))
        for fault in cast("list[str]", operation["faults"]):
            fitting[fault][str(operation["name"])] = named if fault == "answer" else ()
    return [
        FaultEntry(name=name, help=text, operations=dict(sorted(fitting[name].items())))
        for name, text in FAULT_HELP.items()
    ]


def _running_operations(state: StateDir) -> Iterable[Mapping[str, object]]:
    from sandbox.running import RunningSandbox

    running = RunningSandbox(state.root)
    mocks = (running.mosip, running.esignet, running.opencrvs)
    return [each for mock in mocks for each in mock.operations()]


def _own_operations() -> Iterable[Mapping[str, object]]:
    """Makes the mocks' applications in this process and asks them, through Flask's test client."""
    from mock_mosip.app import create_app as create_mosip
    from mock_mosip.esignet.app import create_app as create_esignet
    from mock_mosip.esignet.settings import EsignetSettings
    from mock_mosip.settings import MosipSettings
    from mock_opencrvs.app import create_app as create_opencrvs
    from mock_opencrvs.settings import OpencrvsSettings

    with tempfile.TemporaryDirectory(prefix="mosip-harness-") as folder:
        state = StateDir.at(Path(folder))
        state.begin(PARTIES)
        urls = {party: f"http://{HOST}:{DEFAULT_PORTS[party]}" for party in PARTIES}
        layout = Layout.of(state, urls)
        apps = (
            create_mosip(MosipSettings.from_file(write_mock_settings("mosip", layout, {}))),
            create_esignet(EsignetSettings.from_file(write_mock_settings("esignet", layout, {}))),
            create_opencrvs(OpencrvsSettings.from_file(write_mock_settings("opencrvs", layout, {}))),
        )
        found: list[Mapping[str, object]] = []
        for app in apps:
            answer = app.test_client().get(
                OPERATIONS_PATH, headers={"Authorization": f"Bearer {layout.secrets.admin_token}"}
            )
            if answer.status_code != 200:
                raise SandboxError(f"a mock does not list its operations: {answer.status}")
            found += cast("list[Mapping[str, object]]", answer.get_json()["operations"])
        return found
