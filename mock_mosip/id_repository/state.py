"""What the ID repository remembers.

Identities by UIN, VIDs, handles, and drafts that are not published yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock

from mock_control import JSON, Reset

ACTIVATED = "ACTIVATED"
DEACTIVATED = "DEACTIVATED"


@dataclass(kw_only=True)
class Identity:
    """A person as MOSIP knows them. ``born`` is an ISO date; ``vid_status`` is ACTIVE or DEACTIVATED."""

    uin: str
    vid: str
    rid: str | None
    status: str = ACTIVATED
    vid_status: str = "ACTIVE"
    death_declared: bool = False
    name: str | None = None
    born: str | None = None
    gender: str | None = None
    attributes: dict[str, JSON] = field(default_factory=dict)
    handles: frozenset[str] = frozenset()
    owner: str | None = None


class Identities:
    """All identities; safe to use from all threads. ``transaction()`` makes several steps one."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._by_uin: dict[str, Identity] = {}
        self._by_vid: dict[str, str] = {}
        self._drafts: dict[str, Identity] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keeps other threads out while it lasts."""
        with self._lock:
            yield

    def is_taken(self, number: str) -> bool:
        """Whether a UIN or VID belongs to an identity or a draft."""
        with self._lock:
            drafted = any(number in (each.uin, each.vid) for each in self._drafts.values())
            return drafted or number in self._by_uin or number in self._by_vid

    def put(self, identity: Identity) -> None:
        """Adds or replaces an identity."""
        with self._lock:
            self._by_uin[identity.uin] = identity
            self._by_vid[identity.vid] = identity.uin

    def draft(self, rid: str, identity: Identity) -> None:
        """Keeps a draft for a registration."""
        with self._lock:
            self._drafts[rid] = identity

    def take_draft(self, rid: str) -> Identity | None:
        """Removes and returns the draft of a registration."""
        with self._lock:
            return self._drafts.pop(rid, None)

    def find(self, number: str) -> Identity | None:
        """The identity with that UIN, or whose VID it is."""
        with self._lock:
            return self._by_uin.get(self._by_vid.get(number, number))

    def all(self) -> list[Identity]:
        """All identities, oldest first."""
        with self._lock:
            return list(self._by_uin.values())

    def with_handle(self, handles: Iterable[str], *, but: str) -> bool:
        """Whether one of the handles is another identity's or draft's.

        ``but`` is the registration that asks.
        """
        wanted = set(handles)
        with self._lock:
            drafts = (each for rid, each in self._drafts.items() if rid != but)
            return any(wanted & each.handles for each in (*self._by_uin.values(), *drafts))

    def forget(self, reset: Reset) -> None:
        """Drops what the reset covers."""
        with self._lock:
            self._by_uin = {
                uin: each for uin, each in self._by_uin.items() if not reset.covers(each.owner, uin)
            }
            self._by_vid = {each.vid: uin for uin, each in self._by_uin.items()}
            self._drafts = {rid: each for rid, each in self._drafts.items() if not reset.covers(each.owner)}

    def render(self) -> JSON:
        """For people: who there is."""
        return [
            {
                "rid": each.rid,
                "uin": each.uin,
                "vid": each.vid,
                "status": each.status,
                "vid_status": each.vid_status,
                "death_declared": each.death_declared,
                "name": each.name,
                "born": each.born,
                "gender": each.gender,
                "handles": [*sorted(each.handles)],
                "owner": each.owner,
            }
            for each in self.all()
        ]
