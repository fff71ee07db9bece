"""The requirements that scenarios speak for: what a party must do, and who is harmed when it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from conformance.jsontypes import items, mapping, text
from conformance.yaml_marks import load
from contracts import GRADES

LEVELS: Final = ("must", "should")
PARTIES: Final = ("bridge", "opencrvs", "mosip", "esignet")


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One requirement.

    ``level`` is must or should; ``party`` owes it; ``harm`` is who suffers; ``sources`` where it is from, and
    ``grade`` how well that is known; ``oracle`` what watches over it after every scenario.
    """

    id: str
    level: str
    party: str
    words: str
    harm: str
    sources: tuple[str, ...]
    grade: str
    oracle: str | None = None


@cache
def requirements() -> Mapping[str, Requirement]:
    """All requirements by id, from the package's data."""
    name = "requirements.yaml"
    value = mapping(load(files("conformance").joinpath(name).read_text(encoding="utf-8"), name).value)
    return {
        identifier: Requirement(
            id=identifier,
            level=str(mapping(each)["level"]),
            party=str(mapping(each).get("party", PARTIES[0])),
            words=str(mapping(each)["words"]),
            harm=str(mapping(each)["harm"]),
            sources=tuple(str(source) for source in items(mapping(each)["sources"])),
            grade=str(mapping(each).get("grade", GRADES[-1])),
            oracle=text(mapping(each).get("oracle")),
        )
        for identifier, each in value.items()
    }


def weakest(grades: Iterable[str]) -> str:
    """The grade of a statement that rests on all of these; ``inferred`` when it rests on nothing known."""
    known = [GRADES.index(grade) if grade in GRADES else len(GRADES) - 1 for grade in grades]
    return GRADES[max(known, default=len(GRADES) - 1)]


def grade_of(named: Iterable[str]) -> str:
    """How well it is known that a scenario asks for the right thing, by the requirements that it names."""
    return weakest(requirements()[each].grade for each in named if each in requirements())
