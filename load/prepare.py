"""Makes what is sent: synthetic people, declarations, and records that wait for the bridge in OpenCRVS.

All of it is made before the load begins, so that a run measures nothing but the bridge's own path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, TypeVar, cast

from load.drive import Request

if TYPE_CHECKING:
    from mock_control.client import JSON, AdminClient

T = TypeVar("T")

REGISTRATION_PATH: Final = "/events/registration"
AT_ONCE: Final = 500
"""Registrations opened by one call, so that each call ends well within the client's time-out."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """One registration, ready to be sent.

    ``body`` is the JSON text of POST /events/registration, ``token`` its action's token; ``subject`` is what
    MOSIP can know it by: the certificate number of a birth, the UIN of a dead person.
    """

    kind: str
    action: str
    subject: str
    token: str
    body: str

    @property
    def headers(self) -> dict[str, str]:
        """As a country configuration sends them."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def request(self) -> Request:
        """The registration as a request."""
        return Request(method="POST", path=REGISTRATION_PATH, headers=self.headers, body=self.body.encode())


class Names:
    """Names that are all different: MOSIP refuses a second person of one name, birthday and gender."""

    def __init__(self, seed: int) -> None:
        from faker import Faker

        self._faker = Faker("en_GB")
        self._faker.seed_instance(f"load/{seed}")
        self._made = 0

    def next(self) -> tuple[str, str]:
        """First name and family name; the number of the person is spelt at the end of the first."""
        self._made += 1
        return f"{self._faker.first_name()} {spelt(self._made)}", self._faker.last_name()


def spelt(number: int) -> str:
    """A number from 1 as a word: a, b, … z, aa, ab …"""
    word = ""
    while number:
        number, letter = divmod(number - 1, len(ascii_lowercase))
        word = ascii_lowercase[letter] + word
    return word.capitalize()


def prepare(
    opencrvs: AdminClient, mosip: AdminClient, *, births: int, deaths: int, seed: int
) -> list[Prepared]:
    """Registrations, births and deaths evenly mixed. Raises mock_control's AdminError."""
    names = Names(seed)
    born = (datetime.now(UTC).date() - timedelta(days=20)).isoformat()
    children = [_birth(*names.next(), born) for _ in range(births)]
    dead = list(_known_to_mosip(mosip, names, deaths))
    opened_births = _opened(opencrvs, "birth", children)
    opened_deaths = _opened(opencrvs, "death", [_death(*each) for each in dead])
    return mixed(
        [_prepared("birth", each, str(each["certificate_number"])) for each in opened_births],
        [_prepared("death", each, uin) for each, (*_, uin) in zip(opened_deaths, dead, strict=True)],
    )


def mixed(many: Sequence[T], few: Sequence[T]) -> list[T]:
    """Both in order, the second spread evenly over the first."""
    placed = [((index + 0.5) / len(each), which, each[index])
              for which, each in enumerate((many, few)) for index in range(len(each))]  # fmt: skip
    return [item for _, _, item in sorted(placed, key=lambda place: place[:2])]


def _known_to_mosip(mosip: AdminClient, names: Names, count: int) -> Iterator[tuple[str, str, str]]:
    """First name, family name and UIN of people who are in MOSIP's ID repository."""
    made = [names.next() for _ in range(count)]
    for some in batches(made, AT_ONCE):
        people: list[JSON] = [
            {
                "key": first,
                "name": f"{first} {last}",
                "gender": "Female",
                "born": "1950-01-31",
                "at": {"id_repository": "active"},
            }
            for first, last in some
        ]
        introduced = cast("list[Mapping[str, str]]", mosip.people(scenario="load", people=people))
        yield from ((first, last, each["uin"]) for (first, last), each in zip(some, introduced, strict=True))


def _opened(opencrvs: AdminClient, kind: str, declarations: Sequence[JSON]) -> Iterator[Mapping[str, object]]:
    for some in batches(declarations, AT_ONCE):
        answer = opencrvs.command("opencrvs.open_registrations", kind=kind, declarations=list(some))
        yield from cast("Mapping[str, list[Mapping[str, object]]]", answer)["registrations"]


def _prepared(kind: str, opened: Mapping[str, object], subject: str) -> Prepared:
    return Prepared(
        kind=kind,
        action=str(opened["action_id"]),
        subject=subject,
        token=str(opened["token"]),
        body=json.dumps(opened["request"], ensure_ascii=False, separators=(",", ":")),
    )


def _birth(first: str, last: str, born: str) -> JSON:
    """Field ids: opencrvs-farajaland birth form."""
    return {
        "child.name": {"firstname": first, "surname": last},
        "child.gender": "female",
        "child.dob": born,
        "informant.relation": "MOTHER",
        "informant.email": "informant@example.org",
        "informant.phoneNo": "0712345678",
        "mother.name": {"firstname": "Nadia", "surname": last},
        "mother.dob": "1996-02-11",
    }


def _death(first: str, last: str, uin: str) -> JSON:
    """Field ids: opencrvs-farajaland death form."""
    return {
        "deceased.name": {"firstname": first, "surname": last},
        "deceased.gender": "female",
        "deceased.dob": "1950-01-31",
        "deceased.idType": "NATIONAL_ID",
        "deceased.nid": uin,
        "eventDetails.date": (datetime.now(UTC).date() - timedelta(days=2)).isoformat(),
        "eventDetails.mannerOfDeath": "MANNER_NATURAL",
        "informant.relation": "SPOUSE",
        "informant.email": "informant@example.org",
        "informant.phoneNo": "0798765432",
        "spouse.name": {"firstname": "Sandun", "surname": last},
    }


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Items in lists of so many, the last of what is left."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
