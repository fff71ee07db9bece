"""A bridge of several instances as one thing that can be killed, stopped and started."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from conformance.parties import BridgeProcess


@dataclass(frozen=True, kw_only=True)
class AllInstances:
    """Does to each at once what is asked; it runs when all of them run. Raises what one of them raises."""

    processes: Sequence[BridgeProcess]

    def running(self) -> bool:
        """Whether all of them run."""
        return all(each.running() for each in self.processes)

    def kill(self) -> None:
        """Ends all at once, as when the machine loses power."""
        _at_once(self.processes, lambda each: each.kill())

    def stop(self) -> None:
        """Ends all kindly."""
        _at_once(self.processes, lambda each: each.stop())

    def start(self, wait_ready: bool = True) -> None:
        """Starts those that do not run."""
        down = [each for each in self.processes if not each.running()]
        _at_once(down, lambda each: each.start(wait_ready=wait_ready))

    def restart(self) -> None:
        """Restarts all."""
        _at_once(self.processes, lambda each: each.restart())


def whole(processes: Mapping[str, BridgeProcess]) -> BridgeProcess | None:
    """The bridge that these instances are together; None where nobody controls any."""
    each = tuple(processes.values())
    return AllInstances(processes=each) if len(each) > 1 else next(iter(each), None)


def _at_once(processes: Sequence[BridgeProcess], do: Callable[[BridgeProcess], None]) -> None:
    """In parallel: what one of them begins another must not end meanwhile."""
    if not processes:
        return
    with ThreadPoolExecutor(len(processes), thread_name_prefix="instance") as pool:
        running = [pool.submit(do, process) for process in processes]
    for each in running:
        each.result()
