"""What a country configuration hands over, read and checked before anything is stored or sent.

Two dialects come in: plain text and ISO dates (opencrvs/opencrvs-farajaland), or language lists written as
text, dates ``yyyy/MM/dd`` (opencrvs/opencrvs-integrationland). Both leave as text that MOSIP can't misread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, cast

import jsonschema_rs
import orjson

from bridge.errors import Problem
from bridge.idschema import id_schema
from bridge.reading import JSON, check_content_type, read_json
from contracts import contract, validator

CONTRACT = "bridge/registration.request"
BIRTH_NUMBER, DEATH_NUMBER = "birthCertificateNumber", "deathCertificateNumber"
DATE_FIELDS = frozenset({"dateOfBirth", "dateOfDeath", "deceasedDeclarationDate"})
_TEXT_LIST_FIELDS = frozenset({"selectedHandles"})
_DECEASED_FIELDS = ("UIN", "vid", "VID", "nationalIdNumber")
_UIN, _VID = re.compile(r"[0-9]{10}"), re.compile(r"[0-9]{16}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.@$-]{1,64}")


@dataclass(frozen=True, kw_only=True, repr=False)
class Notification:
    """Whom MOSIP may tell about the packet; each may be empty."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A birth or death to be told to MOSIP.

    ``fields`` hold text only: plain, or a language list written as JSON; dates as ``yyyy/MM/dd``. A death has
    its subject's number among them, as ``UIN`` (and as ``vid`` if it is one), and no certificate number.
    """

    kind: Literal["birth", "death"]
    tracking_id: str
    certificate_number: str
    fields: Mapping[str, str]
    meta_info: Mapping[str, str]
    audit: Mapping[str, str]
    schema_json: str | None
    notification: Notification

    def __repr__(self) -> str:
        return f"Registration(kind={self.kind!r})"

    def to_bytes(self) -> bytes:
        """For the store (which encrypts it)."""
        return orjson.dumps(self)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Registration:
        """What to_bytes made."""
        members = orjson.loads(stored)
        return cls(**{**members, "notification": Notification(**members["notification"])})


def parse_registration(raw: bytes, content_type: str | None) -> Registration:
    """The registration in a body of POST /events/registration.

    Raises Problem, with the field named: 413 and 415 for what is not read at all, 400 for what breaks the
    contract, 422 for what keeps it but could not be told to MOSIP.
    """
    check_content_type(content_type)
    body = _tidied(read_json(raw))
    _check_contract(body)
    sent = cast("dict[str, JSON]", body["requestFields"])
    kind, number = _certificate(sent)
    schema_json = cast("str | None", body.get("schemaJson"))
    schema = id_schema(schema_json)
    fields = dict(_texts(sent))
    if kind == "death":
        fields.pop(DEATH_NUMBER)
        _name_the_deceased(fields, vid_field="VID" if "VID" in schema.names - {"vid"} else "vid")
    notification = cast("dict[str, str]", body["notification"])
    return Registration(
        kind=kind,
        tracking_id=cast(str, body["trackingId"]),
        certificate_number=number,
        fields=fields,
        meta_info=_meta_info(body["metaInfo"]),
        audit=_plain_texts(body["audit"]),
        schema_json=schema_json,
        notification=Notification(
            name=notification["recipientFullName"],
            email=notification["recipientEmail"],
            phone=notification["recipientPhone"],
        ),
    )


def _tidied(body: JSON) -> dict[str, JSON]:
    """The body in the contract's one form: no nulls, no empty numbers, language lists as text."""
    if not isinstance(body, dict):
        raise Problem(
            status=400,
            code="bridge.registration.contract",
            detail="The body must be a JSON object.",
            field="",
        )
    sent = body.get("requestFields")
    if not isinstance(sent, dict):
        return body
    fields = {name: _as_text(value) for name, value in sent.items() if value is not None}
    for number in (BIRTH_NUMBER, DEATH_NUMBER):
        value = fields.get(number)
        if isinstance(value, str) and not value.strip():
            del fields[number]
    _check_one_number(fields)
    members = {name: value for name, value in body.items() if name != "schemaJson" or value is not None}
    return {**members, "requestFields": fields}


def _as_text(value: JSON) -> JSON:
    return (
        orjson.dumps(value).decode("utf-8") if isinstance(value, list) and _is_language_list(value) else value
    )


def _check_one_number(fields: Mapping[str, JSON]) -> None:
    given = [number for number in (BIRTH_NUMBER, DEATH_NUMBER) if number in fields]
    if not given:
        raise _unprocessable(
            BIRTH_NUMBER,
            "number-missing",
            f"Either {BIRTH_NUMBER} or {DEATH_NUMBER} is needed, and not empty.",
        )
    if len(given) == 2:
        raise Problem(
            status=400,
            code="bridge.registration.both-numbers",
            detail=f"Only one of {BIRTH_NUMBER} and {DEATH_NUMBER} may be given.",
            field=f"/requestFields/{DEATH_NUMBER}",
        )


