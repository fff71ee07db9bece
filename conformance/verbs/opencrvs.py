"""What the registrar does in OpenCRVS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


class Declare(Verb):
    """Creates a record under its reserved ids and declares it."""

    name = "opencrvs.declare"
    party = "opencrvs"
    help = "Creates a record and declares it; `as` names the record."
    gives = "record"
    needs_name = True
    arguments: ClassVar[Arguments] = {
        "event": Argument(kind=Kind.TEXT, help="What happened.", required=True, choices=tuple(SUBJECTS)),
        **{role: reference_to("person", help=f"The {role}.", required=False) for role in ROLES},
    }
    example = "{opencrvs.declare: {event: birth, child: $baby, mother: $mother}, as: second}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        subject = SUBJECTS.get(str(arguments.get("event")))
        if subject is not None and subject not in arguments:
            yield (), f"a {arguments['event']} is about a {subject}: say who"

    def run(self, told: Told, play: Play) -> Record:
        record = play.records[str(told.name)]
        play.world.registrar.create(record)
        play.world.registrar.declare(record, play.world.pack.declaration(record))
        return record


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


VERBS: Final = (Declare(), Register())
