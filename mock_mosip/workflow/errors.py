"""Error codes of the workflow manager and sub-statuses of the stages.

Source: mosip/registration: PlatformErrorMessages.java, StatusUtil.java
"""

from __future__ import annotations

from mock_mosip.wrappers import Fault, fault

ALREADY_PRESENT = fault("RPR-WIS-001")
INSTANCE_FAILED = fault("RPR-WIS-000")
UNKNOWN = fault("RPR-WIN-002")


def missing(name: str) -> Fault:
    """A member of the wrapper that is not there."""
    return fault("RPR-WIN-000", field=name)


def invalid(name: str) -> Fault:
    """A member of the wrapper with another value than the configured one."""
    return fault("RPR-WIN-001", field=name)


PACKET_VALID = "Packet Validation is Successful"
PACKET_INVALID = "Packet validation failed in packet manager"
MANDATORY_MISSING = "Mandatory Fields are Not Present in ID Object"
UIN_NOT_FOUND = "UIN is Not Found in ID Repository"
CLASSIFIED = "Packet Classification is Successful"
CENTER_NOT_FOUND = "Center ID Not Found in Master DB"
MACHINE_NOT_FOUND = "Machine ID Not Found in Master DB"
CMD_VALID = "Center, Machine and Device Validation is Successful"
NOT_AN_INFANT = "Age group is not INFANT"
OFFICER_INACTIVE = "OfficerId is inActive"
SUPERVISOR_INACTIVE = "SupervisorId is inActive"
NO_OFFICER = "Neither officerId nor supervisorId is present in the packet"
OPERATOR_VALID = "Operator Validation is Successful"
SUPERVISOR_VALID = "Supervisor Validation is Successful"
DEMO_MATCH = "Potential Demo Match was Found"
DEMO_UNIQUE = "Demo Dedupe is Successful"
UIN_GENERATED = "UIN Generated Successfully"
UIN_DRAFTED = "UIN Data is drafted Successfully"
UIN_FAILED = "UIN Generation failed"
UIN_DEACTIVATED = "UIN already deactivated"
PUBLISHED = "idrepo draft was published successfuly"  # as MOSIP spells it
NOT_PUBLISHED = "idrepo draft could not be published"
REPROCESS = "Internal error, the packet will be reprocessed"
REPROCESS_EXCEEDED = "Reprocess count has exceeded the configured attempts"
FORCED = "Failed by a fault"
