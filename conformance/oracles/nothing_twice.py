"""O2: one action gives at most one packet, one identity and one effective answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.oracles.case import Case, count, evidence
from conformance.verdicts import Finding

ONCE: Final[Mapping[str, tuple[str, ...]]] = {
    "packet that the workflow accepted": ("packet-accepted",),
    "identity": ("identity-minted",),
    "effective answer to OpenCRVS": ("accept-took-effect", "reject-took-effect", "registered"),
}


def look(case: Case) -> list[Finding]:
    """One finding for each thing that happened twice; inconclusive where it happened to nobody's action."""
    found = []
    for action, exchanges in case.registrations():
        for what, effects in ONCE.items():
            times = count(exchanges, *effects)
            if times > 1:
                found.append(
                    Finding(
                        verdict="fail",
                        by="O2 nothing twice",
                        words=f"{action.owner}: {times} times one {what}",
                        near=evidence([each for each in exchanges if each.effects]),
                    )
                )
    strays = case.strays(frozenset(effect for effects in ONCE.values() for effect in effects))
    if strays:
        found.append(
            Finding(
                verdict="inconclusive",
                by="O2 nothing twice",
                words=f"{len(strays)} effects belong to no action of this scenario: they may be a second one",
                near=evidence(strays),
            )
        )
    return found
