"""Rows that wait, and the world as the chores of the bridge meet it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bridge.delivery.steps import place
from bridge.delivery.transitions import Confirmation, Rules
from bridge.metrics import Counters
from bridge.model import Delivery, Kind, NewDelivery, State
from bridge.sealing import Sealer
from bridge.store import SqliteStore, migrate

OWNER = "a:1:1:"


@dataclass
class MovableClock:
    """Aware time that stands still until it is moved."""

    moment: datetime = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Desk:
    """A store with rows in it, under a clock."""

    store: SqliteStore
    clock: MovableClock
    sealer: Sealer
    counters: Counters
    handed_on: list[Delivery]

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def rules(self, birth: Confirmation = Confirmation.CREDENTIAL) -> Rules:
        confirmation = {Kind.BIRTH: birth, Kind.DEATH: Confirmation.EVENT}
        return Rules(confirmation=confirmation, retry_limit=4, stale_after=timedelta(days=7))

    def row(self, *, event_id: str = "", action_id: str = "", **changed: object) -> Delivery:
        """A birth that awaits MOSIP, with these columns changed."""
        number = next(self._numbers)
        action = action_id or f"00000000-0000-4000-8000-{number:012}"
        new = NewDelivery(
            event_id=event_id or f"10000000-0000-4000-8000-{number:012}",
            action_id=action,
            kind=Kind.BIRTH,
            tracking_id="7QX2MB",
            certificate_number=f"2026B{number:010}",
            transaction_id=f"mosip-interop-{number}",
            payload=self.sealer.seal(b"payload", place=place("payload", action)),
            token=self.sealer.seal(b"token", place=place("token", action)),
        )
        made = self.store.accept(new, draw=lambda n: f"1000110004{n:05}20261123100000", backlog_limit=99)
        waits = {"state": State.AWAITING, "due_at": self.clock() + timedelta(days=7), **changed}
        revised = self.store.revise(made.delivery.rid, lambda row: replace(row, **waits))
        assert revised is not None
        return revised

    def now(self, row: Delivery) -> Delivery:
        found = self.store.find(row.rid)
        assert found is not None
        return found

    def counted(self) -> dict[str, int]:
        self.counters.flush(self.store)
        return dict(self.store.counters())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path, clock = tmp_path / "bridge.db", MovableClock()
    migrate(path)
    store = SqliteStore(path, now=clock)
    yield Desk(store=store, clock=clock, sealer=Sealer(bytes(range(32))), counters=Counters(), handed_on=[])
    store.close()


@pytest.fixture
def confirmation() -> Callable[[str], Confirmation]:
    return Confirmation
