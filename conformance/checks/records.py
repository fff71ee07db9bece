"""Checks of a record as it stands in OpenCRVS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.checks.wire import form_complaints
from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Check, Sight, Told, reference_to
from conformance.jsontypes import JSON
from conformance.record_state import RecordState, record_state
from conformance.records import Record
from conformance.values import KINDS, Matcher, matcher
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play

AS_POLICY: Final = "as-policy"
FORM: Final[Mapping[str, Argument]] = {
    "is": Argument(kind=Kind.VALUE, help="Equal to this, or of a kind: uin, vid, psut, present, absent…"),
    "not": Argument(kind=Kind.VALUE, help="Anything but this."),
    "any_of": Argument(kind=Kind.ANY, help="One of these."),
    "matches": Argument(kind=Kind.TEXT, help="Like this regular expression."),
}


def _state(record: Record, play: Play) -> RecordState:
    return record_state(play.world.registrar.document(record))


class RecordIs(Check):
    """Status and flags."""

    name = "record"
    help = "A record's status (REGISTERED), flags (register:requested) and registration number in OpenCRVS."
    looks = "beside"
    arguments: ClassVar[Arguments] = {
        "of": reference_to("record", help="The record."),
        "state": Argument(kind=Kind.VALUE, help="CREATED, DECLARED, REGISTERED or ARCHIVED."),
        "flags": Argument(kind=Kind.ANY, help="All its flags, as a list."),
        "number": Argument(kind=Kind.VALUE, help="Its registration number."),
    }
    example = "record: {of: $birth, state: DECLARED, flags: []}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if not {"state", "flags", "number"} & set(arguments):
            yield (), "say state, flags or number"
        if not isinstance(arguments.get("flags", []), list):
            yield ("flags",), "a list is needed"

    def look(self, told: Told, play: Play) -> Sight:
        state = _state(told.record("of"), play)
        if told.has("state"):
            wanted = matcher(told.values["state"])
            if not wanted.accepts(state.status):
                return Sight.of(False, f"state {wanted.words} wanted, {state.status} seen")
        if told.has("number"):
            number = matcher(told.values["number"])
            if not number.accepts(state.registration_number):
                return Sight.of(False, f"number {number.words} wanted, {state.registration_number} seen")
        if told.has("flags") and sorted(told.texts("flags")) != list(state.flags):
            return Sight.of(False, f"flags {told.texts('flags')} wanted, {list(state.flags)} seen")
        return Sight.of(True, f"{state.status} {list(state.flags)}")


class IdentifierIs(Check):
    """The identifier in the record."""

    name = "identifier"
    help = (
        "The identifier that the record carries; `is: as-policy` means the one that MOSIP made for it, or, "
        "where MOSIP is theirs, any of that kind."
    )
    looks = "beside"
    arguments: ClassVar[Arguments] = {"of": reference_to("record", help="The record."), **FORM}
    example = "identifier: {of: $birth, is: as-policy}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        for form in ("is", "not"):
            value = arguments.get(form)
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield (form,), f'an identifier is text, not a number: write "{value}" in quotes'
        yield from form_complaints(arguments, "of")

    def look(self, told: Told, play: Play) -> Sight:
        record = told.record("of")
        wanted = matcher(told.expectation("of"), {AS_POLICY: _as_policy(record, play)})
        seen = play.world.pack.read(record.event, "identifier", _state(record, play).declaration)
        return Sight.of(wanted.accepts(seen), f"identifier {wanted.words} wanted, {seen} seen")


def _as_policy(record: Record, play: Play) -> Matcher:
    kind = play.target.policy.identifier
    if kind == "none":
        return Matcher(words="none, as policy", accepts=KINDS["absent"])
    if "mosip" in play.target.theirs:
        return Matcher(words=f"a {kind}, as policy (which one, only theirs knows)", accepts=KINDS[kind])
    effects = play.view.effects(owner=record.registration.owner)
    made = [each.facts[kind] for each in effects if each.name == "identity-minted" and kind in each.facts]
    words = f"the {kind} that MOSIP made ({', '.join(made) or 'none so far'})"
    return Matcher(words=words, accepts=lambda seen: len(made) == 1 and seen == made[0])


class FieldIs(Check):
    """Any field, by its name in scenarios."""

    name = "field"
    help = "A field of the record by its name in scenarios: born, name.first, mother.name.last."
    looks = "beside"
    arguments: ClassVar[Arguments] = {
        "of": reference_to("record", help="The record."),
        "name": Argument(kind=Kind.TEXT, help="The field.", required=True),
        **FORM,
    }
    example = "field: {of: $birth, name: born, is: present}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        yield from form_complaints(arguments, "of", "name")

    def look(self, told: Told, play: Play) -> Sight:
        record, name = told.record("of"), told.text("name")
        wanted = matcher(told.expectation("of", "name"))
        seen = play.world.pack.read(record.event, name, _state(record, play).declaration)
        return Sight.of(wanted.accepts(seen), f"{name}: {wanted.words} wanted, {seen!r} seen")


CHECKS: Final = (RecordIs(), IdentifierIs(), FieldIs())
