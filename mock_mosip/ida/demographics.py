"""What the decrypted request asks, and whether it is what IDA knows of the person.

(mosip/id-authentication: DemoMatchType.java, NameMatchingStrategy.java, DemoMatcherUtil.java; mosip/mosip-
config: identity-mapping.json)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mock_control import JSON
from mock_mosip import mapper
from mock_mosip.id_repository.state import folded
from mock_mosip.ida import errors

ADDRESS = "address line item(s)"
_DATE = re.compile(r"(\d{4})[/-](\d\d)[/-](\d\d)", re.ASCII)
_ASKED_DATE = re.compile(r"\d{4}/\d\d/\d\d", re.ASCII)
_AGE = re.compile(r"\d{1,9}", re.ASCII)

Kind = Literal["text", "date", "age"]


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """Where a member of the demographics is stored, how errors call it, and how it is compared."""

    stored: tuple[str, ...]
    label: str
    in_languages: bool = True
    kind: Kind = "text"


def _address(*stored: str, in_languages: bool = True) -> Attribute:
    return Attribute(stored=stored, label=ADDRESS, in_languages=in_languages)


_PARTS = ("addressLine1", "addressLine2", "addressLine3", "city", "region", "province", "postalCode")
ATTRIBUTES: Mapping[str, Attribute] = {
    "name": Attribute(stored=("fullName",), label="fullName"),
    "dob": Attribute(stored=("dateOfBirth",), label="dateOfBirth", in_languages=False, kind="date"),
    "age": Attribute(stored=("dateOfBirth",), label="age", in_languages=False, kind="age"),
    "gender": Attribute(stored=("gender",), label="gender"),
    "phoneNumber": Attribute(stored=("phone",), label="phone", in_languages=False),
    "emailId": Attribute(stored=("email",), label="email", in_languages=False),
    "addressLine1": _address("addressLine1"),
    "addressLine2": _address("addressLine2"),
    "addressLine3": _address("addressLine3"),
    "location1": _address("city"),
    "location2": _address("region"),
    "location3": _address("province"),
    "postalCode": _address("postalCode", in_languages=False),
    "fullAddress": _address(*_PARTS),
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One value that must be the person's; ``language`` None for an attribute without languages."""

    attribute: Attribute
    value: str
    language: str | None


@dataclass(frozen=True, kw_only=True)
class Demographics:
    """The decrypted request; ``demo_given`` when it has demographics at all, be they empty."""

    timestamp: str | None
    factors: tuple[str, ...]
    demo_given: bool
    questions: tuple[Question, ...]


def parse(content: bytes, languages: Sequence[str]) -> Demographics:
    """Maps the decrypted request; raises MapperError.

    A value without a language counts as said in the first of the country's ``languages``.
    """
    members = mapper.read_object(content)
    asked = mapper.as_object(members.get("demographics"), "demographics")
    given = {name: value for name, value in (asked or {}).items() if value not in (None, "", [])}
    questions = tuple(
        question for name, value in given.items() for question in _questions(name, value, languages[0])
    )
    factors = (
        ("DEMO", bool(questions)),
        ("OTP", bool(mapper.as_text(members.get("otp"), "otp"))),
        ("bio", bool(mapper.as_list(members.get("biometrics"), "biometrics"))),
    )
    return Demographics(
        timestamp=mapper.as_text(members.get("timestamp"), "timestamp"),
        factors=tuple(name for name, used in factors if used),
        demo_given=asked is not None,
        questions=questions,
    )


def _questions(name: str, value: mapper.Parsed, language: str) -> Iterator[Question]:
    known = ATTRIBUTES.get(name)
    if known is not None and known.in_languages:
        yield from _in_languages(known, mapper.as_list(value, name) or [], name, language)
    elif known is None and isinstance(value, list):
        yield from _in_languages(Attribute(stored=(name,), label=name), value, name, language)
    else:
        attribute = known or Attribute(stored=(name,), label=name, in_languages=False)
        yield Question(attribute=attribute, value=mapper.as_text(value, name) or "", language=None)


def _in_languages(
    attribute: Attribute, items: Sequence[mapper.Parsed], name: str, language: str
) -> Iterator[Question]:
    for item in items:
        members = mapper.as_map(item, name) or {}
        value = members.get("value")
        if value is not None:
            yield Question(attribute=attribute, value=value, language=members.get("language") or language)


def check(asked: Demographics, languages: Sequence[str]) -> None:
    """The rules of the values themselves; raises AuthRefusedError."""
    if not asked.factors:
        raise errors.AuthRefusedError(errors.NO_ATTRIBUTE if asked.demo_given else errors.NO_FACTOR)
    for question in asked.questions:
        if question.attribute.kind == "age" and not _is_age(question.value):
            raise errors.AuthRefusedError(errors.invalid("age"))
        if question.attribute.kind == "date" and not _is_asked_date(question.value):
            raise errors.AuthRefusedError(errors.invalid("request/demographics/dob"))
        if question.language is not None and question.language not in languages:
            raise errors.AuthRefusedError(errors.error("IDA-DEA-002", language=question.language))


def _is_age(text: str) -> bool:
    return _AGE.fullmatch(text) is not None and int(text) > 0


def _is_asked_date(text: str) -> bool:
    return _ASKED_DATE.fullmatch(text) is not None and _date(text) is not None


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True)
class Matcher:
    """Compares. ``strict_order``: the words of a text must stand in the same order; case never counts."""

    strict_order: bool
    today: date

    def differences(
        self, questions: Sequence[Question], attributes: Mapping[str, JSON]
    ) -> list[errors.AuthError]:
        """An error for each value that is not the person's, or that nobody knows."""
        found = (self._difference(each, attributes) for each in questions)
        return [each for each in found if each is not None]

    def _difference(self, question: Question, attributes: Mapping[str, JSON]) -> errors.AuthError | None:
        stored = _stored(question, attributes)
        if stored is None:
            return errors.not_known(question.attribute.label, question.language)
        if self._is_same(question, stored):
            return None
        return errors.mismatch(question.attribute.label, question.language)

    def _is_same(self, question: Question, stored: str) -> bool:
        if question.attribute.kind == "text":
            return self._words(question.value) == self._words(stored)
        born = _date(stored)
        if born is None:
            return False
        if question.attribute.kind == "date":
            return _date(question.value) == born
        had_birthday = (self.today.month, self.today.day) >= (born.month, born.day)
        return int(question.value) <= self.today.year - born.year - (not had_birthday)

    def _words(self, text: str) -> list[str]:
        words = folded(text).split()
        return words if self.strict_order else sorted(words)


def _stored(question: Question, attributes: Mapping[str, JSON]) -> str | None:
    """The stored text in the question's language; a text stored without language is in all of them."""
    parts = (_text(attributes.get(name), question.language) for name in question.attribute.stored)
    return " ".join(part for part in parts if part) or None


def _text(value: JSON, language: str | None) -> str | None:
    if isinstance(value, str):
        return value
    items = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    found = next((each for each in items if language in (None, each.get("language"))), {}).get("value")
    return found if isinstance(found, str) else None
