"""What became of every registration that was sent. No I/O: what was seen goes in, numbers come out.

The law: sent = confirmed + rejected + parked + late + refused (503) + failed, and nothing twice. What the
bridge has answered with 202, and has neither ended nor still in hand, is **lost**.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

ACCEPTED, REFUSED = 202, 503
SHOWN = 20
End = Literal["confirmed", "rejected", "parked", "late", "refused", "failed", "lost"]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One POST of one registration.

    ``action`` is its action id, ``subject`` what MOSIP can know it by (a birth's certificate number, a dead
    person's UIN), ``status`` the answer, None when there was none.
    """

    action: str
    subject: str
    status: int | None


@dataclass(frozen=True, kw_only=True)
class Ends:
    """What others saw at the end.

    ``accepts`` and ``rejects``: transaction ids of the answers that OpenCRVS took, by action. ``parked``:
    actions that wait for a person in the bridge, ``open``: those that it still works on; None when it can't
    be asked. ``workflows``: how many registrations MOSIP took in for a subject.
    """

    accepts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rejects: Mapping[str, Sequence[str]] = field(default_factory=dict)
    parked: AbstractSet[str] | None = None
    open: AbstractSet[str] | None = None
    workflows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """The numbers. ``lost_actions`` and ``doubled_actions`` name the first twenty of each.

    ``parked``, ``late`` None: could not be asked. ``repeated``: accepts that came again under the same
    transaction id, which is how a retry looks, and no harm.
    """

    sent: int
    confirmed: int
    rejected: int
    parked: int | None
    late: int | None
    refused: int
    failed: int
    lost: int
    doubled: int
    repeated: int
    lost_actions: tuple[str, ...]
    doubled_actions: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        """Whether every registration has one end, and one only."""
        waiting = (self.parked or 0) + (self.late or 0)
        ends = self.confirmed + self.rejected + waiting + self.refused + self.failed
        return self.sent == ends and not self.lost and not self.doubled


def reconcile(sent: Iterable[Sent], ends: Ends) -> Reconciliation:
    """Gives every registration its end, and finds those that were done twice."""
    everything = list(sent)
    by_end: dict[End, list[str]] = {
        "confirmed": [], "rejected": [], "parked": [], "late": [], "refused": [], "failed": [], "lost": [],
    }  # fmt: skip
    for each in everything:
        by_end[_end(each, ends)].append(each.action)
    doubled = [each.action for each in everything if _is_doubled(each, ends)]
    return Reconciliation(
        sent=len(everything),
        confirmed=len(by_end["confirmed"]),
        rejected=len(by_end["rejected"]),
        parked=None if ends.parked is None else len(by_end["parked"]),
        late=None if ends.open is None else len(by_end["late"]),
        refused=len(by_end["refused"]),
        failed=len(by_end["failed"]),
        lost=len(by_end["lost"]),
        doubled=len(doubled),
        repeated=sum(len(found) - len(set(found)) for found in ends.accepts.values()),
        lost_actions=tuple(by_end["lost"][:SHOWN]),
        doubled_actions=tuple(doubled[:SHOWN]),
    )


def _end(each: Sent, ends: Ends) -> End:
    """What OpenCRVS took counts most; then what the bridge says; then what it answered."""
    if each.action in ends.accepts:
        return "confirmed"
    if each.action in ends.rejects:
        return "rejected"
    if ends.parked is not None and each.action in ends.parked:
        return "parked"
    if ends.open is not None and each.action in ends.open:
        return "late"
    if each.status == ACCEPTED:
        return "lost"
    return "refused" if each.status == REFUSED else "failed"


def _is_doubled(each: Sent, ends: Ends) -> bool:
    """Told to MOSIP twice, answered to OpenCRVS by two different answers, or refused and yet done.

    A 503 says that nothing was stored, so whoever was refused will send it again.
    """
    answers = {*ends.accepts.get(each.action, ()), *ends.rejects.get(each.action, ())}
    told = ends.workflows.get(each.subject, 0)
    return told > 1 or len(answers) > 1 or (each.status == REFUSED and bool(told or answers))
