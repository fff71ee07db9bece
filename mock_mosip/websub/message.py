"""What the hub carries: content for a topic, how it is signed, and the ways in which it can be spoilt."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Final

from mock_control import JSON, Keys
from mock_mosip.websub.surprises import SURPRISES, surprising

SIGNATURE: Final = "X-Hub-Signature"
CONTENT_CHANGES: Final[Mapping[str, str]] = {
    "altered-body": "a byte of it is changed after it was signed",
    "truncated": "only half of it is there, and that half is signed",
    "other-topic": "it says that it is of another topic",
    **SURPRISES,
}
HUB_SIGNATURES: Final[Mapping[str, str]] = {
    "not": "no signature",
    "wrong-secret": "signed with another secret",
    "two-headers": "a wrong signature and a right one",
    "sha1": "signed with the right secret, by SHA-1",
    "upper-case": "the right signature in capitals",
}
OTHER_TOPIC: Final = "somebody-else/CREDENTIAL_ISSUED"
_UNREAD: Final = b'"protectionKey":"'
"""A member of a credential event that nobody reads."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """Content for a topic.

    ``view`` is what the mock can read of it, ``cause`` the exchange that brought it about. ``spoil`` makes it
    anew as a fault wants what is inside it.
    """

    topic: str
    content: bytes
    content_type: str = "application/json"
    view: JSON = None
    keys: Keys
    cause: int | None = None
    spoil: Callable[[Set[str]], Message] | None = None


def signature(secret: str, content: bytes) -> str:
    """The value of X-Hub-Signature."""
    return f"sha256={hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()}"


def signatures(secret: str, content: bytes, changes: Set[str]) -> dict[str, str]:
    """The headers that sign the content; as ``changes`` (names of HUB_SIGNATURES) want it."""
    right, wrong = signature(secret, content), signature(f"not {secret}", content)
    if "not" in changes:
        return {}
    if "wrong-secret" in changes:
        return {SIGNATURE: wrong}
    if "two-headers" in changes:
        # Names that differ in case, so that both are sent.
        return {SIGNATURE: wrong, SIGNATURE.lower(): right}
    if "sha1" in changes:
        return {SIGNATURE: f"sha1={hmac.new(secret.encode(), content, hashlib.sha1).hexdigest()}"}
    return {SIGNATURE: right.upper() if "upper-case" in changes else right}


def to_sign(message: Message, changes: Set[str]) -> bytes:
    """The content that is signed."""
    content = surprising(message.content, changes)
    if "other-topic" in changes:
        content = content.replace(b'"%s"' % message.topic.encode(), b'"%s"' % OTHER_TOPIC.encode())
    return content[: len(content) // 2] if "truncated" in changes else content


def to_send(signed: bytes, changes: Set[str]) -> bytes:
    """The content that leaves, once it is signed."""
    if "altered-body" not in changes:
        return signed
    if _UNREAD not in signed:
        return signed + b" "
    place = signed.index(_UNREAD) + len(_UNREAD)
    digit = b"1" if signed[place : place + 1] != b"1" else b"2"
    return signed[:place] + digit + signed[place + 1 :]
