"""Chores, leases that last, and a subscription that is doubted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.delivery.chores import Chore, Chores
from bridge.delivery.in_hand import InHand, Renewal
from bridge.delivery.leases import NamedLease, boot_of, owner_of
from bridge.delivery.silence import Silence
from bridge.http import Reply
from bridge.instances import InstanceRunsError, Siblings, ended_boots, lock_instance
from bridge.model import State
from bridge.store import StoreUnavailableError

LEASE = timedelta(seconds=60)


@pytest.mark.parametrize("trouble", [StoreUnavailableError("locked"), KeyError("a defect")])
def test_a_round_that_fails_is_followed_by_another(
    trouble: Exception, eventually: Callable[..., None]
) -> None:
    rounds: list[int] = []

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise trouble

    chores = Chores([Chore(name="work", every_s=0.01, work=work)])
    chores.start()
    eventually(lambda: len(rounds) >= 3)
    chores.stop(5)
    done = len(rounds)
    assert not [each for each in threading.enumerate() if each.name == "work"]
    assert len(rounds) == done


def test_what_must_exist_once_is_done_by_who_holds_it(desk: Any) -> None:
    done: list[str] = []
    chores = [
        Chore(
            name="once",
            every_s=1,
            work=lambda owner=owner: done.append(owner),
            lease=NamedLease("once", store=desk.store, owner=owner, lease_s=60),
        )
        for owner in ("a:1:1:", "a:1:2:")
    ]
    for chore in chores:
        chore.round()
    assert done == ["a:1:1:"]


def test_what_is_in_hand_keeps_its_lease_and_nothing_else_does(desk: Any) -> None:
    driven, dropped = (desk.row(state=State.QUEUED, due_at=desk.clock()) for _ in range(2))
    for row in (driven, dropped):
        assert desk.store.claim(row.id, owner="a:1:1:", lease=LEASE) is not None
    in_hand = InHand()
    renewal = Renewal(store=desk.store, in_hand=in_hand, owner="a:1:1:", lease=LEASE)
    with in_hand.holding(driven.id):
        desk.clock.move(50)
        renewal.round()
        desk.clock.move(20)
        assert desk.store.claim(driven.id, owner="b:1:1:", lease=LEASE) is None
        assert desk.store.claim(dropped.id, owner="b:1:1:", lease=LEASE) is not None
    desk.clock.move(60)
    renewal.round()
    assert desk.store.claim(driven.id, owner="b:1:1:", lease=LEASE) is not None


def test_what_somebody_else_holds_is_not_renewed(desk: Any) -> None:
    row = desk.row(state=State.QUEUED, due_at=desk.clock())
    held = desk.store.claim(row.id, owner="b:1:1:", lease=LEASE)
    in_hand = InHand()
    with in_hand.holding(row.id):
        desk.clock.move(30)
        Renewal(store=desk.store, in_hand=in_hand, owner="a:1:1:", lease=LEASE).round()
    assert desk.now(row).lease_until == held.lease_until


def test_what_a_dead_instance_held_is_free_as_soon_as_its_lock_is(desk: Any, tmp_path: Path) -> None:
    database = tmp_path / "bridge.db"
    siblings = Siblings(database=database, store=desk.store)
    held, other = (desk.row(state=State.QUEUED, due_at=desk.clock()) for _ in range(2))
    boot = boot_of("a/1")
    assert desk.store.claim(held.id, owner=owner_of(boot, 7), lease=LEASE) is not None
    assert desk.store.claim(other.id, owner=owner_of(boot_of("c"), 7), lease=LEASE) is not None
    assert desk.store.take_lease("sweeper", owner=owner_of(boot, 7), lease=LEASE)

    with lock_instance(database, "a/1", boot=boot):
        siblings.round()
        assert desk.store.claim(held.id, owner="b:1:1:", lease=LEASE) is None
    siblings.round()
    assert desk.store.take_lease("sweeper", owner="b:1:1:", lease=LEASE)
    assert desk.store.claim(held.id, owner="b:1:1:", lease=LEASE) is not None
    assert desk.store.claim(other.id, owner="b:1:1:", lease=LEASE) is None, "c has no lock to judge by"


def test_an_instance_that_is_back_keeps_what_it_holds_now(desk: Any, tmp_path: Path) -> None:
    database = tmp_path / "bridge.db"
    siblings = Siblings(database=database, store=desk.store)
    before, after = boot_of("a"), boot_of("a")
    lock_instance(database, "a", boot=before).close()
    row = desk.row(state=State.QUEUED, due_at=desk.clock())
    assert desk.store.claim(row.id, owner=owner_of(after, 7), lease=LEASE) is not None
    siblings.round()
    assert desk.store.claim(row.id, owner="b:1:1:", lease=LEASE) is None
    # It starts and dies between two rounds: that start is another one, and is freed as well.
    lock_instance(database, "a", boot=after).close()
    siblings.round()
    assert desk.store.claim(row.id, owner="b:1:1:", lease=LEASE) is not None


def test_who_is_refused_does_not_wipe_out_who_runs(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("bridge.instances._LOCK_PATIENCE_S", 0.0)
    database, boot = tmp_path / "bridge.db", boot_of("a")
    with lock_instance(database, "a", boot=boot):
        with pytest.raises(InstanceRunsError):
            lock_instance(database, "a", boot=boot_of("a"))
        assert list(ended_boots(database)) == []
    assert list(ended_boots(database)) == [boot]


def test_a_lock_that_names_no_start_frees_nothing(desk: Any, tmp_path: Path) -> None:
    (tmp_path / "bridge.db.a.lock").touch()
    row = desk.row(state=State.QUEUED, due_at=desk.clock())
    assert desk.store.claim(row.id, owner=owner_of(boot_of("a"), 7), lease=LEASE) is not None
    Siblings(database=tmp_path / "bridge.db", store=desk.store).round()
    assert desk.store.claim(row.id, owner="b:1:1:", lease=LEASE) is None


def test_a_delivery_leaves_the_hand_however_it_ends() -> None:
    in_hand = InHand()

    def fails() -> None:
        with in_hand.holding(7):
            assert in_hand.ids() == {7}
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert in_hand.ids() == frozenset()


@dataclass
class Hub:
    answers: list[Reply] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    topics: tuple[str, ...] = ("credentials", "workflows")

    def state(self, _: str) -> str:
        return "verified"

    def subscribe(self, topic: str) -> Reply:
        self.asked.append(topic)
        return self.answers.pop(0) if self.answers else Reply(party="hub", status=202)


@dataclass
class Uptime:
    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_silence_subscribes_to_everything_again_and_not_more_often_than_allowed(desk: Any) -> None:
    hub, uptime = Hub(), Uptime()
    silence = Silence(subscriptions=hub, counters=desk.counters, pause_s=10, clock=uptime)
    silence.round()
    assert hub.asked == []
    silence.notice()
    silence.notice()
    silence.round()
    assert hub.asked == ["credentials", "workflows"]
    silence.notice()
    uptime.seconds += 9
    silence.round()
    assert len(hub.asked) == 2
    uptime.seconds += 1
    silence.round()
    assert len(hub.asked) == 4


def test_a_hub_that_can_not_be_asked_is_asked_again(desk: Any) -> None:
    hub, uptime = Hub(answers=[Reply(party="hub", status=None, error="connect")]), Uptime()
    silence = Silence(subscriptions=hub, counters=desk.counters, pause_s=10, clock=uptime)
    silence.notice()
    silence.round()
    uptime.seconds += 10
    silence.round()
    uptime.seconds += 10
    silence.round()
    assert hub.asked == ["credentials", "workflows"] * 2
