"""How a run is shared: every item once, told whole and in order, and ended for all when it ends for one."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Sequence

import pytest
from rich.console import Console as Terminal

from conformance.events import ItemFinished, ItemResult, ItemStarted, SuiteFinished, SuiteStarted
from conformance.grammar.model import Item
from conformance.library import chosen
from conformance.reporters import Console, Results
from conformance.suite import Suite, play_order

PATIENCE = 20.0


def result(item: Item) -> ItemResult:
    return ItemResult(item=item, verdict="pass", findings=[], steps=[], timeline=[], started="", seconds=0.0)


class Player:
    """Notes what it plays; with a barrier it plays each of its items beside one of the others'."""

    def __init__(self, barrier: threading.Barrier | None = None) -> None:
        self.barrier = barrier
        self.played: list[str] = []

    def play(self, item: Item) -> ItemResult:
        if self.barrier is not None:
            self.barrier.wait(PATIENCE)
        self.played.append(item.id)
        return result(item)


class Listener:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def hear(self, event: object) -> None:
        self.heard.append(event)


def started(items: Sequence[Item], **more: int) -> SuiteStarted:
    return SuiteStarted(items=items, target="fake", seed=0, token="t0", **more)


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return chosen(["sec-forged-webhook", "esignet-happy"])


def test_each_item_is_played_once_and_told_in_the_order_of_the_files(items) -> None:
    barrier, listener, results = threading.Barrier(2), Listener(), Results()
    players = [Player(barrier), Player(barrier)]
    played = Suite(started(items, workers=2), players, [listener, results]).play()
    assert [each.item for each in played] == items
    assert sorted(players[0].played + players[1].played) == sorted(each.id for each in items)
    assert len(players[0].played) == len(players[1].played) == len(items) // 2
    assert isinstance(listener.heard[0], SuiteStarted)
    assert listener.heard[-1] == SuiteFinished(results=played, seconds=listener.heard[-1].seconds)
    begun = [each.item.id for each in listener.heard if isinstance(each, ItemStarted)]
    ended = [each.result.item.id for each in listener.heard if isinstance(each, ItemFinished)]
    assert sorted(begun) == sorted(ended) == sorted(each.id for each in items)
    assert [each["id"] for each in results.document["items"]] == [each.id for each in items]
    assert (results.document["workers"], results.document["random_order"]) == (2, None)


def test_a_seed_gives_an_order_again(items) -> None:
    one, again, other = (Player() for _ in range(3))
    text, results = io.StringIO(), Results()
    console = Console(Terminal(file=text, width=200))
    Suite(started(items, shuffled=7), [one], [console, results]).play()
    Suite(started(items, shuffled=7), [again]).play()
    Suite(started(items, shuffled=8), [other]).play()
    assert one.played == again.played
    assert sorted(one.played) == sorted(other.played)
    assert len({tuple(one.played), tuple(other.played), tuple(each.id for each in items)}) == 3
    assert "--random-order=7 plays this order again" in text.getvalue()
    assert [each["id"] for each in results.document["items"]] == [each.id for each in items]
    assert results.document["random_order"] == 7


@pytest.mark.parametrize("count", [0, 1, 5])
def test_an_order_has_every_place(count: int) -> None:
    assert sorted(play_order(count, 3)) == play_order(count, None) == list(range(count))


def test_what_a_player_raises_ends_it_for_all(items) -> None:
    at_work, over = threading.Event(), threading.Event()

    class Breaks:
        def play(self, item: Item) -> ItemResult:
            at_work.wait(PATIENCE)
            raise RuntimeError(f"no verdict on {item.id}")

    class Slow(Player):
        def play(self, item: Item) -> ItemResult:
            at_work.set()
            over.wait(PATIENCE)
            return super().play(item)

    slow, listener = Slow(), Listener()
    with pytest.raises(RuntimeError, match="no verdict"):
        Suite(started(items, workers=2), [Breaks(), slow], [listener]).play()
    over.set()
    for thread in threading.enumerate():
        if thread.name.startswith("player"):
            thread.join(PATIENCE)
    assert len(slow.played) == 1, "it begins nothing new"
    assert not any(isinstance(each, (ItemFinished, SuiteFinished)) for each in listener.heard)


def test_a_rate_holds_for_all_together(items) -> None:
    stamps: list[float] = []

    class Stamping(Player):
        def play(self, item: Item) -> ItemResult:
            stamps.append(time.monotonic())
            return super().play(item)

    Suite(started(items[:3], workers=3), [Stamping() for _ in range(3)], rate=1200.0).play()
    assert stamps[-1] - stamps[0] >= 2 * 60 / 1200 * 0.9
