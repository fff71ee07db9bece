"""Faults, gates and losses: what goes wrong, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, TypedDict

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, MisuseError, Told, Verb, reference_to
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import JSON, mapping
from conformance.problems import did_you_mean
from conformance.records import Action, Record
from conformance.values import reference
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play, Switch

AT: Final = Argument(kind=Kind.OPERATION, help="The operation, or a pattern as `mosip.*`.", required=True)
OF: Final = reference_to(
    "action", "record", help="Whose; by default all that this scenario owns.", required=False
)
SCOPE: Final = Argument(
    kind=Kind.TEXT, help="Strike everybody's, also what nobody owns.", choices=("everyone",)
)
TIMES: Final = Argument(kind=Kind.INTEGER, help="How often; by default until it is cleared.")
WHICH: Final = Argument(kind=Kind.OBJECT, help="Which exchanges: {nth: [1]} or {body: {$.path: value}}.")
WHEN: Final = Argument(kind=Kind.TEXT, help="Before it acts, or after it acted.", choices=("before", "after"))


class Aim(TypedDict):
    """Whose exchanges a fault or gate strikes."""

    scenario: str | None
    scope: str | None
    of: str | None


def owner_name(value: object) -> str | None:
    """The name under which a mock knows an action or a whole record."""
    if isinstance(value, Action):
        return value.owner
    return value.registration.owner.rpartition(".")[0] if isinstance(value, Record) else None


def aim(told: Told, play: Play) -> Aim:
    """Whose: the scenario's own, or everyone's where it says so."""
    if told.has("scope"):
        return Aim(scenario=None, scope=told.text("scope"), of=None)
    return Aim(scenario=play.run, scope=None, of=owner_name(told.values.get("of")))


def _condition(told: Told) -> Mapping[str, JSON] | None:
    return told.members("when") if told.has("when") else None


class Fault(Verb):
    """Makes an operation fail."""

    name = "fault"
    help = "Makes an operation fail; `as` names the fault."
    gives = "fault"
    arguments: ClassVar[Arguments] = {
        "at": AT,
        "of": OF,
        "scope": SCOPE,
        "do": Argument(
            kind=Kind.OBJECT, help="What it does: status, errors, answer, delay, reset…", required=True
        ),
        "when": WHICH,
        "times": TIMES,
        "for": Argument(kind=Kind.DURATION, help="How long, from now on."),
    }
    example = "{fault: {at: opencrvs.events.register_accept, do: {status: 503}, for: 5s}, as: down}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        known = vocabulary().faults
        changes = {"mutate": vocabulary().mutations, "sign": vocabulary().signatures}
        for name, value in mapping(arguments.get("do")).items():
            if name not in known:
                yield ("do", name), f"unknown fault '{name}'.{did_you_mean(name, known)}"
            elif name in changes and reference(value) is None and value not in changes[name]:
                yield ("do", name), f"unknown change '{value}'.{did_you_mean(str(value), changes[name])}"

    def run(self, told: Told, play: Play) -> Switch:
        at = told.text("at")
        whose = aim(told, play)
        fault = play.world.admin(at).fault(
            at=at,
            do=told.members("do"),
            when=_condition(told),
            times=told.number("times", 1) if told.has("times") else None,
            for_=f"{told.seconds('for'):g}s" if told.has("for") else None,
            **whose,
        )
        return play.switched(kind="fault", at=at, id=fault, of=whose["of"])


class Clear(Verb):
    """Ends faults and losses."""

    name = "clear"
    help = "Ends a fault or loss by its name, those at an operation, or all of this scenario."
    arguments: ClassVar[Arguments] = {
        "fault": reference_to("fault", help="The one that `as` named.", required=False),
        "at": Argument(kind=Kind.OPERATION, help="Those at this operation."),
    }
    example = "clear: {at: opencrvs.events.register_accept}"

    def run(self, told: Told, play: Play) -> None:
        wanted = told.values.get("fault")
        at = told.text("at") if told.has("at") else None
        for each in play.each_switch(lambda each: each.kind != "gate"):
            if (wanted is None or each == wanted) and (at is None or each.at == at):
                play.switch_off(each)


class Hold(Verb):
    """Keeps a message or stage at its operation until it is released."""

    name = "hold"
    help = "Holds what comes to an operation; `as` names the gate."
    gives = "gate"
    arguments: ClassVar[Arguments] = {"at": AT, "of": OF, "scope": SCOPE, "when": WHEN}
    example = "{hold: {at: mosip.websub.deliver, of: $birth.registration}, as: kept}"

    def run(self, told: Told, play: Play) -> Switch:
        at = told.text("at")
        whose = aim(told, play)
        gate = play.world.admin(at).hold(
            at, when=told.text("when") if told.has("when") else "before", **whose
        )
        return play.switched(kind="gate", at=at, id=gate, of=whose["of"])


class Release(Verb):
    """Lets go of what is held."""

    name = "release"
    help = "Lets go of what a gate holds, and opens it."
    arguments: ClassVar[Arguments] = {
        "gate": reference_to("gate", help="The one that `as` named.", required=False),
        "at": Argument(kind=Kind.OPERATION, help="The one at this operation."),
        "of": OF,
        "copies": Argument(kind=Kind.INTEGER, help="How many copies of a message leave; one by default."),
        "in_parallel": Argument(kind=Kind.FLAG, help="Whether they leave at once."),
    }
    example = "release: {at: mosip.websub.deliver, of: $birth.registration}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if "gate" not in arguments and "at" not in arguments:
            yield (), "say which gate: by its name, or by its operation"

    def run(self, told: Told, play: Play) -> None:
        whose = owner_name(told.values.get("of"))
        at = told.text("at") if told.has("at") else None
        wanted = told.values.get("gate")
        gates = [
            each
            for each in play.each_switch(lambda each: each.kind == "gate")
            if (wanted is None or each == wanted)
            and (at is None or each.at == at)
            and (whose is None or each.of in (None, whose))
        ]
        if not gates:
            raise MisuseError(f"nothing is held at {at or 'that gate'}")
        for each in gates:
            play.world.admin(each.at).release(
                each.id, copies=told.number("copies", 1), in_parallel=told.flag("in_parallel")
            )


class Lose(Verb):
    """Drops what comes to an operation, for good."""

    name = "lose"
    help = "Loses what comes to an operation; `as` names the loss, `clear` ends it."
    gives = "fault"
    arguments: ClassVar[Arguments] = {
        "at": AT,
        "of": OF,
        "scope": SCOPE,
        "when": WHEN,
        "times": TIMES,
        "believed": Argument(
            kind=Kind.TEXT, help="What its sender takes it for.", choices=("delivered", "failed")
        ),
    }
    example = "lose: {at: mosip.credential.issue, of: $birth.registration}"

    def run(self, told: Told, play: Play) -> Switch:
        at = told.text("at")
        whose = aim(told, play)
        gate = play.world.admin(at).lose(
            at,
            when=told.text("when") if told.has("when") else "before",
            times=told.number("times", 1) if told.has("times") else None,
            as_=told.text("believed") if told.has("believed") else "delivered",
            **whose,
        )
        return play.switched(kind="loss", at=at, id=gate, of=whose["of"])


class Repeat(Verb):
    """Sends a message more than once."""

    name = "repeat"
    help = "Sends a message several times, one after another or at once; `as` names the gate."
    gives = "gate"
    arguments: ClassVar[Arguments] = {
        "at": AT,
        "of": OF,
        "scope": SCOPE,
        "copies": Argument(kind=Kind.INTEGER, help="How many; two by default."),
        "in_parallel": Argument(kind=Kind.FLAG, help="Whether they leave at once."),
        "times": TIMES,
    }
    example = "repeat: {at: opencrvs.country_config.send_registration, copies: 2, in_parallel: true}"

    def run(self, told: Told, play: Play) -> Switch:
        at = told.text("at")
        whose = aim(told, play)
        gate = play.world.admin(at).repeat(
            at,
            copies=told.number("copies", 2),
            in_parallel=told.flag("in_parallel"),
            times=told.number("times", 1) if told.has("times") else None,
            **whose,
        )
        return play.switched(kind="gate", at=at, id=gate, of=whose["of"])


class Route(Verb):
    """Several instances share the work, and who gets what is chance."""

    name = "route"
    help = (
        "What a mock sends to the bridge goes to another of its instances; `as` names the route, `clear` "
        "ends it."
    )
    gives = "fault"
    needs = ("bridge.instances",)
    arguments: ClassVar[Arguments] = {
        "at": AT,
        "of": OF,
        "scope": SCOPE,
        "to": Argument(
            kind=Kind.TEXT, help="To which instance, by its name in the target file.", required=True
        ),
        "when": WHICH,
        "times": TIMES,
    }
    example = "route: {at: mosip.websub.deliver, of: $birth.registration, to: b}"

    def run(self, told: Told, play: Play) -> Switch:
        at = told.text("at")
        whose = aim(told, play)
        fault = play.world.admin(at).fault(
            at=at,
            do={"to": play.url_of(told.text("to"))},
            when=_condition(told),
            times=told.number("times", 1) if told.has("times") else None,
            **whose,
        )
        return play.switched(kind="fault", at=at, id=fault, of=whose["of"])


VERBS: Final = (Fault(), Clear(), Hold(), Release(), Lose(), Repeat(), Route())
