"""The admin API's commands by which a scenario sits at the desk: ``opencrvs.form.*``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from mock_control import Control, Refusal
from mock_control.aim import refuse_unknown
from mock_opencrvs.desk.desk import FETCH, VERIFY, Desk, Visit
from mock_opencrvs.desk.http_component import HttpComponent, HttpValue
from mock_opencrvs.desk.page import PageState
from mock_opencrvs.desk.version import VERSIONS, FormVersion
from mock_opencrvs.values import JSON, JSONObject, is_uuid

FORM_VERSION = "opencrvs.form_version"
NO_ESIGNET = "the forms have no button to E-Signet: the settings file of this mock has no esignet"
TYPED = ("name", "dob", "gender", "nid")
Arguments = Mapping[str, JSON]


@dataclass(frozen=True, kw_only=True)
class FormCommands:
    """Reads the arguments of each command, lets the desk act, and writes what came of it."""

    desk: Desk
    control: Control
    pages: Collection[str]

    def declare(self) -> None:
        """Offers commands, messages and the setting of the version."""
        self.control.register(FETCH, VERIFY)
        self.control.setting(
            FORM_VERSION,
            default="2.0",
            choices=VERSIONS,
            help="which generation of forms the desk plays; 2.0 stands for 1.9 and later",
        )
        self.control.command(
            "opencrvs.form.link",
            self.link,
            help="what a page's button to E-Signet opens {event_id, page} → {url, redirect_uri, state}",
        )
        self.control.command(
            "opencrvs.form.return",
            self.return_,
            help="the browser is back from E-Signet {event_id, page, location, token, redirect_uri?,"
            " client_id?} → {query_params, http, status, verified, banner, locked, fields, location}",
        )
        self.control.command(
            "opencrvs.form.scan",
            self.scan,
            help="a QR code is scanned {event_id, page, qr} → {value, error, verified, banner, locked,"
            " fields}",
        )
        self.control.command(
            "opencrvs.form.verify",
            self.verify,
            help="a person who was typed in is verified {event_id, page, token, values: {name, dob, gender?,"
            " nid}} → {http, status, verified, banner, locked, fields}",
        )

    def link(self, arguments: Arguments) -> JSON:
        """``opencrvs.form.link``. Raises Refusal."""
        visit = self._visit(arguments, ())
        if self.desk.esignet is None:
            raise Refusal(NO_ESIGNET, status=409)
        opened = self.desk.link(self.desk.esignet, visit, self._version())
        return {"url": opened.url, "redirect_uri": opened.redirect_uri, "state": opened.state}

    def return_(self, arguments: Arguments) -> JSON:
        """``opencrvs.form.return``. Raises Refusal."""
        visit = self._visit(arguments, ("location", "token", "redirect_uri", "client_id"))
        returned = self.desk.returned(
            visit,
            self._version(),
            _address(arguments, "location"),
            client_id=_optional_text(arguments, "client_id"),
            redirect_uri=_optional_text(arguments, "redirect_uri"),
        )
        return {
            "query_params": {**returned.picked.params},
            **_called(returned.http, returned.state),
            "location": returned.picked.location,
        }

    def scan(self, arguments: Arguments) -> JSON:
        """``opencrvs.form.scan``. Raises Refusal."""
        visit = self._visit(arguments, ("qr",))
        qr = arguments.get("qr")
        if not isinstance(qr, str):
            raise Refusal("qr must be the text that the code holds")
        read, state = self.desk.scanned(visit, self._version(), qr)
        return {"value": read.value, "error": read.error, **state.to_json()}

    def verify(self, arguments: Arguments) -> JSON:
        """``opencrvs.form.verify``. Raises Refusal."""
        visit = self._visit(arguments, ("token", "values"))
        values = arguments.get("values")
        if not isinstance(values, dict):
            raise Refusal(f"values must be an object of {', '.join(TYPED)}")
        refuse_unknown(values, TYPED, what="value")
        return _called(*self.desk.verified(visit, self._version(), values))

    def _version(self) -> FormVersion:
        return cast("FormVersion", self.control.settings_value(FORM_VERSION))

    def _visit(self, arguments: Arguments, more: tuple[str, ...]) -> Visit:
        refuse_unknown(arguments, ("event_id", "page", *more), what="argument")
        event_id, page = arguments.get("event_id"), arguments.get("page")
        if not isinstance(event_id, str) or not is_uuid(event_id):
            raise Refusal("event_id must be a UUID")
        if not isinstance(page, str) or page not in self.pages:
            raise Refusal(f"no page {page!r}", near=sorted(self.pages))
        token = _text(arguments, "token") if "token" in more else ""
        return Visit(event_id=event_id, page=page, token=token)


def _called(component: HttpComponent, state: PageState) -> JSONObject:
    value = component.value or HttpValue()
    return {"http": value.to_json(), "status": value.status, **state.to_json()}


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(f"{name} must be a text")
    return value


def _address(arguments: Arguments, name: str) -> str:
    address = _text(arguments, name)
    try:
        urlsplit(address)
    except ValueError:
        raise Refusal(f"{name} must be a URL") from None
    return address


def _optional_text(arguments: Arguments, name: str) -> str | None:
    return _text(arguments, name) if arguments.get(name) is not None else None
