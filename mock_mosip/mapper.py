"""Reads JSON as the Java mapper of MOSIP's services does, lenient where that is lenient.

Of a repeated member the last counts, what follows the value is ignored, unknown members are no error,
scalars become text by their own spelling, and an object or a list where text belongs is an error.
(FasterXML/jackson- databind)
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NoReturn, TypeAlias

from mock_control import JSON

MAX_DEPTH = 250  # the Java mapper goes down to 1000; nothing that MOSIP takes is deeper than ten
TOO_DEEP = "Document nesting depth exceeds the maximum allowed"

Parsed: TypeAlias = "dict[str, Parsed] | list[Parsed] | str | bool | None"
"""Parsed JSON in which numbers are NumberText."""


class MapperError(ValueError):
    """The body can't be mapped; the message is for the caller and holds none of its values."""


class NumberText(str):
    """A JSON number, as it was spelt."""

    __slots__ = ()


def _refuse_constant(name: str) -> NoReturn:
    raise MapperError(f"Non-standard token '{name}'")


_decoder = json.JSONDecoder(parse_int=NumberText, parse_float=NumberText, parse_constant=_refuse_constant)


def read(body: bytes) -> Parsed:
    """The JSON value at the beginning of ``body``; raises MapperError when there is none."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MapperError("Invalid UTF-8") from None
    text = text.lstrip(" \t\r\n")
    if not text:
        raise MapperError("Required request body is missing")
    try:
        value, _ = _decoder.raw_decode(text)
    except json.JSONDecodeError as error:
        raise MapperError(f"Unexpected character at [line: {error.lineno}, column: {error.colno}]") from None
    except RecursionError:
        raise MapperError(TOO_DEEP) from None
    parsed: Parsed = value
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _refuse_depth(parsed)
    return _without_lone_surrogates(parsed) if "\\ud" in text.lower() else parsed


def _refuse_depth(value: Parsed) -> None:
    level: list[Parsed] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return
    raise MapperError(TOO_DEEP)


def _inner(value: Parsed) -> Iterable[Parsed]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _without_lone_surrogates(value: Parsed) -> Parsed:
    """Half a surrogate pair becomes a question mark when Java writes it as UTF-8."""
    if isinstance(value, dict):
        return {_clean(name): _without_lone_surrogates(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    return _clean(value) if isinstance(value, str) and not isinstance(value, NumberText) else value


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def read_object(body: bytes) -> dict[str, Parsed]:
    """As ``read``, for a body that must be an object."""
    value = read(body)
    if not isinstance(value, dict):
        raise MapperError("Cannot deserialize an object from this value")
    return value


def as_object(value: Parsed, name: str) -> dict[str, Parsed] | None:
    """An object or nothing."""
    if value is None or isinstance(value, dict):
        return value
    raise MapperError(f"Cannot deserialize {name} from this value")


def as_text(value: Parsed, name: str) -> str | None:
    """Text, a scalar as text, or nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    raise MapperError(f"Cannot deserialize text {name} from an object or an array")


def as_flag(value: Parsed, name: str) -> bool:
    """A boolean, also spelt as text or as a number; nothing is false."""
    if isinstance(value, bool) or value is None:
        return bool(value)
    if isinstance(value, NumberText):
        return value.strip("-0.") != ""
    if isinstance(value, str) and value.strip().lower() in ("true", "false", ""):
        return value.strip().lower() == "true"
    raise MapperError(f"Cannot deserialize boolean {name}")


def as_map(value: Parsed, name: str) -> dict[str, str | None] | None:
    """A map of text."""
    members = as_object(value, name)
    return None if members is None else {key: as_text(each, f"{name}.{key}") for key, each in members.items()}


def as_list(value: Parsed, name: str) -> list[Parsed] | None:
    """A list or nothing."""
    if value is None or isinstance(value, list):
        return value
    raise MapperError(f"Cannot deserialize list {name}")


def as_time(value: Parsed, name: str) -> datetime | None:
    """A time ``yyyy-MM-dd'T'HH:mm:ss.SSS'Z'``, or nothing."""
    text = as_text(value, name)
    if text is None:
        return None
    if not is_stamp(text):
        raise MapperError(f"Cannot deserialize time {name}: expected yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
    return datetime.fromisoformat(text)


def is_stamp(text: str) -> bool:
    """Whether this is a time as all MOSIP services write it."""
    if len(text) != 24 or text[-1] != "Z" or text[10] != "T" or text[19] != "." or not text.isascii():
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def plain(value: Parsed) -> JSON:
    """The same value with numbers as Python numbers."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, NumberText):
        number: JSON = json.loads(value)
        return number
    return value
