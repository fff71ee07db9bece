"""The country pack as OpenCRVS runs with it: which form field each name of a scenario stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.jsontypes import JSON, items, mapping, text
from conformance.parties import HarnessError, MockAdmin
from conformance.people import Person
from conformance.problems import did_you_mean
from conformance.records import PROCESSES, SUBJECTS, Record
from conformance.targets import Policy, country_policy
from conformance.values import ABSENT

STATE: Final = "country_pack"
NAME_PARTS: Final[Mapping[str, str]] = {"first": "firstname", "middle": "middlename", "last": "surname"}
"""Parts of a NAME field. Source: opencrvs/opencrvs-core: packages/commons/src/events/FieldValue.ts."""
FULL_NAME: Final = "full"
ENGLISH: Final = "eng"
CERTIFICATE_FIELDS: Final = {"birth": "birthCertificateNumber", "death": "deathCertificateNumber"}
"""Source: opencrvs/mosip: packages/mosip-api/src/routes/event-registration.ts."""
FETCHED: Final = ("name", "born", "sex", "identifier")
"""What a login fills in on a person's page, which nobody can type in while the page is locked."""

PLAIN: Final[Mapping[str, str]] = {"name": "name", "born": "dob", "sex": "gender", "identifier": "nid"}
"""What a page about a person asks for, and how its fields are called there behind the page's name."""


@dataclass(frozen=True, kw_only=True)
class EventNames:
    """``fields``: name in scenarios to form field; what is of the subject has no role before it.

    ``waits_for``: what a registration waits for; ``informant_token``: the request field by which E-Signet's
    name for the informant goes to MOSIP; ``told``: name in scenarios to the fields by which MOSIP is told of
    it; ``certificate_field``: the one for the certificate's number.
    """

    fields: Mapping[str, str]
    process: str
    waits_for: str = "credential"
    informant_token: str | None = None
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    certificate_field: str = ""

    def page(self, role: str) -> str:
        """The form's page about a person; raises HarnessError for one that the pack has no names for."""
        field = self.fields.get("name" if role in SUBJECTS.values() else f"{role}.name")
        if field is None:
            raise HarnessError(f"the country pack has no page about a {role}")
        return field.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class CountryPack:
    """Names by kind of event.

    ``values``: what the form holds for a word of scenarios, by the last part of its name; ``words``: how
    MOSIP calls a sex, in ``language``; ``sexes``: all that a sex is called, in any language and in forms.
    """

    id: str
    identifier: str
    language: str
    events: Mapping[str, EventNames]
    values: Mapping[str, Mapping[str, str]]
    words: Mapping[str, str]
    sexes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def policy(self) -> Policy:
        """What is expected of a bridge in this country."""
        return country_policy(identifier=self.identifier, birth_waits_for=self.events["birth"].waits_for)

    def process(self, event: str) -> str:
        """The process under which MOSIP takes a registration of this kind."""
        return self.events[event].process

    def declaration(
        self, record: Record, fetched: Mapping[str, Mapping[str, JSON]] | None = None
    ) -> dict[str, JSON]:
        """The declaration of a record, in the country's form fields: as much as the pack has names for.

        ``fetched`` are values by form field that are there and locked, by page: of those people nothing else
        is written down of what a login could have told.
        """
        pages, fields = fetched or {}, self.events[record.event].fields
        locked = {page_name(record.event, page) + each for page in pages for each in FETCHED}
        typed = {
            fields[name]: self._written(name, value)
            for name, value in _facts(record).items()
            if name in fields and name not in locked
        }
        return {**typed, **{name: value for values in pages.values() for name, value in values.items()}}

    def typed(self, record: Record, page: str, declaration: Mapping[str, JSON]) -> dict[str, JSON]:
        """What stands on a page about a person, by the plain names of its fields: name, dob, gender, nid."""
        fields = self.events[record.event].fields
        names = {plain: page_name(record.event, page) + name for name, plain in PLAIN.items()}
        found = {plain: declaration.get(fields[name]) for plain, name in names.items() if name in fields}
        return {plain: value for plain, value in found.items() if value is not None}

    def changed(
        self, event: str, declaration: Mapping[str, JSON], otherwise: Mapping[str, JSON]
    ) -> dict[str, JSON]:
        """The declaration with other values under these names, ``mother.name.first`` and the like.

        Raises HarnessError for a name that the pack does not have.
        """
        changed = dict(declaration)
        for name, value in otherwise.items():
            field, part = self._place(event, name)
            whole = mapping(changed.get(field))
            changed[field] = self._written(name, value) if part is None else {**whole, part: value}
        return changed

    def _place(self, event: str, name: str) -> tuple[str, str | None]:
        """The form field of a name, and which part of it, None for all of it."""
        fields = self.events[event].fields
        whole, _, part = name.rpartition(".")
        if name not in fields and whole in fields and part in NAME_PARTS:
            return fields[whole], NAME_PARTS[part]
        if name not in fields:
            raise HarnessError(f"the country pack has no '{name}' for a {event}.{did_you_mean(name, fields)}")
        return fields[name], None

    def read(self, event: str, name: str, declaration: Mapping[str, JSON]) -> object:
        """The value of ``born``, ``name.first`` or ``mother.name`` in a declaration, ABSENT without one.

        ``name.full`` is all parts of a name, one space between, however they are shared out among the parts.
        Raises HarnessError for a name that the pack does not have.
        """
        fields = self.events[event].fields
        whole, _, part = name.rpartition(".")
        if name not in fields and whole in fields and part == FULL_NAME:
            return _full_name(mapping(declaration.get(fields[whole]))) or ABSENT
        field, inner = self._place(event, name)
        found = declaration.get(field, ABSENT)
        return self._said(name, found) if inner is None else mapping(found).get(inner, ABSENT)

    def on_wire(self, event: str, name: str) -> str:
        """What a member of a message is called, where the country says: ``child.identifier``, which a birth's
        record has, and ``informant.token``, which goes to MOSIP. Any other name stands for itself.
        """
        told = {
            "child.identifier": self.events["birth"].fields["identifier"],
            "informant.token": self.events[event].informant_token,
        }
        return told.get(name) or name

    def _written(self, name: str, value: JSON) -> JSON:
        """What the form holds for a value of a scenario."""
        known = self.values.get(name.rpartition(".")[2], {})
        return known.get(value, value) if isinstance(value, str) else value

    def _said(self, name: str, value: object) -> object:
        """What a scenario says for what the form holds."""
        known = self.values.get(name.rpartition(".")[2], {})
        return next((word for word, held in known.items() if held == value), value)


