"""What the bridge answers when it refuses: one exception, and its rendering as problem+json (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

import orjson

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refusal with its HTTP status.

    ``code`` is ``bridge.…`` and stable; ``field`` a JSON pointer, or a claim's or header's name; ``detail`` a
    sentence about the rule that was broken. None of them ever holds a value of the message.
    """

    def __init__(
        self, *, status: int, code: str, detail: str, field: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(f"{status} {code}" + (f" at {field}" if field else ""))
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer beside its content type."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


def problem_body(problem: Problem, *, correlation_id: str) -> bytes:
    """Body by contract ``bridge/problem``; clients of the reference implementation read its ``error``."""
    phrase = HTTPStatus(problem.status).phrase
    members: dict[str, str | int] = {
        "type": "about:blank",
        "title": phrase,
        "status": problem.status,
        "error": phrase,
        "code": problem.code,
        "detail": problem.detail,
        "correlationId": correlation_id,
    }
    if problem.field is not None:
        members["field"] = problem.field
    return orjson.dumps(members)
