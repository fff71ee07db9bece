"""People at MOSIP and E-Signet: introducing them before a story, and asking what MOSIP knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from conformance.jsontypes import JSON, items, mapping
from conformance.pack import CountryPack
from conformance.parties import HarnessError, MockAdmin
from conformance.people import SERVICES, Person

IDENTITY_STATES: Final = ("active", "flagged", "deactivated", "absent")


def introduce(
    people: Iterable[Person], *, mosip: MockAdmin, esignet: MockAdmin, run: str, pack: CountryPack
) -> list[Person]:
    """The same people with the numbers that MOSIP drew for them, known where their ``at`` says.

    They are known by the words and in the language of the country, to E-Signet under the same numbers. Whom
    nobody shall know gets numbers too: well made, and nobody's. Raises HarnessError when MOSIP gives none.
    """
    wanted = list(people)
    if not wanted:
        return []
    answers = mosip.people(scenario=run, people=[_introduction(each, pack) for each in wanted])
    known = [_known(person, mapping(answer)) for person, answer in zip(wanted, answers, strict=True)]
    esignet.people(scenario=run, people=[_introduction(each, pack) for each in known])
    return known


def introduced_as(person: Person, state: str) -> Person:
    """The same person, whom every service knows in that state from now on."""
    return replace(person, at={"id_repository": state})


def _introduction(person: Person, pack: CountryPack) -> dict[str, JSON]:
    return {
        **person.identifiers,
        "id": person.key,
        "name": dict(person.names),
        "gender": pack.words.get(person.sex, person.sex),
        "language": pack.language,
        "born": person.born.isoformat(),
        "phone": person.phone,
        "email": person.email,
        "at": {service: person.state_at(service) for service in SERVICES},
    }


def _known(person: Person, answer: Mapping[str, JSON]) -> Person:
    found = {kind: str(answer[kind]) for kind in ("uin", "vid") if answer.get(kind)}
    if len(found) != 2:
        raise HarnessError(f"MOSIP gave {person.key} no numbers")
    return person.with_identifiers(found)


def identity_state(person: Person, mosip: MockAdmin) -> str:
    """One of IDENTITY_STATES: what MOSIP's repository says of the person."""
    for each in map(mapping, items(mosip.state("identities"))):
        if each.get("uin") == person.identifiers.get("uin"):
            if each.get("status") != "ACTIVATED":
                return "deactivated"
            return "flagged" if each.get("death_declared") else "active"
    return "absent"
