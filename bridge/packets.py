"""The bodies of createPacket and workflowinstance, with what MOSIP needs and nobody else sends.

Sources: mosip/packet-manager: dto/packet/PacketDto.java (texts only, audits not empty); mosip/registration:
OSIUtils.java, JsonConstant.java (labels of metaInfo), docs/crvs-mosip-integration.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

import orjson

from bridge.idschema import encoded_default_schema, id_schema

if TYPE_CHECKING:
    from bridge.registration import Registration
    from bridge.settings import Settings

WORKFLOW_ID = "mosip.registration.processor.workflow.instance"
_CAPITALISED = frozenset({"gender", "sex"})


def stamp(moment: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SS.mmmZ`` of an aware moment."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def draw_rid(*, center: str, machine: str, sequence: int, now: datetime, prefix: str | None) -> str:
    """A registration id: centre(5) machine(5) sequence(5) ``yyyyMMddHHmmss`` UTC, 29 digits.

    With a prefix, the form of the reference implementation: the prefix and 10 random digits.
    """
    if prefix is not None:
        return f"{prefix}{secrets.randbelow(10**10):010d}"
    return f"{center}{machine}{sequence % 100_000:05d}{now.astimezone(UTC):%Y%m%d%H%M%S}"


def packet_body(registration: Registration, *, rid: str, settings: Settings, now: datetime) -> bytes:
    """Body of PUT createPacket. The same arguments give the same bytes: a retry sends what was sent."""
    process = _process(registration, settings)
    head = {
        "id": "mosip.registration.packet.writer",
        "version": "v1",
        "requesttime": stamp(now),
        "metadata": {},
        "request": {
            "id": rid,
            "refId": f"{settings.mosip_center_id}_{settings.mosip_machine_id}",
            "offlineMode": False,
            "process": process,
            "source": settings.bridge_source,
            "schemaVersion": settings.bridge_schema_version,
            "fields": outward_fields(registration, language=settings.language),
            "metaInfo": _meta_info(registration, rid=rid, process=process, settings=settings, now=now),
            "audits": [_audit(registration, rid=rid, settings=settings, now=now)],
        },
    }
    schema = registration.schema_json
    encoded = encoded_default_schema() if schema is None else orjson.dumps(schema)
    # The schema is most of a packet and never changes: its bytes are put in, not encoded again.
    return b'%b,"schemaJson":%b}}' % (orjson.dumps(head)[:-2], encoded)


def workflow_body(registration: Registration, *, rid: str, settings: Settings, now: datetime) -> bytes:
    """Body of POST workflowinstance."""
    told = registration.notification
    return orjson.dumps(
        {
            "id": WORKFLOW_ID,
            "version": "v1",
            "requesttime": stamp(now),
            "request": {
                "registrationId": rid,
                "process": _process(registration, settings),
                "source": settings.bridge_source,
                "additionalInfoReqId": "",
                "notificationInfo": {"name": told.name, "phone": told.phone, "email": told.email},
            },
        }
    )


def outward_fields(registration: Registration, *, language: str) -> dict[str, str]:
    """Fields as the id schema wants them: language lists where it says so, gender with a capital."""
    listed = id_schema(registration.schema_json).language_fields
    return {
        name: _outward(name, text, language=language if name in listed else None)
        for name, text in registration.fields.items()
    }


def _outward(name: str, text: str, *, language: str | None) -> str:
    if text.startswith("["):
        if name not in _CAPITALISED:
            return text
        values = orjson.loads(text)
        return _encoded({**each, "value": _capital(each["value"])} for each in values)
    plain = _capital(text) if name in _CAPITALISED else text
    return plain if language is None else _encoded([{"language": language, "value": plain}])


def _capital(text: str) -> str:
    return text.capitalize() if text.isascii() else text


def _encoded(values: Iterable[Mapping[str, str | None]]) -> str:
    return orjson.dumps(list(values)).decode("utf-8")


def _process(registration: Registration, settings: Settings) -> str:
    return settings.bridge_process_birth if registration.kind == "birth" else settings.bridge_process_death


def _meta_info(
    registration: Registration, *, rid: str, process: str, settings: Settings, now: datetime
) -> dict[str, str]:
    """What was sent, completed: the workflow fails without officer, centre, machine and registration type."""
    sent = {name: text for name, text in registration.meta_info.items() if text}
    place = {
        "registrationType": process,
        "centerId": settings.mosip_center_id,
        "machineId": settings.mosip_machine_id,
    }
    return {
        "registrationId": rid,
        "creationDate": stamp(now),
        "capturedRegisteredDevices": "[]",
        **sent,
        "metaData": _completed_labels(sent.get("metaData"), place),
        "operationsData": _operations(sent.get("operationsData"), settings.bridge_officer_id),
    }


def _operations(sent: str | None, officer: str) -> str:
    supervised = any(label == "supervisorId" and value for label, value in _labels(sent))
    return _completed_labels(sent, {} if supervised else {"officerId": officer, "officerPassword": "true"})


def _completed_labels(sent: str | None, wanted: Mapping[str, str]) -> str:
    """The sent ``[{label, value}]`` with the wanted labels added where they are absent or null."""
    given = list(_labels(sent))
    said = {label for label, value in given if value}
    kept = [(label, value) for label, value in given if value or label not in wanted]
    added = [(label, value) for label, value in wanted.items() if label not in said]
    return _encoded({"label": label, "value": value} for label, value in (*kept, *added))


def _labels(sent: str | None) -> Iterable[tuple[str, str | None]]:
    for item in orjson.loads(sent or "[]"):
        value = item.get("value")
        yield item["label"], None if value is None else str(value)


def _audit(registration: Registration, *, rid: str, settings: Settings, now: datetime) -> dict[str, str]:
    """One audit, completed: the packet writer loses a packet that has none."""
    sent = {name: text for name, text in registration.audit.items() if text}
    moment, officer = stamp(now), settings.bridge_officer_id
    return {
        "uuid": str(uuid5(NAMESPACE_OID, rid)),
        "createdAt": moment,
        "eventId": "REG-EVT-066",
        "eventName": "PACKET_CREATION_SUCCESS",
        "eventType": "USER",
        "hostName": settings.bridge_instance_id,
        "hostIp": "localhost",
        "applicationId": "REG",
        "applicationName": "REGISTRATION",
        "sessionUserId": officer,
        "sessionUserName": officer,
        "id": rid,
        "idType": "REGISTRATION_ID",
        "createdBy": officer,
        "moduleName": "Packet Handler",
        "moduleId": "REG-MOD-117",
        "description": "Packet created",
        "actionTimeStamp": moment,
        **sent,
    }
