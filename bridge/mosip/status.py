"""How far registrations are at MOSIP (mosip/registration: registration-status-service).

Only ``/externalstatus/search`` tells success from failure; the plain ``/search`` says PROCESSED for both.
It takes the roles REGISTRATION_ADMIN, _OFFICER, _SUPERVISOR and RESIDENT, so the packet client's token is
refused (403) by a stock MOSIP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from bridge.http import Reply, Upstream
from bridge.mosip.auth import Guarded, MosipTokens
from bridge.packets import stamp
from bridge.reading import JSON
from bridge.settings import Settings

MOST_AT_ONCE = 100
UNKNOWN_RID = "RPR-RGS-031"
_EXTERNAL = "mosip.registration.external.status"


@dataclass(frozen=True, kw_only=True)
class Statuses:
    """By RID the external status (``UIN_GENERATED``, ``REREGISTER``, ``REJECTED``, ``PROCESSING`` …).

    ``unknown`` are the RIDs that MOSIP says it does not know. What stands in neither was not answered.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()


class RegistrationStatus:
    """Asks the status service."""

    def __init__(self, guarded: Guarded) -> None:
        self._guarded = guarded

    @classmethod
    def of(cls, settings: Settings) -> RegistrationStatus | None:
        """As the settings say; None where BRIDGE_STATUS_URL is not set."""
        url = settings.bridge_status_url
        if url is None:
            return None
        upstream = Upstream.of(settings, party="registration_status", url=url, connections=1)
        return cls(Guarded(tokens=MosipTokens.for_status(settings), upstream=upstream))

    def ask(self, rids: Sequence[str]) -> Statuses | Reply:
        """The statuses of at most MOST_AT_ONCE registrations, or how the attempt ended."""
        reply = self._guarded.call(
            "POST",
            orjson.dumps(
                {
                    "id": _EXTERNAL,
                    "version": "1.0",
                    "requesttime": stamp(datetime.now(UTC)),
                    "request": [{"registrationId": rid} for rid in rids],
                }
            ),
        )
        told = reply.json if isinstance(reply.json, dict) else {}
        found, errors = told.get("response"), told.get("errors")
        if reply.status != 200 or not (isinstance(found, list) or _unknown(errors)):
            return reply
        return Statuses(known=_known(found), unknown=_unknown(errors))


def _known(found: JSON) -> Mapping[str, str]:
    return {
        str(each["registrationId"]): str(each["statusCode"])
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict)
        and isinstance(each.get("registrationId"), str)
        and isinstance(each.get("statusCode"), str)
    }


def _unknown(errors: JSON) -> frozenset[str]:
    return frozenset(
        str(each["registrationId"])
        for each in (errors if isinstance(errors, list) else [])
        if isinstance(each, dict)
        and each.get("errorCode") == UNKNOWN_RID
        and isinstance(each.get("registrationId"), str)
    )
