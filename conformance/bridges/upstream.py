"""MOSIP and OpenCRVS as these bridges speak to them: no retries, every call with time-outs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Final

import requests

from conformance.bridges.reading import NUMBERS, PROCESSES, TIMEOUT, setting

SOURCE: Final = "OPENCRVS"
INSTANCE: Final = "mosip.registration.processor.workflow.instance"
STATUS: Final = "mosip.registration.external.status"
EXCHANGE: Final = {
    "grant_type": "urn:opencrvs:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "requested_token_type": "urn:opencrvs:oauth:token-type:single_record_token",
}


class TroubleError(Exception):
    """Nobody knows whether it was done: try again with the same ids."""


class RidTakenError(Exception):
    """MOSIP has a workflow of that registration id."""


class DeniedError(Exception):
    """OpenCRVS will never take this answer; the message is its own word, without values."""


class Mosip:
    """MOSIP's auth manager, packet manager, workflow manager, status service and hub."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens: dict[str, str] = {}

    def create_packet(self, rid: str, kind: str, fields: dict[str, str]) -> None:
        """Stores a packet; raises TroubleError unless MOSIP says that it has."""
        answer = self.ask("PUT", setting("MOSIP_CREATE_PACKET_URL"), packet_of(rid, kind, fields))
        if answer.get("errors") or not answer.get("response"):
            raise TroubleError("the packet was not stored")

    def start_workflow(self, rid: str, kind: str) -> None:
        """Hands a stored packet to the workflow; raises TroubleError, RidTakenError."""
        answer = self.ask("POST", setting("MOSIP_PROCESS_PACKET_URL"), workflow_of(rid, kind))
        if "RPR-WIS-001" in _codes(answer):
            raise RidTakenError(rid)
        response = answer.get("response")
        if not isinstance(response, dict) or not response.get("workflowInstanceId"):
            raise TroubleError("no workflow was started")

    def status(self, rid: str) -> str | None:
        """The external status: UIN_GENERATED, REREGISTER, REJECTED…; None while MOSIP doesn't know the id."""
        base = setting("MOSIP_PROCESS_PACKET_URL").partition("/workflowmanager/")[0]
        url = f"{base}/registrationstatus/externalstatus/search"
        answer = self.ask("POST", url, [{"registrationId": rid}], wrapper=STATUS, version="1.0")
        found = answer.get("response")
        items = found if isinstance(found, list) else []
        return next((str(each["statusCode"]) for each in items if each.get("registrationId") == rid), None)

    def subscribe(self, topic: str) -> None:
        """Asks the hub for a topic; raises TroubleError."""
        form = subscription_to(topic)
        url = setting("MOSIP_WEBSUB_HUB_URL")
        if (
            self._send("MOSIP_WEBSUB_AUTH", lambda token: _request("POST", url, token, data=form)).status_code
            != 202
        ):
            raise TroubleError("the hub did not take the subscription")

    def ask(
        self,
        method: str,
        url: str,
        what: object,
        *,
        wrapper: str = INSTANCE,
        version: str = "v1",
    ) -> dict[str, object]:
        """One call inside MOSIP's wrapper; raises TroubleError for anything but a JSON object with 200."""
        body = wrapped(what, wrapper=wrapper, version=version)
        answer = self._send("MOSIP_PACKET_AUTH", lambda token: _request(method, url, token, json=body))
        try:
            document = answer.json()
        except requests.JSONDecodeError:
            document = None
        if answer.status_code != 200 or not isinstance(document, dict):
            raise TroubleError(f"MOSIP answered {answer.status_code}")
        return document

    def _send(self, client: str, send: Callable[[str], requests.Response]) -> requests.Response:
        for _ in range(2):
            token = self._token(client)
            answer = send(token)
            if answer.status_code != 401:
                break
            with self._lock:
                self._tokens.pop(client, None)
        return answer

    def _token(self, client: str) -> str:
        with self._lock:
            if client in self._tokens:
                return self._tokens[client]
            body = wrapped(login_of(client))
            answer = _request("POST", setting("MOSIP_AUTH_URL"), None, json=body)
            token = answer.headers.get("Authorization")
            if not token:
                raise TroubleError("no token from MOSIP")
            self._tokens[client] = token
            return token


