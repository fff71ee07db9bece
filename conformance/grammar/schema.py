"""JSON Schema of scenario files, for editors: made from the verbs and checks themselves."""

from __future__ import annotations

from conformance.checks import CHECKS
from conformance.grammar.base import Verb
from conformance.grammar.reader import MEMBERS
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import JSON
from conformance.people import AGES_IN_DAYS, SERVICES
from conformance.requirements import requirements
from conformance.verbs import VERBS

SCHEMA_ID = "https://opencrvs-mosip-harness.example/scenario"


def schema() -> dict[str, JSON]:
    """The schema of a scenario file (2020-12)."""
    words = vocabulary()
    properties: dict[str, JSON] = {
        "id": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "description": "The file's name."},
        "story": {"type": "string", "minLength": 1, "description": "What it tells, in one sentence."},
        "tags": _texts("By which it is chosen.", None),
        "requirements": _texts("What it speaks for.", list(requirements())),
        "evidence": _texts("Where it was seen.", None),
        "profiles": _texts("Versions it makes sense for; default all.", list(words.profiles)),
        "needs": _texts("What the target must be able to do.", list(words.needs)),
        "people": {"type": "object", "additionalProperties": {"$ref": "#/$defs/person"}},
        "given": {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]},
        "examples": {"type": "array", "minItems": 1, "items": {"type": "object", "minProperties": 1}},
        "steps": {"$ref": "#/$defs/steps"},
        "finally": {"$ref": "#/$defs/steps"},
    }
    assert tuple(properties) == MEMBERS
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Scenario",
        "type": "object",
        "required": ["id", "story", "tags", "requirements", "steps"],
        "properties": properties,
        "additionalProperties": False,
        "$defs": _definitions(),
    }


def _texts(description: str, choices: list[str] | None) -> dict[str, JSON]:
    each: dict[str, JSON] = {"type": "string"}
    if choices is not None:
        each["enum"] = [*choices]
    return {"type": "array", "items": each, "description": description}


def _definitions() -> dict[str, JSON]:
    step: dict[str, JSON] = {name: _described(verb) for name, verb in VERBS.items()}
    step["as"] = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$", "description": "Names the result."}
    step["note"] = {"type": "string"}
    return {
        "step": {
            "type": "object",
            "properties": step,
            "additionalProperties": False,
            "minProperties": 1,
            "oneOf": [{"required": [name]} for name in VERBS],
        },
        "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1},
        "branches": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"$ref": "#/$defs/step"}, {"$ref": "#/$defs/steps"}]},
        },
        "check": {
            "type": "object",
            "properties": {name: check.schema() for name, check in CHECKS.items()},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
        "checks": {"type": "array", "items": {"$ref": "#/$defs/check"}, "minItems": 1},
        "operation": {"anyOf": [{"enum": [*vocabulary().operations]}, {"type": "string", "pattern": "[*$]"}]},
        "person": _person(),
    }


def _described(verb: Verb) -> JSON:
    found = dict(verb.schema())
    return {**found, "description": verb.help} if "$ref" not in found else {**found, "title": verb.help}


def _person() -> JSON:
    kinds: list[JSON] = [*AGES_IN_DAYS]
    at: dict[str, JSON] = {
        "type": "object",
        "properties": {name: {"enum": [*states]} for name, states in SERVICES.items()},
        "additionalProperties": False,
    }
    properties: dict[str, JSON] = {kind: {"type": "object"} for kind in AGES_IN_DAYS}
    return {
        "anyOf": [
            {"enum": kinds},
            {"type": "object", "properties": {**properties, "at": at}, "additionalProperties": False},
        ]
    }
