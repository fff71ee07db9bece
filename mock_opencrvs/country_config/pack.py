"""A country pack: one YAML file, checked against a schema of its own, as immutable values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from mock_opencrvs.events.forms import Form, FormField

PACKAGE = "mock_opencrvs.country_config"
Wait = Literal["credential", "event", "nothing"]


class PackError(ValueError):
    """A country pack that cannot be used; the message names file, place and rule, one line per mistake."""


@dataclass(frozen=True, kw_only=True)
class RequestField:
    """How one request field comes about: a constant, or the first filled-in source, transformed."""

    value: str | None = None
    sources: tuple[str, ...] = ()
    transform: str = "text"
    plain_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """When a registration goes to MOSIP: what is filled in, how old, who was verified."""

    present: tuple[str, ...]
    at_most: tuple[str, int] | None = None
    verified_any_of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Gender:
    """What is said of a person's gender when they are verified: a word, what a field holds, or nothing."""

    value: str | None = None
    field: str | None = None


@dataclass(frozen=True, kw_only=True)
class InformantToken:
    """How the informant's token (PSUT, of a login at E-Signet) travels, and on which page it is.

    ``pages`` maps what the field ``relation`` may hold to a page. ``request_field`` is its place in the
    dialect of language arrays; the plain one has it in ``metaInfo``.
    """

    relation: str
    pages: Mapping[str, str]
    otherwise: str
    request_field: str
    transform: str


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What a REGISTER means to MOSIP; ``recipient`` lists the fields to look in, in order."""

    process: str
    certificate_field: str
    waits_for: Wait
    eligible: Eligibility
    recipient: Mapping[str, tuple[str, ...]]
    request_fields: Mapping[str, RequestField]
    informant_token: InformantToken | None = None


@dataclass(frozen=True, kw_only=True)
class EventPack:
    """One kind of record: the names scenarios use for its fields, its form, and its registration.

    ``verifies``: the pages whose people are verified when the record is declared.
    """

    names: Mapping[str, str]
    form: Form
    registration: Registration
    verifies: Mapping[str, Gender]


@dataclass(frozen=True, kw_only=True)
class CountryPack:
    """A whole pack; ``locations`` maps the id of a place to its zone, region and province.

    ``verify`` says whether the country verifies the people of a declaration at all.
    """

    id: str
    title: str
    languages: tuple[str, ...]
    identifier: str
    credential: str
    completes: bool
    verify: bool
    office: str
    locations: Mapping[str, Mapping[str, str]]
    roles: Mapping[str, tuple[str, ...]]
    events: Mapping[str, EventPack]

    @classmethod
    def load(cls, name: str) -> CountryPack:
        """The pack of that name among the package's data. Raises PackError."""
        packs = files(PACKAGE).joinpath("packs")
        known = sorted(
            entry.name.removesuffix(".yaml") for entry in packs.iterdir() if entry.name.endswith(".yaml")
        )
        if name not in known:
            raise PackError(f"no country pack {name!r}; there are: {', '.join(known)}")
        return cls.parse(packs.joinpath(f"{name}.yaml").read_text(encoding="utf-8"), file=f"{name}.yaml")

    @classmethod
    def parse(cls, text: str, *, file: str) -> CountryPack:
        """A pack out of YAML text. Raises PackError when it is no YAML or breaks the schema."""
        try:
            document = yaml.load(text, Loader=_TextDates)  # noqa: S506  # a SafeLoader
        except yaml.YAMLError as problem:
            raise PackError(f"{file}: {problem}") from problem
        schema = json.loads(files(PACKAGE).joinpath("pack.schema.json").read_text(encoding="utf-8"))
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        mistakes = sorted(validator.iter_errors(document), key=lambda each: each.json_path)
        if mistakes:
            raise PackError("\n".join(f"{file}: {_where(each)}: {each.message}" for each in mistakes))
        if document["office"] not in document["locations"]:
            raise PackError(f"{file}: office: is none of the locations")
        return _pack(document)


class _TextDates(yaml.SafeLoader):
    """SafeLoader that leaves dates as text, so that a quoted and an unquoted one mean the same."""


_TextDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _where(mistake: ValidationError) -> str:
    return ".".join(str(part) for part in mistake.absolute_path) or "the file"


Document = Mapping[str, object]


def _pack(document: Document) -> CountryPack:
    person = cast("Document", document["person_fields"])
    events = cast("Mapping[str, Document]", document["events"])
    return CountryPack(
        id=cast("str", document["id"]),
        title=cast("str", document["title"]),
        languages=tuple(cast("list[str]", document["languages"])),
        identifier=cast("str", document["identifier"]),
        credential=cast("str", document["credential"]),
        completes=cast("bool", document["completes"]),
        verify=cast("Mapping[str, bool]", document["verify"])["enabled"],
        office=cast("str", document["office"]),
        locations=cast("Mapping[str, Mapping[str, str]]", document["locations"]),
        roles={
            name: tuple(scopes) for name, scopes in cast("Mapping[str, list[str]]", document["roles"]).items()
        },
        events={kind: _event(each, person) for kind, each in events.items()},
    )


def _event(document: Document, person: Document) -> EventPack:
    pages = cast("list[str]", document["people"])
    fields = {f"{page}.{name}": field for page in pages for name, field in person.items()}
    fields.update(cast("Document", document["form"]))
    verifies = cast("Mapping[str, Mapping[str, str]]", document["verifies"])
    return EventPack(
        names=cast("Mapping[str, str]", document["names"]),
        form={name: FormField(**cast("dict[str, str]", field)) for name, field in fields.items()},  # type: ignore[arg-type]
        registration=_registration(cast("Document", document["registration"])),
        verifies={page: Gender(**gender) for page, gender in verifies.items()},
    )


def _registration(document: Document) -> Registration:
    recipient = cast("Mapping[str, list[str]]", document["recipient"])
    fields = cast("Mapping[str, Document]", document["request_fields"])
    token = cast("Document | None", document.get("informant_token"))
    return Registration(
        process=cast("str", document["process"]),
        certificate_field=cast("str", document["certificate_field"]),
        waits_for=cast("Wait", document["waits_for"]),
        eligible=_eligibility(cast("Document", document["eligible"])),
        recipient={part: tuple(names) for part, names in recipient.items()},
        request_fields={name: _request_field(each) for name, each in fields.items()},
        informant_token=None if token is None else _informant_token(token),
    )


def _eligibility(document: Document) -> Eligibility:
    at_most = cast("Mapping[str, object] | None", document.get("at_most"))
    verified = cast("Mapping[str, object]", document.get("verified") or {})
    return Eligibility(
        present=tuple(cast("list[str]", document["present"])),
        at_most=(cast("str", at_most["field"]), cast("int", at_most["years"])) if at_most else None,
        verified_any_of=tuple(cast("list[str]", verified["any_of"])) if verified.get("enabled") else (),
    )


def _informant_token(document: Document) -> InformantToken:
    return InformantToken(
        relation=cast("str", document["relation"]),
        pages=cast("Mapping[str, str]", document["pages"]),
        otherwise=cast("str", document["otherwise"]),
        request_field=cast("str", document["request_field"]),
        transform=cast("str", document["as"]),
    )


def _request_field(document: Document) -> RequestField:
    if "value" in document:
        return RequestField(value=cast("str", document["value"]))
    return RequestField(
        sources=tuple(cast("list[str]", document["from"])),
        transform=cast("str", document["as"]),
        plain_name=cast("str | None", document.get("plain_name")),
    )
