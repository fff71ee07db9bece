"""``metaInfo`` and ``audit`` of a country configuration whose pack says that it ``completes`` them.

Shape as opencrvs/opencrvs-integrationland sends it; the values name this mock, not a real operator.
"""

from __future__ import annotations

import json
import random
from datetime import datetime

from mock_opencrvs.values import JSON, JSONObject, drawn_uuid, stamp

CENTRE, MACHINE, OFFICER = "10001", "10004", "crvs1"
SEQUENCE_DIGITS = 5


def meta_info(moment: datetime, draw: random.Random) -> JSONObject:
    """Registration type, machine, centre and officer, each list as JSON text."""
    created = moment.strftime("%Y%m%d%H%M%S")
    sequence = f"{draw.randrange(10**SEQUENCE_DIGITS):0{SEQUENCE_DIGITS}d}"
    operator: dict[str, JSON] = {
        "officerId": OFFICER,
        "officerBiometricFileName": None,
        "supervisorId": None,
        "supervisorBiometricFileName": None,
        "supervisorPassword": "false",
        "officerPassword": "true",
        "supervisorPIN": None,
        "officerPIN": None,
        "supervisorOTPAuthentication": "false",
        "officerOTPAuthentication": "false",
    }
    return {
        "metaData": _labelled({"registrationType": "NEW", "machineId": MACHINE, "centerId": CENTRE}),
        "registrationId": f"{CENTRE}{MACHINE}{sequence}{created}",
        "operationsData": _labelled(operator),
        "capturedRegisteredDevices": "[]",
        "creationDate": created,
    }


def audit(moment: datetime, draw: random.Random, *, registration_id: str) -> JSONObject:
    """The one audit entry of a packet that was made."""
    written = stamp(moment)
    return {
        "uuid": drawn_uuid(draw),
        "createdAt": written,
        "eventId": "REG-EVT-066",
        "eventName": "PACKET_CREATION_SUCCESS",
        "eventType": "USER",
        "hostName": "crvs-host",
        "hostIp": "localhost",
        "applicationId": "REG",
        "applicationName": "REGISTRATION",
        "sessionUserId": "crvs",
        "sessionUserName": "crvs",
        "id": registration_id,
        "idType": "REGISTRATION_ID",
        "createdBy": "crvs",
        "moduleName": "Packet Handler",
        "moduleId": "REG-MOD-117",
        "description": "Packet created",
        "actionTimeStamp": written,
    }


def _labelled(values: dict[str, JSON]) -> str:
    return json.dumps(
        [{"label": label, "value": value} for label, value in values.items()], separators=(",", ":")
    )
