"""The envelopes that MOSIP's services answer in. (mosip/commons: kernel-core ResponseWrapper.java)"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import contracts
from mock_control import JSON, Answer

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One item of ``errors``."""

    code: str
    message: str
    extra: Mapping[str, JSON] = field(default_factory=dict)

    def render(self) -> dict[str, JSON]:
        """As it stands in the envelope."""
        return {"errorCode": self.code, "message": self.message, **self.extra}


def fill(text: str, filled: Mapping[str, str]) -> str:
    """A text with its places ``{name}`` filled in; one that is not filled keeps its name."""
    return _PLACE.sub(lambda place: filled.get(place[1], place[1]), text)


def fault(code: str, **filled: str) -> Fault:
    """A fault with the text of the catalogue, its places filled in."""
    known = contracts.error_codes("mosip").get(code)
    return Fault(code=code, message=fill("Unknown Exception" if known is None else known.message, filled))


def wrapper(
    *,
    now: str,
    response: JSON = None,
    errors: Sequence[Fault] | None = (),
    id: str | None = None,  # noqa: A002 - the member's name
    version: str | None = None,
) -> dict[str, JSON]:
    """A ResponseWrapper; ``now`` is its ``responsetime``; ``errors`` None is sent as null."""
    listed: list[JSON] | None = None if errors is None else [each.render() for each in errors]
    return {
        "id": id,
        "version": version,
        "responsetime": now,
        "metadata": None,
        "response": response,
        "errors": listed,
    }


def spring_default(status: int, *, path: str, now: str) -> Answer:
    """What Spring Boot answers by itself when no handler of the service does."""
    phrase = HTTPStatus(status).phrase
    return Answer(status=status, body={"timestamp": now, "status": status, "error": phrase, "path": path})


def media_type(headers: Mapping[str, str]) -> str:
    """The media type of a request, lower case and without parameters."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def is_json(headers: Mapping[str, str]) -> bool:
    """Whether a Spring controller takes this as JSON."""
    kind = media_type(headers)
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
