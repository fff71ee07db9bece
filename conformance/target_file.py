"""Target files: ``targets/<name>.yaml`` says who is judged, what is to be seen there, and what it agreed on.

Mistakes come with file, line and column; the schema beside this module is what editors complete from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from conformance.calls import Call, CallFailedError, Instance
from conformance.capabilities import each_word, logs_of, mistakes, process_calls, readiness_of, view_of
from conformance.grammar.arguments import seconds
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import JSON, items, mapping, text
from conformance.logs import Log, ShownLog
from conformance.operator_view import ViewForm
from conformance.problems import Problem, ScenarioFileError, did_you_mean
from conformance.readiness import Readiness
from conformance.targets import Limits, Patience, Policy, Target, country_policy
from conformance.verdicts import KnownIssue
from conformance.yaml_marks import Document, load
from sandbox.addresses import looks_like_production
from sandbox.country import DEFAULT_COUNTRY, country, country_names
from sandbox.errors import SandboxError
from sandbox.routes import DEFAULT_ROUTES, BridgeRoutes

SCHEMA_FILE: Final = "target.schema.json"
MODES: Final = ("full", "mosip-side", "opencrvs-side")


@dataclass(frozen=True, kw_only=True)
class TargetFile:
    """One target as its file says it. ``instances``: address by name, the first is the one that is asked.

    ``ca_file``: by which authority their certificates are believed, None for the system's.
    """

    name: str
    instances: Mapping[str, str]
    routes: BridgeRoutes = DEFAULT_ROUTES
    mode: str = "full"
    speaks: str = "mosip-api-2.0"
    ca_file: Path | None = None
    process: Mapping[str, Call] = field(default_factory=dict)
    logs: tuple[Log, ...] = ()
    view: ViewForm | None = None
    ready: Readiness | None = None
    patience: Patience = field(default_factory=Patience)
    stale_after: bool = False
    policy: Policy = field(default_factory=Policy)
    country: str | None = None
    profiles: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    waivers: Mapping[str, KnownIssue] = field(default_factory=dict)

    @property
    def bridge_url(self) -> str:
        """The address of the first instance, without a slash at the end."""
        return next(iter(self.instances.values()))

    def target(self) -> Target:
        """The target as the engine sees it; raises SandboxError when one of its tokens can't be read."""
        try:
            for call in self._calls():
                call.token()
        except CallFailedError as error:
            raise SandboxError(str(error)) from error
        standard = Target(name=self.name, bridge_url=self.bridge_url)
        return Target(
            name=self.name,
            bridge_url=self.bridge_url,
            instances=self.instances,
            verify=_believed(self.ca_file),
            routes=self.routes,
            mode=self.mode,
            patience=self.patience,
            policy=self.policy,
            view=self.view,
            operator_token=self.view.call.token() if self.view else None,
            control=frozenset(self.process),
            ready=self.ready,
            stale_after=self.stale_after,
            logs=self.logs,
            limits=self.limits,
            waivers=self.waivers,
            profiles=self.profiles or standard.profiles,
            verified_only=country(self.country or DEFAULT_COUNTRY).demands_verification,
        )

    @property
    def every_instance(self) -> tuple[Instance, ...]:
        """Its instances; the first is the one that is asked."""
        return tuple(
            Instance(name=name, url=url, verify=_believed(self.ca_file))
            for name, url in self.instances.items()
        )

    def _calls(self) -> Iterator[Call]:
        yield from self.process.values()
        yield from (log.call for log in self.logs if isinstance(log, ShownLog))
        yield from (each.call for each in (self.view, self.ready) if each is not None)


@cache
def target_schema() -> dict[str, JSON]:
    """The JSON Schema (2020-12) of target files."""
    found: JSON = json.loads(files("conformance").joinpath(SCHEMA_FILE).read_text(encoding="utf-8"))
    return dict(mapping(found))


def read_target(path: Path) -> TargetFile:
    """The target of a file; paths in it count from its folder.

    Raises ScenarioFileError with every mistake and its place.
    """
    document = _document(path)
    problems = [*_broken_schema(document), *_other_mistakes(document, path)]
    if problems:
        raise ScenarioFileError(problems)
    return _target(mapping(document.value), path.resolve().parent)


def lint_target(path: Path) -> list[Problem]:
    """All mistakes of a file; nothing is started and nobody is asked."""
    try:
        read_target(path)
    except ScenarioFileError as error:
        return list(error.problems)
    return []


