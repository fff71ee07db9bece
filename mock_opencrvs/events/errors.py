"""tRPC errors: a name, a number and an HTTP status that belong together, and the object they travel as.

Source: trpc/trpc packages/server (11.8.1): src/unstable-core-do-not-import/rpc/codes.ts,
http/getHTTPStatusCode.ts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from mock_opencrvs.values import JSON, JSONObject

JSON_RPC = {
    "PARSE_ERROR": (-32700, 400),
    "BAD_REQUEST": (-32600, 400),
    "INTERNAL_SERVER_ERROR": (-32603, 500),
    "UNAUTHORIZED": (-32001, 401),
    "FORBIDDEN": (-32003, 403),
    "NOT_FOUND": (-32004, 404),
    "METHOD_NOT_SUPPORTED": (-32005, 405),
    "CONFLICT": (-32009, 409),
    "UNSUPPORTED_MEDIA_TYPE": (-32015, 415),
}
MASKED = "Internal server error"


class TrpcError(Exception):
    """A call that failed; without a message the name of its code stands in, as in tRPC itself."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code
        self.number, self.status = JSON_RPC[code]

    def to_json(self, path: str | None, *, masked: bool = False) -> JSONObject:
        """The inner error object; ``masked`` writes a 500 the way a production build does."""
        hidden = masked and self.status == JSON_RPC["INTERNAL_SERVER_ERROR"][1]
        data: JSONObject = {"code": self.code, "httpStatus": self.status}
        if path is not None and not hidden:
            data["path"] = path
        return {"message": MASKED if hidden else self.message, "code": self.number, "data": data}


class EventNotFoundError(TrpcError):
    """No such record, or none that the caller's scopes cover: the two look alike from outside."""

    def __init__(self, event_id: str) -> None:
        super().__init__("NOT_FOUND", f"Event not found with ID: {event_id}")


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One complaint of zod 4 about an input."""

    code: str
    path: Sequence[str]
    message: str
    expected: str | None = None

    def to_json(self) -> JSONObject:
        """As zod lists it in the message of the error."""
        issue: JSONObject = {"code": self.code, "path": list[JSON](self.path), "message": self.message}
        return {"expected": self.expected, **issue} if self.expected else issue


class InputError(TrpcError):
    """The input does not have the procedure's form; the message is the JSON text of the issues."""

    LIST_START: ClassVar[str] = "[\n"

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__(
            "BAD_REQUEST", json.dumps([issue.to_json() for issue in issues], indent=2, ensure_ascii=False)
        )
        self.issues = tuple(issues)
