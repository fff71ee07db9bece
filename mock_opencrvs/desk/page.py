"""A page about a person (mother, father, informant…): its generated fields, and what fills it.

Source: opencrvs/opencrvs-farajaland src/events/mosip.ts (getMOSIPIntegrationFields, connectToMOSIPIdReader).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_opencrvs.desk.http_component import HttpValue
from mock_opencrvs.desk.reading import member
from mock_opencrvs.desk.verification import banner_of, is_locked, status_of, status_of_1_8
from mock_opencrvs.desk.version import FormVersion
from mock_opencrvs.values import JSON, JSONObject

VERIFIED, QUERY_PARAMS, HTTP_FETCH, LOADER, ID_READER = GENERATED = (
    "verified",
    "query-params",
    "verify-nid-http-fetch",
    "fetch-loader",
    "id-reader",
)
TAKEN = {
    "name": "name",
    "dob": "birthDate",
    "gender": "gender",
    "dobUnknown": "dobUnknown",
    "idType": "idType",
    "nid": "nid",
    "passport": "passport",
    "brn": "brn",
}
"""Field of the page, as the toolkit calls it → member of user info or QR code that fills it."""


@dataclass(frozen=True, kw_only=True)
class PageState:
    """What a page holds and shows. ``fields`` has only what was filled in: the rest stays as it was."""

    verified: str | None
    banner: str | None
    locked: bool
    fields: JSONObject

    def to_json(self) -> JSONObject:
        """As the commands answer it."""
        return {
            "verified": self.verified,
            "banner": self.banner,
            "locked": self.locked,
            "fields": self.fields,
        }


@dataclass(frozen=True, kw_only=True)
class Page:
    """The page ``name`` of a form of some version; ``fields`` are the country's names of those TAKEN."""

    name: str
    version: FormVersion
    fields: Mapping[str, str] = field(default_factory=dict)

    def filled(
        self,
        *,
        query_params: JSONObject | None = None,
        http: HttpValue | None = None,
        reader: JSONObject | None = None,
        typed: JSONObject | None = None,
    ) -> PageState:
        """The page after a login, a scan, or a verification of what was ``typed`` (fields without prefix)."""
        read = member(reader, "data")
        people = [None if http is None else http.data, read]
        taken = {name: _first(people, name, self.version) for name in TAKEN}
        values: dict[str, JSON] = {
            **(typed or {}),
            **{name: value for name, value in taken.items() if value is not None},
            QUERY_PARAMS: query_params,
            HTTP_FETCH: None if http is None else http.to_json(),
            ID_READER: reader,
        }
        return self._shown(values, self._status(http, read, typed=typed is not None))

    def _status(self, http: HttpValue | None, read: JSON, *, typed: bool) -> str | None:
        """What was typed is verified by a call of its own, which 1.8 computes nothing from."""
        if self.version == "1.8" and not typed:
            return status_of_1_8(http, read)
        return status_of(http, read)

    def _shown(self, values: dict[str, JSON], status: str | None) -> PageState:
        values = {**values, VERIFIED: status}
        return PageState(
            verified=status,
            banner=banner_of(status, self.version),
            locked=is_locked(status),
            fields={
                f"{self.name}.{self.fields.get(name, name)}": value
                for name, value in values.items()
                if value is not None and (not self.fields or name in self.fields or name in GENERATED)
            },
        )


def _first(people: list[JSON], name: str, version: FormVersion) -> JSON:
    """The first person's value that is there; null and absent are the same."""
    found = (_value(person, name, version) for person in people)
    return next((value for value in found if value is not None), None)


def _value(person: JSON, name: str, version: FormVersion) -> JSON:
    value = member(person, TAKEN[name])
    if value is None and name == "name" and version == "1.8":
        return _name_1_8(person)
    return value


def _name_1_8(person: JSON) -> JSON:
    parts = (("firstname", "firstName"), ("middlename", "middleName"), ("surname", "familyName"))
    name: JSONObject = {part: text for part, old in parts if isinstance(text := member(person, old), str)}
    return name or None
