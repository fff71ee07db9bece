"""What happens at MOSIP beside its ordinary course."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Told, Verb, reference_to
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import JSON, mapping
from conformance.parties import HarnessError
from conformance.people import STATES, Person
from conformance.registrar import Answer
from conformance.world_people import introduce, introduced_as
from conformance.yaml_marks import Path

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


DELIVERED: Final = ("identifier", "certificate_number", "forgery", "mutate", "sign")


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
        "identifier": Argument(
            kind=Kind.IDENTIFIER,
            help="The identifier it carries, in quotes; as-policy: the one that MOSIP has made.",
        ),
        "certificate_number": Argument(
            kind=Kind.TEXT, help="The certificate number it carries; that of the packet if not given."
        ),
        "forgery": Argument(
            kind=Kind.TEXT,
            help="What is wrong with it, all told; nothing if not given.",
            choices=vocabulary().forgeries,
        ),
        "mutate": Argument(
            kind=Kind.TEXT,
            help="What of it is changed, instead of a forgery.",
            choices=vocabulary().mutations,
        ),
        "sign": Argument(
            kind=Kind.TEXT,
            help="How it is signed otherwise, instead of a forgery.",
            choices=vocabulary().signatures,
        ),
    }
    example = (
        'mosip.deliver: {credential_for: $birth.registration, identifier: "9999999999", forgery: unsigned}'
    )

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if "forgery" in arguments and {"mutate", "sign"} & set(arguments):
            yield ("forgery",), "say what is wrong by forgery, or by mutate and sign"

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


class ExpireTokens(Verb):
    """All tokens end at once."""

    name = "mosip.expire_tokens"
    party = "mosip"
    help = "MOSIP refuses every token that it has given so far, whatever it says of itself."
    arguments: ClassVar[Arguments] = {}
    example = "mosip.expire_tokens: {}"

    def run(self, told: Told, play: Play) -> None:  # noqa: ARG002
        play.world.mosip.command("mosip.expire_tokens")


CLIENTS: Final = ("packets", "websub")


class RotateSecret(Verb):
    """Somebody changes a client's secret and tells nobody."""

    name = "mosip.rotate_secret"
    party = "mosip"
    help = (
        "MOSIP knows the bridge's clients by another secret from now on; tokens stay good. At the end of the "
        "story, or with `back`, by their own."
    )
    arguments: ClassVar[Arguments] = {
        "of": Argument(
            kind=Kind.TEXT,
            help="Whose: of the client that sends packets, or of the hub's partner; of both if not given.",
            choices=CLIENTS,
        ),
        "back": Argument(kind=Kind.FLAG, help="The old secret is good again."),
    }
    example = "mosip.rotate_secret: {of: packets}"

    def run(self, told: Told, play: Play) -> None:
        given: dict[str, JSON] = {"of": told.text("of")} if told.has("of") else {}
        play.world.mosip.command("mosip.rotate_secret", **given, back=told.flag("back"))
        play.undo_later(partial(play.world.mosip.command, "mosip.rotate_secret", back=True))


class ForgetSubscriptions(Verb):
    """The hub loses its store."""

    name = "mosip.forget_subscriptions"
    party = "mosip"
    help = (
        "The hub loses all subscriptions and tells nobody. Those that were not made anew by then it has "
        "again at the end of the story."
    )
    needs = ("bridge.websub",)
    arguments: ClassVar[Arguments] = {}
    example = "mosip.forget_subscriptions: {}"

    def run(self, told: Told, play: Play) -> None:  # noqa: ARG002
        play.world.mosip.command("mosip.forget_subscriptions")
        play.undo_later(partial(play.world.mosip.command, "mosip.forget_subscriptions", back=True))


class RestartHub(Verb):
    """The hub ends and begins anew."""

    name = "mosip.restart_hub"
    party = "mosip"
    help = (
        "The hub begins anew. Subscriptions stay; what failed last, or is being tried, it sends again at "
        "once, and what failed before a success never."
    )
    arguments: ClassVar[Arguments] = {
        "arrived": Argument(
            kind=Kind.INTEGER, help="How many of the last that did arrive it sends again; none by default."
        ),
    }
    example = "mosip.restart_hub: {arrived: 1}"

    def run(self, told: Told, play: Play) -> None:
        play.world.mosip.command("mosip.restart_hub", arrived=told.number("arrived", 0))


VERBS: Final = (
    Identity(),
    Deliver(),
    ExpireTokens(),
    RotateSecret(),
    ForgetSubscriptions(),
    RestartHub(),
)
