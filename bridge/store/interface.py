"""What the bridge asks of a store, whichever database lies behind it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bridge.model import Delivery, HistoryEntry, Hold, Kind, NewDelivery, State
from bridge.store.aside import Aside

Decide = Callable[[Delivery], Delivery]


class StoreError(Exception):
    """What the store can't do."""


class StoreUnavailableError(StoreError):
    """Locked, full, read-only, closed or gone: nothing was stored, come back later."""


class BacklogFullError(StoreError):
    """More open work than the bound allows; nothing was stored."""


class ActionConflictError(StoreError):
    """The same action came before with another certificate number or kind; nothing was stored."""


class Receipt(StrEnum):
    """What became of a message from the hub."""

    STORED = "stored"
    LATE = "late"
    ORPHAN = "orphan"
    UNKNOWN = "unknown"
    REFUSED = "refused"


FINAL = frozenset({Receipt.STORED, Receipt.LATE, Receipt.ORPHAN})
"""Receipts after which the same message again changes nothing. The others are looked at anew: the row
may have come meanwhile, or the key that was missing."""


@dataclass(frozen=True, kw_only=True)
class HubMessage:
    """A message as the store keeps it; ``body`` is sealed, and kept only where the row didn't take it."""

    hub_event_id: str
    topic: str
    rid: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Received:
    """``delivery`` is the row as it is now; ``repeated`` says that this message had been taken before."""

    receipt: Receipt
    delivery: Delivery | None
    repeated: bool = False


Judge = Callable[[Delivery | None], tuple[Receipt, Delivery | None]]


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """``created`` is false when the same action had been accepted before."""

    delivery: Delivery
    created: bool


@dataclass(frozen=True, kw_only=True)
class UpstreamFault:
    """An upstream that fails at present, since when and how (``connect``, ``timeout``, ``503`` …)."""

    party: str
    fault: str
    since: datetime


class Store(Aside, Protocol):
    """Every method is one transaction, durable when it returns; all raise :class:`StoreUnavailableError`.

    ``decide`` and ``judge`` run inside the transaction on the row as it is then, and must be pure.
    """

    def accept(
        self,
        new: NewDelivery,
        *,
        draw: Callable[[int], str],
        backlog_limit: int,
        hold: Hold | None = None,
    ) -> Accepted:
        """Store a new delivery with a RID drawn from the next sequence number, or return the one there is.

        With ``hold`` a new one is claimed at once.

        Raises :class:`BacklogFullError`, :class:`ActionConflictError`.
        """

    def claim(self, delivery_id: int, *, owner: str, lease: timedelta) -> Delivery | None:
        """Take an open delivery that is due and that nobody holds; None when there is none such."""

    def due(self, *, states: Collection[State], kinds: Collection[Kind], limit: int) -> list[int]:
        """Ids of deliveries that could be claimed now, the longest due first."""

    def settle(self, held: Delivery, decide: Decide) -> Delivery | None:
        """Change a claimed delivery; None when the claim was lost, and then nothing changed."""

    def receive(self, message: HubMessage, judge: Judge) -> Received:
        """Store a message of the hub together with what it does to its delivery."""

    def revise(self, rid: str, decide: Decide) -> Delivery | None:
        """Change the delivery of that RID for a person; None when there is none, or a worker holds it."""

    def next_sequence(self) -> int:
        """The next number for a RID."""

    def find(self, rid: str) -> Delivery | None:
        """The delivery that has this RID, or was answered with it."""

    def page(self, *, states: Collection[State], after: int, limit: int) -> Sequence[Delivery]:
        """Deliveries in these states with an id above ``after``, in order of id."""

    def history(self, delivery_id: int) -> Sequence[HistoryEntry]:
        """What happened to a delivery, oldest first."""

    def counts(self) -> Mapping[State, int]:
        """How many deliveries are in each state that has any."""

    def receipts(self) -> Mapping[Receipt, int]:
        """How many hub messages ended with each receipt."""

    def take_lease(self, name: str, *, owner: str, lease: timedelta) -> bool:
        """Take or renew what must exist once."""

    def free_leases(self, *, owned_by: str, but_not: str | None = None) -> int:
        """Free all leases whose owner starts with ``owned_by`` (and not with ``but_not``)."""

    def subscription(self, topic: str) -> str | None:
        """The state of a topic's subscription, as it was last set."""

    def set_subscription(self, topic: str, state: str) -> None:
        """Record the state of a topic's subscription."""

    def set_upstream(self, party: str, fault: str | None) -> None:
        """Record that an upstream fails, or (None) that it answers again."""

    def upstream_faults(self) -> Sequence[UpstreamFault]:
        """The upstreams that fail at present."""

    def add_counters(self, amounts: Mapping[str, int]) -> None:
        """Add to the named counters."""

    def counters(self) -> Mapping[str, int]:
        """All counters."""

    def close(self) -> None:
        """Finish what was begun; afterwards every method raises."""
