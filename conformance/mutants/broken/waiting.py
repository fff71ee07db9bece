"""Mistakes while nothing happens."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import os

from bridge import records
from bridge.delivery import keeper, silence, transitions
from bridge.delivery.transitions import Outcome
from bridge.model import State
from bridge.mosip import status


def waits_for_ever() -> None:
    """opencrvs/mosip packages/mosip-api/src/database.ts: created_at is written and never read."""
    os.environ["BRIDGE_STALE_AFTER_S"] = "604800"
    status.RegistrationStatus.of = classmethod(lambda *_: None)


def never_looks_into_opencrvs() -> None:
    """Who wants something will call."""
    records.Records.of = classmethod(lambda *_: None)


def takes_the_end_for_a_credential() -> None:
    """MOSIP is done, so all is well."""
    os.environ["BRIDGE_BIRTH_CONFIRMATION"] = "event"


def hears_good_news_only() -> None:
    """opencrvs/mosip packages/mosip-api/src/websub/subscribe.ts: one topic."""
    waits_for_ever()
    with_outcome = transitions.with_outcome

    def good(current, outcome, *rest):
        if outcome is not Outcome.PROCESSED:
            return transitions.Receipt.LATE, None
        return with_outcome(current, outcome, *rest)

    transitions.with_outcome = good


def takes_every_end_for_a_good_one() -> None:
    """An event is an event."""
    takes_the_end_for_a_credential()
    with_outcome = transitions.with_outcome

    def good(current, _, code, *rest):
        return with_outcome(current, Outcome.PROCESSED, code, *rest)

    transitions.with_outcome = good


def fails_at_a_late_credential() -> None:
    """Nobody thought that a rejected row could hear from MOSIP again."""
    with_credential = transitions.with_credential

    def strict(current, *rest):
        if current is not None and current.state is State.REJECTED:
            raise LookupError("no open row")
        return with_credential(current, *rest)

    transitions.with_credential = strict


def subscribes_once() -> None:
    """opencrvs/mosip packages/mosip-api/src/index.ts: at start, and never again."""
    silence.Silence.round = lambda _: None
    keeper.Keeper._due = lambda self, topic: topic not in self._asked_at


MUTATIONS = (
    waits_for_ever,
    never_looks_into_opencrvs,
    takes_the_end_for_a_credential,
    hears_good_news_only,
    takes_every_end_for_a_good_one,
    fails_at_a_late_credential,
    subscribes_once,
)
