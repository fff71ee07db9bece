"""Subscriptions and topics, in SQLite: they outlive a restart and a reset."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock

from mock_control import JSON

_SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS subscriptions (
    id TEXT PRIMARY KEY, topic TEXT NOT NULL, callback TEXT NOT NULL, secret TEXT NOT NULL,
    lease_seconds TEXT NOT NULL, since TEXT NOT NULL
);
"""
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """Who gets what. ``lease_seconds`` is stored and echoed, never enforced."""

    topic: str
    callback: str
    secret: str
    lease_seconds: str
    since: str

    @cached_property
    def id(self) -> str:
        """Topic and callback with all else than letters and digits made ``_``.

        ``a/b`` and ``a_b`` collide.
        """
        return subscriber_id(self.topic, self.callback)


def subscriber_id(topic: str, callback: str) -> str:
    """By what the hub knows a subscriber."""
    return f"{_NOT_ALPHANUMERIC.sub('_', topic)}:::{_NOT_ALPHANUMERIC.sub('_', callback)}"


class Subscriptions:
    """The hub's memory: a file that one process writes, and what it holds. Safe to use from all threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode=WAL; {_SCHEMA}")
        self._topics = {name for (name,) in self._database.execute("SELECT name FROM topics")}
        rows = self._database.execute(
            "SELECT topic, callback, secret, lease_seconds, since FROM subscriptions ORDER BY rowid"
        ).fetchall()
        read = (
            Subscription(topic=topic, callback=callback, secret=secret, lease_seconds=lease, since=since)
            for topic, callback, secret, lease, since in rows
        )
        self._by_id = {each.id: each for each in read}
        self._lost: dict[str, Subscription] = {}

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._database.close()

    def add_topic(self, name: str) -> bool:
        """Registers a topic; False when it is registered already."""
        with self._lock:
            if name in self._topics:
                return False
            self._database.execute("INSERT INTO topics VALUES (?)", (name,))
            self._topics.add(name)
            return True

    def remove_topic(self, name: str) -> bool:
        """Removes a topic; False when it was not registered."""
        with self._lock:
            if name not in self._topics:
                return False
            self._database.execute("DELETE FROM topics WHERE name = ?", (name,))
            self._topics.remove(name)
            return True

    def add(self, subscription: Subscription) -> None:
        """Adds a subscription."""
        row = (
            subscription.id,
            subscription.topic,
            subscription.callback,
            subscription.secret,
            subscription.lease_seconds,
            subscription.since,
        )
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?, ?, ?)", row)
            self._by_id.pop(subscription.id, None)
            self._by_id[subscription.id] = subscription

    def remove(self, subscription_id: str) -> None:
        """Removes a subscription, if there is one."""
        with self._lock:
            self._database.execute("DELETE FROM subscriptions WHERE id = ?", (subscription_id,))
            self._by_id.pop(subscription_id, None)

    def clear(self) -> int:
        """Forgets all subscriptions, as a hub that lost its store; returns how many there were."""
        with self._lock:
            self._lost = dict(self._by_id)
            self._by_id.clear()
            return self._database.execute("DELETE FROM subscriptions").rowcount

    def recover(self) -> int:
        """Takes back those that were last forgotten and have not been made anew; returns how many."""
        with self._lock:
            missing = [each for name, each in self._lost.items() if name not in self._by_id]
            self._lost = {}
            for each in missing:
                self.add(each)
            return len(missing)

    def get(self, subscription_id: str) -> Subscription | None:
        """The subscription with that id."""
        with self._lock:
            return self._by_id.get(subscription_id)

    def of(self, topic: str) -> list[Subscription]:
        """Subscriptions to a topic."""
        return [each for each in self.all() if each.topic == topic]

    def all(self) -> list[Subscription]:
        """All subscriptions, oldest first."""
        with self._lock:
            return list(self._by_id.values())

    def render(self) -> JSON:
        """For people: who is subscribed to what; never the secret."""
        return [
            {
                "topic": each.topic,
                "callback": each.callback,
                "lease_seconds": each.lease_seconds,
                "since": each.since,
            }
            for each in self.all()
        ]
