"""O1: every registration that OpenCRVS asked for is confirmed, rejected, or visible to a person."""

from __future__ import annotations

from conformance.exchanges import Exchange
from conformance.oracles.case import Case, evidence
from conformance.verdicts import Finding


def look(case: Case) -> list[Finding]:
    """One finding for each registration that nobody will ever hear of again."""
    return [
        finding
        for action, exchanges in case.registrations()
        if (finding := _judge(case, action.owner, case.outcome(action).word, exchanges)) is not None
    ]


def _judge(case: Case, owner: str, word: str | None, exchanges: list[Exchange]) -> Finding | None:
    # To have asked MOSIP again is what lives do, and no proof that anything came of it.
    if word is not None and (word != "asked-again" or case.operator_view):
        return None
    if not case.operator_view:
        return Finding(
            verdict="inconclusive",
            by="O1 nothing lost",
            words=f"{owner} is neither confirmed nor rejected, and this target shows no operator view",
            near=evidence(exchanges),
        )
    return Finding(
        verdict="fail",
        by="O1 nothing lost",
        words=f"{owner} was asked for and is lost: not confirmed, not rejected, not visible to an operator",
        near=evidence(exchanges),
    )