class OpenCrvs:
    """The two answers that OpenCRVS can be given, each time under a new transaction id."""

    def accept(
        self, *, event_id: str, action_id: str, bearer: str, number: str, identifier: str | None
    ) -> None:
        """Raises TroubleError, DeniedError."""
        told = {} if identifier is None else {"child.nid": identifier}
        call: dict[str, object] = {"registrationNumber": number, "declaration": told}
        self._answer("accept", event_id, action_id, bearer, call)

    def reject(self, *, event_id: str, action_id: str, bearer: str) -> None:
        """Raises TroubleError, DeniedError."""
        self._answer("reject", event_id, action_id, bearer, {})

    def _answer(
        self, procedure: str, event_id: str, action_id: str, bearer: str, call: dict[str, object]
    ) -> None:
        ids = {"eventId": event_id, "actionId": action_id, "transactionId": str(uuid.uuid4())}
        url = f"{setting('OPENCRVS_GATEWAY_URL')}/events/event.actions.register.{procedure}?batch=1"
        body = {"0": {"json": {**ids, **call}}}
        answer = _request("POST", url, None, json=body, headers={"Authorization": f"Bearer {bearer}"})
        if answer.status_code == 401:
            own = self._authority(event_id, action_id)
            answer = _request("POST", url, None, json=body, headers={"Authorization": f"Bearer {own}"})
        if answer.status_code in (400, 403, 404):
            raise DeniedError(f"OpenCRVS answered {answer.status_code}")
        if answer.status_code != 200:
            raise TroubleError(f"OpenCRVS answered {answer.status_code}")

    def _authority(self, event_id: str, action_id: str) -> str:
        client = {
            "grant_type": "client_credentials",
            "client_id": setting("OPENCRVS_CLIENT_ID"),
            "client_secret": setting("OPENCRVS_CLIENT_SECRET"),
        }
        own = self._grant(client)
        return self._grant({**EXCHANGE, "subject_token": own, "event_id": event_id, "action_id": action_id})

    def _grant(self, form: dict[str, str]) -> str:
        answer = _request("POST", f"{setting('OPENCRVS_AUTH_URL')}/token", None, data=form)
        if answer.status_code != 200:
            raise TroubleError("no token from OpenCRVS")
        return str(answer.json()["access_token"])


def packet_of(rid: str, kind: str, fields: dict[str, str]) -> dict[str, object]:
    """``request`` of createPacket, with what packet manager and workflow ask for beyond the fields."""
    sent = {name: text for name, text in fields.items() if name != NUMBERS["death"]}
    kinds = {name: {"type": "string", "fieldCategory": "pvt"} for name in sent}
    center, machine = setting("MOSIP_CENTER_ID"), setting("MOSIP_MACHINE_ID")
    return {
        "id": rid,
        "refId": f"{center}_{machine}",
        "process": PROCESSES[kind],
        "source": SOURCE,
        "offlineMode": False,
        "schemaVersion": "0.100",
        "schemaJson": json.dumps({"properties": {"identity": {"properties": kinds}}}),
        "fields": sent,
        "metaInfo": {
            "metaData": _labels(centerId=center, machineId=machine),
            "operationsData": _labels(officerId="opencrvs"),
        },
        "audits": [{"uuid": str(uuid.uuid4())}],
    }


def workflow_of(rid: str, kind: str) -> dict[str, object]:
    """``request`` of workflowinstance."""
    return {
        "registrationId": rid,
        "process": PROCESSES[kind],
        "source": SOURCE,
        "additionalInfoReqId": "",
        "notificationInfo": None,
    }


def wrapped(request: object, *, wrapper: str = INSTANCE, version: str = "v1") -> dict[str, object]:
    """A request inside MOSIP's wrapper."""
    return {"id": wrapper, "version": version, "requesttime": stamp(), "metadata": {}, "request": request}


def login_of(client: str) -> dict[str, str]:
    """``request`` of authmanager for a client by the beginning of its variables' names."""
    return {
        "clientId": setting(f"{client}_CLIENT_ID"),
        "secretKey": setting(f"{client}_CLIENT_SECRET"),
        "appId": setting("MOSIP_AUTH_CLIENT_APP_ID"),
    }


def subscription_to(topic: str) -> dict[str, str]:
    """The form by which the hub is asked for a topic."""
    return {
        "hub.mode": "subscribe",
        "hub.topic": topic,
        "hub.callback": setting("MOSIP_WEBSUB_CALLBACK_URL"),
        "hub.secret": setting("MOSIP_WEBSUB_SECRET"),
    }


def stamp() -> str:
    """Now, as MOSIP writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def draw_rid() -> str:
    """A registration id of 29 digits that nobody has."""
    place = f"{setting('MOSIP_CENTER_ID')}{setting('MOSIP_MACHINE_ID')}"
    return f"{place}{uuid.uuid4().int % 10**5:05d}{datetime.now(UTC):%Y%m%d%H%M%S}"


def _request(
    method: str,
    url: str,
    token: str | None,
    *,
    json: object = None,
    data: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    cookies = None if token is None else {"Authorization": token}
    try:
        return requests.request(
            method, url, json=json, data=data, headers=headers, cookies=cookies, timeout=TIMEOUT
        )
    except requests.RequestException as error:
        raise TroubleError(type(error).__name__) from None


def _codes(answer: dict[str, object]) -> list[str]:
    errors = answer.get("errors")
    return [str(each.get("errorCode")) for each in errors] if isinstance(errors, list) else []


def _labels(**of: str) -> str:
    return json.dumps([{"label": name, "value": value} for name, value in of.items()])
