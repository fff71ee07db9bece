"""Packets that were made, by (id, source, process), and those being made, by id."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Condition

from mock_control import JSON, Reset


@dataclass(kw_only=True)
class Draft:
    """A packet while it is made. Of a name that is set twice the first value stays."""

    creation_date: str
    demographics: dict[str, JSON] = field(default_factory=dict)
    meta: dict[str, JSON] = field(default_factory=dict)
    documents: dict[str, Mapping[str, str | None]] = field(default_factory=dict)
    audits: list[dict[str, JSON]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Packet:
    """A stored packet: ``identity`` and ``meta`` as all its sub-packets together say.

    ``sub_packets`` are zips.
    """

    id: str
    source: str
    process: str
    ref_id: str
    identity: Mapping[str, JSON]
    meta: Mapping[str, JSON]
    audits: tuple[Mapping[str, JSON], ...]
    sub_packets: Mapping[str, bytes]
    creation_date: str
    owner: str | None

    def text(self, name: str) -> str | None:
        """A field of the identity as text; of a value in several languages the first."""
        return text_of(self.identity.get(name))

    def labels(self, name: str) -> dict[str, str]:
        """A list of ``{label, value}`` in the meta information, as a map without what has no value."""
        items = self.meta.get(name)
        found: dict[str, str] = {}
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and isinstance(item.get("label"), str) and item.get("value"):
                found[str(item["label"])] = str(item["value"])
        return found


def text_of(value: JSON) -> str | None:
    """Text, or of a list of ``{language, value}`` the first value; None for nothing and for empty text."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0].get("value")
    return value or None if isinstance(value, str) else None


class Packets:
    """The object store. Making a packet of an id, source and process again overwrites it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._stored: dict[tuple[str, str, str], Packet] = {}
        self.drafts: dict[str, Draft] = {}

    def put(self, packet: Packet) -> None:
        """Stores a packet."""
        with self._changed:
            self._stored[packet.id, packet.source, packet.process] = packet
            self._changed.notify_all()

    def delete(self, rid: str, source: str, process: str) -> None:
        """Removes a packet, if it is there."""
        with self._changed:
            self._stored.pop((rid, source, process), None)

    def get(self, rid: str, source: str, process: str) -> Packet | None:
        """The packet of that id, source and process."""
        with self._changed:
            return self._stored.get((rid, source, process))

    def all(self) -> list[Packet]:
        """All packets, in the order in which they were first made."""
        with self._changed:
            return list(self._stored.values())

    def wait_for(self, wanted: Callable[[Packet], bool], *, within: float) -> Packet | None:
        """The first packet that is ``wanted``, waiting up to ``within`` seconds for it."""
        deadline = time.monotonic() + within
        with self._changed:
            while True:
                found = next(filter(wanted, self._stored.values()), None)
                left = deadline - time.monotonic()
                if found is not None or left <= 0:
                    return found
                self._changed.wait(left)

    def forget(self, reset: Reset) -> None:
        """Drops what the reset covers."""
        with self._changed:
            self._stored = {key: each for key, each in self._stored.items() if not reset.covers(each.owner)}

    def render_zips(self) -> JSON:
        """For people: the sub-packets themselves, each as base64 of its zip."""
        return {
            each.id: {name: base64.b64encode(data).decode() for name, data in each.sub_packets.items()}
            for each in self.all()
        }

    def render(self) -> JSON:
        """For people: which packets there are, and what is in them."""
        return [
            {
                "rid": each.id,
                "source": each.source,
                "process": each.process,
                "created": each.creation_date,
                "owner": each.owner,
                "sub_packets": [*sorted(each.sub_packets)],
                "identity": dict(each.identity),
            }
            for each in self.all()
        ]
