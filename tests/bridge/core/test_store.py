"""The law of the store: what is told as stored is stored, once, and only by who holds it."""

import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from bridge.model import OPEN, Delivery, Kind, NewDelivery, State
from bridge.store import (
    ActionConflictError,
    BacklogFullError,
    HubMessage,
    Receipt,
    SqliteStore,
    StoreError,
    StoreUnavailableError,
    migrate,
)

New = Callable[..., NewDelivery]
Draw = Callable[[int], str]
LEASE = timedelta(seconds=60)
LIMIT = 1000


class Clock(Protocol):
    def move(self, seconds: float) -> None: ...


def put(store: SqliteStore, new: NewDelivery, draw: Draw) -> Delivery:
    return store.accept(new, draw=draw, backlog_limit=LIMIT).delivery


def test_migrating_twice_applies_nothing_and_keeps_the_file_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "bridge.db"
    assert migrate(path) == ["0001_first.sql", "0002_aside.sql"]
    assert migrate(path) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_store_of_a_newer_bridge_is_refused(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version=999")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        migrate(database)


def test_what_is_accepted_is_there_for_another_process(
    store: SqliteStore, database: Path, new_delivery: New, draw: Draw
) -> None:
    stored = put(store, new_delivery(), draw)
    other = SqliteStore(database)
    try:
        found = other.find(stored.rid)
    finally:
        other.close()
    assert found == stored
    assert stored.state is State.QUEUED
    assert stored.rid == "10001100040000120261123100000"


def test_the_same_action_again_is_the_same_row(store: SqliteStore, new_delivery: New, draw: Draw) -> None:
    first = new_delivery()
    accepted = store.accept(first, draw=draw, backlog_limit=LIMIT)
    again = store.accept(replace(first, payload=b"other", token=b"other"), draw=draw, backlog_limit=LIMIT)
    assert (accepted.created, again.created) == (True, False)
    assert again.delivery == accepted.delivery


@pytest.mark.parametrize("change", [{"certificate_number": "2026B0000000002"}, {"kind": Kind.DEATH}])
def test_the_same_action_about_something_else_is_a_conflict(
    store: SqliteStore, new_delivery: New, draw: Draw, change: dict[str, object]
) -> None:
    first = new_delivery()
    put(store, first, draw)
    with pytest.raises(ActionConflictError):
        put(store, replace(first, **change), draw)


def test_duplicates_in_parallel_make_one_row(store: SqliteStore, new_delivery: New, draw: Draw) -> None:
    new = new_delivery()
    with ThreadPoolExecutor(16) as pool:
        accepted = list(pool.map(lambda _: store.accept(new, draw=draw, backlog_limit=LIMIT), range(32)))
    assert sum(each.created for each in accepted) == 1
    assert len({each.delivery.rid for each in accepted}) == 1
    assert store.counts() == {State.QUEUED: 1}


def test_many_rows_in_parallel_all_have_rids_of_their_own(
    store: SqliteStore, new_delivery: New, draw: Draw
) -> None:
    news = [new_delivery() for _ in range(64)]
    with ThreadPoolExecutor(16) as pool:
        rids = list(pool.map(lambda new: put(store, new, draw).rid, news))
    assert len(set(rids)) == 64


def test_a_rid_that_is_taken_is_drawn_again(store: SqliteStore, new_delivery: New) -> None:
    first = put(store, new_delivery(), lambda _: "100010000000001")
    second = put(store, new_delivery(), lambda sequence: f"1000100000000{min(sequence, 3):02}")
    assert first.rid == "100010000000001"
    assert second.rid != first.rid


def test_the_backlog_is_bounded_but_the_same_action_still_gets_its_answer(
    store: SqliteStore, new_delivery: New, draw: Draw
) -> None:
    known = new_delivery()
    store.accept(known, draw=draw, backlog_limit=2)
    store.accept(new_delivery(), draw=draw, backlog_limit=2)
    with pytest.raises(BacklogFullError):
        store.accept(new_delivery(), draw=draw, backlog_limit=2)
    assert not store.accept(known, draw=draw, backlog_limit=2).created
    assert store.counts() == {State.QUEUED: 2}


def test_a_claim_excludes_others_until_its_lease_runs_out(
    store: SqliteStore, clock: Clock, new_delivery: New, draw: Draw
) -> None:
    stored = put(store, new_delivery(), draw)
    held = store.claim(stored.id, owner="a:1:", lease=LEASE)
    assert held is not None
    assert (held.lease_owner, held.attempt) == ("a:1:", 1)
    assert store.claim(stored.id, owner="b:1:", lease=LEASE) is None
    assert store.due(states=OPEN, kinds=Kind, limit=9) == []
    clock.move(60)
    assert store.due(states=OPEN, kinds=Kind, limit=9) == [stored.id]
    taken_over = store.claim(stored.id, owner="b:1:", lease=LEASE)
    assert taken_over is not None
    assert taken_over.attempt == 2


def test_who_lost_its_lease_changes_nothing(
    store: SqliteStore, clock: Clock, new_delivery: New, draw: Draw
) -> None:
    held = store.claim(put(store, new_delivery(), draw).id, owner="a:1:", lease=LEASE)
    assert held is not None
    clock.move(60)
    assert store.claim(held.id, owner="a:1:", lease=LEASE) is not None, "the same owner, another attempt"
    assert store.settle(held, lambda row: replace(row, state=State.CONFIRMED)) is None
    found = store.find(held.rid)
    assert found is not None
    assert found.state is State.QUEUED


def test_claiming_in_parallel_has_one_winner(store: SqliteStore, new_delivery: New, draw: Draw) -> None:
    stored = put(store, new_delivery(), draw)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda n: store.claim(stored.id, owner=f"a:{n}:", lease=LEASE), range(16)))
    assert sum(claim is not None for claim in claims) == 1


