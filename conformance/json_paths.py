"""JSONPath (RFC 9535), as target files use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError

from conformance.jsontypes import JSON

_PATHS: Final = JSONPathEnvironment()
_EACH: Final = "[*]"


def complaint(path: str) -> str | None:
    """Why it is no JSONPath, or None."""
    try:
        _PATHS.compile(path)
    except JSONPathError as error:
        return str(error).splitlines()[0]
    return None


def every(path: str, value: JSON) -> Iterator[JSON]:
    """All that a path finds."""
    return (cast("JSON", each.value) for each in _PATHS.compile(path).finditer(value))


def first(path: str | None, value: JSON) -> JSON:
    """What a path finds first; None when it finds nothing."""
    if path is None:
        return None
    found = _PATHS.compile(path).find_one(value)
    return cast("JSON", found.value) if found is not None else None


def word(value: JSON) -> str:
    """A value as it is written in a target file: ``true``, not ``True``."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def leads_somewhere(path: str, value: JSON) -> bool:
    """Whether a path finds something, or at least an empty list of it: ``$.rows[*]`` in ``{"rows": []}``."""
    if next(every(path, value), None) is not None:
        return True
    return path.endswith(_EACH) and isinstance(first(path.removesuffix(_EACH), value), list)
