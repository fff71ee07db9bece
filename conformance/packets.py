"""What a packet tells MOSIP of a person, read as leniently as people write names, days and sexes."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from conformance.exchanges import Exchange
from conformance.jsontypes import JSON, items, mapping, text

# By which fields MOSIP's own id schema for CRVS knows a person, where a country pack does not say.
NAME, BORN, SEX = "fullName", "dateOfBirth", "gender"
NUMBERS: Final = ("UIN", "VID", "vid")
"""In which field a packet names somebody whom MOSIP knows (mosip/registration: UinGeneratorStage.java)."""
AGE: Final = "age"
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})(?:T.*)?")
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_CODES: Final[Mapping[str, frozenset[str]]] = {
    "female": frozenset({"female", "f", "fle"}),
    "male": frozenset({"male", "m", "mle"}),
}
"""Words and codes of MOSIP's own master data (mosip/mosip-data: gender)."""


@dataclass(frozen=True, kw_only=True)
class Packet:
    """One createPacket: the registration id, and the texts of each field, one for each language."""

    rid: str
    exchange: Exchange
    fields: Mapping[str, tuple[str, ...]] = field(repr=False)

    def texts(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What these fields say, those that are there."""
        return tuple(each for name in names for each in self.fields.get(name, ()))

    def all_texts(self) -> Iterator[str]:
        """What all fields say."""
        for each in self.fields.values():
            yield from each


def packet_of(exchange: Exchange) -> Packet | None:
    """The packet that a call of createPacket brought; None where none was stored."""
    rid = next(
        (effect.facts.get("rid") for effect in exchange.effects if effect.name == "packet-stored"), None
    )
    request = mapping(mapping(mapping(exchange.request).get("json")).get("request"))
    if rid is None:
        return None
    found = {name: tuple(_texts(value)) for name, value in mapping(request.get("fields")).items()}
    return Packet(rid=rid, exchange=exchange, fields=found)


def _texts(value: JSON) -> Iterator[str]:
    """The texts of a value: itself, or those of a list of ``{language, value}``, also written as text."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        with suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, str) and value:
        yield value
    for each in items(value):
        found = text(mapping(each).get("value"))
        if found:
            yield found


def words_of(name: str) -> list[str]:
    """A name as it is compared: its words without regard to order, case, punctuation and composition."""
    return sorted(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold()))


def _scripts(name: str) -> set[str]:
    """LATIN, ARABIC…: in which scripts the letters are."""
    return {unicodedata.name(each, "").partition(" ")[0] for each in name if each.isalpha()}


def days_of(written: str) -> set[date]:
    """The days that a text may mean, two where nobody can say which is the month."""
    first, last = _YEAR_FIRST.fullmatch(written.strip()), _YEAR_LAST.fullmatch(written.strip())
    found: set[date] = set()
    if first is not None:
        found |= _day(first[1], first[2], first[3])
    if last is not None:
        found |= _day(last[3], last[2], last[1]) | _day(last[3], last[1], last[2])
    return found


def _day(year: str, month: str, day: str) -> set[date]:
    try:
        return {date(int(year), int(month), int(day))}
    except ValueError:
        return set()


def says_name(packet: Packet, names: tuple[str, ...], wanted: str) -> bool:
    """Whether the packet gives that name, in one field or spread over several of an id schema of its own.

    A name in another script only can't be compared, and is believed.
    """
    told = packet.texts(names)
    if told:
        if all(_scripts(each).isdisjoint(_scripts(wanted)) and _scripts(each) for each in told):
            return True
        return any(words_of(each) == words_of(wanted) for each in told)
    everything = {word for each in packet.all_texts() for word in words_of(each)}
    return everything.issuperset(words_of(wanted))


def says_day(packet: Packet, names: tuple[str, ...], wanted: date) -> bool:
    """Whether the packet gives that day, in whatever form; an age in its place is taken as it is."""
    told = packet.texts(names)
    if not told and packet.fields.get(AGE):
        return True
    return any(wanted in days_of(each) for each in told or packet.all_texts())


def says_sex(
    packet: Packet, names: tuple[str, ...], wanted: str, words: Mapping[str, frozenset[str]]
) -> bool:
    """Whether the packet gives that sex by a word of the country's in any language, or MOSIP's own code."""
    called = {each.casefold() for each in (*words.get(wanted, ()), *_CODES.get(wanted, ()))}
    return any(each.strip().casefold() in called for each in packet.texts(names) or packet.all_texts())
