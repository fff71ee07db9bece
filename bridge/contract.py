"""Whether a body keeps its contract, asked quickly, and where not, told without its values."""

from __future__ import annotations

import re

from bridge.reading import JSON
from contracts import fast_validator, violations

_POINTER = re.compile(r"(/[A-Za-z0-9]{1,32})*")
_LACKS = re.compile(r"lacks ([A-Za-z0-9]{1,32})\b")


def broken_at(contract: str, body: JSON) -> str | None:
    """JSON pointer of the first member that breaks the contract or is absent; None when it keeps it."""
    if fast_validator(contract).is_valid(body):
        return None
    # The slow validator is asked only about what is refused anyway: it knows where, and quotes no value.
    broken = violations(contract, body)[0]
    absent = _LACKS.match(broken.message)
    pointer = f"{broken.pointer}/{absent[1]}" if absent else broken.pointer
    return pointer if _POINTER.fullmatch(pointer) else ""
