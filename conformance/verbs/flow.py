"""What steers the story itself: waiting, watching, checking, doing two things at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Sight, Told, Verb
from conformance.grammar.parse import parse_branch, parse_check, parse_checks
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import JSON, items, mapping
from conformance.problems import did_you_mean
from conformance.values import matcher
from conformance.verdicts import Finding
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.grammar.model import CheckItem
    from conformance.play import Level, Play

POLL_SECONDS: Final = 0.1
LEVELS: Final[tuple[Level, ...]] = ("must", "must_not", "should")


class Parallel(Verb):
    """Several things at once."""

    name = "parallel"
    help = "Plays its branches at the same time; each is a step or a list of steps."
    arguments: ClassVar[Arguments] = {}
    whole = Argument(kind=Kind.STEPS, help="The branches.", required=True)
    example = "parallel: [{opencrvs.register: {record: $birth}}, [{clear: {}}]]"

    def run(self, told: Told, play: Play) -> None:
        branches = [
            parse_branch(each, told.document, told.inner(index))
            for index, each in enumerate(items(told.whole))
        ]
        with ThreadPoolExecutor(max_workers=len(branches), thread_name_prefix="branch") as pool:
            running = [pool.submit(play.do, branch) for branch in branches]
        for each in running:
            each.result()


class Set(Verb):
    """Changes a setting of a mock; it is restored when the scenario is over."""

    name = "set"
    help = "Changes settings of the mocks for this scenario: {mosip.mandatory_attributes: lenient}."
    arguments: ClassVar[Arguments] = {}
    whole = Argument(kind=Kind.OBJECT, help="Settings and their values.", required=True)
    example = "set: {mosip.mandatory_attributes: lenient}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        known = vocabulary().settings
        for name, value in arguments.items():
            if name not in known:
                yield (name,), f"unknown setting '{name}'.{did_you_mean(name, known)}"
            elif not isinstance(value, str):
                yield (name,), "a setting is text"

    def run(self, told: Told, play: Play) -> None:
        for name, value in mapping(play.resolve(told.whole)).items():
            play.world.admin(name).settings({name: str(value)})


class Wait(Verb):
    """Waits for something to become true."""

    name = "wait"
    help = "Waits until a check holds, at most as long as the target's patience."
    arguments: ClassVar[Arguments] = {
        "within": Argument(kind=Kind.PATIENCE, help="How long: $target.retry and so on.", required=True),
        "until": Argument(kind=Kind.CHECK, help="The check.", required=True),
        "abort_if": Argument(kind=Kind.CHECK, help="Give up at once when this holds."),
        "or_go_on": Argument(
            kind=Kind.FLAG,
            help="A bridge may be right without it: go on when the time is over, find nothing.",
        ),
    }
    example = "wait: {within: $target.ack, until: {effects: {of: $birth.registration, accepts: {lte: 9}}}}"

    def run(self, told: Told, play: Play) -> None:
        until = parse_check(told.written("until"), told.document, told.inner("until"))
        abort = (
            parse_check(told.written("abort_if"), told.document, told.inner("abort_if"))
            if told.has("abort_if")
            else None
        )
        within = told.seconds("within")
        sights: list[Sight] = []
        gave_up: list[Sight] = []

        def decided() -> bool:
            sights.append(play.look(until))
            if sights[-1].state == "holds" or sights[-1].for_good:
                return True
            gave_up[:] = (
                [] if abort is None else [sight for sight in [play.look(abort)] if sight.state == "holds"]
            )
            return bool(gave_up)

        looks = {play.looks(each) for each in (until, abort) if each is not None}
        play.view.wait(
            decided,
            within=within,
            poll=None if looks == {"journal"} else POLL_SECONDS,
            woken="beside" not in looks,
        )
        if sights[-1].state != "holds" and not told.flag("or_go_on"):
            early = f"given up because of {gave_up[0].words}" if gave_up else f"not within {within:g} s"
            words = f"{'nobody will see it' if sights[-1].for_good else early}: {sights[-1].words}"
            raise play.gave_up(
                by=f"wait {until.name}",
                words=words,
                near=play.near(until),
                place=until.place,
                unseen=sights[-1].state == "unseen",
            )


class Always(Verb):
    """Watches that something stays true."""

    name = "always"
    help = "Watches for a while that a check holds all the time."
    arguments: ClassVar[Arguments] = {
        "for": Argument(kind=Kind.PATIENCE, help="How long: $target.quiet and so on.", required=True),
        "that": Argument(kind=Kind.CHECK, help="The check.", required=True),
    }
    example = "always: {for: $target.quiet, that: {effects: {of: $birth.registration, accepts: 0}}}"

    def run(self, told: Told, play: Play) -> None:
        that = parse_check(told.written("that"), told.document, told.inner("that"))
        sights: list[Sight] = []

        def ended() -> bool:
            sights.append(play.look(that))
            return sights[-1].state != "holds" and not sights[-1].for_good

        looks = play.looks(that)
        poll = None if looks == "journal" else POLL_SECONDS
        broken = play.view.wait(ended, within=told.seconds("for"), poll=poll, woken=looks != "beside")
        if not broken and sights[-1].for_good:
            # What can be seen of it has held; the story goes on, for more may come to light.
            by = f"always {that.name}"
            play.found(Finding(verdict="inconclusive", by=by, words=sights[-1].words, place=that.place))
        if broken:
            raise play.gave_up(
                by=f"always {that.name}",
                words=sights[-1].words,
                near=play.near(that),
                place=that.place,
                unseen=sights[-1].state == "unseen",
            )


class CheckNow(Verb):
    """Looks once, at this point of the story."""

    name = "check"
    help = "Looks once: what must be, must not be, and should be (a broken should is a warning)."
    arguments: ClassVar[Arguments] = {
        **{level: Argument(kind=Kind.CHECKS, help=f"What {level.replace('_', ' ')} be.") for level in LEVELS},
        "when": Argument(
            kind=Kind.WHEN,
            help="Only with this `profile` (or one of a list), and for rows of examples with these values.",
        ),
    }
    example = "check: {must: [{effects: {of: $birth.registration, accepts: {lte: 1}}}]}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if not any(level in arguments for level in LEVELS):
            yield (), "say what must, must_not or should be"

    def run(self, told: Told, play: Play) -> None:
        if not _meant(mapping(told.values.get("when")), play):
            return
        play.view.catch_up()
        for level in LEVELS:
            for item in _checks(told, level):
                finding = play.judge(item, level)
                if finding is not None:
                    play.found(finding)


def _checks(told: Told, level: Level) -> tuple[CheckItem, ...]:
    return parse_checks(told.nested(level), told.document, told.inner(level))


def _meant(when: Mapping[str, JSON], play: Play) -> bool:
    """Whether the target has one of the profiles, and the row the values."""
    profiles = when.get("profile", [*play.target.profiles])
    wanted = profiles if isinstance(profiles, list) else [profiles]
    return not set(play.target.profiles).isdisjoint(map(str, wanted)) and all(
        matcher(value).accepts(play.item.row.get(name)) for name, value in when.items() if name != "profile"
    )


VERBS: Final = (Parallel(), Set(), Wait(), Always(), CheckNow())
