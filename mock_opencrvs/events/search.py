"""The query of ``event.search``: clauses joined by and / or, over index entries.

Source: opencrvs-core packages/commons/src/searchConfigs.ts and packages/events/src/service/indexing/query.ts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from mock_opencrvs.events.errors import InputError, Issue
from mock_opencrvs.values import JSON, JSONObject

REGISTERED_NUMBER = "legalStatuses.REGISTERED.registrationNumber"
PLAIN = frozenset({"trackingId", "status", "assignedTo", "createdBy", "createdAtLocation", "updatedBy", "id"})
Clause = Mapping[str, JSON]


def matches(query: JSON, entry: Mapping[str, JSON]) -> bool:
    """True when the index entry fits. Raises InputError for a query that has no such form."""
    if not isinstance(query, dict):
        raise _bad([], "expected record")
    clauses = query.get("clauses")
    if query.get("type") not in ("and", "or") or not isinstance(clauses, list) or not clauses:
        raise _bad(["query"], "expected a type (and, or) and at least one clause")
    join: Callable[[list[bool]], bool] = all if query["type"] == "and" else any
    return join([_clause(each, entry) for each in clauses])


def _clause(clause: JSON, entry: Mapping[str, JSON]) -> bool:
    if not isinstance(clause, dict):
        raise _bad(["query", "clauses"], "expected record")
    if "clauses" in clause:
        return matches(clause, entry)
    return all(_condition(name, wanted, entry) for name, wanted in clause.items())


def _condition(name: str, wanted: JSON, entry: Mapping[str, JSON]) -> bool:
    if name == "eventType":
        return entry["type"] == wanted
    if name == "flags":
        return _flags(wanted, cast("list[str]", entry["flags"]))
    if name == "data":
        if not isinstance(wanted, dict):
            raise _bad(["query", "clauses", name], "expected record")
        data = cast("JSONObject", entry["declaration"])
        return all(_term(field, condition, data.get(field)) for field, condition in wanted.items())
    if name == REGISTERED_NUMBER:
        registered = cast("JSONObject", entry["legalStatuses"]).get("REGISTERED")
        return _term(
            name, wanted, registered.get("registrationNumber") if isinstance(registered, dict) else None
        )
    if name in PLAIN:
        return _term(name, wanted, entry.get(name))
    raise InputError(
        [Issue(code="unrecognized_keys", path=["query", "clauses"], message=f'Unrecognized key: "{name}"')]
    )


def _flags(wanted: JSON, raised: list[str]) -> bool:
    if not isinstance(wanted, dict) or not set(wanted) <= {"anyOf", "noneOf"}:
        raise _bad(["query", "clauses", "flags"], "expected anyOf or noneOf")
    some, none = wanted.get("anyOf"), wanted.get("noneOf")
    return (some is None or any(flag in raised for flag in cast("list[str]", some))) and not any(
        flag in raised for flag in cast("list[str]", none or [])
    )


def _term(name: str, condition: JSON, value: JSON) -> bool:
    if not isinstance(condition, dict):
        raise _bad(["query", "clauses", name], "expected record")
    kind, term, terms = condition.get("type"), condition.get("term"), condition.get("terms")
    if kind == "exact":
        return value == term
    if kind == "anyOf" and isinstance(terms, list):
        return value in terms
    if kind == "fuzzy" and isinstance(term, str):
        return term.casefold() in _words(value).casefold()
    if kind == "range" and isinstance(value, str):
        low, high = condition.get("gte"), condition.get("lte")
        return (low is None or str(low) <= value) and (high is None or value <= str(high))
    raise _bad(["query", "clauses", name], "expected a condition (exact, anyOf, fuzzy, range)")


def _words(value: JSON) -> str:
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part)
    return "" if value is None else str(value)


def _bad(path: list[str], message: str) -> InputError:
    return InputError([Issue(code="invalid_type", path=path, message=f"Invalid input: {message}")])
