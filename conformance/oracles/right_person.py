"""O8: MOSIP is told of the person whom the record is about, and a number comes to whom it was made for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from conformance.exchanges import Effect, Exchange
from conformance.jsontypes import JSON, mapping, named
from conformance.oracles.case import Case
from conformance.outcomes import CONFIRMING, SEND
from conformance.pack import CountryPack, EventNames
from conformance.packets import (
    BORN,
    NAME,
    NUMBERS,
    SEX,
    Packet,
    days_of,
    packet_of,
    says_day,
    says_name,
    says_sex,
)
from conformance.record_state import RecordState, asked_for, record_state
from conformance.records import SUBJECTS, Action, Record
from conformance.verdicts import Finding

BY: Final = "O8 the right person"
MINTED: Final = "identity-minted"
CHANGES: Final = {
    "identity-deactivated": "deactivated",
    "identity-flagged": "marked as dead",
    "identity-updated": "changed",
}
NOBODY: Final = "somebody unknown"
KINDS: Final = ("uin", "vid", "psut")


def look(case: Case) -> list[Finding]:
    """A finding for each thing that was told of another person than the record's, or written to another."""
    if case.pack is None:
        return []
    return [finding for record in case.records.values() for finding in _Look(case, case.pack, record).found()]


class _Look:
    """One record, with what was exchanged about each of its actions."""

    def __init__(self, case: Case, pack: CountryPack, record: Record) -> None:
        self._case, self._pack, self._record = case, pack, record
        self._owners = {action.owner: action for action in record.actions.values()}
        self._mine = [each for each in case.exchanges if each.owner in self._owners]

    def found(self) -> Iterator[Finding]:
        """All findings; the record is read only where something has become of it."""
        accepted = {effect.facts.get("rid") for effect in self._effects("packet-accepted")}
        packets = [packet for each in self._mine if (packet := packet_of(each)) and packet.rid in accepted]
        answers = [each for each in self._mine if _is_answer(each)]
        yield from self._changed_identities()
        if packets or answers:
            document = self._case.document(self._record)
            for packet in packets:
                yield from self._packet(packet, document)
            yield from self._answers(answers, document)

    # -- what MOSIP was told --------------------------------------------------------------------------------

    def _packet(self, packet: Packet, document: Mapping[str, JSON]) -> Iterator[Finding]:
        action = self._owners[str(packet.exchange.owner)]
        state = asked_for(document, action.action_id)
        names = self._pack.events[self._record.event]
        known = self._names_somebody(packet, names)
        before = asked_for(document, action.action_id, without=True)
        for name, fields in _fields(names).items():
            wanted, was = self._fact(name, state), self._fact(name, before)
            # A packet about somebody whom MOSIP knows says what it wants to change; a day of death is extra.
            needed = (not known or (wanted != was and was is not None)) and name != "died"
            if wanted is None or not (needed or packet.texts(fields)):
                continue
            if not self._says(packet, name, fields, wanted):
                told = "another" if packet.texts(fields) else "no"
                words = f"{action.owner}: MOSIP was told {told} {FACTS[name]}, the record has {wanted}"
                yield _finding(words, packet.exchange)
        yield from self._number_of_certificate(packet, names)
        for field in known:
            others = [each for each in packet.fields[field] if each not in self._numbers(state)]
            if others:
                whose = self._whose(others[0])
                words = f"{action.owner}: the packet is about {whose} by its {field}, and the record is not"
                yield _finding(words, packet.exchange)

    def _names_somebody(self, packet: Packet, names: EventNames) -> list[str]:
        """By which fields the packet says that MOSIP knows the person already."""
        fields = dict.fromkeys((*names.told.get("identifier", ()), *NUMBERS))
        return [name for name in fields if packet.fields.get(name)]

    def _fact(self, name: str, state: RecordState) -> str | None:
        whole = "name.full" if name == "name" else name
        found = self._pack.read(self._record.event, whole, state.declaration)
        return found if isinstance(found, str) else None

    def _says(self, packet: Packet, name: str, fields: tuple[str, ...], value: str) -> bool:
        if name == "name":
            return says_name(packet, fields, value)
        if name == "sex":
            return says_sex(packet, fields, value, self._pack.sexes)
        return any(says_day(packet, fields, day) for day in days_of(value))

    def _number_of_certificate(self, packet: Packet, names: EventNames) -> Iterator[Finding]:
        told = packet.fields.get(names.certificate_field, ())
        if self._was_numbered() and any(each != self._record.certificate_number for each in told):
            words = f"{packet.exchange.owner}: MOSIP was told the number of another certificate"
            yield _finding(words, packet.exchange)

    def _was_numbered(self) -> bool:
        """Whether country-config has told the bridge the number of the certificate."""
        return any(each.operation == SEND and each.told for each in self._mine)

    def _changed_identities(self) -> Iterator[Finding]:
        for each in self._mine:
            for effect in each.effects:
                if self._record.event == "death" and effect.name == MINTED:
                    yield _finding(f"{each.owner}: an identity was made for a dead person", each)
                uin = effect.facts.get("uin")
                if effect.name in CHANGES and uin is not None and uin not in self._numbers(None):
                    words = f"{each.owner}: it is {self._whose(uin)} who was {CHANGES[effect.name]} by it"
                    yield _finding(words, each)

    # -- what came into the record --------------------------------------------------------------------------

    def _answers(self, answers: Sequence[Exchange], document: Mapping[str, JSON]) -> Iterator[Finding]:
        field = self._pack.events[self._record.event].fields["identifier"]
        for action in self._owners.values():
            mine = [each for each in answers if each.owner == action.owner]
            before = asked_for(document, action.action_id).declaration
            numbers = {str(told[field]): each for each in mine for told in _told(each) if told.get(field)}
            if len(numbers) > 1:
                words = f"{action.owner}: OpenCRVS was told {len(numbers)} different numbers of one person"
                yield _finding(words, *numbers.values())
            for each in mine:
                yield from self._written(action, each, before, field)
            yield from self._number(action, mine, numbers)
        yield from self._registered(document, answers)

    def _number(
        self, action: Action, answers: Sequence[Exchange], numbers: Mapping[str, Exchange]
    ) -> Iterator[Finding]:
        """Whose number it is that came into a birth's record, or should have come: also a try tells."""
        if self._record.event != "birth":
            return
        took = any(effect.name in CONFIRMING for each in answers for effect in each.effects)
        for number, exchange in numbers.items():
            if not self._case.sees_mosip:
                # For whom theirs made a number nobody knows, but it is not for two.
                if number in self._told_of_others(exchange):
                    words = f"{action.owner}: OpenCRVS was told a number as the child's that is another's too"
                    yield _finding(words, exchange)
                continue
            if number in self._numbers(None):
                continue
            whose = self._whose(number)
            if took or whose != NOBODY:
                words = f"{action.owner}: OpenCRVS was told {whose}'s number as the child's"
                yield _finding(words, exchange)

    def _told_of_others(self, answer: Exchange) -> set[JSON]:
        """The numbers of children that OpenCRVS was told in other records."""
        field = self._pack.events[self._record.event].fields["identifier"]
        others = (
            each for each in self._case.exchanges if _is_answer(each) and each.owner not in self._owners
        )
        same = (each for each in others if each.operation == answer.operation)
        return {number for each in same for told in _told(each) if isinstance(number := told.get(field), str)}

    def _written(
        self, action: Action, answer: Exchange, before: Mapping[str, JSON], identifier: str
    ) -> Iterator[Finding]:
        """What a confirmation changes beside the identifier, and where else the number is put."""
        if not any(effect.name in CONFIRMING for effect in answer.effects):
            return
        numbers = self._numbers(None) - set(self._record.subject.identifiers.values())
        for told in _told(answer):
            for name, value in told.items():
                mine = name == identifier and self._record.event == "birth"
                if not mine and before.get(name) not in (None, value):
                    words = f"{action.owner}: the confirmation has changed what was declared: {name}"
                    yield _finding(words, answer)
                elif not mine and isinstance(value, str) and value in numbers:
                    words = f"{action.owner}: the confirmation has put the person's number into {name} too"
                    yield _finding(words, answer)

    def _registered(self, document: Mapping[str, JSON], answers: Sequence[Exchange]) -> Iterator[Finding]:
        number = record_state(document).registration_number
        if self._was_numbered() and number not in (None, self._record.certificate_number):
            words = f"{self._record.registration.owner}: it is registered under a number that nobody gave it"
            yield _finding(words, *answers[-1:])

    # -- who is who -----------------------------------------------------------------------------------------

    def _effects(self, *wanted: str) -> Iterator[Effect]:
        for each in self._mine:
            yield from (effect for effect in each.effects if effect.name in wanted)

    def _minted(self) -> Iterator[Mapping[str, str]]:
        return (effect.facts for effect in self._effects(MINTED))

    def _numbers(self, state: RecordState | None) -> set[str | None]:
        """The numbers of the person whom the record is about: those made for it, and those they had."""
        made = {
            effect.facts[kind] for effect in self._effects(MINTED) for kind in KINDS if kind in effect.facts
        }
        had: set[str | None] = {*self._record.subject.identifiers.values()}
        if state is not None:
            had |= {self._fact("identifier", state)} - {None}
        return made | had

    def _whose(self, number: str) -> str:
        """Somebody of this scenario with that number, by their part in a record."""
        for record in self._case.records.values():
            for role, person in record.people.items():
                if number in person.identifiers.values():
                    return f"{record.name}'s {role}"
            owners = {action.owner for action in record.actions.values()}
            for each in self._case.exchanges:
                minted = [effect for effect in each.effects if effect.name == MINTED and each.owner in owners]
                if any(number in effect.facts.values() for effect in minted):
                    return f"{record.name}'s {SUBJECTS[record.event]}"
        return NOBODY


def _fields(names: EventNames) -> Mapping[str, tuple[str, ...]]:
    """By which fields MOSIP is told each fact: its own CRVS schema's where the country says nothing."""
    known = {"name": (NAME,), "born": (BORN,), "sex": (SEX,), "died": ()}
    return {fact: names.told.get(fact, fields) for fact, fields in known.items() if fact in names.fields}


FACTS: Final[Mapping[str, str]] = {
    "name": "name",
    "born": "day of birth",
    "sex": "sex",
    "died": "day of death",
}


def _is_answer(exchange: Exchange) -> bool:
    """Whether the bridge told OpenCRVS that an action is accepted."""
    return exchange.direction == "in" and exchange.operation.endswith("_accept")


def _told(answer: Exchange) -> Iterator[Mapping[str, JSON]]:
    """The declarations in an answer, whichever form the call has."""
    return (mapping(each) for each in named(mapping(answer.request).get("json"), "declaration"))


def _finding(words: str, *near: Exchange) -> Finding:
    return Finding(verdict="fail", by=BY, words=words, near=tuple(each.line() for each in near))
