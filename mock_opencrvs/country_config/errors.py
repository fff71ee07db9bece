"""What the country configuration says when it cannot answer a hook: hapi's plain error bodies."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from mock_control import Answer, Incoming


def refusal(status: int, message: str) -> Answer:
    """A hapi (boom) error body."""
    words = HTTPStatus(status).phrase
    return Answer(status=status, body={"statusCode": status, "error": words, "message": message})


def errors(_: Incoming, codes: Sequence[str]) -> Answer:
    """A fault's ``errors``: REJECTED refuses the action (400), anything else is a 500."""
    if "REJECTED" in codes:
        return Answer(status=400, body={"reason": "REJECTED"})
    return refusal(500, "An internal server error occurred")
