"""Plays the items of a run, shared among players that each have a sandbox, and tells it as one story."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from random import Random
from threading import Event as Flag
from threading import Lock
from typing import Protocol

from conformance.events import (
    Event,
    ItemFinished,
    ItemResult,
    ItemStarted,
    Listener,
    SuiteFinished,
    SuiteStarted,
)
from conformance.grammar.model import Item
from conformance.limits import Pace


class Player(Protocol):
    """Plays one item at a time: a Runner, in a sandbox that is its own."""

    def play(self, item: Item) -> ItemResult: ...


class Suite:
    """One run. ``started`` says which items, and in what order they are played; ``players`` share them.

    At most ``rate`` items a minute begin. Listeners hear one event at a time, of items as they finish; the
    results are in the order of the files.
    """

    def __init__(
        self,
        started: SuiteStarted,
        players: Sequence[Player],
        listeners: Sequence[Listener] = (),
        *,
        rate: float | None = None,
    ) -> None:
        self._started = started
        self._players = players
        self._listeners = listeners
        self._left = deque(play_order(len(started.items), started.shuffled))
        self._results: dict[int, ItemResult] = {}
        self._telling, self._taking = Lock(), Lock()
        self._over = Flag()
        self._pace = Pace(rate=rate, sleep=self._over.wait)

    def play(self) -> list[ItemResult]:
        """Play all items and tell the listeners. What a player or a listener raises ends it for all."""
        began = time.monotonic()
        self._tell(self._started)
        self._share()
        results = [self._results[place] for place in sorted(self._results)]
        self._tell(SuiteFinished(results=results, seconds=time.monotonic() - began))
        return results

    def _share(self) -> None:
        pool = ThreadPoolExecutor(max_workers=len(self._players), thread_name_prefix="player")
        try:
            for share in as_completed([pool.submit(self._play_on, player) for player in self._players]):
                share.result()
        finally:
            self._over.set()
            # After an interrupt the items under way end when their sandboxes do: that is up to who called.
            pool.shutdown(wait=False, cancel_futures=True)

    def _play_on(self, player: Player) -> None:
        for place in self._places():
            item = self._started.items[place]
            self._tell(ItemStarted(item=item))
            result = player.play(item)
            if self._over.is_set():
                return
            self._results[place] = result
            self._tell(ItemFinished(result=result))

    def _places(self) -> Iterator[int]:
        while True:
            with self._taking:
                if self._left:
                    self._pace.wait()
                if self._over.is_set() or not self._left:
                    return
                place = self._left.popleft()
            yield place

    def _tell(self, event: Event) -> None:
        with self._telling:
            for listener in self._listeners:
                listener.hear(event)


def play_order(count: int, shuffled: int | None) -> list[int]:
    """Places of items in the order in which they are played; ``shuffled`` is the seed of a shuffle."""
    places = list(range(count))
    if shuffled is not None:
        Random(shuffled).shuffle(places)  # noqa: S311 - no secret
    return places