def test_leases_of_former_starts_are_freed_and_others_are_not(
    store: SqliteStore, new_delivery: New, draw: Draw
) -> None:
    owners = ["a:old:1:", "a:new:2:", "ab:old:3:"]
    rows = [put(store, new_delivery(), draw) for _ in owners]
    for row, owner in zip(rows, owners, strict=True):
        store.claim(row.id, owner=owner, lease=LEASE)
    assert store.take_lease("sweeper", owner="a:old:1:", lease=LEASE)
    assert store.free_leases(owned_by="a:", but_not="a:new:") == 2
    assert store.due(states=OPEN, kinds=Kind, limit=9) == [rows[0].id]
    assert store.take_lease("sweeper", owner="ab:old:3:", lease=LEASE)


def test_a_named_lease_has_one_holder(store: SqliteStore, clock: Clock) -> None:
    assert store.take_lease("sweeper", owner="a", lease=LEASE)
    assert not store.take_lease("sweeper", owner="b", lease=LEASE)
    clock.move(30)
    assert store.take_lease("sweeper", owner="a", lease=LEASE), "renewed"
    clock.move(59)
    assert not store.take_lease("sweeper", owner="b", lease=LEASE)
    clock.move(1)
    assert store.take_lease("sweeper", owner="b", lease=LEASE)


def test_history_tells_every_change_of_state_and_rid(
    store: SqliteStore, clock: Clock, new_delivery: New, draw: Draw
) -> None:
    held = store.claim(put(store, new_delivery(), draw).id, owner="a", lease=LEASE)
    assert held is not None
    clock.move(1)
    store.settle(held, lambda row: replace(row, instance_sent=True))
    store.settle(held, lambda row: replace(row, state=State.PACKET_SENT))
    store.settle(held, lambda row: replace(row, rid="10001100040000920261123100000"))
    told = [(each.state, each.rid[:15]) for each in store.history(held.id)]
    assert told == [
        (State.QUEUED, "100011000400001"),
        (State.PACKET_SENT, "100011000400001"),
        (State.PACKET_SENT, "100011000400009"),
    ]


