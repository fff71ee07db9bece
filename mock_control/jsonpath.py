"""Looks one value up in JSON: ``$.a.b[0]['c d']`` or a JSON pointer. No wildcards, filters or slices."""

from __future__ import annotations

import re

from mock_control.errors import Refusal
from mock_control.messages import JSON

_STEP = re.compile(r"\.([A-Za-z_][\w\-]*)|\[([0-9]+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


def parse_path(path: str) -> tuple[str | int, ...]:
    """The members and indices that ``path`` walks through; raises Refusal for what it can't say."""
    if path.startswith("/"):
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/"))
    if not path.startswith("$"):
        raise Refusal(f"{path!r} is neither a JSONPath ($.a.b[0]) nor a JSON pointer (/a/b/0)")
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            raise Refusal(f"can't read {path!r} from {path[at:]!r} on")
        index = found[2]
        steps.append(int(index) if index else next(name for name in found.group(1, 3, 4) if name is not None))
        at = found.end()
    return tuple(steps)


def look_up(value: JSON, steps: tuple[str | int, ...]) -> tuple[bool, JSON]:
    """Whether there is something at the end of ``steps``, and what."""
    for step in steps:
        if isinstance(value, dict) and str(step) in value:
            value = value[str(step)]
        elif isinstance(value, list) and str(step).isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value
