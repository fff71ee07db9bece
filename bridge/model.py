"""The words of the bridge's work: a delivery, its states, and why one stopped."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING


class Kind(StrEnum):
    """What happened to the person."""

    BIRTH = "birth"
    DEATH = "death"


class State(StrEnum):
    """Where a delivery stands. ``parked`` is closed to the machine and open to a person."""

    QUEUED = "queued"
    PACKET_SENT = "packet_sent"
    AWAITING = "awaiting"
    ANSWERED = "answered"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    TOLD = "told"
    PARKED = "parked"


OPEN = frozenset({State.QUEUED, State.PACKET_SENT, State.AWAITING, State.ANSWERED, State.REFUSED})
FINISHED = frozenset({State.CONFIRMED, State.REJECTED, State.TOLD})
BACKLOG = OPEN - {State.AWAITING}
"""States in which the next move is the bridge's own; these count against the backlog's bound."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a delivery stopped or was slowed: for a person, and never with personal data.

    ``code`` is dotted (``mosip.packet-manager.no-provider``), ``party`` is who said it, ``words`` explain it.
    """

    code: str
    party: str
    words: str


@dataclass(frozen=True, kw_only=True)
class NewDelivery:
    """What a registration brings along. ``payload`` and ``token`` are sealed already."""

    event_id: str
    action_id: str
    kind: Kind
    tracking_id: str
    certificate_number: str
    transaction_id: str
    payload: bytes
    token: bytes


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Who takes a delivery, and until when (aware) nobody else may."""

    owner: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One row of work that the bridge owes. Times are UTC and aware.

    ``answered_rid`` is the id the caller was told; ``rid`` differs from it only when MOSIP said that the
    first one is somebody else's. ``instance_sent`` says that ``workflowinstance`` may have reached MOSIP with
    this ``rid``. ``attempt`` grows with each claim and, with ``lease_owner``, fences commits. ``failures``
    counts the tries of the present step. In ``awaiting``, ``due_at`` is the moment to stop waiting.
    """

    id: int
    rid: str
    answered_rid: str
    event_id: str
    action_id: str
    kind: Kind
    tracking_id: str
    certificate_number: str
    transaction_id: str
    state: State
    instance_sent: bool
    redraws: int
    failures: int
    attempt: int
    due_at: datetime | None
    lease_owner: str | None
    lease_until: datetime | None
    payload: bytes | None
    token: bytes | None
    credential: bytes | None
    outcome: str | None
    outcome_code: str | None
    reason: Reason | None
    parked_from: State | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 - for the type checker, and re-exported
else:

    def replace(delivery, **members):
        """As ``dataclasses.replace``, for what checks nothing when it is made: six times as fast."""
        other = object.__new__(type(delivery))
        vars(other).update(vars(delivery), **members)
        return other


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One change of a delivery's state or RID."""

    at: datetime
    state: State
    rid: str
    attempt: int
    reason_code: str | None
