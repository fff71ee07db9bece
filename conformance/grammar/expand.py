"""A scenario file becomes items: one per row of examples, fragments put in, row values in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.grammar.model import Fragment, FragmentArgument
from conformance.jsontypes import JSON, items, mapping, text
from conformance.values import reference, substitute
from conformance.yaml_marks import Document, Path

_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, kw_only=True)
class GivenUse:
    """One use of a fragment; ``path`` is the place of its name in the scenario's document."""

    fragment: str
    arguments: Mapping[str, JSON]
    path: Path


def given_uses(value: JSON) -> list[GivenUse]:
    """The fragments that ``given`` uses: one mapping, or a list of them for a fragment used twice."""
    parts = (
        [((), value)]
        if isinstance(value, dict)
        else [((index,), each) for index, each in enumerate(items(value))]
    )
    return [
        GivenUse(fragment=name, arguments=mapping(arguments), path=("given", *path, name))
        for path, each in parts
        for name, arguments in mapping(each).items()
    ]


def fragment_from(document: Document) -> Fragment:
    """The fragment that a good document describes."""
    value = mapping(document.value)
    return Fragment(
        name=str(value.get("fragment")),
        story=str(value.get("story")),
        arguments={
            name: FragmentArgument(
                name=name,
                kind=str(mapping(each).get("type")),
                default=mapping(each).get("default"),
                choices=tuple(str(choice) for choice in items(mapping(each).get("choices"))),
                help=str(mapping(each).get("help") or ""),
            )
            for name, each in mapping(value.get("arguments")).items()
        },
        document=document,
    )


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What one use of a fragment comes to: its steps as YAML, and the people it makes."""

    fragment: Fragment
    steps: list[JSON]
    people: dict[str, JSON]


def begin(fragment: Fragment, arguments: Mapping[str, JSON]) -> Beginning:
    """The fragment with its arguments put in.

    A person who is described, not referred to, is made under the name ``<record>_<argument>``, so that two
    uses of one fragment make different people.
    """
    values = {name: arguments.get(name, each.default) for name, each in fragment.arguments.items()}
    prefix = text(values.get("as")) or fragment.name
    people: dict[str, JSON] = {}
    known_by = values.get("known_by")
    for name, each in fragment.arguments.items():
        if each.kind == "person" and reference(values[name]) is None:
            own = f"{prefix}_{name}".replace("-", "_")
            people[own] = substitute(values[name], {"known_by": known_by})
            values[name] = f"${own}"
    steps = items(substitute(mapping(fragment.document.value).get("steps"), values))
    return Beginning(fragment=fragment, steps=steps, people=people)


def row_values(examples: JSON) -> list[dict[str, JSON]]:
    """The rows of examples; one empty row where there are none."""
    return [dict(mapping(row)) for row in items(examples)] or [{}]


def item_id(scenario: str, row: Mapping[str, JSON]) -> str:
    """``sec-forged-webhook[unsigned]``: the plain values of the row in order.

    Flags, lists, objects and references are left out.
    """
    words = [
        str(value)
        for value in row.values()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and reference(value) is None
    ]
    return f"{scenario}[{_NOT_IN_IDS.sub('_', '-'.join(words))}]" if words else scenario
