"""`up`, in the foreground or detached, and what it says."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from types import FrameType
from typing import Final, NoReturn

from sandbox.box import MOCKS, READY_WITHIN_S, Sandbox
from sandbox.errors import PartyDiedError, SandboxError
from sandbox.exposure import Exposure
from sandbox.files import PRIVATE_FILE, make_private_folder
from sandbox.layout import StateDir
from sandbox.parties import clean_environment, last_words, python
from sandbox.record import SandboxRecord, exclusive, running_record

POLL_S: Final = 0.05
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_signals() -> None:
    """Turns the first stop signal into KeyboardInterrupt and ignores the rest: stopping is never cut off."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)


def keep_up(sandbox: Sandbox) -> None:
    """Waits until somebody stops the sandbox. Raises PartyDiedError when a party dies before."""
    try:
        reason = sandbox.wait()
    except KeyboardInterrupt:
        reason = None
    finally:
        sandbox.stop()
    if reason is not None:
        raise PartyDiedError(f"the sandbox has stopped: {reason}")


def detach(arguments: Sequence[str], state: StateDir) -> SandboxRecord:
    """Starts `mosip-harness up ARGUMENTS` in a session of its own and returns its record once all is ready.

    Raises SandboxError with its last words when it ends before that.
    """
    state.make()
    with exclusive(state):
        pass  # says it now, and here, when one runs already
    log = make_private_folder(state.root) / "up.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    try:
        child = subprocess.Popen(
            python("-m", "sandbox.cli", "up", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env={**os.environ, **clean_environment()},
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    deadline = time.monotonic() + 2 * READY_WITHIN_S
    while time.monotonic() < deadline:
        record = running_record(state)
        if record is not None and record.ready and record.supervisor.pid == child.pid:
            return record
        if child.poll() is not None:
            raise SandboxError(f"the sandbox did not start:{last_words(log)}")
        time.sleep(POLL_S)
    child.terminate()
    raise SandboxError(f"the sandbox is not ready after {2 * READY_WITHIN_S:g} s. See {log}")


def facts(record: SandboxRecord, state: StateDir, *, seconds: float) -> dict[str, object]:
    """What `up --json` prints."""
    return {
        "ready": record.ready,
        "seconds": round(seconds, 2),
        "state_dir": str(state.root),
        "supervisor": record.supervisor.pid,
        "urls": dict(record.urls),
        "advertised": dict(record.advertised),
        "authority": record.authority,
        "offset": record.offset,
        "parties": sorted(record.parties),
    }


def announcement(record: SandboxRecord, state: StateDir, *, seconds: float) -> list[str]:
    """What `up` prints: the addresses, what moved, what to do next."""
    lines = [f"Ready after {seconds:.1f} s."]
    if record.offset:
        lines.append(f"Taken: {_ports(record.taken)}; so all parties moved together by {record.offset}.")
        if "bridge" not in record.parties:
            lines.append("(If your bridge listens there already, say so: --bridge-url URL)")
    lines += [f"  {party:<9} {url}{_remarks(party, record)}" for party, url in sorted(record.urls.items())]
    lines += _told_to_others(record)
    lines.append(f"Logs and keys: {state.root}")
    return lines


def _ports(numbers: Sequence[int]) -> str:
    return ("port " if len(numbers) == 1 else "ports ") + ", ".join(map(str, numbers))


def _remarks(party: str, record: SandboxRecord) -> str:
    if party not in record.parties:
        return "   (not started here: expected at this address)"
    told, url = record.advertised.get(party), record.urls[party]
    return "" if told in (None, url) else f"   advertised as {told}"


def _told_to_others(record: SandboxRecord) -> list[str]:
    """What somebody must know who has opened the mocks to others."""
    mocks = tuple(party for party in record.parties if party in MOCKS)
    lines = Exposure.of(advertise=record.advertise, bridge_ca=None, mocks=mocks).remarks
    if record.authority is not None:
        lines.append(f"Certificate of their authority, for whoever shall trust them: {record.authority}")
    return lines
