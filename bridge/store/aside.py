"""What the store keeps beside the deliveries: silent rows, findings of the reconciler, the quarantine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bridge.model import Delivery


class Found(StrEnum):
    """What the reconciler made of a record that waits in OpenCRVS."""

    ADOPTED = "adopted"
    RETRIED = "retried"
    NEEDS_PERSON = "needs-person"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A record that waits in OpenCRVS and that no open delivery is about. Nothing personal.

    ``code`` is a reason of a delivery or ``reconcile.…``; ``rid`` is that of its delivery, if there is one;
    ``waits_since`` is when the record last changed; ``found_at`` when it was first found.
    """

    event_id: str
    action_id: str | None
    kind: str
    tracking_id: str
    rid: str | None
    verdict: Found
    code: str
    words: str
    waits_since: datetime
    found_at: datetime
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A delivery of the hub in quarantine. ``judged_by`` marks the secrets that it did not fit."""

    id: str
    sealed: bytes = field(repr=False)
    judged_by: str
    received_at: datetime


class Aside(Protocol):
    """A part of the store: as there, every method is one transaction."""

    def of_event(self, event_id: str) -> Sequence[Delivery]:
        """All deliveries of a record, in order of id."""

    def silent(self, *, since: datetime, after: int, limit: int) -> Sequence[Delivery]:
        """Deliveries that await MOSIP and have had no news since then, with an id above ``after``."""

    def renew(self, ids: Collection[int], *, owner: str, lease: timedelta) -> int:
        """Let the owner keep what it holds among these for so long from now; how many that were."""

    def keep_findings(self, findings: Sequence[Finding]) -> None:
        """Replace all findings; what was found before keeps its ``found_at``."""

    def findings(self) -> Sequence[Finding]:
        """What the last round of the reconciler found, the longest waiting first."""

    def set_aside(self, kept: SetAside, *, room: int) -> None:
        """Put into quarantine what is not there yet; the oldest go when there is no room."""

    def quarantined(self) -> Sequence[SetAside]:
        """All that is in quarantine, the oldest first."""

    def let_go(self, quarantine_id: str) -> None:
        """Take out of quarantine."""
