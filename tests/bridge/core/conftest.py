"""Fixtures of the bridge's heart: a migrated store under a clock that tests move, and rows for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bridge.delivery.steps import place
from bridge.model import Kind, NewDelivery
from bridge.sealing import Sealer
from bridge.store import SqliteStore, migrate


@dataclass
class MovableClock:
    """Aware time that stands still until it is moved."""

    moment: datetime = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(bytes(range(32)))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.db"
    migrate(path)
    return path


@pytest.fixture
def store(database: Path, clock: MovableClock) -> Iterator[SqliteStore]:
    opened = SqliteStore(database, now=clock)
    yield opened
    opened.close()


@pytest.fixture
def draw() -> Callable[[int], str]:
    """A RID that shows its sequence number."""
    return lambda sequence: f"1000110004{sequence:05}20261123100000"


@pytest.fixture
def new_delivery(sealer: Sealer) -> Callable[..., NewDelivery]:
    """Makes registrations, each of its own event unless ids are given."""
    numbers = count(1)

    def make(
        *,
        kind: Kind = Kind.BIRTH,
        event_id: str | None = None,
        action_id: str | None = None,
        certificate_number: str = "2026B0000000001",
    ) -> NewDelivery:
        number = next(numbers)
        action = action_id or f"00000000-0000-4000-8000-{number:012}"
        return NewDelivery(
            event_id=event_id or f"10000000-0000-4000-8000-{number:012}",
            action_id=action,
            kind=kind,
            tracking_id="7QX2MB",
            certificate_number=certificate_number,
            transaction_id=f"mosip-interop-{number}",
            payload=sealer.seal(b"payload of Amara Okello", place=place("payload", action)),
            token=sealer.seal(b"token-of-the-action", place=place("token", action)),
        )

    return make
