"""The operations of the events service: names, contracts, and the keys by which a call's owner is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mock_control import Answer, Incoming, Keys, OperationSpec
from mock_opencrvs.events.errors import JSON_RPC, TrpcError
from mock_opencrvs.values import JSON

PROCEDURE = "procedure"
OTHER = "opencrvs.events.other"


def _given(incoming: Incoming, name: str) -> str | None:
    value = incoming.json.get(name) if isinstance(incoming.json, dict) else None
    return value if isinstance(value, str) else None


def _named(**values: str | None) -> dict[str, str]:
    return {kind: value for kind, value in values.items() if value is not None}


def keys_of_create(incoming: Incoming) -> Keys:
    """A record is known by the transaction id it is made under."""
    return Keys(strong=_named(transaction=_given(incoming, "transactionId")), weak={"action_type": "CREATE"})


def keys_of_record(incoming: Incoming) -> Keys:
    """Only the record is known."""
    return Keys(weak=_named(event=_given(incoming, "eventId")))


def keys_of_declare(incoming: Incoming) -> Keys:
    """The record and the kind of action, until the action has its id."""
    return Keys(weak=_named(event=_given(incoming, "eventId"), action_type="DECLARE"))


def keys_of_register(incoming: Incoming) -> Keys:
    """As for a declaration."""
    return Keys(weak=_named(event=_given(incoming, "eventId"), action_type="REGISTER"))


def keys_of_request(action_type: str) -> Callable[[Incoming], Keys]:
    """As for a declaration, for any kind of action."""
    return lambda incoming: Keys(weak=_named(event=_given(incoming, "eventId"), action_type=action_type))


def keys_of_answer(incoming: Incoming) -> Keys:
    """An accept or reject names its action."""
    return Keys(
        strong=_named(action=_given(incoming, "actionId")), weak=_named(event=_given(incoming, "eventId"))
    )


def keys_of_search(incoming: Incoming) -> Keys:
    """A search may ask for one tracking id."""
    query: JSON = incoming.json.get("query") if isinstance(incoming.json, dict) else None
    clauses = query.get("clauses") if isinstance(query, dict) else None
    for clause in clauses if isinstance(clauses, list) else []:
        wanted = clause.get("trackingId") if isinstance(clause, dict) else None
        term = wanted.get("term") if isinstance(wanted, dict) else None
        if isinstance(term, str):
            return Keys(weak={"tracking": term})
    return Keys()


def error_answer(incoming: Incoming, codes: Sequence[str]) -> Answer:
    """A fault's ``errors`` as an inner error object; an unknown code is an internal error of that text."""
    code = codes[0] if codes else "INTERNAL_SERVER_ERROR"
    known = code in JSON_RPC
    error = TrpcError(code) if known else TrpcError("INTERNAL_SERVER_ERROR", code)
    return Answer(status=error.status, body=error.to_json(incoming.params.get(PROCEDURE)))


def _procedure(
    name: str,
    does: str,
    keys: Callable[[Incoming], Keys],
    *,
    request: str | None = None,
    response: str = "event-document",
    grade: str = "read",
) -> OperationSpec:
    return OperationSpec(
        name=f"opencrvs.events.{name}",
        kind="route",
        help=does,
        request=f"opencrvs/{request}" if request else None,
        response=f"opencrvs/{response}",
        keys=keys,
        errors=error_answer,
        grade=grade,
    )


def _triple(action_type: str, does: str, path: str) -> tuple[OperationSpec, ...]:
    """The request of an action, and its two answers."""
    name = action_type.lower()
    return (
        _procedure(name, f"{does} ({path}.request)", keys_of_request(action_type)),
        _procedure(f"{name}_accept", f"what waits is accepted ({path}.accept)", keys_of_answer),
        _procedure(f"{name}_reject", f"what waits is rejected ({path}.reject)", keys_of_answer),
    )


SPECS = (
    _procedure(
        "create",
        "a user or system client opens a record (event.create)",
        keys_of_create,
        request="event-create.input",
    ),
    _procedure("get", "somebody reads a record (event.get)", keys_of_record, request="event-get.input"),
    _procedure(
        "search",
        "somebody looks for records (event.search)",
        keys_of_search,
        request="event-search.input",
        response="event-search.response",
    ),
    _procedure(
        "declare",
        "a user declares (event.actions.declare.request)",
        keys_of_declare,
        request="event-declare.input",
    ),
    _procedure("declare_accept", "a waiting declaration is accepted", keys_of_answer),
    _procedure("declare_reject", "a waiting declaration is rejected", keys_of_answer),
    _procedure(
        "register",
        "a registrar registers (event.actions.register.request)",
        keys_of_register,
        request="event-register.input",
    ),
    _procedure(
        "register_accept",
        "the bridge confirms a registration (event.actions.register.accept)",
        keys_of_answer,
        request="register-accept.input",
        grade="ran",
    ),
    _procedure(
        "register_reject",
        "the bridge refuses a registration (event.actions.register.reject)",
        keys_of_answer,
        request="register-reject.input",
    ),
    *_triple("ARCHIVE", "an undeclared or declared record is archived", "event.actions.archive"),
    *_triple("REQUEST_CORRECTION", "a correction is asked for", "event.actions.correction.request"),
    *_triple("APPROVE_CORRECTION", "a correction is approved", "event.actions.correction.approve"),
    *_triple("REJECT_CORRECTION", "a correction is refused", "event.actions.correction.reject"),
    *_triple("CUSTOM", "a registration is revoked or reinstated, or the like", "event.actions.custom"),
    _procedure("assign", "a user takes a record (event.actions.assignment.assign)", keys_of_record),
    _procedure("unassign", "a user lets a record go (event.actions.assignment.unassign)", keys_of_record),
    OperationSpec(name=OTHER, kind="route", help="any other path under /events: there is none, so 404"),
)
