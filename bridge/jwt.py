"""The parts of a compact JWT, read but not verified."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.errors import Problem
from bridge.reading import JSON, read_json

MAX_TOKEN_CHARACTERS = 16 * 1024


class MalformedTokenError(ValueError):
    """Not three dotted base64url parts with JSON objects in the first two. Says nothing of the token."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token's parts. Nothing in it is to be believed before ``signature`` has been checked."""

    raw: str = field(repr=False)
    header: Mapping[str, JSON]
    claims: Mapping[str, JSON] = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def read_token(raw: str, *, max_characters: int = MAX_TOKEN_CHARACTERS) -> Token:
    """The parts of a compact JWT. Raises MalformedTokenError."""
    head, _, rest = raw.partition(".")
    body, _, tail = rest.partition(".")
    if len(raw) > max_characters or not (head and body and tail) or not raw.isascii():
        raise MalformedTokenError
    return Token(
        raw=raw,
        header=_object(head, max_characters),
        claims=_object(body, max_characters),
        signing_input=f"{head}.{body}".encode("ascii"),
        signature=decode_base64url(tail),
    )


def claims_in(raw: str) -> Mapping[str, JSON]:
    """The claims alone of a token that was checked before. Raises MalformedTokenError."""
    return _object(raw.partition(".")[2].partition(".")[0], MAX_TOKEN_CHARACTERS)


def decode_base64url(text: str) -> bytes:
    """Bytes of unpadded base64url. Raises MalformedTokenError on any other character."""
    try:
        standard = text.replace("-", "+").replace("_", "/") if "+" not in text and "/" not in text else "?"
        return base64.b64decode(standard + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedTokenError from None


def numeric_date(claim: JSON | None) -> float | None:
    """A NumericDate in seconds, or None for anything that is none (a date after the year 9999 neither)."""
    if isinstance(claim, bool) or not isinstance(claim, (int, float)):
        return None
    return float(claim) if 0 <= claim < 253_402_300_800 and math.isfinite(claim) else None


def _object(part: str, max_bytes: int) -> Mapping[str, JSON]:
    try:
        value = read_json(decode_base64url(part), max_bytes=max_bytes)
    except Problem:
        raise MalformedTokenError from None
    if not isinstance(value, dict):
        raise MalformedTokenError
    return value
