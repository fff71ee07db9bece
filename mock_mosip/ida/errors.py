"""Errors of ID authentication. (mosip/id-authentication: IdAuthenticationErrorConstants.java)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import contracts
from mock_control import JSON
from mock_mosip.wrappers import fill

ONE_LANGUAGE = "one-language"
ACTIONS: Mapping[str, str] = {
    "IDA-MLC-001": "Please send the request within {seconds} seconds",
    "IDA-MLC-002": "Please retry with the correct UIN",
    "IDA-MLC-003": "Your UIN status is not active",
    "IDA-MLC-004": "Please retry with correct VID",
    "IDA-MLC-005": "Please regenerate VID and try again",
    "IDA-MLC-011": "Please use other Authentication Types in the request",
    "IDA-MLC-014": "Please register your {channel} and try again",
    "IDA-DEA-001": "Please re-enter your {attribute} in {language}",
    f"IDA-DEA-001/{ONE_LANGUAGE}": "Please re-enter your {attribute}",
    "IDA-DEA-002": "Please provide valid Language",
    "IDA-OTA-004": "Please provide correct OTP value",
    "IDA-MPA-006": "Please use other Authentication Types in the request",
}


@dataclass(frozen=True, kw_only=True)
class AuthError:
    """One item of ``errors``: IDA says ``errorMessage`` where other services say ``message``."""

    code: str
    message: str
    action: str | None = None

    def render(self) -> dict[str, JSON]:
        """As it stands in the answer."""
        shown: dict[str, JSON] = {"errorCode": self.code, "errorMessage": self.message}
        return shown if self.action is None else {**shown, "actionMessage": self.action}


def error(code: str, *, case: str = "", **filled: str) -> AuthError:
    """An error with the texts of the catalogue; ``case`` tells apart what one code says in several ways."""
    key = f"{code}/{case}" if case else code
    known = contracts.error_codes("mosip").get(key)
    text = UNABLE_TO_PROCESS.message if known is None else known.message
    action = ACTIONS.get(key)
    return AuthError(
        code=code, message=fill(text, filled), action=None if action is None else fill(action, filled)
    )


def missing(field: str) -> AuthError:
    """A member or header that must be there."""
    return error("IDA-MLC-006", field=field)


def invalid(field: str) -> AuthError:
    """A member with a value that it can't have."""
    return error("IDA-MLC-009", field=field)


def mismatch(attribute: str, language: str | None) -> AuthError:
    """An attribute (by its stored name) that is another than the one known."""
    if language is None:
        return error("IDA-DEA-001", case=ONE_LANGUAGE, attribute=attribute)
    return error("IDA-DEA-001", attribute=attribute, language=language)


def not_known(attribute: str, language: str | None) -> AuthError:
    """An attribute (by its stored name) that is not known of the person, or not in that language."""
    if language is None:
        return error("IDA-DEA-003", case=ONE_LANGUAGE, attribute=attribute)
    return error("IDA-DEA-003", attribute=attribute, language=language)


class AuthRefusedError(Exception):
    """IDA does not authenticate. ``early`` when it refused before its controller was reached."""

    def __init__(self, *errors: AuthError, early: bool = False) -> None:
        super().__init__(", ".join(each.code for each in errors))
        self.errors = errors
        self.early = early


UNABLE_TO_PROCESS = AuthError(
    code="IDA-MLC-007", message=contracts.error_codes("mosip")["IDA-MLC-007"].message
)
CONSENT = error("IDA-MLC-012")
NO_FACTOR = error("IDA-MLC-008")
NO_ATTRIBUTE = error("IDA-MLC-013", factor="demo")
BAD_UIN = error("IDA-MLC-002")
BAD_VID = error("IDA-MLC-004")
UIN_DEACTIVATED = error("IDA-MLC-022")
VID_DEACTIVATED = error("IDA-MLC-023")
BAD_SIGNATURE = error("IDA-MPA-001", what="signature header")
CANNOT_DECRYPT = error("IDA-MPA-003")
KEY_EXPIRED = error("IDA-MPA-004")
BAD_HMAC = error("IDA-MPA-016")
UNKNOWN_LICENCE_KEY = error("IDA-MPA-007")
UNKNOWN_PARTNER = error("IDA-MPA-009")
UNKNOWN_API_KEY = error("IDA-MPA-014")
OTHER_CERTIFICATE = error("IDA-MPA-021")
NO_CERTIFICATE = error("IDA-MPA-022")
