"""What is done to the bridge: any request, and control of its process where the target allows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Told, Verb, reference_to
from conformance.jsontypes import JSON, mapping
from conformance.parties import BridgeProcess, HarnessError
from conformance.registrar import Answer, Session, ask
from conformance.targets import ROUTES
from conformance.yaml_marks import Path
from sandbox.errors import SandboxError
from sandbox.routes import DEFAULT_ROUTES

if TYPE_CHECKING:
    from conformance.play import Play

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


INSTANCE: Final = Argument(kind=Kind.TEXT, help="Which instance, by its name in the target file; the first.")
PROCESS: Final = Argument(kind=Kind.TEXT, help="Which instance, by its name in the target file; all of them.")


def _instance(told: Told) -> str | None:
    return told.text("instance") if told.has("instance") else None


def _process(told: Told, play: Play) -> BridgeProcess:
    return play.process(_instance(told))


def _ends(process: BridgeProcess, play: Play) -> BridgeProcess:
    """The process, noted as one that must run again when the story is over."""
    play.down.append(process)
    return process


def _begins(process: BridgeProcess, play: Play, *, by: str) -> None:
    if process.running():
        raise HarnessError("the bridge runs already, so it cannot be started")
    with _comes_up(play, by=by):
        process.start(wait_ready=True)


@contextmanager
def _comes_up(play: Play, *, by: str) -> Iterator[None]:
    try:
        yield
    except SandboxError as error:
        raise play.gave_up(by=by, words=f"the bridge does not come up again: {error}") from error


class Call(Verb):
    """Any request to the bridge, for bad input."""

    name = "bridge.call"
    party = "bridge"
    help = "Sends a request to the bridge; `as` names the answer."
    gives = "answer"
    arguments: ClassVar[Arguments] = {
        "method": Argument(kind=Kind.TEXT, help="HTTP method.", required=True, choices=METHODS),
        "route": Argument(
            kind=Kind.TEXT, help="Which of its doors, wherever the target has it.", choices=ROUTES
        ),
        "path": Argument(kind=Kind.TEXT, help="Path, with a leading slash, of what is none of these doors."),
        "headers": Argument(kind=Kind.OBJECT, help="Headers."),
        "as_registrar": Argument(kind=Kind.FLAG, help="With the token of the registrar's session."),
        "session": reference_to("session", help="With the token of a session.", required=False),
        "instance": INSTANCE,
        "json": Argument(kind=Kind.ANY, help="Body, sent as JSON."),
        "text": Argument(kind=Kind.TEXT, help="Body, sent as it is."),
    }
    example = "{bridge.call: {method: POST, route: registration, text: '{bad'}, as: refused}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if ("route" in arguments) == ("path" in arguments):
            yield (), "say which door: route, or path"
        for name, path in DEFAULT_ROUTES.as_json().items():
            if arguments.get("path") == path:
                yield ("path",), f"a bridge may have this door elsewhere: say route: {name}"

    def run(self, told: Told, play: Play) -> Answer:
        headers = {name: str(value) for name, value in mapping(told.values.get("headers")).items()}
        if told.flag("as_registrar"):
            headers["Authorization"] = f"Bearer {play.world.registrar.token()}"
        session = told.values.get("session")
        if isinstance(session, Session):
            headers["Authorization"] = f"Bearer {session.token}"
        return ask(
            told.text("method"),
            _address(told, play),
            headers=headers,
            body=told.json("json"),
            text=told.text("text") if told.has("text") else None,
            verify=play.world.reach.verify,
        )


def _address(told: Told, play: Play) -> str:
    path = told.text("path") if told.has("path") else play.target.routes.as_json()[told.text("route")]
    return play.url_of(_instance(told)) + path


class Kill(Verb):
    """The machine loses power."""

    name = "bridge.kill"
    party = "bridge"
    help = "Kills the bridge's whole process group at once (SIGKILL)."
    needs = ("bridge.process",)
    arguments: ClassVar[Arguments] = {"instance": PROCESS}
    example = "bridge.kill: {}"

    def run(self, told: Told, play: Play) -> None:
        _ends(_process(told, play), play).kill()


class Stop(Verb):
    """An operator stops it."""

    name = "bridge.stop"
    party = "bridge"
    help = "Stops the bridge and lets it finish what it has begun (SIGTERM)."
    needs = ("bridge.stop",)
    arguments: ClassVar[Arguments] = {"instance": PROCESS}
    example = "bridge.stop: {}"

    def run(self, told: Told, play: Play) -> None:
        _ends(_process(told, play), play).stop()


class Start(Verb):
    """An operator starts it again."""

    name = "bridge.start"
    party = "bridge"
    help = "Starts the bridge again at its address and waits until it is ready."
    needs = ("bridge.start",)
    arguments: ClassVar[Arguments] = {"instance": PROCESS}
    example = "bridge.start: {}"

    def run(self, told: Told, play: Play) -> None:
        _begins(_process(told, play), play, by=self.name)


class Restart(Verb):
    """An operator restarts it, as for a new release."""

    name = "bridge.restart"
    party = "bridge"
    help = "Stops the bridge kindly and starts it again; ends when it is ready."
    needs = ("bridge.restart",)
    arguments: ClassVar[Arguments] = {"instance": PROCESS}
    example = "bridge.restart: {}"

    def run(self, told: Told, play: Play) -> None:
        process = _ends(_process(told, play), play)
        with _comes_up(play, by=self.name):
            process.restart()


VERBS: Final = (Call(), Kill(), Stop(), Start(), Restart())
