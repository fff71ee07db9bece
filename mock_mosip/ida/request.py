"""What a request says in the clear, and the rules of its fields.

(mosip/id-authentication: BaseIDAFilter.java, AuthRequestValidator.java, IdAuthValidator.java)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mock_mosip import mapper
from mock_mosip.id_repository.numbers import UIN_LENGTH, VID_LENGTH, is_uin, is_vid
from mock_mosip.ida import errors
from mock_mosip.ida.envelope import Envelope

REQUEST_ID = "mosip.identity.auth"
KYC_ID = "mosip.identity.kycauth"
ALLOWED_S = 30
AHEAD = timedelta(seconds=30)
BEHIND = timedelta(seconds=ALLOWED_S + 30)
ID_TYPES = ("UIN", "VID", "HANDLE")
REQUEST_TIME = "requestTime"
TIMESTAMP = "request/timestamp"

_VERSION = re.compile(r"[0-9]\.[0-9](\.[0-9])?")
_TRANSACTION = re.compile(r"[A-Za-z0-9]{10}")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)", re.ASCII)
_TEXTS = (
    "id",
    "version",
    "transactionID",
    REQUEST_TIME,
    "domainUri",
    "env",
    "individualId",
    "individualIdType",
    "thumbprint",
    "request",
    "requestSessionKey",
    "requestHMAC",
)


@dataclass(frozen=True, kw_only=True)
class AuthRequest:
    """The outer request: ``texts`` by member, None for what is missing."""

    texts: dict[str, str | None]
    consent: bool

    def envelope(self) -> Envelope:
        """The encrypted members; raises AuthRefusedError for one that is missing."""
        found: dict[str, str] = {}
        for name in ("thumbprint", "requestSessionKey", "requestHMAC", "request"):
            text = self.texts[name]
            if not text:
                raise errors.AuthRefusedError(errors.missing(name), early=True)
            found[name] = text
        return Envelope(
            request=found["request"],
            session_key=found["requestSessionKey"],
            request_hmac=found["requestHMAC"],
            thumbprint=found["thumbprint"],
        )


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """Whom a request is about."""

    kind: str
    number: str


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What this country allows; spelling of domain and environment is compared without regard to case."""

    domain_uris: Sequence[str]
    envs: Sequence[str]
    id_types: Sequence[str]


def parse(body: bytes) -> AuthRequest:
    """Maps the body; raises MapperError."""
    members = mapper.read_object(body)
    return AuthRequest(
        texts={name: mapper.as_text(members.get(name), name) for name in _TEXTS},
        consent=mapper.as_flag(members.get("consentObtained"), "consentObtained"),
    )


def check_head(asked: AuthRequest) -> None:
    """Id and version, which are looked at before all else; raises AuthRefusedError."""
    for name, fits in (("id", asked.texts["id"] == REQUEST_ID), ("version", _is_version(asked))):
        if not asked.texts[name]:
            raise errors.AuthRefusedError(errors.missing(name), early=True)
        if not fits:
            raise errors.AuthRefusedError(errors.invalid(name), early=True)


def _is_version(asked: AuthRequest) -> bool:
    return _VERSION.fullmatch(asked.texts["version"] or "") is not None


def check_fields(asked: AuthRequest, timestamp: str | None, rules: Rules, *, now: datetime) -> None:
    """The fields in IDA's order, up to the first that breaks a rule; raises AuthRefusedError."""
    if not asked.consent:
        raise errors.AuthRefusedError(errors.CONSENT)
    _check_time(asked.texts[REQUEST_TIME], REQUEST_TIME, now)
    _check_time(timestamp, TIMESTAMP, now)
    for name, allowed in (("domainUri", rules.domain_uris), ("env", rules.envs)):
        value = asked.texts[name]
        if value is not None and value.lower() not in {each.lower() for each in allowed}:
            raise errors.AuthRefusedError(errors.invalid(f"request/{name}"))
    transaction = asked.texts["transactionID"]
    if not transaction:
        raise errors.AuthRefusedError(errors.missing("transactionID"))
    if not _TRANSACTION.fullmatch(transaction):
        raise errors.AuthRefusedError(errors.invalid("transactionID"))


def _check_time(text: str | None, field: str, now: datetime) -> None:
    if not text:
        raise errors.AuthRefusedError(errors.missing(field))
    if not _STAMP.fullmatch(text):
        raise errors.AuthRefusedError(errors.invalid(field))
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise errors.AuthRefusedError(errors.invalid(field)) from None
    if not now - BEHIND <= time <= now + AHEAD:
        raise errors.AuthRefusedError(errors.error("IDA-MLC-001", seconds=str(ALLOWED_S)))


def identifier(asked: AuthRequest, rules: Rules, *, legacy_ids: bool) -> Identifier:
    """Whom it is about; the type is guessed if it is not told. Raises AuthRefusedError."""
    number, kind = asked.texts["individualId"], asked.texts["individualIdType"]
    if not number or not number.strip():
        raise errors.AuthRefusedError(errors.missing("individualId"))
    kind = kind or _guess(number, legacy_ids=legacy_ids)
    if kind is None:
        raise errors.AuthRefusedError(errors.invalid("individualId"))
    if kind not in ID_TYPES:
        raise errors.AuthRefusedError(errors.invalid("individualIdType"))
    if kind not in rules.id_types:
        raise errors.AuthRefusedError(errors.error("IDA-MLC-015", type=kind))
    if kind == "UIN" and not _fits_uin(number, legacy_ids):
        raise errors.AuthRefusedError(errors.BAD_UIN)
    if kind == "VID" and not _fits_vid(number, legacy_ids):
        raise errors.AuthRefusedError(errors.BAD_VID)
    return Identifier(kind=kind, number=number)


def _guess(number: str, *, legacy_ids: bool) -> str | None:
    if _fits_uin(number, legacy_ids):
        return "UIN"
    if _fits_vid(number, legacy_ids):
        return "VID"
    return "HANDLE" if "@" in number else None


def _fits_uin(number: str, legacy_ids: bool) -> bool:
    return is_uin(number) or (legacy_ids and _is_digits(number, UIN_LENGTH))


def _fits_vid(number: str, legacy_ids: bool) -> bool:
    return is_vid(number) or (legacy_ids and _is_digits(number, VID_LENGTH))


def _is_digits(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit()
