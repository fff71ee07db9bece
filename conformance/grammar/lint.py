"""Finds what is wrong in scenario files with nothing started, and says where and what was probably meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from conformance.checks import CHECKS
from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Term, Verb
from conformance.grammar.parse import BESIDE_THE_VERB
from conformance.grammar.scope import Known, given_by, lead
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import JSON, items, mapping
from conformance.problems import Problem, did_you_mean
from conformance.values import reference
from conformance.verbs import VERBS
from conformance.verbs.opencrvs import ROLES
from conformance.yaml_marks import Document, Path


@dataclass
class StepLint:
    """Walks the steps of one item. ``names`` grows as steps name results; ``row`` are the row's names."""

    document: Document
    names: dict[str, Known]
    row: Collection[str] = ()
    problems: list[Problem] = field(default_factory=list)
    needs: set[str] = field(default_factory=set)

    def steps(self, value: JSON, path: Path) -> None:
        """A list of steps."""
        if not isinstance(value, list):
            self._problem(path, "a list of steps is needed")
            return
        for index, step in enumerate(value):
            self.step(step, (*path, index))

    def step(self, value: JSON, path: Path) -> None:
        """One step: one verb, and beside it only ``as`` and ``note``."""
        if not isinstance(value, dict):
            self._problem(path, "a step is one verb with its arguments")
            return
        verbs = [name for name in value if name not in BESIDE_THE_VERB]
        if len(verbs) != 1:
            what = f"'{verbs[1]}' stands beside '{verbs[0]}'" if verbs else "none stands here"
            self._problem((*path, verbs[1]) if verbs else path, f"a step has one verb: {what}", at_key=True)
            return
        name = verbs[0]
        if name not in VERBS:
            self._problem((*path, name), f"unknown verb '{name}'.{did_you_mean(name, VERBS)}", at_key=True)
            return
        verb = VERBS[name]
        self.needs.update(verb.needs)
        self._verb(verb, value[name], (*path, name))
        self._naming(verb, value, path)

    def _verb(self, verb: Verb, value: JSON, path: Path) -> None:
        if verb.whole is None:
            self._term(verb, value, path)
        elif (complaint := verb.whole.complaint(value)) is not None:
            self._problem(path, f"{verb.name}: {complaint}")
        elif verb.whole.kind is Kind.STEPS:
            for index, branch in enumerate(items(value)):
                walk = self.steps if isinstance(branch, list) else self.step
                walk(branch, (*path, index))
        else:
            self._own_complaints(verb, mapping(value), path)

    def _naming(self, verb: Verb, step: Mapping[str, JSON], path: Path) -> None:
        name = step.get("as")
        if name is None:
            if verb.needs_name:
                self._problem(path, f"'{verb.name}' needs 'as': what is its {verb.gives} called?")
        elif verb.gives is None:
            self._problem((*path, "as"), f"'{verb.name}' gives nothing that could be named")
        elif not isinstance(name, str) or reference(f"${name}") is None or "." in name:
            self._problem((*path, "as"), "a name is a word of letters, digits and _")
        else:
            self.names[name] = given_by(
                verb.gives, [role for role in ROLES if role in mapping(step[verb.name])]
            )

    def check(self, value: JSON, path: Path) -> None:
        """One check."""
        check = mapping(value)
        if len(check) != 1:
            self._problem(path, "one check is needed, as {outcome: {of: $birth.registration, is: confirmed}}")
            return
        name, arguments = next(iter(check.items()))
        if name not in CHECKS:
            self._problem((*path, name), f"unknown check '{name}'.{did_you_mean(name, CHECKS)}", at_key=True)
            return
        self.needs.update(CHECKS[name].needs)
        self._term(CHECKS[name], arguments, (*path, name))

    def _term(self, term: Term, value: JSON, path: Path) -> None:
        if not isinstance(value, dict):
            self._problem(path, f"{term.name}: its arguments are needed, as {term.example}")
            return
        unknown = [name for name in value if name not in term.arguments]
        for name in unknown:
            words = f"'{term.name}' has no '{name}'.{did_you_mean(name, term.arguments)}"
            self._problem((*path, name), words, at_key=True)
        for name, each in value.items():
            if name not in unknown:
                self._argument(term, term.arguments[name], each, (*path, name))
        if unknown:
            # What is missing is most likely what was misspelt.
            return
        for name, argument in term.arguments.items():
            if argument.required and name not in value:
                self._problem(path, f"'{term.name}' needs '{name}': {argument.help}")
        self._own_complaints(term, value, path)

    def _own_complaints(self, term: Term, value: Mapping[str, JSON], path: Path) -> None:
        for below, words in term.complaints(value):
            self._problem((*path, *below), f"{term.name}: {words}", at_key=True)

    def _argument(self, term: Term, argument: Argument, value: JSON, path: Path) -> None:
        complaint = argument.complaint(value)
        if complaint is not None:
            self._problem(path, f"{term.name}: {path[-1]}: {complaint}")
        elif argument.kind is Kind.CHECK:
            self.check(value, path)
        elif argument.kind is Kind.CHECKS:
            for index, each in enumerate(items(value)):
                self.check(each, (*path, index))
        elif argument.kind is Kind.WHEN:
            self._when(mapping(value), path)
        else:
            self._operation(argument, value, path)
            self._references(argument, value, path)

    def _when(self, value: Mapping[str, JSON], path: Path) -> None:
        known, wanted = vocabulary().profiles, value.get("profile", [])
        for name in value:
            if name not in ("profile", *self.row):
                words = f"no row has a '{name}', and it is no profile.{did_you_mean(name, self.row)}"
                self._problem((*path, name), words, at_key=True)
        for each in wanted if isinstance(wanted, list) else [wanted]:
            if each not in known:
                words = f"unknown profile '{each}'.{did_you_mean(str(each), known)}"
                self._problem((*path, "profile"), words)

    def _operation(self, argument: Argument, value: JSON, path: Path) -> None:
        if argument.kind is Kind.OPERATION and isinstance(value, str) and reference(value) is None:
            complaint = vocabulary().unknown_operation(value)
            if complaint is not None:
                self._problem(path, complaint)

    def _references(self, argument: Argument, value: JSON, path: Path) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                self._references(argument, inner, (*path, name))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                self._references(argument, inner, (*path, index))
        elif (found := reference(value)) is not None:
            known = lead(found, self.names)
            if isinstance(known, str):
                self._problem(path, known)
            else:
                self._kind(argument, str(found), known, path)

    def _kind(self, argument: Argument, written: str, known: Known, path: Path) -> None:
        wanted = ("patience",) if argument.kind is Kind.PATIENCE else argument.of
        if wanted and known.kind not in wanted:
            hint = f": {written}.registration?" if known.kind == "record" and "action" in wanted else ""
            a = "an" if known.kind[0] in "aeiou" else "a"
            self._problem(path, f"'{written}' is {a} {known.kind}, {' or '.join(wanted)} is needed{hint}")

    def _problem(self, path: Path, message: str, *, at_key: bool = False) -> None:
        self.problems.append(self.document.problem(path, message, at_key=at_key))
