"""What the country configuration says when it cannot answer a hook: hapi's plain error bodies."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from mock_control import Answer, Incoming
from mock_opencrvs.values import JSONObject

INTERNAL = "An internal server error occurred"


def error_body(status: int, message: str) -> JSONObject:
    """A hapi (boom) error body."""
    return {"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}


def refusal(status: int, message: str) -> Answer:
    """An answer with such a body."""
    return Answer(status=status, body=error_body(status, message))


def errors(_: Incoming, codes: Sequence[str]) -> Answer:
    """A fault's ``errors``: REJECTED refuses the action (400), anything else is a 500."""
    if "REJECTED" in codes:
        return Answer(status=400, body={"reason": "REJECTED"})
    return refusal(500, INTERNAL)
