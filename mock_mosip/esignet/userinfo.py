"""What is told of a person: only what they consented to, in the shape that a deployment has.

(mosip/esignet-mock-services: AuthenticationServiceImpl.java; opencrvs/mosip: the forms of names and dates)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mock_control import JSON
from mock_mosip.esignet.people import Name, Person

DEFAULT_LANGUAGE = "eng"
SECOND_LANGUAGE = "fra"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a deployment writes: values of the settings ``esignet.name_shape`` and ``esignet.birthdate``."""

    name: str
    birthdate: str


def claims_of(
    person: Person, *, accepted: Sequence[str], individual_id: str, locales: Sequence[str], shape: Shape
) -> dict[str, JSON]:
    """The accepted claims that something is known for; ``locales`` are three-letter codes that were asked
    for.
    """
    languages = _languages(locales, tagged=shape.name == "tagged")
    found: dict[str, JSON] = {}
    for claim in accepted:
        if claim == "name":
            for member, text in _names(person.name, shape.name):
                found |= _localised(member, text, languages)
        elif claim == "gender" and person.gender:
            found |= _localised(claim, person.gender.capitalize(), languages)
        elif claim == "address" and person.address:
            found[claim] = _address(person.address, languages)
        else:
            value = _plain(person, claim, individual_id, shape)
            if value:
                found[claim] = value
    return found


def _plain(person: Person, claim: str, individual_id: str, shape: Shape) -> str | None:
    return {
        "birthdate": _birthdate(person.born, shape.birthdate),
        "email": person.email,
        "phone_number": person.phone,
        "individual_id": individual_id,
        "given_name": person.name.first,
        "middle_name": person.name.middle,
        "family_name": person.name.last,
    }.get(claim)


def _names(name: Name, shape: str) -> Iterator[tuple[str, str]]:
    """Which members the claim ``name`` becomes."""
    if shape == "mononym":
        yield "name", name.first or name.full
    elif shape == "parts":
        parts = (("given_name", name.first), ("middle_name", name.middle), ("family_name", name.last))
        yield from ((member, text) for member, text in parts if text)
    elif name.full:
        yield "name", name.full


def _birthdate(born: str | None, form: str) -> str | None:
    """MOSIP stores ``yyyy/MM/dd``; what OpenID asks for is the ISO date; ``year`` is all that is known."""
    if born is None:
        return None
    return {"iso": born, "year": born[:4]}.get(form, born.replace("-", "/"))


def _languages(locales: Sequence[str], *, tagged: bool) -> tuple[str, ...]:
    """The languages that are both there and asked for; ``en`` is not ``eng``."""
    there = (DEFAULT_LANGUAGE, SECOND_LANGUAGE) if tagged else (DEFAULT_LANGUAGE,)
    wanted = locales or there
    return tuple(each for each in wanted if each in there)


def _localised(member: str, text: str, languages: Sequence[str]) -> dict[str, JSON]:
    """A plain member in one language, tagged members in several, an empty text in none of those asked for."""
    if len(languages) < 2:
        return {member: text if languages else ""}
    return {f"{member}#{language}": text for language in languages}


def _address(address: Mapping[str, str], languages: Sequence[str]) -> dict[str, JSON]:
    """``postal_code`` is no list of languages there, and dropped for that."""
    written: dict[str, JSON] = {}
    for member, text in address.items():
        if member != "postal_code":
            written |= _localised(member, text, languages)
    return written
