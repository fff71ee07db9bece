"""sandbox.json: what runs, who started it and where it is; and the lock that keeps two starts apart."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sandbox.country import DEFAULT_COUNTRY
from sandbox.errors import SandboxError
from sandbox.files import PRIVATE_FILE, write_private
from sandbox.layout import StateDir
from sandbox.processes import group_is_alive, is_same_process, kill_group, start_mark
from sandbox.routes import DEFAULT_ROUTES, BridgeRoutes
from sandbox.trust import Trust

FORMAT: Final = 1
DOWN_WITHIN_S: Final = 20.0
POLL_S: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class ProcessRecord:
    """One process. `mark` is when it started: with the pid it names one process for good."""

    pid: int
    mark: str

    @classmethod
    def own(cls) -> ProcessRecord:
        return cls(pid=os.getpid(), mark=start_mark(os.getpid()) or "")

    @property
    def alive(self) -> bool:
        return is_same_process(self.pid, self.mark)


@dataclass(frozen=True, kw_only=True)
class PartyRecord:
    """A party that we started. `group` is its process group."""

    pid: int
    group: int
    mark: str
    log: str


@dataclass(frozen=True, kw_only=True)
class SandboxRecord:
    """The content of sandbox.json. `started` is UTC, ISO 8601; `urls` has every party, ours or not.

    advertise: scheme and host that were asked for; advertised: by party, the address that others are told
    authority, bundle: paths, as in Trust; bridge_ca: the path that was asked for
    """

    started: str
    ready: bool
    supervisor: ProcessRecord
    urls: Mapping[str, str]
    parties: Mapping[str, PartyRecord]
    admin_token: str
    seed: int = 0
    country: str = DEFAULT_COUNTRY
    routes: BridgeRoutes = DEFAULT_ROUTES
    offset: int = 0
    taken: tuple[int, ...] = ()
    advertise: str | None = None
    advertised: Mapping[str, str] = field(default_factory=dict)
    authority: str | None = None
    bundle: str | None = None
    bridge_ca: str | None = None
    format: int = FORMAT

    @property
    def alive(self) -> bool:
        return self.supervisor.alive

    @property
    def trust(self) -> Trust:
        return Trust(
            authority=Path(self.authority) if self.authority else None,
            bundle=Path(self.bundle) if self.bundle else None,
        )

    def write(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self), indent=1))


def utc_stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_record(state: StateDir) -> SandboxRecord | None:
    """The record of this state directory, live or stale; None when there is none.

    Raises SandboxError when the file is not one of ours.
    """
    try:
        raw = json.loads(state.record.read_text())
        return SandboxRecord(
            **{
                **raw,
                "supervisor": ProcessRecord(**raw["supervisor"]),
                "taken": tuple(raw["taken"]),
                "routes": BridgeRoutes(**raw.get("routes", {})),
                "parties": {name: PartyRecord(**party) for name, party in raw["parties"].items()},
            }
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SandboxError(
            f"{state.record} can't be read ({type(error).__name__}); remove it if no sandbox runs"
        ) from error


def running_record(state: StateDir) -> SandboxRecord | None:
    """The record of a sandbox that runs now; None when there is none or only a stale one."""
    record = read_record(state)
    return record if record is not None and record.alive else None


def require_running(state: StateDir) -> SandboxRecord:
    """As running_record, but raises SandboxError when nothing runs."""
    record = running_record(state)
    if record is None:
        raise SandboxError(f"no sandbox runs in {state.root}. Start one: mosip-harness up --detach")
    return record


@contextmanager
def exclusive(state: StateDir) -> Iterator[None]:
    """Holds the lock of a state directory; the system lets go of it when the holder dies.

    Raises SandboxError when another start holds it.
    """
    descriptor = os.open(state.lock, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SandboxError(
                f"a sandbox runs in {state.root} already. Look: mosip-harness status. "
                "Stop it: mosip-harness down. Or choose another folder with --state-dir."
            ) from error
        yield
    finally:
        os.close(descriptor)


def clear_remains(state: StateDir) -> list[str]:
    """Ends what a dead supervisor left and removes its record. Returns the parties that were left."""
    record = read_record(state)
    if record is None or record.alive:
        return []
    left = [name for name, party in record.parties.items() if _end_party(party)]
    state.record.unlink(missing_ok=True)
    return left


def take_down(record: SandboxRecord, state: StateDir) -> None:
    """Asks a running sandbox to stop and waits; what has not ended by then is killed."""
    with suppress(ProcessLookupError):
        os.kill(record.supervisor.pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_WITHIN_S
    while record.alive:
        if time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.kill(record.supervisor.pid, signal.SIGKILL)
            break
        time.sleep(POLL_S)
    for party in record.parties.values():
        _end_party(party)
    state.record.unlink(missing_ok=True)


def _end_party(party: PartyRecord) -> bool:
    """Kills the group unless its number has gone to somebody else. True when there was somebody to kill."""
    leader = start_mark(party.pid)
    if leader not in (None, party.mark) or not group_is_alive(party.group):
        return False
    kill_group(party.group)
    return True
