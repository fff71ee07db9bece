"""The demo: a login, a birth, a death and what it ends, told while they happen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from sandbox.box import Sandbox
from sandbox.demo_people import Person, days_ago
from sandbox.demo_story import DemoError, Story
from sandbox.registrar import RegistrarError

if TYPE_CHECKING:
    from rich.console import Console

NEXT: Final = """Next:
  mosip-harness up --detach                 the same sandbox to play with; then: status, down
  mosip-harness conform                     judge the bridge by every scenario
  mosip-harness conform --bridge-url URL    judge another bridge
  mosip-harness env --for bridge            what points another bridge at the running sandbox"""


def play(*, state_dir: Path | None, out: TextIO) -> bool:
    """Starts a sandbox, plays, tells, stops. False when something failed; the reason is printed then.

    Raises SandboxError when the sandbox itself does not start.
    """
    from rich.console import Console

    from mock_control.client import AdminError

    console = Console(file=out, highlight=False)
    console.print("Starting OpenCRVS, MOSIP and E-Signet (mocks) and the bridge between them …")
    begun = time.monotonic()
    with Sandbox(state_dir=state_dir) as sandbox:
        console.print(f"All are ready after {time.monotonic() - begun:.1f} s.\n")
        begun = time.monotonic()
        try:
            _tell(Story(sandbox=sandbox, console=console), console)
        except (AdminError, RegistrarError, DemoError) as error:
            reason = sandbox.failure or str(error)
            console.print(f"\nThe demo failed: {reason}", style="bold red", soft_wrap=True)
            sandbox.stop(keep=True)
            console.print(f"Logs: {sandbox.log_path('bridge').parent}", soft_wrap=True)
            return False
        console.print(f"Played in {time.monotonic() - begun:.1f} s.")
    console.print("Everything is stopped.\n")
    console.print(NEXT, soft_wrap=True)
    return True


def _tell(story: Story, console: Console) -> None:
    child = Person(first="Amara", last="Okello", sex="female", born=days_ago(9))
    mother = story.known_for_years(Person(first="Nadia", last="Okello", sex="female", born="1996-02-11"))
    elder = story.known_for_years(Person(first="Isuru", last="Perera", sex="male", born="1951-04-22"))
    console.print(f"[bold]A login:[/bold] {mother.name}, the mother, proves who she is")
    record, page = story.login(mother)
    console.print(f"[bold]A birth:[/bold] {child.name}, born {child.born}")
    story.birth(child, record, page)
    console.print(f"[bold]A death:[/bold] {elder.name}, UIN {elder.uin}")
    story.death(elder)
    console.print(f"[bold]After it:[/bold] somebody uses {elder.name}'s number")
    story.used_again(elder)
    for ending in story.endings:
        console.print(ending, style="bold green", soft_wrap=True)
    console.print()
