"""Which parties are no mocks of ours when a bridge is judged between real ones: the modes of a target."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

THEIRS: Final[Mapping[str, tuple[str, ...]]] = {
    "full": (),
    "mosip-side": ("opencrvs",),
    "opencrvs-side": ("mosip", "esignet"),
}
"""By mode, the parties that are theirs."""
NAMES: Final[Mapping[str, str]] = {
    "mosip": "MOSIP",
    "esignet": "E-Signet",
    "opencrvs": "OpenCRVS",
    "bridge": "bridge",
}
"""What people call each party."""


def up_command(mode: str, *options: str) -> str:
    """The command that starts the mocks which are ours in a mode."""
    without = (word for party in THEIRS[mode] for word in ("--without", party))
    return shlex.join(("mosip-harness", "up", "--detach", *without, *options))
