"""How a report shows what was said: cut to size, with every character visible, expected beside seen."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.jsontypes import JSON, mapping, text

LONGEST_TEXT: Final = 240
"""Characters of one text within JSON that are shown."""
LONGEST_BODY: Final = 6000
"""Characters of one body that are shown."""
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_WANTED: Final = re.compile(
    r"(?:not within (?P<within>[0-9.]+ s): )?"
    r"(?P<expected>.+?) wanted(?P<same> the same in all)?, (?P<seen>.+)",
    re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One thing that a check compared."""

    expected: str
    seen: str


def visible(value: str) -> str:
    """``value`` with characters that cannot be seen, or that turn text round, as ``\\u202e``."""
    return "".join(each if each in "\n\t" or not _hidden(each) else _escape(each) for each in value)


def cut(value: str, longest: int) -> str:
    """``value`` without what is beyond ``longest`` characters; says how many there were."""
    return value if len(value) <= longest else f"{value[:longest]}… [{len(value)} characters]"


def body(part: JSON, longest: int = LONGEST_BODY) -> str:
    """The body of a request or an answer, for people; nothing when it has none."""
    known = mapping(part)
    if known.get("json") is not None:
        return document(known["json"], longest)
    whole = known.get("length")
    said = visible(cut(text(known.get("body")) or "", longest))
    return f"{said}\n[{whole} bytes in all]" if whole is not None else said


def document(value: JSON, longest: int = LONGEST_BODY) -> str:
    """JSON for people: indented, long texts and the whole cut."""
    return visible(cut(json.dumps(_shortened(value), indent=1, ensure_ascii=False), longest))


def headers(part: JSON) -> str:
    """The header fields, a line each."""
    fields: Mapping[str, JSON] = mapping(mapping(part).get("headers"))
    lines = (f"{name}: {cut(str(value), 400)}" for name, value in fields.items())
    return "\n".join(visible(line).replace("\n", "\\n") for line in lines)


def comparisons(words: str) -> list[Comparison]:
    """Expected and seen, out of what a check says: ``packets: 1 wanted, 2 seen; accepts: …``.

    Empty for words that compare nothing.
    """
    return list(_compared(words))


def _compared(words: str) -> Iterator[Comparison]:
    for part in words.split("; "):
        found = _WANTED.fullmatch(part)
        if found is None:
            continue
        seen = found["seen"].removeprefix("seen: ").removesuffix(" seen")
        within = f" within {found['within']}" if found["within"] else ""
        yield Comparison(expected=found["expected"] + (found["same"] or "") + within, seen=seen)


def _shortened(value: JSON) -> JSON:
    if isinstance(value, str):
        return cut(value, LONGEST_TEXT)
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value]
    return value


def _hidden(character: str) -> bool:
    return not character.isprintable() and unicodedata.category(character) in _HIDDEN


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "replace").decode("ascii")
