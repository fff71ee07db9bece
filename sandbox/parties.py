"""Starting one party: a process in a session and group of its own, a clean environment, a log file."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.files import PRIVATE_FILE, make_private_folder

# Nothing else of the caller's environment reaches a party: no proxy, no stray setting of a bridge.
KEPT_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
KEPT_PREFIXES: Final = ("COVERAGE_",)
LOG_TAIL_LINES: Final = 12
PRIVATE_UMASK: Final = 0o077


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run for a party. `descriptors` stay open in it.

    environment: comes on top of the clean one, or, with `inherit`, of the caller's own (a foreign program may
    need what its owner has set).
    """

    party: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()
    inherit: bool = False


def clean_environment() -> dict[str, str]:
    """The few variables that any program needs, and our own packages' folders as absolute paths."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT_VARIABLES or name.startswith(KEPT_PREFIXES)
    }
    folders = _package_folders()
    if folders:
        kept["PYTHONPATH"] = os.pathsep.join(folders)
    kept["PYTHONUNBUFFERED"] = "1"
    return kept


def _package_folders() -> list[str]:
    """What must be on a party's path for it to find what we found; nothing when all is installed."""
    named = [Path(part).resolve() for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    source, installed = Path(__file__).resolve().parents[1], sysconfig.get_paths()
    if str(source) not in (installed["purelib"], installed["platlib"]) and source not in named:
        named.append(source)
    return [str(folder) for folder in named]


def python(*arguments: str) -> tuple[str, ...]:
    """A command that runs our Python without looking for modules in the current folder."""
    return (sys.executable, "-P", *arguments)


MOCK_PROGRAM: Final = python("-m", "sandbox.party")


def mock_command(
    party: str,
    *,
    listener: int,
    settings: Path,
    lifeline: int,
    certificate: Path | None = None,
    program: Sequence[str] = MOCK_PROGRAM,
) -> tuple[str, ...]:
    """What runs a mock: ours, or another ``program`` that takes the arguments of ``sandbox.party``."""
    return (
        *program, party,
        "--fd", str(listener), "--settings", str(settings), "--die-with-fd", str(lifeline),
        *(() if certificate is None else ("--certificate", str(certificate))),
    )  # fmt: skip


def bridge_command(*, listener: int) -> tuple[str, ...]:
    return python(
        "-c", "from bridge.cli import main; main(prog_name='mosip-bridge')", "serve", "--fd", str(listener)
    )


def start(program: Program) -> subprocess.Popen[bytes]:
    """Starts the program, its output appended to its log. Raises SandboxError when it can't be started."""
    make_private_folder(program.log.parent)
    log = os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    try:
        return subprocess.Popen(
            list(program.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**(os.environ if program.inherit else clean_environment()), **program.environment},
            pass_fds=program.descriptors,
            start_new_session=True,
            umask=-1 if program.inherit else PRIVATE_UMASK,
        )
    except OSError as error:
        raise SandboxError(
            f"{program.party} can't be started: {error.strerror}: {program.command[0]}"
        ) from error
    finally:
        os.close(log)


def last_words(log: Path) -> str:
    """The last lines of a log, indented, for a message to a person; empty when there are none."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "".join(f"\n    {line}" for line in lines[-LOG_TAIL_LINES:])
