"""The acts of the demo: a login, a birth, a death, and the dead person's number used again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox.box import Sandbox
from sandbox.demo_people import Person, birth_declaration, death_declaration
from sandbox.registrar import JSON, Document, Registrar
from sandbox.timeline import Timeline

if TYPE_CHECKING:
    from rich.console import Console

CONFIRMED_WITHIN_S: Final = 15.0
BROWSER_TIMEOUT_S: Final = 10.0
ACCEPT: Final = "opencrvs.events.register_accept"
RUN: Final = "demo"
PAGE: Final = "mother"
Fields = Mapping[str, JSON]


class DemoError(Exception):
    """The story did not end as it should; the text says how."""


@dataclass(kw_only=True)
class Story:
    """What has happened so far. An act that goes wrong raises DemoError, AdminError or RegistrarError."""

    sandbox: Sandbox
    console: Console
    endings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = cast("Mapping[str, str]", self.sandbox.opencrvs.command("opencrvs.user_token"))
        self._token = told["token"]
        self._registrar = Registrar(self.sandbox.urls["opencrvs"], self._token)

    @contextmanager
    def timeline(self) -> Iterator[None]:
        """Tells what the parties say to each other meanwhile."""
        mocks = [self.sandbox.opencrvs, self.sandbox.esignet, self.sandbox.mosip]
        with Timeline(mocks, self.console):
            yield
        self.console.print()

    def known_for_years(self, person: Person) -> Person:
        """The same person with the identifiers under which MOSIP and E-Signet have known them for years."""
        told: dict[str, JSON] = {"id": person.first, "gender": person.sex, "born": person.born}
        drawn = self.sandbox.mosip.people(scenario=RUN, people=[{**told, "name": person.name}])
        known = cast("Mapping[str, str]", drawn[0])
        numbers: dict[str, JSON] = {"uin": known["uin"], "vid": known["vid"]}
        name: JSON = {"first": person.first, "last": person.last}
        self.sandbox.esignet.people(scenario=RUN, people=[{**told, **numbers, "name": name}])
        return replace(person, uin=known["uin"], vid=known["vid"])

    def login(self, mother: Person) -> tuple[str, Fields]:
        """She proves who she is at E-Signet; gives a new birth record's event id and her page, filled in."""
        with self.timeline():
            event_id = self._created("birth")
            location = self._logged_in(mother, event_id)
            if location is None:
                raise DemoError(f"E-Signet did not let {mother.name} in")
            page = self._form("return", event_id, location=location, token=self._token)
        if page["verified"] != "authenticated":
            raise DemoError(f"after the login the form says {page['verified']!r}")
        self.endings.append(
            f"{mother.name} has proved who she is at E-Signet: the form is filled and locked, authenticated"
        )
        return event_id, cast("Fields", page["fields"])

    def birth(self, child: Person, event_id: str, mother: Fields) -> None:
        """Declared and registered with her page; ends with the identifier in the record."""
        with self.timeline():
            record = self._registered(event_id, birth_declaration(child, mother))
        identifier = str(cast("Fields", record["declaration"]).get("child.nid", ""))
        if record["status"] != "REGISTERED" or not identifier:
            raise DemoError(f"the birth record is {record['status']} and its identifier is {identifier!r}")
        self._identity("vid", identifier)
        self.endings.append(
            f"{child.name}'s birth record {record['trackingId']} is registered as "
            f"{record['registrationNumber']} and holds the identifier that MOSIP issued: VID {identifier}"
        )

    def death(self, deceased: Person) -> None:
        """Declared and registered; ends with the identity deactivated."""
        with self.timeline():
            record = self._registered(self._created("death"), death_declaration(deceased))
        status = str(self._identity("uin", deceased.uin)["status"])
        if record["status"] != "REGISTERED" or status.upper() != "DEACTIVATED":
            raise DemoError(f"the death record is {record['status']} and the identity {status}")
        self.endings.append(
            f"{deceased.name}'s death record {record['trackingId']} is registered as "
            f"{record['registrationNumber']} and the identity at MOSIP is deactivated: UIN {deceased.uin}"
        )

    def used_again(self, deceased: Person) -> None:
        """Somebody uses the dead person's number; ends with both doors shut."""
        event_id = self._created("birth")
        values: JSON = {
            "name": deceased.as_field(),
            "dob": deceased.born,
            "gender": deceased.sex,
            "nid": deceased.uin,
        }
        with self.timeline():
            page = self._form("verify", event_id, values=values, token=self._token)
            location = self._logged_in(deceased, event_id)
        if page["verified"] == "verified" or location is not None:
            raise DemoError(f"{deceased.name} is dead and still served")
        self.endings.append(
            f"{deceased.name} is refused at both doors now: IDA does not verify that number any more, "
            "and E-Signet lets nobody in with it"
        )

    def _created(self, kind: str) -> str:
        return str(self._registrar.create(kind, transaction_id=str(uuid.uuid4()))["id"])

    def _registered(self, event_id: str, declaration: Fields) -> Document:
        """Declares and registers, waits for the confirmation, and gives the record as it stands then."""
        after = self.sandbox.opencrvs.journal().last
        self._registrar.declare(event_id, declaration, transaction_id=str(uuid.uuid4()))
        self._registrar.register(event_id, transaction_id=str(uuid.uuid4()))
        self.sandbox.opencrvs.wait_for(
            ACCEPT, after=after, within=CONFIRMED_WITHIN_S, where=lambda entry: _took_effect(entry, event_id)
        )
        self._registrar.read(event_id)
        records = cast("Mapping[str, Document]", self.sandbox.opencrvs.state("records"))
        return records[event_id]

    def _logged_in(self, person: Person, event_id: str) -> str | None:
        """Where the browser comes back to after a login by VID that consents to all; None when refused."""
        opened = self._form("link", event_id)
        try:
            # E-Signet's pages, without a browser: the mock types the one-time code and consents.
            answer = requests.get(
                str(opened["url"]),
                params={"auto": person.vid},
                allow_redirects=False,
                timeout=BROWSER_TIMEOUT_S,
            )
        except requests.RequestException as error:
            raise DemoError(f"E-Signet does not answer: {type(error).__name__}") from error
        location = answer.headers.get("Location", "")
        return location if "code" in parse_qs(urlsplit(location).query) else None

    def _form(self, what: str, event_id: str, **arguments: JSON) -> Mapping[str, JSON]:
        command = f"opencrvs.form.{what}"
        told = self.sandbox.opencrvs.command(command, event_id=event_id, page=PAGE, **arguments)
        return cast("Mapping[str, JSON]", told)

    def _identity(self, kind: str, number: str) -> Mapping[str, object]:
        identities = cast("list[Mapping[str, object]]", self.sandbox.mosip.state("identities"))
        found = [identity for identity in identities if identity[kind] == number]
        if len(found) != 1:
            raise DemoError(f"MOSIP has {len(found)} identities with that {kind.upper()} instead of one")
        return found[0]


def _took_effect(entry: Mapping[str, object], event_id: str) -> bool:
    told = cast("list[Mapping[str, object]]", entry["effects"])
    return any(effect["name"] == "accept-took-effect" and effect["event"] == event_id for effect in told)
