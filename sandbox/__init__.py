"""The composition: keys and certificates, ports, processes, health, and the mosip-harness command.

Starts every party in a process group of its own and leaves nothing behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.box import Sandbox
    from sandbox.running import RunningSandbox

__all__ = ["RunningSandbox", "Sandbox"]


def __getattr__(name: str) -> object:
    # Imported when asked for: `mosip-harness --help` must not pay for what it does not use.
    if name in __all__:
        from sandbox import box, running

        return box.Sandbox if name == "Sandbox" else running.RunningSandbox
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
