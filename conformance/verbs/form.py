"""What the components of a declaration form do when a person is back from E-Signet, or shows a QR code."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.forms import PAGES, FormAnswer, form_answer
from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, MisuseError, Told, Verb, reference_to
from conformance.logins import Login

if TYPE_CHECKING:
    from conformance.play import Play

PAGE: Final = Argument(kind=Kind.TEXT, help="Which page of its form.", required=True, choices=PAGES)


class FetchPerson(Verb):
    """The browser is back, and the form asks the bridge who has logged in."""

    name = "form.fetch_person"
    needs = ("bridge.logins",)
    party = "opencrvs"
    help = (
        "The browser comes back from a login, and the form asks the bridge who it was, for at most 5 s; `as` "
        "names what the form then shows. Twice with one login is a page loaded again."
    )
    gives = "form"
    arguments: ClassVar[Arguments] = {
        "record": reference_to("record", help="Which record."),
        "page": PAGE,
        "login": reference_to("login", help="The login that the browser comes back from."),
        "redirect_uri": Argument(kind=Kind.TEXT, help="What it says its address is, instead of its own."),
        "client_id": Argument(kind=Kind.TEXT, help="As which client it asks, instead of its own."),
    }
    example = "{form.fetch_person: {record: $birth, page: mother, login: $login}, as: fetched}"

    def run(self, told: Told, play: Play) -> FormAnswer:
        record, page, login = told.record("record"), told.text("page"), _login(told)
        if login.location is None:
            raise MisuseError(f"E-Signet never sent the browser back: it showed {login.error}")
        given = {name: told.text(name) for name in ("redirect_uri", "client_id") if told.has(name)}
        reply = play.world.opencrvs.command(
            "opencrvs.form.return",
            event_id=record.event_id,
            page=play.world.pack.events[record.event].page(page),
            location=login.location,
            token=play.world.registrar.token(),
            **given,
        )
        return play.filled_in(record, form_answer(page, reply))


def _login(told: Told) -> Login:
    login = told.values.get("login")
    if not isinstance(login, Login):
        raise MisuseError("'login' must be a login")
    return login


class Scan(Verb):
    """A QR code is held before the camera."""

    name = "form.scan"
    party = "opencrvs"
    help = "The form reads a QR code; `as` names what it then shows."
    gives = "form"
    arguments: ClassVar[Arguments] = {
        "record": reference_to("record", help="Which record."),
        "page": PAGE,
        "qr": Argument(kind=Kind.OBJECT, help="What the code says.", required=True),
    }
    example = "form.scan: {record: $birth, page: mother, qr: {nid: $mother.uin, verificationStatus: pending}}"

    def run(self, told: Told, play: Play) -> FormAnswer:
        record, page = told.record("record"), told.text("page")
        reply = play.world.opencrvs.command(
            "opencrvs.form.scan",
            event_id=record.event_id,
            page=play.world.pack.events[record.event].page(page),
            qr=dumps(told.members("qr")),
        )
        return play.filled_in(record, form_answer(page, reply))


class VerifyPerson(Verb):
    """The form asks the bridge whether the person who was typed in is who they say."""

    name = "form.verify"
    needs = ("bridge.verification",)
    party = "opencrvs"
    help = (
        "The form asks the bridge whether who is typed in on a page is who they say, for at most 15 s; `as` "
        "names what the form then shows, and as an answer what the bridge said."
    )
    gives = "form"
    arguments: ClassVar[Arguments] = {
        "record": reference_to("record", help="Which record."),
        "page": PAGE,
        "but": Argument(
            kind=Kind.OBJECT, help="What is typed in otherwise, by name: {mother.born: '1990-01-31'}."
        ),
    }
    example = "{form.verify: {record: $birth, page: mother, but: {mother.born: '1990-01-31'}}, as: seen}"

    def run(self, told: Told, play: Play) -> FormAnswer:
        record, page = told.record("record"), told.text("page")
        otherwise = told.members("but") if told.has("but") else {}
        reply = play.world.opencrvs.command(
            "opencrvs.form.verify",
            event_id=record.event_id,
            page=play.world.pack.events[record.event].page(page),
            token=play.world.registrar.token(),
            values=play.world.pack.typed(record, page, play.declaration(record, otherwise)),
        )
        return form_answer(page, reply)


VERBS: Final = (FetchPerson(), Scan(), VerifyPerson())
