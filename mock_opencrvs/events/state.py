"""What the events service remembers, with the unique rules of its database.

Source: opencrvs-core packages/events/src/storage/postgres/events/events.ts and
packages/migration/src/migrations/events.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mock_opencrvs.events.model import Action, Event

UNIQUE_NUMBER = 'duplicate key value violates unique constraint "event_actions_registration_number_key"'


class DuplicateNumberError(Exception):
    """The registration number already belongs to another accepted registration."""

    def __init__(self) -> None:
        super().__init__(UNIQUE_NUMBER)


class EventStore:
    """Records by id, safe to use from many threads; ``transaction`` makes several calls one."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._events: dict[str, Event] = {}
        self._owners: dict[str, str | None] = {}
        self._by_transaction: dict[tuple[str, str], str] = {}
        self._rows: set[tuple[str, str, str]] = set()
        self._numbers: set[str] = set()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Nobody else reads or writes inside. Never call out of the process while holding it."""
        with self._lock:
            yield

    def get(self, event_id: str) -> Event | None:
        """The record of that id."""
        with self._lock:
            return self._events.get(event_id)

    def all(self) -> list[Event]:
        """All records, oldest first."""
        with self._lock:
            return list(self._events.values())

    def find_created(self, transaction_id: str, event_type: str) -> Event | None:
        """The record made under that transaction id: create is idempotent on (transaction id, type)."""
        with self._lock:
            event_id = self._by_transaction.get((transaction_id, event_type))
            return self._events[event_id] if event_id else None

    def add_event(self, event: Event, *, owner: str | None) -> Event:
        """Keep a new record, and to whose scenario it belongs."""
        with self._lock:
            self._events[event.id] = event
            self._owners[event.id] = owner
            self._by_transaction[event.transaction_id, event.type] = event.id
            self._rows.update((each.transaction_id, each.type, each.status) for each in event.actions)
            return event

    def append(self, event_id: str, action: Action) -> tuple[Event, bool]:
        """Add an entry; returns the record and whether it was added.

        Nothing is added, silently, when an entry of the same transaction id, type and status exists in any
        record. Raises DuplicateNumberError when its registration number is taken.
        """
        with self._lock:
            event = self._events[event_id]
            row = (action.transaction_id, action.type, action.status)
            if row in self._rows:
                return event, False
            number = action.registration_number
            if number is not None and number in self._numbers:
                raise DuplicateNumberError
            if number is not None:
                self._numbers.add(number)
            self._rows.add(row)
            changed = self._events[event_id] = event.with_action(action)
            return changed, True

    def forget(self, leave: Callable[[str | None], bool]) -> None:
        """Drop every record whose owner ``leave`` does not want kept."""
        with self._lock:
            for event in [each for each in self._events.values() if not leave(self._owners[each.id])]:
                del self._events[event.id], self._owners[event.id]
                self._by_transaction.pop((event.transaction_id, event.type), None)
                for action in event.actions:
                    self._rows.discard((action.transaction_id, action.type, action.status))
                    self._numbers.discard(action.registration_number or "")
