"""JSON from outside (an answer, a QR code) as a browser's ``JSON.parse`` takes it, within bounds."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from mock_opencrvs.values import JSON

DEEPEST = 100  # levels; nothing that a form reads comes near


class UnreadableError(ValueError):
    """The text is no JSON, or nested without end; the message never repeats it."""


def read_json(text: str | bytes) -> JSON:
    """The value of a JSON text. Raises UnreadableError."""
    try:
        value: JSON = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise UnreadableError("no JSON") from None
    if _is_deeper(value, DEEPEST):
        raise UnreadableError("JSON nested too deep")
    return value


def member(value: JSON, name: str) -> JSON:
    """A member of an object; None where there is none, or no object."""
    return value.get(name) if isinstance(value, dict) else None


def _is_deeper(value: JSON, levels: int) -> bool:
    level: list[JSON] = [value]
    for _ in range(levels + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: JSON) -> Iterable[JSON]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
