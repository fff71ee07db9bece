"""What an answer of IDA means: about the person, or about us and IDA, which is never held against anybody.

All answers of IDA are HTTP 200; the codes tell them apart, and the list may hold the general IDA-MLC-007
beside the one that counts. (mosip/id-authentication: IdAuthenticationErrorConstants.java)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bridge.http import Reply
from bridge.reading import JSON

Member = Literal["nid", "name", "dob", "gender"]
Status = Literal["verified", "failed", "unknown", "deactivated"]
Reason = Literal[
    "mismatch",
    "not-held",
    "not-matched",
    "identifier-invalid",
    "identifier-unknown",
    "identifier-deactivated",
    "identifier-expired",
    "identifier-locked",
]


class Trouble(StrEnum):
    """Why IDA has said nothing about the person."""

    UNAVAILABLE = "unavailable"
    CLOCK = "clock"
    PARTNER = "partner"
    REQUEST = "request"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What IDA said about the person; ``fields`` are the members of the request that it is about."""

    status: Status
    reason: Reason | None = None
    fields: tuple[Member, ...] = ()
    code: str | None = None

    @property
    def retryable(self) -> bool:
        """Whether the same question may have another answer soon: a new number reaches IDA after a while."""
        return self.status == "unknown"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """No word about the person. ``code`` is IDA's, for the operator."""

    trouble: Trouble
    code: str | None = None
    retry_after: float | None = None


_GENERAL = "IDA-MLC-007"
_CODE = re.compile(r"IDA-[A-Z]{3}-[0-9]{3}")
_CLOCK = "IDA-MLC-001"
_NOT_US = frozenset({_GENERAL, "IDA-MLC-020", "IDA-MLC-021"})

# In this order: a number that is not known, or no longer, has nothing that could mismatch.
_OF_THE_NUMBER: Mapping[str, tuple[Status, Reason]] = {
    "IDA-MLC-003": ("deactivated", "identifier-deactivated"),
    "IDA-MLC-010": ("deactivated", "identifier-deactivated"),
    "IDA-MLC-022": ("deactivated", "identifier-deactivated"),
    "IDA-MLC-023": ("deactivated", "identifier-deactivated"),
    "IDA-MLC-005": ("deactivated", "identifier-expired"),
    "IDA-MLC-018": ("unknown", "identifier-unknown"),
    "IDA-MLC-014": ("unknown", "identifier-unknown"),
    "IDA-MLC-002": ("failed", "identifier-invalid"),
    "IDA-MLC-004": ("failed", "identifier-invalid"),
    "IDA-MLC-017": ("failed", "identifier-invalid"),
    "IDA-MLC-026": ("failed", "identifier-invalid"),
    "IDA-MLC-027": ("failed", "identifier-invalid"),
    "IDA-MLC-028": ("failed", "identifier-invalid"),
    "IDA-MLC-029": ("failed", "identifier-invalid"),
    "IDA-MLC-019": ("failed", "identifier-locked"),
}
_OF_ATTRIBUTES: Mapping[str, Reason] = {"IDA-DEA-001": "mismatch", "IDA-DEA-003": "not-held"}
# Texts name the stored attribute; the reference implementation's mock names ours.
_ATTRIBUTES: Mapping[str, Member] = {
    "fullname": "name",
    "name": "name",
    "dateofbirth": "dob",
    "dob": "dob",
    "gender": "gender",
}
_ATTRIBUTE = re.compile(r"Demographic data ([A-Za-z]{1,32})\b")


def judge(reply: Reply) -> Verdict | Failure:
    """Whose fault it is first, then what is said about the person."""
    body = reply.json
    if reply.error is not None or reply.status != 200 or not isinstance(body, dict):
        return Failure(trouble=Trouble.UNAVAILABLE, retry_after=reply.retry_after)
    listed = body.get("errors")
    if listed not in (None, []) and not reply.codes:
        return Failure(trouble=Trouble.UNAVAILABLE)
    response = body.get("response")
    status = response.get("authStatus") if isinstance(response, dict) else None
    if reply.codes:
        return _judged_by_codes(reply.codes, listed, denied=status is not True)
    if status is True:
        return Verdict(status="verified")
    if status is False:
        return Verdict(status="failed", reason="not-matched")
    return Failure(trouble=Trouble.UNAVAILABLE)


def _judged_by_codes(codes: tuple[str, ...], listed: JSON, *, denied: bool) -> Verdict | Failure:
    said = [code for code in codes if code != _GENERAL]
    strange = [code for code in said if code not in _OF_THE_NUMBER and code not in _OF_ATTRIBUTES]
    if strange or not said or not denied:
        return _failure((strange or list(codes))[0])
    for code, (status, reason) in _OF_THE_NUMBER.items():
        if code in said:
            return Verdict(status=status, reason=reason, fields=("nid",), code=code)
    code = next(each for each in _OF_ATTRIBUTES if each in said)
    return Verdict(status="failed", reason=_OF_ATTRIBUTES[code], fields=_fields(listed, code), code=code)


def _failure(code: str) -> Failure:
    known = code if _CODE.fullmatch(code) else None
    if code == _CLOCK:
        return Failure(trouble=Trouble.CLOCK, code=known)
    if code.startswith("IDA-MPA-"):
        return Failure(trouble=Trouble.PARTNER, code=known)
    if known is None or code in _NOT_US or code.startswith("IDA-RST-"):
        return Failure(trouble=Trouble.UNAVAILABLE, code=known)
    return Failure(trouble=Trouble.REQUEST, code=known)


def _fields(listed: JSON, code: str) -> tuple[Member, ...]:
    """The members that the errors of that code name, in the order of the errors, each once."""
    errors = listed if isinstance(listed, list) else []
    texts = [
        each.get("errorMessage")
        for each in errors
        if isinstance(each, dict) and each.get("errorCode") == code
    ]
    named = [_ATTRIBUTE.match(text) for text in texts if isinstance(text, str)]
    found = [_ATTRIBUTES.get(match[1].lower()) for match in named if match]
    return tuple(dict.fromkeys(member for member in found if member is not None))
