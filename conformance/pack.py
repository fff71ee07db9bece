"""The country pack as OpenCRVS uses it: which form field each name of a scenario stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.jsontypes import JSON, mapping
from conformance.parties import HarnessError, MockAdmin
from conformance.records import SUBJECTS, Record
from conformance.values import ABSENT

STATE = "country_pack"


@dataclass(frozen=True, kw_only=True)
class CountryPack:
    """``fields`` by event: scenario name to form field, with a part after ``/`` where the field is an object;
    ``constants`` by event: fields that a declaration always has."""

    fields: Mapping[str, Mapping[str, str]]
    constants: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)

    def declaration(self, record: Record) -> dict[str, JSON]:
        """The declaration of a record: what its people are, in the country's form fields."""
        declared: dict[str, JSON] = dict(self.constants.get(record.event, {}))
        for role, person in record.people.items():
            for fact, value in person.facts().items():
                place = self.fields[record.event].get(f"{role}.{fact}")
                if place is not None and not (role == SUBJECTS["birth"] and fact == "identifier"):
                    _put(declared, place, value)
        return declared

    def identifier_field(self, event: str) -> str:
        """The form field of the identifier that a registration brings; raises HarnessError without one."""
        name = f"{SUBJECTS['birth'] if event == 'birth' else SUBJECTS[event]}.identifier"
        return self._place(event, name)

    def read(self, event: str, name: str, declaration: Mapping[str, JSON]) -> object:
        """The value of a name of scenarios in a declaration, ABSENT when there is none."""
        form_field, _, part = self._place(event, name).partition("/")
        value = declaration.get(form_field, ABSENT)
        return mapping(value).get(part, ABSENT) if part else value

    def _place(self, event: str, name: str) -> str:
        try:
            return self.fields[event][name]
        except KeyError:
            raise HarnessError(f"the country pack has no field for '{name}' of a {event}") from None


def country_pack(opencrvs: MockAdmin) -> CountryPack:
    """The pack that OpenCRVS runs with; raises HarnessError when it does not say."""
    events = {event: mapping(each) for event, each in mapping(opencrvs.state(STATE)).items()}
    fields = {
        event: {name: place for name, place in mapping(each.get("fields")).items() if isinstance(place, str)}
        for event, each in events.items()
    }
    if not any(fields.values()):
        raise HarnessError("OpenCRVS does not say which country pack it has")
    constants = {event: mapping(each.get("constants")) for event, each in events.items()}
    return CountryPack(fields=fields, constants=constants)


def _put(declaration: dict[str, JSON], place: str, value: str) -> None:
    form_field, _, part = place.partition("/")
    if not part:
        declaration[form_field] = value
        return
    whole = declaration.setdefault(form_field, {})
    if isinstance(whole, dict):
        whole[part] = value
