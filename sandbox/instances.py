"""The instances of the bridge that a sandbox runs: one, or several that share the work."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Final

from sandbox.errors import SandboxError

FIRST: Final = "a"
OUR_INSTANCES: Final = 2
"""So many of our own bridge are judged, for some promises are about several."""
MOST: Final = len(ascii_lowercase)


def instance_names(count: int) -> tuple[str, ...]:
    """``a``, ``b`` and so on; the first is the one that OpenCRVS and MOSIP know. Raises SandboxError."""
    if not 1 <= count <= MOST:
        raise SandboxError(f"a sandbox runs 1 to {MOST} instances of the bridge, not {count}")
    return tuple(ascii_lowercase[:count])


def party_of(instance: str) -> str:
    """What the process of an instance is called among the parties: ``bridge-b``; the first ``bridge``."""
    return "bridge" if instance == FIRST else f"bridge-{instance}"
