"""What the registrar does with a record later, or instead of registering it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Told, Verb, reference_to
from conformance.registrar import Answer

if TYPE_CHECKING:
    from conformance.play import Play

WHICH: Final = reference_to("record", help="Which record.")
REASON: Final = Argument(kind=Kind.TEXT, help="Why; something like that by default.")


def _reason(told: Told, otherwise: str) -> str:
    return told.text("reason") if told.has("reason") else otherwise


class Correct(Verb):
    """Something in a registered record was wrong."""

    name = "opencrvs.correct"
    party = "opencrvs"
    help = (
        "Asks for a correction of a registered record and approves it; ends when country-config and bridge "
        "have answered. `as` names what OpenCRVS answered to the approval, or to the request if that failed."
    )
    gives = "answer"
    arguments: ClassVar[Arguments] = {
        "record": WHICH,
        "to": Argument(kind=Kind.OBJECT, help="What is right, by name: {name.first: Amina}.", required=True),
    }
    example = "{opencrvs.correct: {record: $birth, to: {name.first: Amina}}, as: corrected}"

    def run(self, told: Told, play: Play) -> Answer:
        record, registrar = told.record("record"), play.world.registrar
        before = play.world.pack.changed(record.event, registrar.declared(record), {})
        after = play.world.pack.changed(record.event, before, told.members("to"))
        changes = {field: value for field, value in after.items() if before.get(field) != value}
        return registrar.correct(record, changes)


class Revoke(Verb):
    """A registration turns out not to be true."""

    name = "opencrvs.revoke"
    party = "opencrvs"
    help = (
        "Revokes the registration of a record, or with `back` reinstates it: a custom action of the country "
        "configuration. `as` names what OpenCRVS answered."
    )
    gives = "answer"
    arguments: ClassVar[Arguments] = {
        "record": WHICH,
        "back": Argument(kind=Kind.FLAG, help="Reinstates it."),
        "reason": REASON,
    }
    example = "{opencrvs.revoke: {record: $birth}, as: revoked}"

    def run(self, told: Told, play: Play) -> Answer:
        reason = _reason(told, "it was made in error")
        return play.world.registrar.revoke(told.record("record"), reason=reason, back=told.flag("back"))


class Archive(Verb):
    """A declaration comes to nothing."""

    name = "opencrvs.archive"
    party = "opencrvs"
    help = "Archives a record that is declared and not registered; `as` names what OpenCRVS answered."
    gives = "answer"
    arguments: ClassVar[Arguments] = {"record": WHICH, "reason": REASON}
    example = "{opencrvs.archive: {record: $death}, as: archived}"

    def run(self, told: Told, play: Play) -> Answer:
        return play.world.registrar.archive(told.record("record"), reason=_reason(told, "it is a duplicate"))


VERBS: Final = (Correct(), Revoke(), Archive())
