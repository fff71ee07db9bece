"""The operations of the events service: names, contracts, and the keys by which a call's owner is found."""

from __future__ import annotations

from collections.abc import Sequence

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


RECORD = "opencrvs/event-document"
SPECS = (
    OperationSpec(
        name="opencrvs.events.create",
        kind="route",
        help="a user or system client opens a record (event.create)",
        request="opencrvs/event-create.input",
        response=RECORD,
        keys=keys_of_create,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.get",
        kind="route",
        help="somebody reads a record (event.get); appends a READ entry",
        request="opencrvs/event-get.input",
        response=RECORD,
        keys=keys_of_record,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.search",
        kind="route",
        help="somebody looks for records (event.search)",
        request="opencrvs/event-search.input",
        response="opencrvs/event-search.response",
        keys=keys_of_search,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.declare",
        kind="route",
        help="a user declares (event.actions.declare.request); calls the hook",
        request="opencrvs/event-declare.input",
        response=RECORD,
        keys=keys_of_declare,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.declare_accept",
        kind="route",
        help="a declaration that waits is accepted (event.actions.declare.accept)",
        response=RECORD,
        keys=keys_of_answer,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.declare_reject",
        kind="route",
        help="a declaration that waits is rejected (event.actions.declare.reject)",
        response=RECORD,
        keys=keys_of_answer,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.register",
        kind="route",
        help="a registrar registers (event.actions.register.request); calls the hook",
        request="opencrvs/event-register.input",
        response=RECORD,
        keys=keys_of_register,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.register_accept",
        kind="route",
        help="the bridge confirms a registration (event.actions.register.accept)",
        request="opencrvs/register-accept.input",
        response=RECORD,
        keys=keys_of_answer,
        errors=error_answer,
        grade="ran",
    ),
    OperationSpec(
        name="opencrvs.events.register_reject",
        kind="route",
        help="the bridge refuses a registration (event.actions.register.reject)",
        request="opencrvs/register-reject.input",
        response=RECORD,
        keys=keys_of_answer,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.assign",
        kind="route",
        help="a user takes a record (event.actions.assignment.assign)",
        response=RECORD,
        keys=keys_of_record,
        errors=error_answer,
    ),
    OperationSpec(
        name="opencrvs.events.unassign",
        kind="route",
        help="a user lets a record go (event.actions.assignment.unassign)",
        response=RECORD,
        keys=keys_of_record,
        errors=error_answer,
    ),
    OperationSpec(name=OTHER, kind="route", help="any other path under /events: there is none, so 404"),
)
