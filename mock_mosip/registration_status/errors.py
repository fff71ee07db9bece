"""Error codes of the status service. (mosip/registration: PlatformErrorMessages.java)"""

from __future__ import annotations

from mock_mosip.wrappers import Fault

MISSING = {"version": "RPR-RGS-019", "requesttime": "RPR-RGS-020", "id": "RPR-RGS-021"}
INVALID = {"version": "RPR-RGS-022", "requesttime": "RPR-RGS-023", "id": "RPR-RGS-024"}
RID_NULL = Fault(code="RPR-RGS-006", message="RegistrationId is null")
DATA_VALIDATION_FAILED = Fault(code="RPR-RGS-015", message="Data Validation Failed")

MESSAGES = {
    RID_NULL.code: RID_NULL.message,
    DATA_VALIDATION_FAILED.code: DATA_VALIDATION_FAILED.message,
    "RPR-RGS-018": "Unknown Exception",
}


def missing(name: str) -> Fault:
    """A member of the wrapper that is not there."""
    return Fault(code=MISSING[name], message=f"Missing Input Parameter - {name}")


def invalid(name: str) -> Fault:
    """A member of the wrapper that is not as configured."""
    return Fault(code=INVALID[name], message=f"Invalid Input Parameter - {name}")


def not_found(rid: str) -> Fault:
    """A registration that nobody began; stands beside those that were found."""
    return Fault(code="RPR-RGS-031", message="RID Not Found", extra={"registrationId": rid})
