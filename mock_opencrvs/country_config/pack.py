"""A country pack: one YAML file, checked against a schema of its own, as immutable values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from mock_opencrvs.events.forms import Form, FormField

PACKAGE = "mock_opencrvs.country_config"
PLACE = "place."
"""What a transformation begins with that tells of the place of an address."""
Wait = Literal["credential", "event", "nothing"]
Dates = Literal["slashes", "hyphens"]


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
class Sex:
    """What a form holds for a sex, and the word of MOSIP's master data for it, by language."""

    form: str
    words: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class IdSchema:
    """The version that packets name; ``document`` is the country's own schema, None for MOSIP's for CRVS."""

    version: str
    document: str | None = None


@dataclass(frozen=True, kw_only=True)
class MosipPolicy:
    """How MOSIP is set up for the country.

    ``source`` of its packets; what a ``death`` does to an identity: ``deactivate`` or ``flag``.
    """

    source: str
    death: str
    id_schema: IdSchema


@dataclass(frozen=True, kw_only=True)
class CountryPack:
    """A whole pack; ``locations`` maps the id of a place to what MOSIP is told of an address there.

    ``verify`` says whether the country verifies the people of a declaration at all. ``sexes`` are by the
    words female and male, ``choices`` what a form holds for another word, by name; ``page_fields`` are the
    fields of a page about a person, by what the forms' toolkit calls them: name, dob, gender, nid.
    """

    id: str
    title: str
    languages: tuple[str, ...]
    dates: Dates
    sexes: Mapping[str, Sex]
    choices: Mapping[str, Mapping[str, str]]
    page_fields: Mapping[str, str]
    mosip: MosipPolicy
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
        known = pack_names()
        if name not in known:
            raise PackError(f"no country pack {name!r}; there are: {', '.join(known)}")
        text = files(PACKAGE).joinpath("packs", f"{name}.yaml").read_text(encoding="utf-8")
        return cls.parse(text, file=f"{name}.yaml")

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
        try:
            pack = _pack(document)
        except PackError as problem:
            raise PackError(f"{file}: {problem}") from problem
        complaints = list(_complaints(pack))
        if complaints:
            raise PackError("\n".join(f"{file}: {each}" for each in complaints))
        return pack


def pack_names() -> list[str]:
    """The packs that ship, in the order of their names."""
    packs = files(PACKAGE).joinpath("packs").iterdir()
    return sorted(entry.name.removesuffix(".yaml") for entry in packs if entry.name.endswith(".yaml"))


def _complaints(pack: CountryPack) -> Iterator[str]:
    """What no schema can say: names that stand for nothing, and policies that can't come true together."""
    if pack.office not in pack.locations:
        yield "office: is none of the locations"
    for word, sex in pack.sexes.items():
        if set(sex.words) != set(pack.languages):
            yield f"sexes.{word}.words: one for each of {', '.join(pack.languages)} is needed"
    if pack.credential == "never" and pack.identifier != "none":
        yield "identifier: is none where no credential brings one"
    for kind, event in pack.events.items():
        yield from (f"events.{kind}.{each}" for each in _event_complaints(kind, event, pack))


def _event_complaints(kind: str, event: EventPack, pack: CountryPack) -> Iterator[str]:
    rule = event.registration
    for name, field in event.names.items():
        if field not in event.form:
            yield f"names.{name}: the form has no {field}"
    used = {source for each in rule.request_fields.values() for source in each.sources}
    used |= {*rule.eligible.present, *rule.eligible.verified_any_of}
    for field in sorted(used - set(event.form)):
        yield f"registration: the form has no {field}"
    for name in sorted(_place_members(rule)):
        if not all(name in place for place in pack.locations.values()):
            yield f"registration.request_fields: not every location has {name}"
    if kind == "birth" and rule.waits_for == "credential" and pack.credential == "never":
        yield "registration.waits_for: there will be no credential"


def _place_members(rule: Registration) -> set[str]:
    return {
        each.transform.removeprefix(PLACE)
        for each in rule.request_fields.values()
        if each.transform.startswith(PLACE)
    }


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
        dates=cast("Dates", document["dates"]),
        sexes={
            word: Sex(form=cast("str", each["form"]), words=cast("Mapping[str, str]", each["words"]))
            for word, each in cast("Mapping[str, Document]", document["sexes"]).items()
        },
        choices=cast("Mapping[str, Mapping[str, str]]", document["choices"]),
        page_fields=cast("Mapping[str, str]", document["page_fields"]),
        mosip=_mosip(cast("Document", document["mosip"])),
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


def _mosip(document: Document) -> MosipPolicy:
    schema = cast("Mapping[str, str]", document["id_schema"])
    name = schema.get("file")
    return MosipPolicy(
        source=cast("str", document["source"]),
        death=cast("str", document["death"]),
        id_schema=IdSchema(version=schema["version"], document=None if name is None else _id_schema(name)),
    )


def _id_schema(name: str) -> str:
    try:
        text = files(PACKAGE).joinpath("packs", name).read_text(encoding="utf-8")
    except OSError as problem:
        raise PackError(f"mosip.id_schema.file: there is no {name}") from problem
    try:
        return json.dumps(json.loads(text), separators=(",", ":"))
    except ValueError as problem:
        raise PackError(f"{name}: {problem}") from problem


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
