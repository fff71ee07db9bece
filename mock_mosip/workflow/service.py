"""What the workflow manager does with ``workflowinstance``, apart from HTTP.

Source: mosip/registration: registration-processor-workflow-manager-service/{validator,service}
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from mock_control import Control, current_exchange
from mock_mosip import mapper
from mock_mosip.workflow import errors
from mock_mosip.workflow.engine import Engine
from mock_mosip.workflow.state import Registration, Registrations
from mock_mosip.wrappers import Fault

WRAPPER_ID = "mosip.registration.processor.workflow.instance"
WRAPPER_VERSION = "v1"
SHORTEST_RID = 10  # centre and machine are its first ten characters; less breaks the key reference


@dataclass(frozen=True, kw_only=True)
class InstanceRequest:
    """``request`` of workflowinstance, mapped."""

    rid: str | None
    process: str | None
    source: str | None


def parse_request(body: bytes) -> InstanceRequest | Fault:
    """Maps and validates the body, in MOSIP's order."""
    try:
        envelope = mapper.read_object(body)
        texts = {name: mapper.as_text(envelope.get(name), name) for name in ("id", "version", "requesttime")}
        request = mapper.as_object(envelope.get("request"), "request")
        found = {
            name: mapper.as_text((request or {}).get(name), name)
            for name in ("registrationId", "process", "source", "additionalInfoReqId")
        }
        mapper.as_map((request or {}).get("notificationInfo"), "notificationInfo")
    except mapper.MapperError:
        return errors.UNKNOWN
    fault = _wrapper_fault(texts)
    if fault is not None:
        return fault
    if request is None:
        return errors.UNKNOWN
    return InstanceRequest(rid=found["registrationId"], process=found["process"], source=found["source"])


def _wrapper_fault(texts: dict[str, str | None]) -> Fault | None:
    expected = {"id": WRAPPER_ID, "version": WRAPPER_VERSION}
    for name, text in texts.items():
        if text is None:
            return errors.missing(name)
        wanted = expected.get(name)
        fits = mapper.is_stamp(text) if wanted is None else text.lower() == wanted
        if not fits:
            return errors.invalid(name)
    return None


class WorkflowManager:
    """Begins workflows."""

    def __init__(self, *, registrations: Registrations, engine: Engine, control: Control) -> None:
        self._registrations = registrations
        self._engine = engine
        self._control = control

    def create_instance(self, body: bytes) -> str | Fault:
        """Begins a workflow and returns its id, or says why not.

        Whether a packet is there is not looked at.
        """
        request = parse_request(body)
        if isinstance(request, Fault):
            return request
        exchange, rid, process, source = current_exchange(), request.rid, request.process, request.source
        if rid is None or process is None or source is None:
            return errors.INSTANCE_FAILED
        if len(rid) < SHORTEST_RID:
            return errors.INSTANCE_FAILED
        chance = self._control.draw("workflow instance", exchange.owner)
        row = Registration(
            rid=rid,
            process=process,
            source=source,
            instance_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            owner=exchange.owner,
            cause=exchange.id,
        )
        if not self._registrations.add(row):
            return errors.ALREADY_PRESENT
        exchange.effect("packet-accepted", rid=rid, process=process)
        self._engine.begin(row)
        return row.instance_id
