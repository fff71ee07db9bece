"""The id schema that travels in each packet: which fields hold language lists, and ours, encoded once.

MOSIP's packet writer reads from it only category, type and ``$ref`` of each field (mosip/packet-manager:
facade/PacketWriter.java); a schema that it can't read makes it lose the packet without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import orjson

from bridge.errors import Problem
from bridge.reading import JSON, read_json

MAX_SCHEMA_BYTES = 512 * 1024


@dataclass(frozen=True, kw_only=True)
class IdSchema:
    """What we need of a schema: its fields, and those whose value is a list of ``{language, value}``."""

    names: frozenset[str]
    language_fields: frozenset[str]


def id_schema(text: str | None) -> IdSchema:
    """Facts of a sent schema, or of ours where none is sent or the sent one names no fields.

    Raises Problem 422 for text that is no schema.
    """
    return _facts(text) if text is not None else _default_facts()


@cache
def encoded_default_schema() -> bytes:
    """Our schema as a JSON string literal, ready to be spliced into a packet."""
    return orjson.dumps(orjson.dumps(_default_document()).decode("utf-8"))


@cache
def _default_document() -> JSON:
    document: JSON = orjson.loads(files("bridge").joinpath("data", "id-schema.json").read_bytes())
    return document


@cache
def _default_facts() -> IdSchema:
    return _read_facts(_identity_fields(_default_document()))


@lru_cache(maxsize=8)
def _facts(text: str) -> IdSchema:
    try:
        document = read_json(text.encode("utf-8"), max_bytes=MAX_SCHEMA_BYTES)
    except Problem:
        document = None
    if not isinstance(document, dict):
        raise Problem(
            status=422,
            code="bridge.registration.schema",
            detail="The id schema must be a JSON object, written as text.",
            field="/schemaJson",
        )
    fields = _identity_fields(document)
    return _read_facts(fields) if fields else _default_facts()


def _identity_fields(document: JSON) -> dict[str, JSON]:
    at: JSON = document
    for step in ("properties", "identity", "properties"):
        at = at.get(step) if isinstance(at, dict) else None
    return at if isinstance(at, dict) else {}


def _read_facts(fields: dict[str, JSON]) -> IdSchema:
    language = (
        name
        for name, about in fields.items()
        if isinstance(about, dict) and str(about.get("$ref")).endswith("/simpleType")
    )
    return IdSchema(names=frozenset(fields), language_fields=frozenset(language))
