"""What happens to time: timers are moved on, a party's clock goes wrong."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind, seconds
from conformance.grammar.base import Arguments, Told, Verb
from conformance.timekeeping import advance

if TYPE_CHECKING:
    from conformance.play import Play

PARTIES: Final = ("mosip", "esignet", "opencrvs")


class Advance(Verb):
    """Time passes for the mocks."""

    name = "advance"
    help = (
        "Lets time pass in all mocks: stages, retries of the hub and expiries fall due, each in its order. "
        "What they write stays real time, and so does the bridge's own."
    )
    arguments: ClassVar[Arguments] = {}
    whole = Argument(kind=Kind.DURATION, help="How much: 7d, 90s.", required=True)
    example = "advance: 7d"

    def run(self, told: Told, play: Play) -> None:
        advance(play.world.mocks.values(), timedelta(seconds=seconds(str(told.whole))))


class Skew(Verb):
    """One party's clock is wrong."""

    name = "skew"
    help = "The clock of a party is wrong until the story ends: what it writes is that much later or earlier."
    arguments: ClassVar[Arguments] = {
        "of": Argument(kind=Kind.TEXT, help="Whose clock.", required=True, choices=PARTIES),
        "by": Argument(kind=Kind.SHIFT, help="How much; 0s sets it right.", required=True),
    }
    example = "skew: {of: mosip, by: -10m}"

    def run(self, told: Told, play: Play) -> None:
        mock = play.world.mocks[told.text("of")]
        mock.skew(told.text("by"))
        play.undo_later(partial(mock.skew, "0s"))


VERBS: Final = (Advance(), Skew())
