"""What a person does at E-Signet, and what E-Signet does with its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.browser import BrowserError
from conformance.forms import PAGES
from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, MisuseError, Told, Verb, reference_to
from conformance.jsontypes import JSON, items, mapping, text
from conformance.logins import Login, Visitor, changed_link, log_in
from conformance.parties import HarnessError
from conformance.people import OPTIONS
from conformance.values import reference
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play

CONSENTS: Final = ("all", "none")


class LogIn(Verb):
    """A person logs in for a page of a form, with a browser that has no JavaScript."""

    name = "esignet.login"
    party = "esignet"
    help = "A person follows a form's link to E-Signet, says who they are and consents; `as` names the login."
    gives = "login"
    arguments: ClassVar[Arguments] = {
        "who": reference_to("person", help="Who logs in."),
        "record": reference_to("record", help="For which record."),
        "page": Argument(kind=Kind.TEXT, help="On which page of its form.", required=True, choices=PAGES),
        "by": Argument(
            kind=Kind.TEXT, help="With which number; uin by default.", choices=OPTIONS["known_by"]
        ),
        "consent": Argument(
            kind=Kind.ANY, help="To which voluntary claims: all (by default), none, or a list of claims."
        ),
        "essential": Argument(
            kind=Kind.TEXTS, help="Which claims the form's link calls essential, instead of its own."
        ),
        "redirect_uri": Argument(
            kind=Kind.TEXT, help="Where the link says to come back to, instead of the page."
        ),
        "wrong_otp": Argument(kind=Kind.FLAG, help="Gives a wrong one-time code, and leaves it at that."),
        "cancel": Argument(kind=Kind.FLAG, help="Leaves when asked for consent."),
    }
    example = "{esignet.login: {who: $mother, record: $birth, page: mother, consent: all}, as: login}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        consent = arguments.get("consent", "all")
        listed = isinstance(consent, list) and all(isinstance(each, str) for each in consent)
        if not listed and consent not in CONSENTS and reference(consent) is None:
            yield ("consent",), "consent is all, none, or a list of claims"

    def run(self, told: Told, play: Play) -> Login:
        record, page = told.record("record"), told.text("page")
        link = mapping(
            play.world.opencrvs.command(
                "opencrvs.form.link",
                event_id=record.event_id,
                page=play.world.pack.events[record.event].page(page),
            )
        )
        url = _link(told, str(link.get("url")))
        back = told.text("redirect_uri") if told.has("redirect_uri") else str(link.get("redirect_uri"))
        try:
            location, error = log_in(url, _visitor(told), reach=play.world.reach)
        except BrowserError as failure:
            raise HarnessError(f"E-Signet's pages: {failure}") from failure
        return Login(redirect_uri=back, location=location, error=error, subject=_subject(told, play))


def _link(told: Told, url: str) -> str:
    try:
        return changed_link(
            url,
            redirect_uri=told.text("redirect_uri") if told.has("redirect_uri") else None,
            essential=told.texts("essential") if told.has("essential") else None,
        )
    except ValueError as error:
        raise MisuseError("the form's link has no JSON of claims, so none can be essential") from error


def _visitor(told: Told) -> Visitor:
    who, kind = told.person("who"), told.text("by") if told.has("by") else "uin"
    number = who.identifiers.get(kind)
    if number is None:
        raise MisuseError(f"{who.key} has no {kind}: MOSIP does not know them")
    consent = told.json("consent") if told.has("consent") else "all"
    return Visitor(
        kind=kind,
        number=number,
        consent=consent if isinstance(consent, str) else tuple(map(str, items(consent))),
        mistyped=told.flag("wrong_otp"),
        leaves=told.flag("cancel"),
    )


def _subject(told: Told, play: Play) -> str | None:
    """By which name E-Signet knows the person to OpenCRVS, the only client whose forms are filled in here."""
    uin = told.person("who").identifiers.get("uin")
    for each in map(mapping, items(play.world.esignet.state("subjects"))):
        if each.get("uin") == uin:
            return text(each.get("sub"))
    return None


class RotateKeys(Verb):
    """E-Signet signs with a new key."""

    name = "esignet.rotate_keys"
    party = "esignet"
    help = (
        "E-Signet signs with a new key from now on; it still publishes the old one unless told otherwise. It "
        "has its own key back when the story ends."
    )
    arguments: ClassVar[Arguments] = {
        "withdraw": Argument(kind=Kind.FLAG, help="Publishes the old key no more."),
    }
    example = "esignet.rotate_keys: {withdraw: true}"

    def run(self, told: Told, play: Play) -> None:
        play.world.esignet.command("esignet.rotate_key", withdraw=told.flag("withdraw"))
        play.undo_later(partial(play.world.esignet.command, "esignet.rotate_key", back=True))


VERBS: Final = (LogIn(), RotateKeys())