def country_pack(opencrvs: MockAdmin) -> CountryPack:
    """The pack that OpenCRVS runs with, by its state."""
    state = mapping(opencrvs.state(STATE))
    events = {event: mapping(each) for event, each in mapping(state.get("events")).items()}
    sexes = {word: mapping(each) for word, each in mapping(state.get("sexes")).items()}
    languages = [str(each) for each in items(state.get("languages"))] or [ENGLISH]
    choices = {name: mapping(each) for name, each in mapping(state.get("choices")).items()}
    values = {**choices, "sex": {word: each.get("form") for word, each in sexes.items()}}
    return CountryPack(
        id=str(state.get("id") or ""),
        identifier=str(state.get("identifier") or "vid"),
        language=languages[0],
        events={
            event: EventNames(
                fields={name: str(place) for name, place in mapping(each.get("names")).items()},
                process=str(each.get("process") or PROCESSES[event]),
                waits_for=text(each.get("waits_for")) or "credential",
                informant_token=text(each.get("informant_token")),
                told={
                    name: tuple(str(told) for told in items(fields))
                    for name, fields in mapping(each.get("told")).items()
                },
                certificate_field=text(each.get("certificate_field")) or CERTIFICATE_FIELDS[event],
            )
            for event, each in events.items()
            if event in PROCESSES
        },
        values={name: {word: str(held) for word, held in each.items()} for name, each in values.items()},
        words={word: str(mapping(each.get("words")).get(languages[0])) for word, each in sexes.items()},
        sexes={
            word: frozenset(map(str, (each.get("form"), *mapping(each.get("words")).values())))
            for word, each in sexes.items()
        },
    )


def page_name(event: str, page: str) -> str:
    """What stands before the names of what a page asks: nothing where it is about the subject."""
    return "" if page == SUBJECTS[event] else f"{page}."


def _full_name(name: Mapping[str, JSON]) -> str:
    texts = (each for each in map(name.get, NAME_PARTS.values()) if isinstance(each, str))
    return " ".join(" ".join(texts).split())


def _facts(record: Record) -> dict[str, JSON]:
    """What a registrar writes down. A newborn has no identifier yet: that is what the registration brings.

    An informant who has a page of their own is written down there, and only reached as informant.
    """
    subject = SUBJECTS[record.event]
    facts: dict[str, JSON] = {}
    relation = _relation(record)
    for role, person in record.people.items():
        prefix = "" if role == subject else f"{role}."
        elsewhere = role == "informant" and relation is not None
        told = _reached(person) if elsewhere else {**_who(person), **_reached(person)}
        facts.update({prefix + name: value for name, value in told.items()})
    if relation is not None:
        facts["informant.relation"] = relation
    if record.event == "birth":
        facts.pop("identifier", None)
    else:
        facts.update({"died": record.happened.isoformat(), "manner": "natural"})
    return facts


def _relation(record: Record) -> str | None:
    """The role that the informant has beside, None when there is none."""
    informant = record.people.get("informant")
    beside = (role for role, person in record.people.items() if person == informant and role != "informant")
    return next(beside, None)


def name_field(person: Person) -> dict[str, JSON]:
    """A person's names as a NAME field takes them: a middle name only where there is one."""
    parts = {"first": person.first_name, "last": person.last_name, **person.names}
    return {NAME_PARTS[part]: name for part, name in parts.items()}


def _who(person: Person) -> dict[str, JSON]:
    facts: dict[str, JSON] = {
        "name": name_field(person),
        "born": person.born.isoformat(),
        "sex": person.sex,
    }
    if person.identifier is not None:
        facts["identifier"] = person.identifier
    return facts


def _reached(person: Person) -> dict[str, JSON]:
    return {"phone": person.phone, "email": person.email}
