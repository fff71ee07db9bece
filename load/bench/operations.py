"""What is measured: each operation of the bridge, its target, and the parts that no bridge can do without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

REGISTRATION: Final = "registration"
CALLBACK: Final = "callback"
VERIFY: Final = "verify"
VERIFY_TEXT: Final = "verify-text"
LOGIN: Final = "login"
LOOP: Final = "loop"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """``target_ms`` is CPU in the bridge; ``parts``: how many times it needs each part of the floor."""

    name: str
    title: str
    target_ms: float
    parts: Mapping[str, int] = field(repr=False)


_VERIFY: Final[Mapping[str, int]] = {
    "server and Flask": 1,
    "RS256 verified": 1,
    "question parsed and validated": 1,
    "AES-GCM encrypted": 2,
    "OAEP encrypted": 1,
    "RS256 signed": 1,
    "upstream call, 3 KB": 1,
}

OPERATIONS: Final = (
    Operation(
        name=REGISTRATION,
        title="registration POST with its delivery to MOSIP",
        target_ms=2.0,
        parts={
            "server and Flask": 1,
            "RS256 verified": 1,
            "registration parsed and validated": 1,
            "row inserted": 1,
            "packet spliced": 1,
            "upstream call, 14 KB": 2,
            "row updated": 1,
        },
    ),
    Operation(
        name=CALLBACK,
        title="callback with its confirmation",
        target_ms=1.8,
        parts={
            "server and Flask": 1,
            "HMAC": 1,
            "OAEP decrypted": 1,
            "AES-GCM decrypted": 1,
            "canonical form (JCS)": 1,
            "PS256 verified": 1,
            "row looked up": 1,
            "upstream call, 14 KB": 1,
            "row updated": 1,
        },
    ),
    Operation(name=VERIFY, title="verify, answered in JSON", target_ms=1.5, parts=_VERIFY),
    Operation(name=VERIFY_TEXT, title="verify, answered in text", target_ms=1.5, parts=_VERIFY),
    Operation(
        name=LOGIN,
        title="login: who a code of E-Signet stands for",
        target_ms=2.5,
        parts={
            "server and Flask": 1,
            "RS256 verified": 1,
            "question parsed and validated": 1,
            "RS256 signed": 1,
            "upstream call, 3 KB": 2,
            "PS256 verified": 2,
        },
    ),
)
"""In the order of the table; parts by the names that ``load.bench.floor`` gives them."""

LOOP_TARGET: Final = 200.0
"""Births per second on two cores; the reference implementation does 30."""
NAMES: Final = (*(each.name for each in OPERATIONS), LOOP)
