"""From what a request stored to the threads that deliver, held all the way: nobody has to claim it again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.delivery import transitions
from bridge.delivery.lanes import Lanes
from bridge.model import Delivery, Hold, Kind, State
from bridge.store import Store


@dataclass(frozen=True, kw_only=True)
class Holds:
    """``owner`` names this process in leases; ``lease`` is how long a hold lasts."""

    store: Store
    lanes: Lanes
    owner: str
    lease: timedelta
    now: Callable[[], datetime]

    def ask(self, state: State, kind: Kind) -> Hold | None:
        """What to write into a row of that state, with what else is written; None while its lane is full."""
        if not self.lanes.has_room(state, kind):
            return None
        return Hold(owner=self.owner, until=self.now() + self.lease)

    def hand_on(self, stored: Delivery) -> None:
        """Give it to its lane, or free it again where there is no room after all."""
        if stored.lease_owner is None:
            self.lanes.offer(stored)
        elif not self.lanes.hold(stored):
            self.store.settle(stored, transitions.released)
