"""What the mode of a target leaves of a story: whether it can be told at all, and what of it nobody will see.

Where MOSIP is theirs it knows none of our people, and shows us nothing. Where OpenCRVS is theirs nobody of
ours can register anything there. See docs/targets.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.checks import CHECKS
from conformance.grammar.model import Item, Step
from conformance.jsontypes import JSON, items, mapping
from conformance.records import SUBJECTS
from conformance.targets import Target
from conformance.values import reference
from conformance.verbs import VERBS
from conformance.verbs.opencrvs import MakesRecord

NUMBERS: Final = ("uin", "vid", "identifier")
ASKS_IDA: Final = frozenset({"form.verify"})
VERIFIES: Final = "opencrvs.verify"
SKEW: Final = "skew"
MUST: Final = ("must", "must_not")
PARTIES: Final = frozenset({"mosip", "esignet", "opencrvs"})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One check as a story asks it; ``must``: a story in which nobody can see it can't be concluded."""

    name: str
    arguments: JSON
    must: bool

    def hidden(self, target: Target) -> bool:
        """Whether this target will never show all of it."""
        return bool(CHECKS[self.name].shown_by(mapping(self.arguments)) & target.theirs)

    def may_be_hidden(self, target: Target) -> bool:
        """Whether this target may not show it, so that what became of the bridge decides."""
        check, arguments = CHECKS[self.name], mapping(self.arguments)
        return bool(
            set(check.sees_by(arguments)) - target.can or check.partly_shown_by(arguments) & target.theirs
        )


def out_of_mode(item: Item, target: Target) -> str | None:
    """Why this story can't be told where these parties are theirs, or None."""
    played = sorted(_parties(item) & target.theirs)
    if played:
        return f"it plays {', '.join(played)}"
    if "mosip" not in target.theirs:
        return None
    if target.verified_only:
        return "its country sends only people to MOSIP who were verified, and theirs knows none of ours"
    return next((f"{why}, and theirs knows none of ours" for why in _needs_numbers(item)), None)


def asked(item: Item) -> Iterator[Asked]:
    """Every check of a story, wherever it stands."""
    for step in steps(item):
        yield from _asked(step.verb, step.arguments)


def steps(item: Item) -> tuple[Step, ...]:
    """All steps of a story, those nested in others not counted."""
    return (*item.given, *item.steps, *item.last)


def texts(value: JSON) -> Iterator[str]:
    """Every text inside, the names of members too."""
    if isinstance(value, str):
        yield value
    for name, inner in mapping(value).items():
        yield name
        yield from texts(inner)
    for each in items(value):
        yield from texts(each)


def _parties(item: Item) -> set[str]:
    """Every party that the story plays, strikes or looks at."""
    found = {str(VERBS[step.verb].party) for step in steps(item)}
    named = {text.partition(".")[0] for step in steps(item) for text in texts(step.arguments) if "." in text}
    skewed = {str(mapping(step.arguments).get("of")) for step in steps(item) if step.verb == SKEW}
    return {*found, *named, *skewed} & PARTIES


def _needs_numbers(item: Item) -> Iterator[str]:
    """Why somebody in the story must have a number that MOSIP has given."""
    for name, spec in mapping(mapping(item.scenario.document.value).get("people")).items():
        if "at" in mapping(spec):
            yield f"MOSIP must know its {name}"
    for step in steps(item):
        if isinstance(VERBS[step.verb], MakesRecord):
            arguments = mapping(step.arguments)
            role = SUBJECTS[str(arguments["event"])]
            subject = reference(arguments.get(role))
            if subject is not None and "at" in mapping(item.people.get(subject.name)):
                yield f"MOSIP must know the {role}"
        words = {step.verb, *texts(step.arguments)}
        if words & {*ASKS_IDA, VERIFIES}:
            yield "it asks IDA about somebody"
        if any(map(_is_number, words)):
            yield "somebody in it has a number of MOSIP's"


def _is_number(text: str) -> bool:
    found = reference(text)
    return found is not None and found.name != "target" and bool(found.path) and found.path[-1] in NUMBERS


def _asked(verb: str, arguments: JSON) -> Iterator[Asked]:
    told = mapping(arguments)
    if verb == "check":
        for level in (*MUST, "should"):
            for each in items(told.get(level)):
                yield from _each(each, must=level in MUST)
    elif verb in ("wait", "always"):
        yield from _each(told.get("until", told.get("that")), must=not told.get("or_go_on"))
        yield from _each(told.get("abort_if"), must=False)
    elif verb == "parallel":
        for branch in items(arguments):
            for step in items(branch) or [branch]:
                for name, inner in mapping(step).items():
                    yield from _asked(name, inner)


def _each(written: JSON, *, must: bool) -> Iterator[Asked]:
    for name, arguments in mapping(written).items():
        if name in CHECKS:
            yield Asked(name=name, arguments=arguments, must=must)
