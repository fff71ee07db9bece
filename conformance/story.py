"""A scenario in plain words: Given, When, Then, the page on which somebody signs a test off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from conformance.grammar.model import Item, Scenario, Step
from conformance.grammar.parse import parse_branch, parse_check, parse_checks
from conformance.jsontypes import JSON, items, mapping
from conformance.requirements import requirements
from conformance.values import reference

_THEN: Final = ("wait", "always", "check")


def story_of(scenario: Scenario, rows: Sequence[Item]) -> str:
    """The story of a scenario, told by its first row; other rows are listed."""
    first = rows[0]
    lines = [scenario.story, ""]
    lines += [*_part("Given", first.given), *_part("When", [s for s in first.steps if s.verb not in _THEN])]
    lines += _part("Then", [step for step in first.steps if step.verb in _THEN])
    if len(rows) > 1:
        lines += ["", "The same for:", *(f"  - {_row(each.row)}" for each in rows)]
    lines += ["", "Because:"]
    for identifier in scenario.requirements:
        found = requirements()[identifier]
        lines.append(f"  - {found.words} Otherwise harmed: {found.harm}. ({found.id})")
    return "\n".join(lines)


def _part(word: str, steps: Sequence[Step]) -> list[str]:
    said = [line for step in steps for line in _step(step)]
    return [f"{word if index == 0 else 'And':<6}{line}" for index, line in enumerate(said)]


def _row(row: Mapping[str, JSON]) -> str:
    return ", ".join(f"{name} {_words(value)}" for name, value in row.items())


def _step(step: Step) -> Iterator[str]:
    if step.verb == "check":
        yield from _checks(step)
    elif step.verb == "parallel":
        for index, branch in enumerate(items(step.arguments)):
            steps = parse_branch(branch, step.document, (*step.path, step.verb, index))
            yield "at the same time: " + ", then ".join(line for each in steps for line in _step(each))
    elif step.verb in ("wait", "always"):
        yield _watch(step)
    else:
        tell = _TELLERS.get(step.verb, _plainly(step.verb))
        yield tell(mapping(step.arguments))


def _watch(step: Step) -> str:
    arguments = mapping(step.arguments)
    name = "until" if step.verb == "wait" else "that"
    check = parse_check(arguments[name], step.document, (*step.path, step.verb, name))
    word = "in the end" if step.verb == "wait" else "all the while"
    return f"{word}, {_check(check.name, check.arguments)}"


def _checks(step: Step) -> Iterator[str]:
    for level in ("must", "must_not", "should"):
        for each in parse_checks(
            items(mapping(step.arguments).get(level)), step.document, (*step.path, "check", level)
        ):
            word = {"must": "", "must_not": "never: ", "should": "ideally, "}[level]
            yield word + _check(each.name, each.arguments)


def _check(name: str, arguments: Mapping[str, JSON]) -> str:
    of = f" of {_words(arguments['of'])}" if "of" in arguments else ""
    rest = ", ".join(f"{key} {_words(value)}" for key, value in arguments.items() if key != "of")
    return f"{name}{of}: {rest}" if rest else f"{name}{of}"


def _plainly(verb: str) -> Callable[[Mapping[str, JSON]], str]:
    return lambda arguments: (
        f"{verb} {', '.join(f'{key} {_words(value)}' for key, value in arguments.items())}".strip()
    )


def _words(value: JSON) -> str:
    if (found := reference(value)) is not None:
        return f"the {' '.join(reversed((found.name, *found.path)))}" if found.path else f"the {found.name}"
    if isinstance(value, dict):
        return " and ".join(f"{_FORMS.get(key, key)} {_words(inner)}".strip() for key, inner in value.items())
    if isinstance(value, list):
        return " or ".join(_words(inner) for inner in value)
    return str(value)


_FORMS: Final = {"gte": "at least", "lte": "at most", "any_of": "", "is": ""}
_TELLERS: Final[Mapping[str, Callable[[Mapping[str, JSON]], str]]] = {
    "opencrvs.declare": lambda said: f"a {said['event']} is declared",
    "opencrvs.register": lambda said: f"the registrar registers {_words(said['record'])}",
    "bridge.kill": lambda _: "the bridge loses power",
    "bridge.stop": lambda _: "the bridge is stopped",
    "bridge.start": lambda _: "the bridge is started again",
    "hold": lambda said: f"{said['at']} is held back",
    "release": lambda said: f"{said.get('at', 'what was held')} is let go",
    "lose": lambda said: f"what comes to {said['at']} is lost",
    "clear": lambda said: f"{said.get('at', 'what was broken')} works again",
    "fault": lambda said: f"{said['at']} fails ({_words(said['do'])})",
    "repeat": lambda said: f"{said['at']} happens {said.get('copies', 2)} times",
    "mosip.deliver": lambda said: (
        f"a credential with {said['identifier']} arrives that is {said.get('forgery', 'good')}"
    ),
}
