"""What became of an action: read from the wire first, then from what the bridge tells its operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from conformance.exchanges import Exchange
from conformance.journal_view import JournalView
from conformance.operator_view import Row
from conformance.records import Action

OUTCOMES: Final = ("confirmed", "refused-to-caller", "rejected", "parked", "asked-again", "waiting")
SHOWN_TO_OPERATORS: Final = ("parked", "waiting")
"""What no wire shows: a target without an operator's view may be so, and nobody could tell."""
SEND: Final = "opencrvs.country_config.send_registration"
CONFIRMING: Final = frozenset({"accept-took-effect", "registered"})
REJECTING: Final = "reject-took-effect"
ASKED_AGAIN: Final = "asked-again"
"""What only MOSIP's journal shows."""


def shows(effect: str) -> str:
    """The party whose journal tells of an effect."""
    return "opencrvs" if effect in CONFIRMING or effect == REJECTING else "mosip"


class OperatorRows(Protocol):
    """Whoever can show the operator's row of an action."""

    def row(self, action: Action) -> Row | None: ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """``word`` is one of OUTCOMES, or None when neither the wire nor an operator view tells."""

    word: str | None
    source: str
    reason: str | None = None

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        return f"{self.word or 'nothing to be seen'} by the {self.source}{reason}"


def outcome_of(action: Action, *, view: JournalView, rows: OperatorRows | None) -> Outcome:
    """What became of the action so far."""
    exchanges = view.exchanges(owner=action.owner)
    word = _final(exchanges)
    if word is not None:
        return Outcome(word=word, source="wire")
    row = rows.row(action) if rows is not None else None
    if row is not None and row.outcome == "parked":
        return Outcome(word="parked", source="operator view", reason=row.reason)
    if _asked_again(exchanges):
        return Outcome(word=ASKED_AGAIN, source="wire")
    if row is not None and row.outcome is not None:
        return Outcome(word=row.outcome, source="operator view", reason=row.reason)
    return Outcome(word=None, source="wire" if rows is None else "wire and the operator view")


def _final(exchanges: list[Exchange]) -> str | None:
    effects = {effect.name for each in exchanges for effect in each.effects}
    if effects & CONFIRMING:
        return "confirmed"
    sent = [each for each in exchanges if each.operation == SEND and each.closed]
    if sent and not any(each.told for each in sent):
        return "refused-to-caller"
    return "rejected" if REJECTING in effects else None


def _asked_again(exchanges: list[Exchange]) -> bool:
    """Whether the bridge came back to MOSIP about a packet that the workflow had accepted."""
    accepted = False
    for each in exchanges:
        asks = each.operation.startswith("mosip.registration_status.") or (
            each.operation == "mosip.workflow.create_instance"
        )
        if accepted and asks:
            return True
        accepted = accepted or any(effect.name == "packet-accepted" for effect in each.effects)
    return False
