"""What must stand in no log: the facts of people, secrets that were said, signed tokens of anybody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.people import Person

_JWT: Final = re.compile(r"\beyJ[\w-]{5,}\.eyJ[\w-]+\.")
_BEARER: Final = re.compile(r"\bBearer\s+[\w~+/-]{8,}", re.IGNORECASE)
TOKENS: Final[Mapping[str, re.Pattern[str]]] = {"a signed token": _JWT, "a bearer's token": _BEARER}
_DATE: Final = re.compile(r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}")
_UNMISTAKABLE: Final = 8
"""From this length on a text that is found is no other word's part by chance."""


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One text to look for, and what it is."""

    what: str
    text: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Short texts and days count as whole words only, as they are and in capitals."""
        if len(self.text) >= _UNMISTAKABLE and not _DATE.fullmatch(self.text):
            return re.compile(re.escape(self.text))
        either = "|".join(map(re.escape, dict.fromkeys((self.text, self.text.upper()))))
        return re.compile(rf"(?<!\w)(?:{either})(?!\w)")


def of_person(person: Person) -> Iterator[Planted]:
    """Everything about a person that is nobody else's business."""
    facts = {
        **{f"{part} name": name for part, name in person.names.items()},
        "day of birth": person.born.isoformat(),
        "day of birth, as MOSIP writes it": person.born.strftime("%Y/%m/%d"),
        "phone": person.phone,
        "email": person.email,
        **person.identifiers,
    }
    return (Planted(what=f"{person.key}'s {fact}", text=text) for fact, text in facts.items())


def found_in(log: str, planted: Iterable[Planted]) -> list[str]:
    """What of it stands in the log, and in which line first; a token counts whoever's it is."""
    patterns = [(each.what, each.pattern) for each in planted] + [*TOKENS.items()]
    return [f"{what} in line {_line(log, at)}" for what, at in _places(log, patterns)]


def _places(log: str, patterns: Iterable[tuple[str, re.Pattern[str]]]) -> Iterator[tuple[str, int]]:
    for what, pattern in patterns:
        found = pattern.search(log)
        if found is not None:
            yield what, found.start()


def _line(log: str, at: int) -> int:
    return log.count("\n", 0, at) + 1
