"""What must stand in no log: the facts of people, secrets that were said, signed tokens of anybody.

It is looked for as it is, in small and capital letters, and through what programs wrap texts in:
percent-encoding and base64. A digest of it is no telling.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import unquote_plus

from conformance.people import Person

_JWT: Final = re.compile(r"\beyJ[\w-]{5,}\.eyJ[\w-]+\.")
_BEARER: Final = re.compile(r"\bBearer\s+[\w~+/-]{8,}", re.IGNORECASE)
TOKENS: Final[Mapping[str, re.Pattern[str]]] = {"a signed token": _JWT, "a bearer's token": _BEARER}
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_DAY_FORMS: Final = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%B %d, %Y",
)
_UNMISTAKABLE: Final = 8
"""From this length on a text that is found is no other word's part by chance."""


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One text to look for, and what it is; short texts count as whole words only."""

    what: str
    text: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds it, in small and capital letters alike."""
        found = re.escape(self.text)
        whole = found if len(self.text) >= _UNMISTAKABLE else rf"(?<!\w){found}(?!\w)"
        return re.compile(whole, re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class PlantedDay(Planted):
    """A day, in whichever form it is written."""

    day: date

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds it as a whole or as that day's midnight: any other stamp of a log is none of a person's."""
        forms = "|".join(re.escape(self.day.strftime(form)) for form in _DAY_FORMS)
        python = rf"date(?:time)?\({self.day.year}, {self.day.month}, {self.day.day}\b"
        return re.compile(rf"(?<!\w)(?:(?:{forms})(?:(?!\w)|(?=T00:00:00))|{python})", re.IGNORECASE)


def of_person(person: Person) -> Iterator[Planted]:
    """Everything about a person that is nobody else's business."""
    facts = {
        **{f"{part} name": name for part, name in person.names.items()},
        "phone": person.phone,
        "email": person.email,
        **person.identifiers,
    }
    for fact, text in facts.items():
        yield Planted(what=f"{person.key}'s {fact}", text=text)
    born = person.born
    yield PlantedDay(what=f"{person.key}'s day of birth", text=born.isoformat(), day=born)


def found_in(log: str, planted: Iterable[Planted]) -> list[str]:
    """What of it stands in the log, and in which line first; a token counts whoever's it is."""
    patterns = {(each.what, each.pattern) for each in planted} | set(TOKENS.items())
    lines = [*enumerate(log.split("\n"), 1)]
    shown = [*lines, *((number, text) for number, line in lines for text in _unwrapped(line))]
    first: dict[str, int] = {}
    for what, pattern in patterns:
        for number, text in shown:
            if number < first.get(what, number + 1) and pattern.search(text):
                first[what] = number
    return [f"{what} in line {number}" for what, number in sorted(first.items())]


def _unwrapped(line: str) -> Iterator[str]:
    """What is inside a line, where it is wrapped."""
    if "%" in line:
        yield unquote_plus(line)
    for each in _BASE64.findall(line):
        text = _decoded(each)
        if text is not None:
            yield text


def _decoded(text: str) -> str | None:
    """The text that base64 stands for; None where it stands for none."""
    bare = text.rstrip("=").translate(str.maketrans("+/", "-_"))
    try:
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode()
    except ValueError:
        return None
