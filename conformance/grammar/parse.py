"""Steps and checks out of YAML values that ``lint`` has found good."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.grammar.model import CheckItem, Step
from conformance.jsontypes import JSON, mapping, text
from conformance.yaml_marks import Document, Path

BESIDE_THE_VERB = ("as", "note")


def parse_step(value: JSON, document: Document, path: Path) -> Step:
    """One step; ``path`` is its place in the document."""
    step = mapping(value)
    verb = next(name for name in step if name not in BESIDE_THE_VERB)
    return Step(
        verb=verb,
        arguments=step[verb],
        name=text(step.get("as")),
        note=text(step.get("note")),
        document=document,
        path=path,
    )


def parse_steps(values: Sequence[JSON], document: Document, path: Path) -> tuple[Step, ...]:
    """The steps of a list."""
    return tuple(parse_step(value, document, (*path, index)) for index, value in enumerate(values))


def parse_branch(value: JSON, document: Document, path: Path) -> tuple[Step, ...]:
    """One branch of ``parallel``: a step, or a list of steps."""
    if isinstance(value, list):
        return parse_steps(value, document, path)
    return (parse_step(value, document, path),)


def parse_check(value: JSON, document: Document, path: Path) -> CheckItem:
    """One check."""
    name, arguments = next(iter(mapping(value).items()))
    return CheckItem(name=name, arguments=mapping(arguments), document=document, path=path)


def parse_checks(values: Sequence[JSON], document: Document, path: Path) -> tuple[CheckItem, ...]:
    """The checks of a list."""
    return tuple(parse_check(value, document, (*path, index)) for index, value in enumerate(values))
