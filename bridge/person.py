"""From the claims of an OpenID provider to the values of a form: nothing invented, no word lost.

Claims: OpenID Connect Core 5.1, with MOSIP's habits: ``birthdate`` as yyyy/MM/dd, ``name#fra`` beside
``name#eng`` where several languages were asked for, ``gender`` as the country's word. Values: the form fields
NAME, DATE and SELECT of opencrvs/opencrvs-core.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bridge.reading import JSON
from bridge.settings import Settings

_DATE = re.compile(r"([0-9]{4})([/-])([0-9]{2})\2([0-9]{2})")
_COMMON_GENDERS: Mapping[str, str] = {"m": "male", "f": "female"}
_MAX_CHARACTERS = 4000

NameOrder = Literal["given-first", "family-first"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Name:
    """A name in the parts that OpenCRVS has; a person of one name has it as first name."""

    first: str
    middle: str = ""
    last: str = ""

    @property
    def words(self) -> Counter[str]:
        """Its words, each as often as it occurs."""
        return Counter(f"{self.first} {self.middle} {self.last}".split())


@dataclass(frozen=True, kw_only=True)
class Mapper:
    """How this country's forms take a person."""

    shape: Literal["1.9", "2.0"]
    language: str
    order: NameOrder
    genders: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings) -> Mapper:
        """As the settings say."""
        return cls(
            shape=settings.bridge_user_info_shape,
            language=settings.language,
            order=settings.bridge_name_order,
            genders={word.lower(): name for name, word in (settings.bridge_genders or {}).items()},
        )

    def user_info(self, claims: Mapping[str, JSON]) -> dict[str, JSON]:
        """The answer by contract ``bridge/user-info.response``; what was not released is left out."""
        answer: dict[str, JSON] = {"verificationStatus": "authenticated", "idType": None, "nid": None}
        name = self.name(claims)
        if name is not None:
            middle: dict[str, JSON] = {"middlename": name.middle} if name.middle else {}
            answer["name"] = {"firstname": name.first, **middle, "surname": name.last}
        gender = self._text(claims, "gender")
        if gender:
            answer["gender"] = self._gender(gender)
        born = iso_date(self._text(claims, "birthdate"))
        if born is not None:
            answer.update(birthDate=born, dobUnknown=None)
        if self.shape == "2.0":
            answer.update(self._identity(claims))
        return answer

    def name(self, claims: Mapping[str, JSON]) -> Name | None:
        """The name by its parts, unless they lack a word that the whole name has."""
        whole = self._text(claims, "name").split()
        first, middle, last = (
            " ".join(self._text(claims, part).split())
            for part in ("given_name", "middle_name", "family_name")
        )
        parts = Name(first=first, middle=middle, last=last)
        if parts.words and not Counter(whole) - parts.words:
            return parts
        return _split(whole, self.order) if whole else None

    def _text(self, claims: Mapping[str, JSON], claim: str) -> str:
        """A claim as text: in our language, untagged, or in whatever language there is; empty when absent."""
        plain = claims.get(claim)
        tagged = {
            name.partition("#")[2].lower(): claims[name]
            for name in sorted(claims)
            if name.startswith(f"{claim}#")
        }
        in_order = [tagged.get(self.language), plain, *tagged.values()]
        texts = (each.strip() for each in in_order if isinstance(each, str) and len(each) <= _MAX_CHARACTERS)
        return next(filter(None, texts), "")

    def _gender(self, word: str) -> str:
        lowered = word.lower()
        return self.genders.get(lowered) or _COMMON_GENDERS.get(lowered, lowered)

    def _identity(self, claims: Mapping[str, JSON]) -> dict[str, JSON]:
        number = self._text(claims, "individual_id")
        identifier: dict[str, JSON] = {"idType": "NATIONAL_ID", "nid": number} if number else {}
        return {"sub": claims["sub"], **identifier}


def _split(words: list[str], order: NameOrder) -> Name:
    if len(words) == 1:
        return Name(first=words[0])
    if order == "family-first":
        words = [*words[1:], words[0]]
    return Name(first=words[0], middle=" ".join(words[1:-1]), last=words[-1])


def iso_date(text: str) -> str | None:
    """``yyyy-MM-dd`` of a day written so or with slashes; None for a year alone, or a day that never was."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
    except ValueError:
        return None
