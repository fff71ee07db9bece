"""Small things every service here needs: JSON's type, times as OpenCRVS writes them, drawn ids."""

from __future__ import annotations

import random
import string
import uuid
from datetime import UTC, datetime
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
JSONObject: TypeAlias = dict[str, "JSON"]

ALPHABET = string.digits + string.ascii_uppercase


def stamp(moment: datetime) -> str:
    """``2026-05-04T08:11:02.101Z``: UTC with milliseconds, as every time in an event document."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def drawn_uuid(draw: random.Random) -> str:
    """A version 4 UUID out of a seeded draw."""
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def drawn_code(draw: random.Random, length: int) -> str:
    """``length`` characters of ``[0-9A-Z]``: a tracking id has 6, a registration number 12."""
    return "".join(draw.choice(ALPHABET) for _ in range(length))


def is_uuid(value: object) -> bool:
    """True for the text of a UUID in its hyphenated form."""
    if not isinstance(value, str) or len(value) != len("6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"):
        return False
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False
