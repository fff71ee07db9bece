"""O1: every registration that OpenCRVS asked for is confirmed, rejected, or visible to a person.

Confirmed means that MOSIP has it too, and rejected to the caller that it does not: what only one of the two
believes is lost as well, for nobody waits for it any more.
"""

from __future__ import annotations

from typing import Final

from conformance.exchanges import Exchange
from conformance.oracles.case import Case, count, evidence
from conformance.records import Action
from conformance.verdicts import Finding

BY: Final = "O1 nothing lost"
UNSEEN: Final = ", and this target shows no operator view"


def look(case: Case) -> list[Finding]:
    """One finding for each registration that nobody will ever hear of again."""
    return [
        Finding(
            verdict="fail" if case.operator_view else "inconclusive",
            by=BY,
            words=f"{action.owner} {words}{'' if case.operator_view else UNSEEN}",
            near=evidence(exchanges),
        )
        for action, exchanges in case.registrations()
        if (words := _trouble(case, action, exchanges)) is not None and not case.shown(action)
    ]


def _trouble(case: Case, action: Action, exchanges: list[Exchange]) -> str | None:
    """What is wrong unless an operator can see it."""
    word = case.outcome(action).word
    # To have asked MOSIP again is what lives do, and no proof that anything came of it.
    if word in (None, "asked-again"):
        lost = "was asked for and is lost: not confirmed, not rejected, not visible to an operator"
        return lost if case.operator_view else "is neither confirmed nor rejected"
    if not case.sees_mosip:
        return None
    taken = count(exchanges, "packet-accepted")
    if word == "confirmed" and _by_the_bridge(exchanges) and not taken:
        return "is confirmed, and MOSIP has never been given it"
    if word == "refused-to-caller" and taken:
        return "was refused to its caller, and MOSIP works on it: what comes of it has nowhere to go"
    return None


def _by_the_bridge(exchanges: list[Exchange]) -> bool:
    """Whether the bridge has confirmed it, and not country-config at once."""
    return count(exchanges, "accept-took-effect") > 0
