"""How far the hub has got with each subscriber's messages: what it would send again if it began anew.

A hub that restarts goes on from the last message whose success it has recorded. What failed for good and was
followed by a success is lost; what failed last, or was being tried, comes again; and so may what arrived just
before the end. Source: mosip/websub: hub_service.bal (the offset of a failed message is not committed).
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Final, Generic, TypeVar

KEPT: Final = 100
M = TypeVar("M")


class Offsets(Generic[M]):
    """Remembers, for each subscription, what is under way and the last messages that arrived."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[tuple[str, int], M] = {}
        self._failed: dict[tuple[str, int], M] = {}
        self._arrived: dict[str, deque[M]] = {}

    def begun(self, subscription: str, message: M) -> None:
        """The hub has begun to deliver."""
        with self._lock:
            self._under_way[subscription, id(message)] = message

    def arrived(self, subscription: str, message: M) -> None:
        """The subscriber has taken it: what had failed before is never sent again."""
        with self._lock:
            self._under_way.pop((subscription, id(message)), None)
            for place in [each for each in self._failed if each[0] == subscription]:
                del self._failed[place]
            self._arrived.setdefault(subscription, deque(maxlen=KEPT)).append(message)

    def gave_up(self, subscription: str, message: M) -> None:
        """The last attempt failed."""
        with self._lock:
            if self._under_way.pop((subscription, id(message)), None) is not None:
                self._failed[subscription, id(message)] = message

    def unsubscribed(self, subscription: str) -> None:
        """It has ended; one that is made later does not go on from here."""
        with self._lock:
            self._arrived.pop(subscription, None)
            for waiting in (self._failed, self._under_way):
                for place in [each for each in waiting if each[0] == subscription]:
                    del waiting[place]

    def unrecorded(self, *, arrived: int) -> list[tuple[str, M]]:
        """What a restart sends again, by subscription, with that many that had arrived; taken out of here."""
        with self._lock:
            again = [
                (subscription, message)
                for subscription, messages in self._arrived.items()
                for message in list(messages)[len(messages) - min(arrived, len(messages)) :]
            ]
            for waiting in (self._failed, self._under_way):
                again += [(subscription, message) for (subscription, _), message in waiting.items()]
                waiting.clear()
            return again

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            for each in (self._under_way, self._failed, self._arrived):
                each.clear()
