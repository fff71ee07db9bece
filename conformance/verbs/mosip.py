"""What happens at MOSIP beside its ordinary course."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Told, Verb, reference_to
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import mapping
from conformance.parties import HarnessError
from conformance.people import STATES, Person
from conformance.registrar import Answer
from conformance.world_people import introduce, introduced_as

if TYPE_CHECKING:
    from conformance.play import Play


class Identity(Verb):
    """Makes a person known to MOSIP while the story runs."""

    name = "mosip.identity"
    party = "mosip"
    help = (
        "Gives a person an identity in MOSIP's repository, which IDA and E-Signet know at once; `as` names "
        "the person with the identifiers."
    )
    gives = "person"
    arguments: ClassVar[Arguments] = {
        "person": reference_to("person", help="Who."),
        "state": Argument(kind=Kind.TEXT, help="In which state.", required=True, choices=STATES[:2]),
    }
    example = "{mosip.identity: {person: $mother, state: active}, as: known_mother}"

    def run(self, told: Told, play: Play) -> Person:
        person = introduced_as(told.person("person"), told.text("state"))
        world = play.world
        known = introduce([person], mosip=world.mosip, esignet=world.esignet, run=play.run, pack=world.pack)
        return known[0]


DELIVERED: Final = ("identifier", "certificate_number", "forgery")


class Deliver(Verb):
    """Delivers a credential to the bridge that the ordinary course would not have sent."""

    name = "mosip.deliver"
    party = "mosip"
    help = (
        "Delivers a credential for an action to the bridge, once MOSIP has its packet; `as` names the answer."
    )
    gives = "answer"
    needs = ("bridge.websub",)
    arguments: ClassVar[Arguments] = {
        "credential_for": reference_to("action", help="The action whose credential it pretends to be."),
        "identifier": Argument(kind=Kind.IDENTIFIER, help="The identifier it carries, in quotes."),
        "certificate_number": Argument(
            kind=Kind.TEXT, help="The certificate number it carries; that of the packet if not given."
        ),
        "forgery": Argument(
            kind=Kind.TEXT,
            help="What is wrong with it; nothing if not given.",
            choices=vocabulary().forgeries,
        ),
    }
    example = (
        'mosip.deliver: {credential_for: $birth.registration, identifier: "9999999999", forgery: unsigned}'
    )

    def run(self, told: Told, play: Play) -> Answer:
        action = told.action("credential_for")
        if not play.view.wait(lambda: play.rid(action) is not None, within=play.target.patience.retry):
            raise play.gave_up(
                by=self.name,
                words=f"no packet of {action.owner} reached MOSIP, so no credential can be delivered for it",
                near=play.view.near(operation="mosip.packet_manager.create_packet", owner=action.owner),
            )
        given = {name: told.text(name) for name in DELIVERED if told.has(name)}
        reply = mapping(play.world.mosip.command("mosip.deliver", credential_for=action.owner, **given))
        status = reply.get("status")
        if status is not None and not isinstance(status, int):
            raise HarnessError("the MOSIP mock did not say how the delivery was answered")
        return Answer(kind="no-answer" if status is None else "http", status=status, body=reply.get("body"))


VERBS: Final = (Identity(), Deliver())
