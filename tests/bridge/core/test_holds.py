"""A row that was stored for this process's own threads reaches them held, or is free for everybody."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from bridge.delivery.holds import Holds
from bridge.delivery.lanes import Lanes, lane_specs
from bridge.model import OPEN, Delivery, Hold, Kind, NewDelivery, State
from bridge.store import SqliteStore

LEASE = timedelta(seconds=60)


class Clock(Protocol):
    def __call__(self) -> datetime: ...

    def move(self, seconds: float) -> None: ...


@pytest.fixture
def lanes() -> Lanes:
    return Lanes(lane_specs(1))


@pytest.fixture
def holds(store: SqliteStore, clock: Clock, lanes: Lanes) -> Holds:
    return Holds(store=store, lanes=lanes, owner="a:1:1:", lease=LEASE, now=clock)


@pytest.fixture
def put(
    store: SqliteStore, new_delivery: Callable[..., NewDelivery], draw: Callable[[int], str]
) -> Callable[[Hold | None], Delivery]:
    return lambda hold: store.accept(new_delivery(), draw=draw, backlog_limit=9999, hold=hold).delivery


Put = Callable[[Hold | None], Delivery]


def test_a_row_is_held_from_its_first_moment(
    store: SqliteStore, clock: Clock, holds: Holds, put: Put
) -> None:
    row = put(holds.ask(State.QUEUED, Kind.BIRTH))
    assert (row.lease_owner, row.lease_until, row.attempt) == ("a:1:1:", clock() + LEASE, 1)
    assert store.find(row.rid) == row
    assert store.claim(row.id, owner="b:1:1:", lease=LEASE) is None
    assert store.due(states=OPEN, kinds=Kind, limit=9) == []
    clock.move(60)
    assert store.due(states=OPEN, kinds=Kind, limit=9) == [row.id]


def test_what_is_held_comes_to_a_thread_as_it_was_stored(holds: Holds, lanes: Lanes, put: Put) -> None:
    came: list[Delivery | None] = []
    done = threading.Event()

    def run(_id: int, held: Delivery | None) -> None:
        came.append(held)
        done.set()

    row = put(holds.ask(State.QUEUED, Kind.BIRTH))
    holds.hand_on(row)
    lanes.start(run)
    assert done.wait(20)
    assert lanes.drain(20)
    assert came == [row]


def test_a_hold_follows_an_offer_of_the_same_row(holds: Holds, lanes: Lanes, put: Put) -> None:
    """The sweeper saw the row free; what it queued is not run twice."""
    came: list[Delivery | None] = []
    done = threading.Event()

    def run(_id: int, held: Delivery | None) -> None:
        came.append(held)
        done.set()

    row = put(holds.ask(State.QUEUED, Kind.BIRTH))
    assert lanes.all[0].offer(row.id)
    holds.hand_on(row)
    assert lanes.all[0].offer(row.id)
    lanes.start(run)
    assert done.wait(20)
    assert lanes.drain(20)
    assert came == [row]


def test_while_its_lane_is_full_a_row_stays_free(holds: Holds, lanes: Lanes, put: Put) -> None:
    for number in range(lanes.all[0].vacancies()):
        lanes.all[0].offer(-number - 1)
    assert holds.ask(State.QUEUED, Kind.BIRTH) is None
    assert holds.ask(State.ANSWERED, Kind.BIRTH) is not None
    assert put(holds.ask(State.QUEUED, Kind.BIRTH)).lease_owner is None


def test_what_finds_no_room_after_all_is_free_again(
    store: SqliteStore, holds: Holds, lanes: Lanes, put: Put
) -> None:
    row = put(holds.ask(State.QUEUED, Kind.BIRTH))
    assert lanes.drain(20)
    holds.hand_on(row)
    assert store.due(states=OPEN, kinds=Kind, limit=9) == [row.id]
