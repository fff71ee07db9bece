"""What IDA knows of people: a replica of the ID repository, behind it by as long as its feed takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from mock_control import JSON, Reset
from mock_mosip.id_repository.state import ACTIVATED, Identity

VID_ACTIVE = "ACTIVE"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A person as IDA knows them: ``attributes`` are those of the identity by their stored names."""

    uin: str
    vid: str
    active: bool = True
    vid_active: bool = True
    attributes: Mapping[str, JSON] = field(default_factory=dict)
    handles: frozenset[str] = frozenset()
    owner: str | None = None

    def switched(self, *, active: bool) -> Known:
        """The same person, who can or can't be authenticated, by whatever number."""
        return replace(self, active=active, vid_active=active)


def known_of(identity: Identity) -> Known:
    """What a credential for IDA tells of an identity."""
    plain: dict[str, JSON] = {
        "fullName": identity.name,
        "dateOfBirth": identity.born.replace("-", "/") if identity.born else None,
        "gender": identity.gender,
    }
    told = {name: value for name, value in plain.items() if value is not None}
    return Known(
        uin=identity.uin,
        vid=identity.vid,
        active=identity.status == ACTIVATED,
        vid_active=identity.vid_status == VID_ACTIVE,
        attributes={**told, **identity.attributes},
        handles=identity.handles,
        owner=identity.owner,
    )


class Replica:
    """All people that IDA knows; safe to use from all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_uin: dict[str, Known] = {}
        self._by_vid: dict[str, str] = {}
        self._by_handle: dict[str, str] = {}

    def put(self, known: Known) -> None:
        """Adds a person, or replaces what was known of them."""
        with self._lock:
            self._by_uin[known.uin] = known
            self._by_vid[known.vid] = known.uin
            self._by_handle.update(dict.fromkeys(known.handles, known.uin))

    def find(self, kind: str, number: str) -> Known | None:
        """The person with that identifier; ``kind`` is UIN, VID or HANDLE."""
        with self._lock:
            if kind == "UIN":
                return self._by_uin.get(number)
            uin = self._by_vid.get(number) if kind == "VID" else self._by_handle.get(_handle(number))
            return self._by_uin.get(uin) if uin is not None else None

    def forget(self, reset: Reset) -> None:
        """Drops what the reset covers."""
        with self._lock:
            kept = [each for each in self._by_uin.values() if not reset.covers(each.owner, each.uin)]
            self._by_uin = {each.uin: each for each in kept}
            self._by_vid = {each.vid: each.uin for each in kept}
            self._by_handle = {handle: each.uin for each in kept for handle in each.handles}

    def render(self) -> JSON:
        """For people: whom IDA knows, and what of them."""
        with self._lock:
            return [
                {
                    "uin": each.uin,
                    "vid": each.vid,
                    "active": each.active,
                    "vid_active": each.vid_active,
                    "attributes": dict(each.attributes),
                    "handles": [*sorted(each.handles)],
                    "owner": each.owner,
                }
                for each in self._by_uin.values()
            ]


def _handle(text: str) -> str:
    value, at, kind = text.rpartition("@")
    return f"{value.lower()}{at}{kind}"
