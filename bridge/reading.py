"""The one reader of JSON that comes from outside: size, depth, duplicate keys, lone surrogates, NaN.

Two parsers share the work. orjson refuses what is no JSON at all (broken UTF-8, NaN, infinite numbers, lone
surrogates) in a few microseconds, but keeps the last of two equal keys and makes floats of long integers; the
standard library's C scanner keeps integers exact and shows every pair, so that a duplicate is seen. Both
together take about 25 µs for a registration of 3 KB; a regular expression that finds the keys takes twenty
times that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeAlias, cast

import orjson

from bridge.errors import Problem

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32


class _DuplicateKeyError(ValueError):
    """Two equal keys in one object. Carries no key: a key may be personal too."""


def read_json(raw: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JSON:
    """The value that ``raw`` (UTF-8 JSON) stands for.

    Raises Problem: 413 ``bridge.body.too-large``, 400 ``bridge.body.malformed``, ``bridge.body.too-deep``,
    ``bridge.body.duplicate-key``.
    """
    if len(raw) > max_bytes:
        raise _problem("too-large", f"The body is larger than {max_bytes} bytes.", status=413)
    try:
        parsed = orjson.loads(raw)
        # What holds few brackets can't nest deep, whatever is in its texts; that spares most the look.
        if raw.count(b"{") + raw.count(b"[") > max_depth and _deeper_than(parsed, max_depth):
            raise _problem("too-deep", f"The body nests deeper than {max_depth} levels.")
        return cast(JSON, _DECODER.decode(raw.decode("utf-8")))
    except _DuplicateKeyError:
        raise _problem("duplicate-key", "An object has two equal keys.") from None
    except ValueError:
        # The parsers' own messages quote the body, so they go no further.
        raise _problem("malformed", "The body is not well-formed JSON.") from None


def check_content_type(content_type: str | None) -> None:
    """Raise Problem 415 for anything but JSON in UTF-8; who names no type is believed to send it."""
    media, _, parameters = (content_type or "application/json").partition(";")
    charset = parameters.lower().replace('"', "").strip()
    if media.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise Problem(
            status=415,
            code="bridge.body.media-type",
            detail="The body must be application/json in UTF-8.",
            field="Content-Type",
        )


def _problem(code: str, detail: str, *, status: int = 400) -> Problem:
    return Problem(status=status, code=f"bridge.body.{code}", detail=detail)


def _deeper_than(value: JSON, limit: int) -> bool:
    """Whether containers nest deeper than the limit; level by level, so nothing recurses for an attacker."""
    level: list[JSON] = [value]
    for _ in range(limit + 1):
        containers = [each for each in level if isinstance(each, (dict, list))]
        if not containers:
            return False
        level = [child for each in containers for child in _children(each)]
    return True


def _children(container: dict[str, JSON] | list[JSON]) -> Iterable[JSON]:
    return container.values() if isinstance(container, dict) else container


def _pairs_to_dict(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _DuplicateKeyError
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs_to_dict)