def test_a_row_is_found_by_the_rid_it_was_answered_with(
    store: SqliteStore, new_delivery: New, draw: Draw
) -> None:
    held = store.claim(put(store, new_delivery(), draw).id, owner="a", lease=LEASE)
    assert held is not None
    store.settle(held, lambda row: replace(row, rid="another"))
    found = store.find(held.answered_rid)
    assert found is not None
    assert found.rid == "another"


def test_an_emptied_column_leaves_no_trace_in_the_file(
    store: SqliteStore, database: Path, new_delivery: New, draw: Draw
) -> None:
    new = replace(new_delivery(), payload=b"SEALED-PAYLOAD-BYTES" * 40)
    held = store.claim(put(store, new, draw).id, owner="a", lease=LEASE)
    assert held is not None
    store.settle(held, lambda row: replace(row, payload=None))
    store.close()
    assert b"SEALED-PAYLOAD-BYTES" not in database.read_bytes()


def message(rid: str, hub_event_id: str = "event-1") -> HubMessage:
    return HubMessage(hub_event_id=hub_event_id, topic="t", rid=rid, body=b"sealed")


def test_a_hub_message_is_taken_once(store: SqliteStore, new_delivery: New, draw: Draw) -> None:
    row = put(store, new_delivery(), draw)
    judged: list[str] = []

    def judge(present: Delivery | None) -> tuple[Receipt, Delivery | None]:
        assert present is not None
        judged.append(present.rid)
        return Receipt.STORED, replace(present, credential=b"sealed")

    with ThreadPoolExecutor(8) as pool:
        received = list(pool.map(lambda _: store.receive(message(row.rid), judge), range(16)))
    assert judged == [row.rid]
    assert sum(not each.repeated for each in received) == 1
    assert {each.receipt for each in received} == {Receipt.STORED}


def test_a_message_nobody_knew_is_looked_at_again(store: SqliteStore, new_delivery: New, draw: Draw) -> None:
    new = new_delivery()
    unknown = store.receive(message(draw(1)), lambda row: (Receipt.UNKNOWN, row))
    assert (unknown.receipt, unknown.delivery) == (Receipt.UNKNOWN, None)
    row = put(store, new, draw)
    again = store.receive(message(row.rid), lambda row: (Receipt.STORED, row))
    assert (again.receipt, again.repeated) == (Receipt.STORED, False)
    assert store.receipts() == {Receipt.STORED: 1}


def test_what_a_piece_of_work_raises_is_its_own(store: SqliteStore, new_delivery: New, draw: Draw) -> None:
    """One caller's mistake neither stores anything of its own nor takes the others' work with it."""
    row = put(store, new_delivery(), draw)

    def judge(_: Delivery | None) -> tuple[Receipt, Delivery | None]:
        raise LookupError("mine")

    def both(number: int) -> str:
        if number % 2:
            return put(store, new_delivery(), draw).state
        with pytest.raises(LookupError, match="mine"):
            store.receive(message(row.rid, f"event-{number}"), judge)
        return "raised"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(both, range(16))) == [State.QUEUED] * 8 + ["raised"] * 8
    assert store.counts() == {State.QUEUED: 9}
    assert store.receipts() == {}


def test_a_locked_store_says_so_and_stores_nothing(
    store: SqliteStore, database: Path, new_delivery: New, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.store.connection.BUSY_MS", 50)
    quick = SqliteStore(database)
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreUnavailableError):
            put(quick, new_delivery(), draw)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert put(quick, new_delivery(), draw).state is State.QUEUED, "it works again"
    quick.close()
    assert store.counts() == {State.QUEUED: 1}


def test_a_closed_store_raises(store: SqliteStore) -> None:
    store.close()
    with pytest.raises(StoreUnavailableError):
        store.next_sequence()
    with pytest.raises(StoreUnavailableError):
        store.counts()


def test_upstream_faults_keep_their_first_moment(store: SqliteStore, clock: Clock) -> None:
    store.set_upstream("workflow", "503")
    since = store.upstream_faults()[0].since
    clock.move(5)
    store.set_upstream("workflow", "timeout")
    fault = store.upstream_faults()[0]
    assert (fault.fault, fault.since) == ("timeout", since)
    store.set_upstream("workflow", None)
    assert store.upstream_faults() == []
