"""Errors of the status service. (mosip/registration: PlatformErrorMessages.java)"""

from __future__ import annotations

from dataclasses import replace

from mock_mosip.wrappers import Fault, fault

MISSING = {
    "version": fault("RPR-RGS-019"),
    "requesttime": fault("RPR-RGS-020"),
    "id": fault("RPR-RGS-021"),
}
INVALID = {
    "version": fault("RPR-RGS-022"),
    "requesttime": fault("RPR-RGS-023"),
    "id": fault("RPR-RGS-024"),
}
RID_NULL = fault("RPR-RGS-006")
DATA_INVALID = fault("RPR-RGS-015")


def not_found(rid: str) -> Fault:
    """A registration that nobody began; stands beside those that were found."""
    return replace(fault("RPR-RGS-031"), extra={"registrationId": rid})