def _document(path: Path) -> Document:
    try:
        return load(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(file=str(path), line=1, column=1, message=f"can't be read: {type(error).__name__}")
        raise ScenarioFileError([problem]) from error


def _broken_schema(document: Document) -> Iterator[Problem]:
    for error in Draft202012Validator(target_schema()).iter_errors(document.value):
        deepest = cast("ValidationError", best_match([error])) if error.context else error
        path = tuple(deepest.absolute_path)
        if deepest.validator == "additionalProperties":
            yield from _unknown_members(document, deepest, path)
        else:
            yield document.problem(path, _words(deepest))


def _unknown_members(
    document: Document, error: ValidationError, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    known = mapping(mapping(cast("JSON", error.schema)).get("properties"))
    for name in mapping(error.instance):
        if name not in known:
            message = f"unknown member '{name}'.{did_you_mean(name, known)}"
            yield document.problem((*path, name), message, at_key=True)


def _words(error: ValidationError) -> str:
    """What is wrong, without the value: a command or an address may hold a secret."""
    where = str(error.absolute_path[-1]) if error.absolute_path else "a target"
    if error.validator == "required":
        return error.message.replace("is a required property", "is needed")
    if error.validator == "enum":
        return f"{where} is one of {', '.join(map(str, items(cast('JSON', error.validator_value))))}"
    help_text = text(mapping(cast("JSON", error.schema)).get("description"))
    return f"{where} does not fit: {_RULES.get(str(error.validator), str(error.validator))}" + (
        f" ({help_text})" if help_text else ""
    )


_RULES: Final = {
    "pattern": "its form is another",
    "type": "it is of another kind",
    "minProperties": "it is empty",
    "minItems": "it is empty",
    "minLength": "it is empty",
    "minimum": "it is too small",
    "exclusiveMinimum": "it is too small",
    "anyOf": "give rid, or event_id and action_id",
}


def _other_mistakes(document: Document, path: Path) -> Iterator[Problem]:
    told = mapping(document.value)
    if text(told.get("target")) not in (None, path.stem):
        yield document.problem(("target",), f"the file's name says '{path.stem}'")
    for name, address in mapping(mapping(told.get("bridge")).get("instances")).items():
        word = looks_like_production(str(address))
        if word is not None:
            message = f"'{word}' in the address looks like production: this suite writes people made up"
            yield document.problem(("bridge", "instances", name), message)
    for place, words in mistakes(told):
        yield document.problem(place, words)
    yield from _no_such_country(document, told)
    for index, profile in enumerate(items(told.get("profiles"))):
        if profile not in vocabulary().profiles:
            message = f"unknown profile '{profile}'.{did_you_mean(str(profile), vocabulary().profiles)}"
            yield document.problem(("profiles", index), message)
    for index, waiver in enumerate(items(told.get("waive"))):
        if _day(text(mapping(waiver).get("until")) or "") is None:
            yield document.problem(("waive", index, "until"), "until is no day of the calendar")


def _no_such_country(document: Document, told: Mapping[str, JSON]) -> Iterator[Problem]:
    """None of that name, or none that can be played in that mode."""
    named = text(told.get("country"))
    if named is not None and named not in (known := country_names()):
        yield document.problem(("country",), f"unknown country '{named}'.{did_you_mean(named, known)}")
    elif named is not None and told.get("mode") == "opencrvs-side" and country(named).demands_verification:
        message = (
            f"{named} sends only people to MOSIP who were verified there, and their MOSIP knows none of ours"
        )
        yield document.problem(("country",), f"{message}: nothing can be played in mode opencrvs-side")


def _believed(ca_file: Path | None) -> str | bool:
    """Whose certificates are believed, as requests takes it."""
    return True if ca_file is None else str(ca_file)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _target(told: Mapping[str, JSON], folder: Path) -> TargetFile:
    bridge, limits = mapping(told["bridge"]), mapping(told.get("limits"))
    authority = text(bridge.get("ca_file"))
    ca_file = folder / authority if authority else None
    instances = [
        Instance(name=name, url=str(url).rstrip("/"), verify=_believed(ca_file))
        for name, url in mapping(bridge["instances"]).items()
    ]
    rate = limits.get("rate")
    births = limits.get("max_births")
    return TargetFile(
        name=str(told["target"]),
        instances={each.name: each.url for each in instances},
        routes=BridgeRoutes(**{name: str(path) for name, path in mapping(bridge.get("routes")).items()}),
        mode=text(told.get("mode")) or "full",
        speaks=text(bridge.get("speaks")) or "mosip-api-2.0",
        ca_file=ca_file,
        process=process_calls(mapping(told.get("process")), folder),
        logs=logs_of(mapping(told.get("log")), folder, tuple(instances)),
        view=view_of(mapping(told.get("operator_view")), folder),
        ready=readiness_of(mapping(told.get("ready")), folder),
        patience=Patience(
            **{name: seconds(str(value)) for name, value in mapping(told.get("patience")).items()}
        ),
        stale_after="stale_after" in mapping(told.get("patience")),
        policy=_policy(mapping(told.get("policy")), text(told.get("country"))),
        country=text(told.get("country")),
        profiles=tuple(map(str, items(told.get("profiles")))),
        limits=Limits(
            max_births=births if isinstance(births, int) else None,
            rate=float(rate) if isinstance(rate, int | float) else None,
            marker=text(limits.get("marker")),
        ),
        waivers={
            str(each["scenario"]): KnownIssue(
                reason=str(each["reason"]),
                link=text(each.get("link")) or "",
                until=date.fromisoformat(str(each["until"])),
                by=tuple(map(str, items(each.get("by")))),
            )
            for each in map(mapping, items(told.get("waive")))
        },
    )


def _policy(told: Mapping[str, JSON], named: str | None) -> Policy:
    standard = _policy_of(named)
    statuses = tuple(each for each in items(told.get("bad_signature")) if isinstance(each, int))
    return Policy(
        identifier=text(told.get("identifier")) or standard.identifier,
        bad_signature=statuses or standard.bad_signature,
        without_credential=tuple(
            sorted(each_word(told.get("without_credential"), standard.without_credential))
        ),
    )


def _policy_of(named: str | None) -> Policy:
    """The country's, as far as the file does not say otherwise."""
    pack = country(named or DEFAULT_COUNTRY).pack
    waits_for = pack.events["birth"].registration.waits_for
    return country_policy(identifier=pack.identifier, birth_waits_for=waits_for)
