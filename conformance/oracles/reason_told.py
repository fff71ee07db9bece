"""O6: a reason reaches somebody for each registration that will not come right by itself."""

from __future__ import annotations

from typing import Final

from conformance.exchanges import Exchange
from conformance.jsontypes import mapping, text
from conformance.oracles.case import Case, evidence
from conformance.outcomes import SEND
from conformance.verdicts import Finding

BY: Final = "O6 a reason"
FAILED: Final = ("rejected", "parked")


def look(case: Case) -> list[Finding]:
    """A finding for each registration that failed and nobody is told why."""
    found = []
    for action, exchanges in case.registrations():
        word = case.outcome(action).word
        if word == "refused-to-caller" and not any(map(_says_why, exchanges)):
            found.append(_silent(action.owner, word, exchanges, seen=True))
        elif word in FAILED and not case.reason(action):
            # OpenCRVS's reject has no member for a reason, so only the operator's view can have it.
            found.append(_silent(action.owner, word, exchanges, seen=case.operator_view))
    return found


def _says_why(exchange: Exchange) -> bool:
    """Whether the caller was refused for good with words, or for now."""
    if exchange.operation != SEND or exchange.status is None:
        return exchange.operation == SEND
    return exchange.status >= 500 or bool((text(mapping(exchange.response).get("body")) or "").strip())


def _silent(owner: str, word: str, exchanges: list[Exchange], *, seen: bool) -> Finding:
    words = (
        f"{owner} is {word}, and nobody is told why" if seen else f"{owner} is {word}; where is it told why?"
    )
    return Finding(verdict="fail" if seen else "inconclusive", by=BY, words=words, near=evidence(exchanges))
