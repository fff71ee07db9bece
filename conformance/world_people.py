"""People at MOSIP: introducing them before a story, and asking what MOSIP knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from conformance.jsontypes import JSON, items, mapping
from conformance.parties import HarnessError, MockAdmin
from conformance.people import Person

IDENTITY_STATES: Final = ("active", "flagged", "deactivated", "absent")


def introduce(
    people: Iterable[Person], at: Mapping[str, str] | None, mosip: MockAdmin, run: str
) -> list[Person]:
    """The same people with the identifiers that MOSIP gave them.

    ``at`` says in which state they are known; None: as each person's own ``at`` says. Raises HarnessError
    when MOSIP gives no identifiers.
    """
    wanted = list(people)
    if not wanted:
        return []
    known = mosip.people(scenario=run, people=[_introduction(each, at or each.at) for each in wanted])
    return [_known(person, mapping(answer)) for person, answer in zip(wanted, known, strict=True)]


def _introduction(person: Person, at: Mapping[str, str]) -> JSON:
    return {
        "id": person.key,
        "name": person.full_name,
        "gender": person.sex,
        "born": person.born.isoformat(),
        "phone": person.phone,
        "email": person.email,
        "at": dict(at),
    }


def _known(person: Person, answer: Mapping[str, JSON]) -> Person:
    found = {kind: str(answer[kind]) for kind in ("uin", "vid") if answer.get(kind)}
    if not found:
        raise HarnessError(f"MOSIP gave {person.key} no identifier")
    return person.with_identifiers(found)


def identity_state(person: Person, mosip: MockAdmin) -> str:
    """One of IDENTITY_STATES: what MOSIP's repository says of the person."""
    for each in map(mapping, items(mosip.state("identities"))):
        if each.get("uin") == person.identifiers.get("uin"):
            if each.get("status") != "ACTIVATED":
                return "deactivated"
            return "flagged" if each.get("death_declared") else "active"
    return "absent"
