"""Synthetic people, made by Faker from a scenario's own seed: the same seed gives the same people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final

from faker import Faker

from conformance.everyday import EVERYDAY
from conformance.jsontypes import JSON, mapping
from conformance.problems import did_you_mean
from conformance.values import UnknownNameError

AGES_IN_DAYS: Final[Mapping[str, tuple[int, int]]] = {
    # Not yesterday: a log that is kept west of Greenwich may still be there.
    "newborn": (2, 60),
    "child": (366 * 6, 365 * 9),
    "adult": (365 * 20, 365 * 55),
    "elder": (365 * 65, 365 * 95),
}
OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "sex": ("female", "male"),
    "known_by": ("uin", "vid"),
    "names": ("one", "two", "three"),
}
STATES: Final = ("active", "deactivated", "absent")
SERVICES: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(("id_repository", "ida", "esignet"), STATES)
MEMBERS: Final = ("name", "sex", "born", "phone", "email", "uin", "vid", "identifier")
_LONGEST_NAME = 15  # all names together stay within the 3 to 50 characters of the CRVS id schema
_SHORTEST_NAME, _SHORTEST_ONLY_NAME = 2, 3


@dataclass(frozen=True, kw_only=True)
class Person:
    """One synthetic person; ``last_name`` is empty where they have one name only.

    ``identifiers`` are the uin and vid that MOSIP drew for the person; ``at`` says which services know them
    by these, and in which state; ``known_by`` is the one of the two that the registrar writes down.
    """

    key: str
    first_name: str
    last_name: str
    sex: str
    born: date
    phone: str
    email: str
    middle_name: str = ""
    known_by: str = "vid"
    at: Mapping[str, str] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """All names, one space between."""
        return " ".join(self.names.values())

    @property
    def names(self) -> Mapping[str, str]:
        """The names that the person has, by part: first, middle, last."""
        parts = {"first": self.first_name, "middle": self.middle_name, "last": self.last_name}
        return {part: name for part, name in parts.items() if name}

    @property
    def identifier(self) -> str | None:
        """The identifier that the registrar writes down, None for a person who has none."""
        return self.identifiers.get(self.known_by)

    def with_identifiers(self, identifiers: Mapping[str, str]) -> Person:
        """The same person with the identifiers that MOSIP drew."""
        return replace(self, identifiers=dict(identifiers))

    def state_at(self, service: str) -> str:
        """How a service knows the person: IDA and E-Signet do as the ID repository does, unless said."""
        return self.at.get(service, self.at.get("id_repository", "absent"))

    def member(self, name: str) -> object:
        """One fact by its name in scenarios; raises UnknownNameError."""
        inside: dict[str, object] = {
            "name": {**self.names, "full": self.full_name},
            "sex": self.sex,
            "born": self.born.isoformat(),
            "phone": self.phone,
            "email": self.email,
            **self.identifiers,
        }
        if self.identifier is not None:
            inside["identifier"] = self.identifier
        if name in inside:
            return inside[name]
        raise UnknownNameError(f"{self.key} has no '{name}'.{did_you_mean(name, MEMBERS)}")


def complaint(spec: JSON) -> str | None:
    """Why ``spec`` describes no person, or None."""
    if isinstance(spec, str):
        return (
            None
            if spec in AGES_IN_DAYS
            else f"unknown kind of person '{spec}'.{did_you_mean(spec, AGES_IN_DAYS)}"
        )
    if not isinstance(spec, dict):
        return (
            "a person is newborn, child, adult, elder or {adult: {sex: female}, at: {id_repository: active}}"
        )
    kinds = [key for key in spec if key != "at"]
    if len(kinds) != 1 or kinds[0] not in AGES_IN_DAYS:
        word = next((key for key in kinds if key not in AGES_IN_DAYS), "")
        return f"one kind of person is needed, not '{', '.join(kinds)}'.{did_you_mean(word, AGES_IN_DAYS)}"
    return _bad_choice(mapping(spec[kinds[0]]), OPTIONS, "option") or _bad_choice(
        mapping(spec.get("at")), SERVICES, "service"
    )


def _bad_choice(given: Mapping[str, JSON], known: Mapping[str, tuple[str, ...]], what: str) -> str | None:
    for name, value in given.items():
        if name not in known:
            return f"unknown {what} '{name}'.{did_you_mean(name, known)}"
        if value not in known[name]:
            return f"{name} is one of {', '.join(known[name])}, not {value!r}"
    return None


def make_people(
    specs: Mapping[str, JSON], *, seed: str, today: date | None = None, family: str | None = None
) -> dict[str, Person]:
    """People by name from their specifications; one family name for all of them, ``family`` if it is given.

    ``seed`` is the scenario's. Each person is drawn from (seed, name): one more person changes no other.
    ``today`` counts ages from a given day instead of the UTC date.
    """
    day = today or datetime.now(UTC).date()
    shared = family or _last_name(_faker(f"{seed}/family"))
    return {name: _person(name, spec, seed=seed, family=shared, today=day) for name, spec in specs.items()}


def _faker(seed: str) -> Faker:
    faker = Faker("en_GB")
    faker.seed_instance(seed)
    return faker


def _person(name: str, spec: JSON, *, seed: str, family: str, today: date) -> Person:
    kind, options, at = _taken_apart(spec)
    random, faker = Random(f"{seed}/{name}"), _faker(f"{seed}/{name}")  # noqa: S311
    sex = options.get("sex") or random.choice(OPTIONS["sex"])
    names = options.get("names", "two")
    shortest = _SHORTEST_ONLY_NAME if names == "one" else _SHORTEST_NAME
    given = faker.first_name_female if sex == "female" else faker.first_name_male
    first = _short(given, shortest=shortest)
    youngest, oldest = AGES_IN_DAYS[kind]
    return Person(
        key=name,
        first_name=first,
        middle_name=_short(given, but=first) if names == "three" else "",
        last_name="" if names == "one" else family,
        sex=sex,
        born=today - timedelta(days=random.randint(youngest, oldest)),
        phone="07" + "".join(random.choices("0123456789", k=8)),
        email=f"{first}.{family}@example.org".lower().replace(" ", "").replace("'", ""),
        known_by=options.get("known_by", "vid"),
        at=at,
    )


def _taken_apart(spec: JSON) -> tuple[str, dict[str, str], dict[str, str]]:
    if isinstance(spec, str):
        return spec, {}, {}
    parts = mapping(spec)
    kind = next(key for key in parts if key != "at")
    options = {name: str(value) for name, value in mapping(parts[kind]).items()}
    return kind, options, {name: str(value) for name, value in mapping(parts.get("at")).items()}


def _last_name(faker: Faker) -> str:
    return _short(faker.last_name)


def _short(draw: Callable[[], str], *, shortest: int = _SHORTEST_NAME, but: str = "") -> str:
    """A name of plain letters that is no other word, short enough for every form."""
    while True:
        name = draw()
        plain = name.isascii() and name.isalpha() and name not in EVERYDAY
        if plain and shortest <= len(name) <= _LONGEST_NAME and name != but:
            return name
