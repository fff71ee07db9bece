"""Checks of what MOSIP and E-Signet know of a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.checks.wire import form_complaints
from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Check, Sight, Told, reference_to
from conformance.jsontypes import JSON
from conformance.people import OPTIONS
from conformance.problems import did_you_mean
from conformance.standing import DOORS, PARTY_OF, STANDINGS
from conformance.values import matcher, plain
from conformance.world_people import IDENTITY_STATES, identity_state
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play


class IdentityIs(Check):
    """A person's identity in MOSIP."""

    name = "identity"
    help = "A person's identity in MOSIP: active, flagged (dead, yet still active), deactivated or absent."
    looks = "journal and beside"
    arguments: ClassVar[Arguments] = {
        "of": reference_to("person", help="The person."),
        "is": Argument(kind=Kind.TEXT, help="The state.", choices=IDENTITY_STATES),
        "not": Argument(kind=Kind.TEXT, help="Any other state.", choices=IDENTITY_STATES),
        "any_of": Argument(kind=Kind.TEXTS, help="One of these states."),
    }
    example = "identity: {of: $death.deceased, is: active}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        words = arguments.get("any_of")
        for index, word in enumerate(words if isinstance(words, list) else []):
            if word not in IDENTITY_STATES:
                yield ("any_of", index), f"unknown state '{word}'.{did_you_mean(str(word), IDENTITY_STATES)}"
        yield from form_complaints(arguments, "of")

    def shown_by(self, arguments: Mapping[str, JSON]) -> frozenset[str]:  # noqa: ARG002
        return frozenset({"mosip"})

    def look(self, told: Told, play: Play) -> Sight:
        wanted = matcher(told.expectation("of"), plain(IDENTITY_STATES))
        if "mosip" in play.target.theirs:
            return Sight.hidden(f"identity {wanted.words} wanted", {"mosip"})
        seen = identity_state(told.person("of"), play.world.mosip)
        return Sight.of(wanted.accepts(seen), f"identity {wanted.words} wanted, {seen} seen")


class PersonIs(Check):
    """Whether a service still stands for a person."""

    name = "person"
    help = "Whether IDA or E-Signet serves a person, asked as another relying party asks: served or refused."
    looks = "beside"
    arguments: ClassVar[Arguments] = {
        "of": reference_to("person", help="The person."),
        "at": Argument(kind=Kind.TEXT, help="Where.", required=True, choices=DOORS),
        "by": Argument(
            kind=Kind.TEXT, help="With which number; by default each of the two.", choices=OPTIONS["known_by"]
        ),
        "is": Argument(kind=Kind.TEXT, help="What is wanted.", required=True, choices=STANDINGS),
    }
    example = "person: {of: $death.deceased, at: ida, is: served}"

    def shown_by(self, arguments: Mapping[str, JSON]) -> frozenset[str]:
        return frozenset({PARTY_OF[str(arguments.get("at"))]} if arguments.get("at") in PARTY_OF else ())

    def look(self, told: Told, play: Play) -> Sight:
        person, at, wanted = told.person("of"), told.text("at"), told.text("is")
        if PARTY_OF[at] in play.target.theirs:
            return Sight.hidden(f"{person.key} {wanted} at {at} wanted", {PARTY_OF[at]})
        numbers = (told.text("by"),) if told.has("by") else OPTIONS["known_by"]
        seen = {by: play.door(at).authenticate(person, by) for by in numbers}
        shown = ", ".join(f"{standing} by {by}" for by, standing in seen.items())
        held = all(standing.word == wanted for standing in seen.values())
        return Sight.of(held, f"{person.key} {wanted} at {at} wanted, seen: {shown}")


CHECKS: Final = (IdentityIs(), PersonIs())
