"""What the status service tells. (mosip/registration: registration-processor-registration-status-service)"""

from __future__ import annotations

from dataclasses import dataclass

from mock_control import JSON
from mock_mosip import mapper
from mock_mosip.registration_status import errors
from mock_mosip.workflow.state import Registration, Registrations
from mock_mosip.wrappers import Fault

WRAPPER_VERSION = "1.0"
MOST_ITEMS = 100
COLLAPSED = frozenset({"UIN_GENERATED", "REREGISTER", "REJECTED", "REPROCESS_FAILED"})


@dataclass(frozen=True, kw_only=True)
class Found:
    """Items found, and a fault for each that was not."""

    items: tuple[JSON, ...] = ()
    faults: tuple[Fault, ...] = ()


def parse_ids(body: bytes, wrapper_id: str) -> list[str] | Fault:
    """The registration ids that are asked for, at most a hundred, or what is wrong with the request."""
    try:
        envelope = mapper.read_object(body)
        texts = {name: mapper.as_text(envelope.get(name), name) for name in ("id", "version", "requesttime")}
        items = mapper.as_list(envelope.get("request"), "request")
        rids = [(mapper.as_map(each, "request") or {}).get("registrationId") for each in items or []]
    except mapper.MapperError:
        return errors.DATA_INVALID
    fault = _wrapper_fault(texts, wrapper_id)
    if fault is not None:
        return fault
    if items is None:
        return errors.DATA_INVALID
    known = [rid for rid in rids[:MOST_ITEMS] if rid]
    return known if len(known) == len(rids[:MOST_ITEMS]) else errors.RID_NULL


def _wrapper_fault(texts: dict[str, str | None], wrapper_id: str) -> Fault | None:
    for name, text in texts.items():
        if text is None:
            return errors.MISSING[name]
    if texts["id"] != wrapper_id:
        return errors.INVALID["id"]
    if texts["version"] != WRAPPER_VERSION:
        return errors.INVALID["version"]
    return None if mapper.is_stamp(texts["requesttime"] or "") else errors.INVALID["requesttime"]


def external_status(row: Registration) -> str:
    """The status as it is told outside."""
    if row.result is not None:
        return {"PROCESSED": "UIN_GENERATED", "FAILED": "REREGISTER", "REJECTED": "REJECTED"}[row.result]
    return "PROCESSING" if row.status == "RESUMABLE" else "PROCESSED"


class StatusService:
    """Looks registrations up."""

    def __init__(self, registrations: Registrations) -> None:
        self._registrations = registrations

    def search(self, rids: list[str], *, collapse: bool) -> Found:
        """The status of each; ``collapse`` makes success and failure alike PROCESSED, as ``/search`` does."""
        items: list[JSON] = []
        faults: list[Fault] = []
        for rid in rids:
            row = self._registrations.latest(rid)
            if row is None:
                faults.append(errors.not_found(rid))
                continue
            status = external_status(row)
            shown = "PROCESSED" if collapse and status in COLLAPSED else status
            items.append({"registrationId": rid, "statusCode": shown, "additionalInfoReqId": None})
        return Found(items=tuple(items), faults=tuple(faults))
