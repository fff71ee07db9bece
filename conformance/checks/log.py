"""Checks of what the target writes into its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Check, MisuseError, Sight, Told
from conformance.jsontypes import JSON
from conformance.leaks import Planted, found_in, of_person
from conformance.logs import Mark, written_since
from conformance.people import Person
from conformance.record_state import record_state
from conformance.records import Record
from conformance.values import reference
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play


class LogLacks(Check):
    """Nobody's business in the log."""

    name = "log"
    help = (
        "The target's log has none of these: a person stands for all that is known of them, a record for its "
        "people and the numbers made for them, a text for itself. Signed tokens and bearers' tokens are "
        "always looked for."
    )
    looks = "beside"
    arguments: ClassVar[Arguments] = {
        "lacks": Argument(
            kind=Kind.ANY, help="Records, people and texts that were said, as references.", required=True
        ),
    }
    example = "log: {lacks: [$birth, $birth.mother.name.first]}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        lacks = arguments.get("lacks")
        if not isinstance(lacks, list) or not lacks or not all(map(reference, lacks)):
            yield ("lacks",), "a list of references is needed, as [$birth.mother, $login.code]"

    def sees_by(self, arguments: Mapping[str, JSON]) -> tuple[str, ...]:  # noqa: ARG002
        return ("bridge.log",)

    def look(self, told: Told, play: Play) -> Sight:
        logs = play.target.logs
        if not logs:
            return Sight(state="unseen", words="this target shows no log")
        lacks = told.values.get("lacks")
        planted = [text for value in _listed(lacks) for text in _planted(value, play)]
        written = written_since(logs, [Mark()] * len(logs)) or ""
        found = found_in(written, planted)
        return Sight.of(not found, f"in the log: {', '.join(found) or 'nothing that was looked for'}")


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise MisuseError("log: 'lacks' must be a list")
    return value


def _minted(record: Record, play: Play) -> Iterator[Planted]:
    """The numbers that MOSIP has made for whom a record is about; of theirs the one that came to OpenCRVS."""
    if "mosip" in play.target.theirs:
        found = play.world.pack.read(record.event, "identifier", _declared(record, play))
        if isinstance(found, str) and found:
            yield Planted(what=f"the identifier of {record.name}", text=found)
    for effect in play.view.effects(owner=record.registration.owner):
        for kind in ("uin", "vid", "psut"):
            if kind in effect.facts:
                yield Planted(what=f"the {kind} made for {record.name}", text=effect.facts[kind])


def _declared(record: Record, play: Play) -> Mapping[str, JSON]:
    return record_state(play.world.registrar.document(record)).declaration


def _planted(value: object, play: Play) -> Iterator[Planted]:
    if isinstance(value, Record):
        for person in value.people.values():
            yield from of_person(person)
        yield from _minted(value, play)
    elif isinstance(value, Person):
        yield from of_person(value)
    elif isinstance(value, str) and value:
        yield Planted(what=f"a text of {len(value)} characters", text=value)
    else:
        raise MisuseError(f"log: a record, a person or a text is looked for, not a {type(value).__name__}")


CHECKS: Final = (LogLacks(),)
