"""Who is let in at OpenCRVS: a registrar's session, the key of its tokens, the secrets of its clients."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Told, Verb
from conformance.registrar import Session

if TYPE_CHECKING:
    from conformance.play import Play


class LogIn(Verb):
    """Somebody else sits down at the desk."""

    name = "opencrvs.login"
    party = "opencrvs"
    help = (
        "Another user logs in, and does from now on what the registrar does; `as` names the session. The "
        "registrar of before is back when the story ends."
    )
    gives = "session"
    arguments: ClassVar[Arguments] = {
        "role": Argument(kind=Kind.TEXT, help="A role of the country pack; the registrar's by default."),
        "scopes": Argument(kind=Kind.TEXTS, help="Scopes of the user, instead of the role's."),
    }
    example = "{opencrvs.login: {scopes: [type=record.read]}, as: clerk}"

    def run(self, told: Told, play: Play) -> Session:
        registrar = play.world.registrar
        session = registrar.log_in(
            role=told.text("role") if told.has("role") else None,
            scopes=told.texts("scopes") if told.has("scopes") else None,
        )
        play.undo_later(registrar.log_out)
        return session


class RotateKey(Verb):
    """OpenCRVS is installed anew, with another key."""

    name = "opencrvs.rotate_key"
    party = "opencrvs"
    help = (
        "OpenCRVS signs with a new key from now on and refuses tokens of the old one; the registrar logs in "
        "again. It has its own key back when the story ends."
    )
    arguments: ClassVar[Arguments] = {}
    example = "opencrvs.rotate_key: {}"

    def run(self, told: Told, play: Play) -> None:  # noqa: ARG002
        registrar = play.world.registrar
        play.world.opencrvs.command("opencrvs.rotate_key")
        registrar.log_out()
        play.undo_later(registrar.log_out)
        play.undo_later(partial(play.world.opencrvs.command, "opencrvs.rotate_key", back=True))


class RefreshSecret(Verb):
    """An administrator refreshes the secret of a client and tells nobody."""

    name = "opencrvs.refresh_secret"
    party = "opencrvs"
    help = (
        "OpenCRVS knows its system clients by another secret from now on; at the end of the story, or with "
        "`back`, by their own. Tokens stay good."
    )
    arguments: ClassVar[Arguments] = {
        "back": Argument(kind=Kind.FLAG, help="The old secret is good again."),
    }
    example = "opencrvs.refresh_secret: {}"

    def run(self, told: Told, play: Play) -> None:
        play.world.opencrvs.command("opencrvs.refresh_secret", back=told.flag("back"))
        play.undo_later(partial(play.world.opencrvs.command, "opencrvs.refresh_secret", back=True))


VERBS: Final = (LogIn(), RotateKey(), RefreshSecret())
