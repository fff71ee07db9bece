"""What a relying party does with a person beside the bridge: does MOSIP still stand for them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Told, Verb, reference_to
from conformance.people import OPTIONS
from conformance.registrar import Answer
from conformance.standing import DOORS

if TYPE_CHECKING:
    from conformance.play import Play

AT: Final = Argument(kind=Kind.TEXT, help="Where.", required=True, choices=DOORS)


class Authenticate(Verb):
    """Somebody else than the bridge asks who a person is."""

    name = "person.authenticate"
    party = "mosip"
    help = (
        "Has a person authenticated for another relying party: at IDA by name and date of birth, at E-Signet "
        "by signing in. `as` names the answer: `served` in its body is true, false, or null for no word of "
        "the person, `code` the service's own."
    )
    gives = "answer"
    arguments: ClassVar[Arguments] = {
        "who": reference_to("person", help="Whom."),
        "at": AT,
        "by": Argument(
            kind=Kind.TEXT,
            help="With which number; by default the one that the registrar writes down.",
            choices=OPTIONS["known_by"],
        ),
    }
    example = "{person.authenticate: {who: $death.deceased, at: ida, by: vid}, as: asked}"

    def run(self, told: Told, play: Play) -> Answer:
        person = told.person("who")
        by = told.text("by") if told.has("by") else person.known_by
        standing = play.door(told.text("at")).authenticate(person, by)
        served = {"served": True, "refused": False}.get(standing.word or "")
        return Answer(kind="http", status=200, body={"served": served, "code": standing.code})


VERBS: Final = (Authenticate(),)
