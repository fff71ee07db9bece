"""URL-safe base64 as Java's decoder takes it: padding optional, nothing else beside it."""

from __future__ import annotations

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def decode(text: str) -> bytes:
    """The bytes; raises ValueError for what is not base64."""
    if not _ALPHABET.fullmatch(text):
        raise ValueError("not URL-safe base64")
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise ValueError("not URL-safe base64") from error