@cache
def _compiled() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(contract(CONTRACT).schema, validate_formats=True)


def _check_contract(body: dict[str, JSON]) -> None:
    if _compiled().is_valid(body):
        return
    # The slow validator is asked only about what is refused anyway: it knows where, and quotes no value.
    field, rule = "", "contract"
    for error in validator(CONTRACT).iter_errors(cast("dict[str, object]", body)):
        steps = [str(step) for step in error.absolute_path]
        if error.validator == "required" and isinstance(error.instance, dict):
            steps += [
                name for name in cast("list[str]", error.validator_value) if name not in error.instance
            ][:1]
        field = "".join(f"/{step if _PLAIN_NAME.fullmatch(step) else '*'}" for step in steps)
        rule = str(error.validator)
        break
    raise Problem(
        status=400,
        code="bridge.registration.contract",
        detail=f"The member breaks the rule '{rule}' of {CONTRACT}.",
        field=field,
    )


def _certificate(fields: Mapping[str, JSON]) -> tuple[Literal["birth", "death"], str]:
    if BIRTH_NUMBER in fields:
        return "birth", cast(str, fields[BIRTH_NUMBER])
    return "death", cast(str, fields[DEATH_NUMBER])


def _texts(fields: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """Each field as text, without those that say nothing: an empty value would break MOSIP's id schema."""
    for name, value in fields.items():
        text = _plain(value)
        if name in DATE_FIELDS:
            text = _mosip_date(name, text)
        if text.lstrip()[:1] in ("[", "{"):
            text = _structured(name, text)
        if text.strip():
            yield name, text


def _plain_texts(members: JSON) -> dict[str, str]:
    return {
        name: _plain(value) for name, value in cast("dict[str, JSON]", members).items() if value is not None
    }


def _meta_info(members: JSON) -> dict[str, str]:
    texts = _plain_texts(members)
    for name in ("metaData", "operationsData"):
        if texts.get(name) and not _is_label_list(texts[name]):
            raise Problem(
                status=422,
                code="bridge.registration.labels",
                detail="The member must be a list of {label, value}, written as text.",
                field=f"/metaInfo/{name}",
            )
    return texts


def _is_label_list(text: str) -> bool:
    try:
        value = read_json(text.encode("utf-8"))
    except Problem:
        return False
    return isinstance(value, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("label"), str)
        and isinstance(each.get("value"), (str, int, float, type(None)))
        for each in value
    )


def _plain(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _mosip_date(name: str, text: str) -> str:
    if not text:
        return text
    try:
        return date.fromisoformat(text.replace("/", "-")).strftime("%Y/%m/%d")
    except ValueError:
        raise _unprocessable(name, "date", "There is no such day.") from None


def _structured(name: str, text: str) -> str:
    """Text that MOSIP's writer would read as JSON: good only where that JSON is what the id schema wants."""
    try:
        value = read_json(text.encode("utf-8"))
    except Problem:
        value = None
    if _is_language_list(value):
        said = [each for each in cast("list[dict[str, str]]", value) if each["value"].strip()]
        return orjson.dumps(said).decode("utf-8") if said else ""
    if name in _TEXT_LIST_FIELDS and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return text
    raise _unprocessable(name, "misreadable", "MOSIP would misread text that begins with a bracket.")


def _is_language_list(value: JSON) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(
            isinstance(each, dict)
            and each.keys() == {"language", "value"}
            and isinstance(each["language"], str)
            and isinstance(each["value"], str)
            for each in value
        )
    )


def _name_the_deceased(fields: dict[str, str], *, vid_field: str) -> None:
    """Put the deceased's number where MOSIP looks for it.

    That is ``UIN``, nothing else: a packet without it may mint an identity for the dead. So a VID, which is
    what OpenCRVS has from most credentials, goes there too: MOSIP finds the person by it, or fails aloud.
    (mosip/registration: UinGeneratorStage.java)
    """
    for name in _DECEASED_FIELDS:
        number = fields.get(name)
        if number is None:
            continue
        del fields[name]
        if _UIN.fullmatch(number):
            fields["UIN"] = number
        elif _VID.fullmatch(number):
            fields["UIN"] = fields[vid_field] = number
        else:
            raise _unprocessable(name, "deceased-malformed", "A UIN has 10 digits, a VID 16.")
        return
    raise _unprocessable("UIN", "deceased-missing", "A death needs the UIN or VID of the deceased.")


def _unprocessable(name: str, code: str, detail: str) -> Problem:
    field = name if _PLAIN_NAME.fullmatch(name) else "*"
    return Problem(
        status=422, code=f"bridge.registration.{code}", detail=detail, field=f"/requestFields/{field}"
    )
