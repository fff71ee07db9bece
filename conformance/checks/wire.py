"""Checks of what the journals show: effects, outcome, exchanges, answers, order; and of the bridge itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from json import dumps
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.exchanges import Exchange
from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Check, MisuseError, Sight, Told, reference_to
from conformance.jsontypes import JSON, items, named
from conformance.outcomes import ASKED_AGAIN, OUTCOMES, SHOWN_TO_OPERATORS, shows
from conformance.problems import did_you_mean
from conformance.registrar import Answer
from conformance.values import FORMS, FormError, matcher
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play

EFFECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "packets": ("packet-accepted",),
    "identities": ("identity-minted",),
    "accepts": ("accept-took-effect", "registered"),
    "rejects": ("reject-took-effect",),
    "credentials": ("credential-issued",),
    "deactivations": ("identity-deactivated",),
    "flags": ("identity-flagged",),
    "updates": ("identity-updated",),
}


def _value(what: str) -> Argument:
    return Argument(kind=Kind.VALUE, help=what)


class Effects(Check):
    """How often something became true for an action."""

    name = "effects"
    help = (
        "Counts what became true: packets the workflow accepted, identities minted, accepts that took effect…"
    )
    arguments: ClassVar[Arguments] = {
        "of": reference_to("action", help="The action."),
        **{name: _value(f"Number of: {', '.join(each)}.") for name, each in EFFECTS.items()},
    }
    example = "effects: {of: $birth.registration, packets: {lte: 1}, identities: {lte: 1}, accepts: {lte: 1}}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if not set(arguments) & set(EFFECTS):
            yield (), f"say which effects: {', '.join(EFFECTS)}"

    def shown_by(self, arguments: Mapping[str, JSON]) -> frozenset[str]:
        return frozenset(shows(effect) for name in EFFECTS if name in arguments for effect in EFFECTS[name])

    def look(self, told: Told, play: Play) -> Sight:
        action, theirs = told.action("of"), play.target.theirs
        seen = [effect.name for effect in play.view.effects(owner=action.owner)]
        parts: list[str] = []
        held, doubted, hidden = True, False, False
        for name in (each for each in EFFECTS if told.has(each)):
            wanted = matcher(told.values[name])
            if self.shown_by({name: None}) & theirs:
                parts.append(f"{name}: {wanted.words} wanted, not shown")
                hidden = True
                continue
            count = sum(seen.count(each) for each in EFFECTS[name])
            stray = len(play.view.unowned_effects(EFFECTS[name]))
            could_be = {wanted.accepts(count + more) for more in range(stray + 1)}
            held, doubted = held and True in could_be, doubted or len(could_be) == 2
            strays = f" and {stray} of nobody" if stray else ""
            parts.append(f"{name}: {wanted.words} wanted, {count} seen{strays}")
        words = "; ".join(parts)
        if held and hidden:
            return Sight.hidden(words, self.shown_by(dict.fromkeys(told.values)) & theirs)
        return Sight(state="unseen", words=words) if held and doubted else Sight.of(held, words)

    def near(self, told: Told, play: Play) -> list[str]:
        return [each.line() for each in play.view.exchanges(owner=told.action("of").owner) if each.effects]


class OutcomeIs(Check):
    """What became of an action."""

    name = "outcome"
    help = "What became of an action: confirmed, refused-to-caller, rejected, parked, asked-again or waiting."
    looks = "journal and beside"
    arguments: ClassVar[Arguments] = {
        "of": reference_to("action", help="The action."),
        "is": Argument(kind=Kind.TEXT, help="The outcome.", choices=OUTCOMES),
        "not": Argument(kind=Kind.TEXT, help="Any other outcome.", choices=OUTCOMES),
        "any_of": Argument(kind=Kind.TEXTS, help="One of these outcomes."),
    }
    example = "outcome: {of: $birth.registration, any_of: [confirmed, rejected, parked, waiting]}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if not set(arguments) & {"is", "not", "any_of"}:
            yield (), f"say which outcome: {', '.join(OUTCOMES)}"
        words = arguments.get("any_of")
        for index, word in enumerate(words if isinstance(words, list) else []):
            if word not in OUTCOMES:
                yield ("any_of", index), f"unknown outcome '{word}'.{did_you_mean(str(word), OUTCOMES)}"

    def sees_by(self, arguments: Mapping[str, JSON]) -> tuple[str, ...]:
        words = {arguments.get("is"), *items(arguments.get("any_of"))}
        hidden = "not" in arguments or bool(words & set(SHOWN_TO_OPERATORS))
        return ("bridge.operator-view",) if hidden else ()

    def partly_shown_by(self, arguments: Mapping[str, JSON]) -> frozenset[str]:
        words = {arguments.get("is"), *items(arguments.get("any_of"))}
        return frozenset({"mosip"} if "not" in arguments or ASKED_AGAIN in words else ())

    def look(self, told: Told, play: Play) -> Sight:
        outcome = play.outcome(told.action("of"))
        wanted = matcher(told.expectation("of"))
        words = f"outcome {wanted.words} wanted, seen: {outcome}"
        if outcome.word is None and any(map(wanted.accepts, _not_shown(play))):
            return Sight(state="unseen", words=words)
        return Sight.of(outcome.word is not None and wanted.accepts(outcome.word), words)

    def near(self, told: Told, play: Play) -> list[str]:
        return [each.line() for each in play.view.exchanges(owner=told.action("of").owner)][-8:]


def _not_shown(play: Play) -> list[str]:
    """The outcomes that may be so without anybody seeing it."""
    operators = SHOWN_TO_OPERATORS if play.world.rows is None else ()
    return [*operators, *((ASKED_AGAIN,) if "mosip" in play.target.theirs else ())]


class ExchangeSeen(Check):
    """One hop on the wire."""

    name = "exchange"
    help = "Exchanges at an operation: how many (at least one by default), answered how, with what in common."
    arguments: ClassVar[Arguments] = {
        "at": Argument(kind=Kind.OPERATION, help="The operation, or a pattern as `mosip.*`.", required=True),
        "of": reference_to("action", help="Whose.", required=False),
        "count": _value("How many."),
        "status": _value("Only those answered with this HTTP status."),
        "answered": Argument(kind=Kind.FLAG, help="Only those that have ended, whatever the answer."),
        "with": Argument(
            kind=Kind.OBJECT,
            help="Only those whose request has these members, however deep. The country "
            "says what `child.identifier` and `informant.token` are called there.",
        ),
        "same": Argument(kind=Kind.TEXTS, help="Members of the request that must be equal in all of them."),
    }
    example = (
        "exchange: {at: opencrvs.events.declare, of: $birth.declaration, status: 200, same: [transactionId]}"
    )

    def look(self, told: Told, play: Play) -> Sight:
        found = self._found(told, play)
        wanted = matcher(told.values.get("count", {"gte": 1}))
        words = f"{told.text('at')}: {wanted.words} wanted, {len(found)} seen"
        if not wanted.accepts(len(found)):
            return Sight.of(False, words)
        for name in told.texts("same"):
            values = {dumps(sorted(map(dumps, named(each.request, name)))) for each in found}
            if len(values) > 1:
                return Sight.of(
                    False, f"{told.text('at')}: '{name}' wanted the same in all, {len(values)} seen"
                )
        return Sight.of(True, words)

    def _found(self, told: Told, play: Play) -> list[Exchange]:
        owner = told.action("of").owner if told.has("of") else None
        status = matcher(told.values["status"]) if told.has("status") else None
        with_ = told.members("with") if told.has("with") else {}
        members = {_on_wire(name, told, play): matcher(value) for name, value in with_.items()}
        return [
            each
            for each in play.view.exchanges(operation=told.text("at"), owner=owner, scenario=play.run)
            if (status is None or (each.closed and status.accepts(each.status)))
            and (each.closed or not told.flag("answered"))
            and all(any(map(wanted.accepts, named(each.request, name))) for name, wanted in members.items())
        ]

    def near(self, told: Told, play: Play) -> list[str]:
        owner = told.action("of").owner if told.has("of") else None
        return play.view.near(operation=told.text("at"), owner=owner)


def _on_wire(name: str, told: Told, play: Play) -> str:
    if not told.has("of"):
        return name
    return play.world.pack.on_wire(play.records[told.action("of").record].event, name)


class Sequence(Check):
    """Effects in their order."""

    name = "sequence"
    help = "Effects of an action happened in this order; others may lie between."
    arguments: ClassVar[Arguments] = {
        "of": reference_to("action", help="The action."),
        "effects": Argument(kind=Kind.TEXTS, help="Names of effects, in order.", required=True),
    }
    example = "sequence: {of: $birth.registration, effects: [packet-accepted, accept-took-effect]}"

    def shown_by(self, arguments: Mapping[str, JSON]) -> frozenset[str]:
        return frozenset(shows(str(effect)) for effect in items(arguments.get("effects")))

    def look(self, told: Told, play: Play) -> Sight:
        wanted, theirs = told.texts("effects"), play.target.theirs
        seen = [effect.name for effect in play.view.effects(owner=told.action("of").owner)]
        left = iter(seen)
        held = all(any(name == each for each in left) for name in wanted if shows(name) not in theirs)
        words = f"{' then '.join(wanted)} wanted, seen: {', '.join(seen) or 'nothing'}"
        hidden = {shows(name) for name in wanted} & theirs
        return Sight.hidden(words, hidden) if held and hidden else Sight.of(held, words)


class AnswerIs(Check):
    """The answer that a step got."""

    name = "answer"
    help = "The answer of a step that `as` named: http or no-answer, its status, its body."
    arguments: ClassVar[Arguments] = {
        "of": reference_to("answer", "form", help="The answer, or the form that got it."),
        "kind": Argument(kind=Kind.TEXT, help="Whether there was one.", choices=("http", "no-answer")),
        "status": _value("The HTTP status."),
        "body": _value("The body: text, or JSON written as text."),
    }
    example = "answer: {of: $answered, kind: http, status: {lte: 299}}"

    def look(self, told: Told, play: Play) -> Sight:  # noqa: ARG002
        answer = told.values.get("of")
        if not isinstance(answer, Answer):
            raise MisuseError("'answer' needs the answer of a step")
        body = answer.body if isinstance(answer.body, str) else dumps(answer.body)
        seen = {"kind": answer.kind, "status": answer.status, "body": body}
        for name in (each for each in seen if told.has(each)):
            wanted = matcher(told.values[name])
            if not wanted.accepts(seen[name]):
                return Sight.of(False, f"{name} {wanted.words} wanted, {seen[name]!r:.200} seen")
        return Sight.of(True, f"answered {answer.status if answer.status is not None else answer.kind}")


class BridgeIs(Check):
    """The state of the bridge."""

    name = "bridge"
    help = "Whether the bridge's process runs, and whether it says that it is ready."
    looks = "journal and beside"
    arguments: ClassVar[Arguments] = {
        "running": Argument(
            kind=Kind.FLAG,
            help="Its main process lives, that of each instance; without process control: its port answers.",
        ),
        "ready": Argument(kind=Kind.FLAG, help="It says so, as its target file describes."),
    }
    example = "bridge: {running: true}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if not arguments:
            yield (), "say running or ready"

    def sees_by(self, arguments: Mapping[str, JSON]) -> tuple[str, ...]:
        return ("bridge.ready",) if "ready" in arguments else ()

    def look(self, told: Told, play: Play) -> Sight:
        if told.has("running"):
            running = play.world.bridge_runs()
            if running is not told.flag("running"):
                return Sight.of(False, f"the bridge {'runs' if running else 'does not run'}")
        if told.has("ready"):
            if play.target.ready is None:
                return Sight(state="unseen", words="this target does not say when it is ready")
            ready = all(map(play.target.ready.holds, play.target.every_instance))
            if ready is not told.flag("ready"):
                return Sight.of(False, f"the bridge says it is {'ready' if ready else 'not ready'}")
        return Sight.of(True, "the bridge is as wanted")


def form_complaints(arguments: Mapping[str, JSON], *besides: str) -> Iterator[tuple[Path, str]]:
    """Mistakes in a value form that is written among a check's arguments."""
    form = {name: value for name, value in arguments.items() if name not in besides}
    if not form:
        yield (), f"say what is wanted: {', '.join(FORMS)}"
        return
    try:
        matcher(form)
    except FormError as error:
        yield (), str(error)


CHECKS: Final = (Effects(), OutcomeIs(), ExchangeSeen(), Sequence(), AnswerIs(), BridgeIs())
