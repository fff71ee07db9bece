"""Checks of what a page of a form shows to the registrar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.forms import FormAnswer
from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Check, MisuseError, Sight, Told, reference_to
from conformance.jsontypes import JSON
from conformance.values import matcher
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play

SHOWN: Final = ("verified", "banner", "locked", "error")


class FormIs(Check):
    """What a page shows after a component has run."""

    name = "form"
    help = "What a page of a form shows: verification status, banner, error, whether its fields are locked."
    arguments: ClassVar[Arguments] = {
        "of": reference_to("form", help="What a step of `form` gave."),
        "verified": Argument(kind=Kind.VALUE, help="authenticated, verified, pending or failed."),
        "banner": Argument(kind=Kind.VALUE, help="Which banner."),
        "locked": Argument(kind=Kind.FLAG, help="Whether nothing more can be typed in."),
        "error": Argument(kind=Kind.VALUE, help="What the component says went wrong."),
    }
    example = "form: {of: $fetched, verified: authenticated, locked: true}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if not set(arguments) & set(SHOWN):
            yield (), f"say what the form shows: {', '.join(SHOWN)}"

    def look(self, told: Told, play: Play) -> Sight:  # noqa: ARG002
        form = told.values.get("of")
        if not isinstance(form, FormAnswer):
            raise MisuseError("'form' needs what a step of form gave")
        for name in (each for each in SHOWN if told.has(each)):
            wanted, seen = matcher(told.values[name]), form.member(name)
            if not wanted.accepts(seen):
                return Sight.of(False, f"{name} {wanted.words} wanted, {seen!r} seen")
        return Sight.of(True, f"{form.page}: {form.verified or 'nothing'}")


CHECKS: Final = (FormIs(),)
