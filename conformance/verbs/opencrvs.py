"""What the registrar does in OpenCRVS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Told, Verb, reference_to
from conformance.jsontypes import JSON
from conformance.records import SUBJECTS
from conformance.registrar import Answer
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play
    from conformance.records import Record

ROLES: Final = ("child", "mother", "father", "informant", "deceased", "spouse")


class MakesRecord(Verb):
    """What creates a record under its reserved ids."""

    party = "opencrvs"
    gives = "record"
    needs_name = True
    arguments: ClassVar[Arguments] = {
        "event": Argument(kind=Kind.TEXT, help="What happened.", required=True, choices=tuple(SUBJECTS)),
        **{role: reference_to("person", help=f"The {role}.", required=False) for role in ROLES},
    }

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        subject = SUBJECTS.get(str(arguments.get("event")))
        if subject is not None and subject not in arguments:
            yield (), f"a {arguments['event']} is about a {subject}: say who"


class Declare(MakesRecord):
    """Creates a record and declares it."""

    name = "opencrvs.declare"
    help = "Creates a record and declares it; `as` names the record."
    example = "{opencrvs.declare: {event: birth, child: $baby, mother: $mother}, as: second}"

    def run(self, told: Told, play: Play) -> Record:
        record = play.records[str(told.name)]
        play.world.registrar.create(record)
        answer = play.world.registrar.declare(record, play.declaration(record))
        if answer.status != HTTPStatus.OK:
            words = f"{record.name} was not declared: OpenCRVS says {answer.status}"
            raise play.gave_up(by=self.name, words=words)
        return record


class Begin(MakesRecord):
    """Creates a record, whose form is open from now on."""

    name = "opencrvs.begin"
    help = "Creates a record and opens its form, which `opencrvs.submit` declares; `as` names the record."
    example = "{opencrvs.begin: {event: birth, child: $baby, mother: $mother}, as: second}"

    def run(self, told: Told, play: Play) -> Record:
        record = play.records[str(told.name)]
        play.world.registrar.create(record)
        return record


class Submit(Verb):
    """Declares what the form of a record holds."""

    name = "opencrvs.submit"
    party = "opencrvs"
    help = (
        "Declares a record that was begun: what its form has fetched, and what the registrar types in. Said "
        "again after a failure, it is the same declaration. `as` names what OpenCRVS answered."
    )
    gives = "answer"
    arguments: ClassVar[Arguments] = {
        "record": reference_to("record", help="Which record."),
        "but": Argument(
            kind=Kind.OBJECT, help="What is typed in otherwise, by name: {mother.born: '1990-01-31'}."
        ),
    }
    example = "opencrvs.submit: {record: $begun, but: {mother.born: '1990-01-31'}}"

    def run(self, told: Told, play: Play) -> Answer:
        record = told.record("record")
        otherwise = told.members("but") if told.has("but") else {}
        return play.world.registrar.declare(record, play.declaration(record, otherwise))


class Register(Verb):
    """Asks for registration; ends when country-config and bridge have answered."""

    name = "opencrvs.register"
    party = "opencrvs"
    help = "Registers a declared record; `as` names what OpenCRVS answered."
    gives = "answer"
    arguments: ClassVar[Arguments] = {"record": reference_to("record", help="Which record.")}
    example = "opencrvs.register: {record: $birth}"

    def run(self, told: Told, play: Play) -> Answer:
        return play.world.registrar.register(told.record("record"))


VERBS: Final = (Declare(), Begin(), Submit(), Register())
