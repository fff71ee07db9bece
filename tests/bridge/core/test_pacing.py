"""Who waits for whom: breakers, lanes, leases that exist once, and the keeper of subscriptions."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from bridge.delivery.breakers import Breakers
from bridge.delivery.keeper import Keeper
from bridge.delivery.lanes import Lanes, lane_specs
from bridge.delivery.leases import NamedLease, boot_of, owner_of, prefix_of
from bridge.delivery.steps import Step
from bridge.http import Reply
from bridge.metrics import Counters, UpstreamHealth
from bridge.model import Delivery, Kind, NewDelivery
from bridge.store import SqliteStore


@dataclass
class Ticks:
    """Seconds that move when they are told to."""

    at: float = 100.0

    def __call__(self) -> float:
        return self.at


class Clock(Protocol):
    def move(self, seconds: float) -> None: ...


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def breakers(ticks: Ticks) -> Breakers:
    return Breakers(first_s=2, max_s=10, clock=ticks)


def fail(breakers: Breakers, *deliveries: int) -> None:
    for delivery in deliveries:
        breakers.failed(Step.CREATE_PACKET, Kind.BIRTH, delivery)


def test_one_record_s_trouble_opens_nothing(breakers: Breakers) -> None:
    fail(breakers, *[1] * 50)
    assert breakers.admits(Step.CREATE_PACKET, Kind.BIRTH)


def test_several_records_trouble_opens_for_that_step_and_kind_only(breakers: Breakers) -> None:
    fail(breakers, 1, 2, 3, 1, 2)
    assert not breakers.admits(Step.CREATE_PACKET, Kind.BIRTH)
    assert breakers.admits(Step.CREATE_PACKET, Kind.DEATH)
    assert breakers.admits(Step.ACCEPT, Kind.BIRTH)


def test_a_success_between_closes(breakers: Breakers) -> None:
    fail(breakers, 1, 2, 3, 1)
    breakers.succeeded(Step.CREATE_PACKET, Kind.BIRTH)
    fail(breakers, 1, 2, 3, 1)
    assert breakers.admits(Step.CREATE_PACKET, Kind.BIRTH)


def test_one_probe_at_the_end_of_each_doubling_time(breakers: Breakers, ticks: Ticks) -> None:
    fail(breakers, 1, 2, 3, 1, 2)
    for length in (2.0, 4.0, 8.0, 10.0, 10.0):
        assert breakers.pause(Step.CREATE_PACKET, Kind.BIRTH) == pytest.approx(length)
        ticks.at += length
        assert breakers.admits(Step.CREATE_PACKET, Kind.BIRTH), "the probe"
        assert not breakers.admits(Step.CREATE_PACKET, Kind.BIRTH), "but nobody else"
        fail(breakers, 1)
    breakers.succeeded(Step.CREATE_PACKET, Kind.BIRTH)
    assert breakers.admits(Step.CREATE_PACKET, Kind.BIRTH)
    assert not breakers.is_open(Step.CREATE_PACKET, Kind.BIRTH)


def test_a_full_lane_towards_mosip_never_holds_up_deaths_or_confirmations() -> None:
    gate, ran = threading.Event(), threading.Event()

    def run(delivery_id: int, _held: Delivery | None) -> None:
        if delivery_id < 100:
            gate.wait(20)
        else:
            ran.set()

    lanes = Lanes(lane_specs(2))
    lanes.start(run)
    births, deaths, opencrvs = lanes.all
    for number in range(10):
        births.offer(number)
    for lane in (deaths, opencrvs):
        ran.clear()
        lane.offer(100)
        assert ran.wait(20)
    gate.set()
    assert lanes.drain(20)


def test_a_lane_outlives_a_mistake() -> None:
    seen: list[int] = []
    done = threading.Event()

    def run(delivery_id: int, _held: Delivery | None) -> None:
        seen.append(delivery_id)
        if delivery_id == 1:
            raise LookupError
        done.set()

    lanes = Lanes(lane_specs(1))
    lanes.start(run)
    lanes.all[0].offer(1)
    lanes.all[0].offer(2)
    assert done.wait(20)
    assert seen == [1, 2]
    assert lanes.drain(20)


def test_a_drained_lane_takes_nothing() -> None:
    lanes = Lanes(lane_specs(1))
    lanes.start(lambda _id, _held: None)
    assert lanes.drain(20)
    lanes.all[0].offer(1)
    assert lanes.all[0].vacancies() == 0


def test_names_of_owners_never_hold_those_of_another_instance() -> None:
    assert not owner_of(boot_of("a:b"), 1).startswith(prefix_of("a"))
    assert owner_of(boot_of("a"), 1).startswith(prefix_of("a"))
    assert not owner_of("a:boot", 12).startswith(owner_of("a:boot", 1))


def test_a_named_lease_passes_on_when_its_holder_is_silent(store: SqliteStore, clock: Clock) -> None:
    ticks = Ticks()
    one = NamedLease("keeper", store=store, owner="a", lease_s=10, clock=ticks)
    other = NamedLease("keeper", store=store, owner="b", lease_s=10, clock=ticks)
    assert (one.held(), other.held()) == (True, False)
    for _ in range(3):
        ticks.at += 6
        clock.move(6)
        assert (one.held(), other.held()) == (True, False)
    ticks.at += 10
    clock.move(10)
    assert (other.held(), one.held()) == (True, False)


@dataclass
class Hub:
    """Subscriptions whose hub answers as told."""

    reply: Reply = field(default_factory=lambda: Reply(party="hub", status=202))
    topics: tuple[str, ...] = ("credential",)
    states: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def state(self, topic: str) -> str:
        return self.states.get(topic, "unknown")

    def subscribe(self, topic: str) -> Reply:
        self.asked += 1
        self.states.setdefault(topic, "asked")
        return self.reply


@pytest.fixture
def keep(store: SqliteStore, ticks: Ticks) -> Callable[[Hub], Keeper]:
    def make(hub: Hub) -> Keeper:
        return Keeper(
            subscriptions=hub,
            lease=NamedLease("subscription", store=store, owner="a", lease_s=60, clock=ticks),
            health=UpstreamHealth(store),
            first_s=1,
            max_s=8,
            renew_s=3600,
            clock=ticks,
        )

    return make


def asked_at(hub: Hub, keeper: Keeper, ticks: Ticks, seconds: int) -> list[int]:
    """The seconds at which the hub was asked."""
    moments = []
    for second in range(seconds):
        before = hub.asked
        keeper.tend()
        if hub.asked > before:
            moments.append(second)
        ticks.at += 1
    return moments


def test_a_hub_that_is_down_is_asked_ever_more_seldom(
    keep: Callable[[Hub], Keeper], ticks: Ticks, store: SqliteStore
) -> None:
    hub = Hub(reply=Reply(party="hub", status=None, error="connect"))
    assert asked_at(hub, keep(hub), ticks, 34) == [0, 1, 3, 7, 15, 23, 31]
    assert [(each.party, each.fault) for each in store.upstream_faults()] == [("hub", "connect")]


def test_a_verified_topic_is_asked_for_again_on_a_timer(keep: Callable[[Hub], Keeper], ticks: Ticks) -> None:
    hub = Hub()
    keeper = keep(hub)
    keeper.tend()
    hub.states["credential"] = "verified"
    ticks.at += 3599
    keeper.tend()
    assert hub.asked == 1
    ticks.at += 1
    keeper.tend()
    assert hub.asked == 2


def test_a_verified_topic_is_asked_for_after_each_start(keep: Callable[[Hub], Keeper]) -> None:
    hub = Hub(states={"credential": "verified"})
    keep(hub).tend()
    assert hub.asked == 1, "the hub may have forgotten us meanwhile"


def test_counts_survive_a_store_that_fails(store: SqliteStore) -> None:
    counters = Counters()
    counters.add("callbacks.stored")
    counters.flush(store)
    counters.add("callbacks.stored")
    counters.flush(store)
    assert store.counters() == {"callbacks.stored": 2}
    store.close()
    counters.add("callbacks.stored")
    for _ in range(2):
        with pytest.raises(Exception, match="closed"):
            counters.flush(store)


def test_any_process_may_call_an_upstream_well_again(store: SqliteStore) -> None:
    one, other = UpstreamHealth(store), UpstreamHealth(store)
    one.failing("workflow", "503")
    other.refresh()
    other.answered("workflow")
    assert store.upstream_faults() == []


def test_a_delivery_goes_to_the_lane_of_its_state(
    store: SqliteStore, new_delivery: Callable[..., NewDelivery], draw: Callable[[int], str]
) -> None:
    rows: list[Delivery] = [
        store.accept(new_delivery(kind=kind), draw=draw, backlog_limit=9).delivery for kind in Kind
    ]
    lanes = Lanes(lane_specs(1))
    for row in rows:
        lanes.offer(row)
    rooms = [lane.vacancies() for lane in lanes.all]
    assert rooms == [999, 999, 1000]
