"""The people whom E-Signet can let in. They are told to it; nothing comes from MOSIP by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from mock_control import JSON, Refusal, Reset

STATES = ("active", "deactivated", "absent")
_TEXTS = ("gender", "email", "phone")


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name in its parts; any may be empty."""

    first: str = ""
    middle: str = ""
    last: str = ""

    @property
    def full(self) -> str:
        """All parts, one space between."""
        return " ".join(part for part in (self.first, self.middle, self.last) if part)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One identity; ``born`` is an ISO date, ``address`` has members as OpenID's address claim."""

    uin: str
    vid: str
    name: Name
    born: str | None = None
    gender: str | None = None
    email: str | None = None
    phone: str | None = None
    address: Mapping[str, str] = field(default_factory=dict)
    active: bool = True


class Directory:
    """People by UIN and by VID."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._people: dict[str, Person] = {}

    def find(self, number: str, kind: str | None = None) -> Person | None:
        """Who has that number; ``kind`` is ``UIN`` or ``VID``, None either."""
        with self._lock:
            person = self._people.get(number) if kind in (None, "UIN") else None
            if person is None and kind in (None, "VID"):
                person = next((each for each in self._people.values() if each.vid == number), None)
            return person

    def add(self, people: list[JSON]) -> list[JSON]:
        """Takes the people of the admin API in, all or none; one whose UIN is known is replaced.

        Raises Refusal for one that it can't read.
        """
        read = [_read(each) for each in people]
        with self._lock:
            for person, state in read:
                if state == "absent":
                    self._people.pop(person.uin, None)
                else:
                    self._people[person.uin] = person
        return people

    def forget(self, reset: Reset) -> None:
        """Forgets whom the reset covers."""
        with self._lock:
            self._people = {uin: each for uin, each in self._people.items() if not reset.covers(None, uin)}

    def everybody(self) -> list[Person]:
        """All of them."""
        with self._lock:
            return list(self._people.values())

    def render(self) -> JSON:
        """For the admin API."""
        return [
            {"uin": each.uin, "vid": each.vid, "name": each.name.full, "active": each.active}
            for each in self.everybody()
        ]


def _read(person: JSON) -> tuple[Person, str]:
    if not isinstance(person, dict):
        raise Refusal("a person is an object")
    at = person.get("at")
    state = at.get("esignet", "active") if isinstance(at, dict) else "active"
    if state not in STATES:
        raise Refusal("at.esignet is none of the states", near=STATES)
    texts = {name: _text(person, name) for name in _TEXTS}
    read = Person(
        uin=_number(person, "uin"),
        vid=_number(person, "vid"),
        name=_name(person.get("name")),
        born=_born(_text(person, "born")),
        address=_address(person.get("address")),
        active=state == "active",
        **texts,
    )
    return read, str(state)


def _text(person: Mapping[str, JSON], member: str) -> str | None:
    value = person.get(member)
    if value is not None and not isinstance(value, str):
        raise Refusal(f"{member} of a person must be text")
    return value or None


def _number(person: Mapping[str, JSON], member: str) -> str:
    value = _text(person, member)
    if value is None or not value.isdigit():
        raise Refusal(f"{member} of a person must be given, in digits: it is MOSIP that draws it")
    return value


def _born(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refusal("born of a person must be an ISO date") from None


def _name(name: JSON) -> Name:
    if isinstance(name, dict):
        first, middle, last = (_text(name, part) or "" for part in ("first", "middle", "last"))
        return Name(first=first, middle=middle, last=last)
    if name is None:
        return Name()
    if not isinstance(name, str):
        raise Refusal("name of a person must be text, or first, middle and last")
    words = name.split()
    if len(words) < 2:
        return Name(first=name.strip())
    return Name(first=words[0], middle=" ".join(words[1:-1]), last=words[-1])


def _address(address: JSON) -> dict[str, str]:
    if address is None:
        return {}
    if not isinstance(address, dict) or not all(isinstance(each, str) for each in address.values()):
        raise Refusal("address of a person must be an object of texts")
    return {member: str(value) for member, value in address.items()}
