"""What the ID repository remembers.

Identities by UIN, VIDs, handles, and drafts that are not published yet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock

from mock_control import JSON, Reset
from mock_mosip.id_repository.index import Index

ACTIVATED = "ACTIVATED"
DEACTIVATED = "DEACTIVATED"


def folded(text: str | None) -> str:
    """Text as identities are compared by it."""
    return " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())


@dataclass(frozen=True, kw_only=True)
class Demographics:
    """By what two identities are taken for the same person."""

    name: str
    born: str
    gender: str


def demographics(name: str | None, born: str | None, gender: str | None) -> Demographics:
    """Name, date of birth and gender as they are compared."""
    return Demographics(name=folded(name), born=born or "", gender=folded(gender))


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
        self._people: Index[Demographics] = Index()
        self._handles: Index[str] = Index()
        self._drafted: Index[str] = Index()  # numbers and handles of drafts, by registration

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keeps other threads out while it lasts."""
        with self._lock:
            yield

    def is_taken(self, number: str) -> bool:
        """Whether a UIN or VID belongs to an identity or a draft."""
        with self._lock:
            return number in self._by_uin or number in self._by_vid or bool(self._drafted.having(number))

    def put(self, identity: Identity) -> None:
        """Adds or replaces an identity; to be told also when one has changed."""
        with self._lock:
            self._by_uin[identity.uin] = identity
            self._by_vid[identity.vid] = identity.uin
            person = demographics(identity.name, identity.born, identity.gender)
            self._people.put(identity.uin, [person])
            self._handles.put(identity.uin, identity.handles)

    def draft(self, rid: str, identity: Identity) -> None:
        """Keeps a draft for a registration."""
        with self._lock:
            self._drafts[rid] = identity
            self._drafted.put(rid, [identity.uin, identity.vid, *identity.handles])

    def take_draft(self, rid: str) -> Identity | None:
        """Removes and returns the draft of a registration."""
        with self._lock:
            self._drafted.remove(rid)
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
        wanted = [*handles]
        with self._lock:
            return bool(self._handles.having(*wanted) or self._drafted.having(*wanted) - {but})

    def active_with(self, person: Demographics) -> bool:
        """Whether an active identity has these demographics."""
        with self._lock:
            return any(self._by_uin[uin].status == ACTIVATED for uin in self._people.having(person))

    def forget(self, reset: Reset) -> None:
        """Drops what the reset covers."""
        with self._lock:
            for uin in [uin for uin, each in self._by_uin.items() if reset.covers(each.owner, uin)]:
                del self._by_uin[uin]
                self._people.remove(uin)
                self._handles.remove(uin)
            self._by_vid = {each.vid: uin for uin, each in self._by_uin.items()}
            for rid in [rid for rid, each in self._drafts.items() if reset.covers(each.owner)]:
                self.take_draft(rid)

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
