"""Plays the registrar: creates, declares, registers and reads records over OpenCRVS's tRPC.

The plain form of a call (no batch) with superjson's ``json`` wrapper.
Source: opencrvs/opencrvs-core: packages/toolkit/src/api, packages/events/src/router.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from json import dumps
from threading import Lock
from typing import Final

import requests

from conformance.jsontypes import JSON, items, mapping
from conformance.parties import HarnessError, MockAdmin
from conformance.record_state import record_state
from conformance.records import Record
from conformance.values import UnknownNameError

TIMEOUT: Final = (2.0, 120.0)
"""Connect and read, in seconds. Core has no time-out of its own while it waits for country-config."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The result of a call.

    ``kind`` is http, or no-answer (then ``status`` is None); ``body`` is parsed JSON or text.
    """

    kind: str
    status: int | None
    body: JSON = field(repr=False, default=None)

    def member(self, name: str) -> object:
        """``kind``, ``status`` or ``body``; raises UnknownNameError."""
        if name in ("kind", "status", "body"):
            return getattr(self, name)
        raise UnknownNameError(f"an answer has no '{name}', only kind, status and body")


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who has logged in: the token that their browser sends along, and who they are."""

    token: str = field(repr=False)
    user: str

    def member(self, name: str) -> object:
        """``token`` or ``user``; raises UnknownNameError."""
        if name in SESSION_MEMBERS:
            return getattr(self, name)
        raise UnknownNameError(f"a session has no '{name}', only token and user")


SESSION_MEMBERS: Final = ("token", "user")


class Registrar:
    """One registrar with a session of her own, begun when first needed."""

    def __init__(self, *, base_url: str, admin: MockAdmin, verify: str | bool = True) -> None:
        """``verify``: whose certificate is believed, as requests takes it."""
        self._verify = verify
        self._base = base_url.rstrip("/")
        self._admin = admin
        self._session: Session | None = None
        self._lock = Lock()

    def create(self, record: Record) -> None:
        """Creates the record; raises HarnessError when OpenCRVS does not use the reserved ids."""
        creation = record.actions["creation"]
        answer = self._call("event.create", {"type": record.event, "transactionId": creation.transaction_id})
        document = self._document(answer, f"creating {record.name}")
        if document.get("id") != record.event_id:
            raise HarnessError(f"OpenCRVS did not use the reserved id of {record.name}")

    def declare(self, record: Record, declaration: Mapping[str, JSON]) -> Answer:
        """Declares it and stays assigned; returns when country-config, and who that asks, have answered.

        A 5xx is an answer (the joint failed); raises HarnessError when OpenCRVS refuses the registrar.
        """
        answer = self._call(
            "event.actions.declare.request",
            {
                "eventId": record.event_id,
                "transactionId": record.actions["declaration"].transaction_id,
                "declaration": dict(declaration),
                "keepAssignment": True,
            },
        )
        if answer.status is None or answer.status < 500:
            self._document(answer, f"declaring {record.name}")
        return answer

    def register(self, record: Record) -> Answer:
        """Asks for registration; returns when country-config and bridge have answered.

        A 5xx is an answer (the joint failed); raises HarnessError when OpenCRVS refuses the registrar.
        """
        answer = self._call(
            "event.actions.register.request",
            {
                "eventId": record.event_id,
                "transactionId": record.registration.transaction_id,
                "declaration": {},
            },
        )
        if answer.status is not None and 400 <= answer.status < 500:
            raise HarnessError(f"OpenCRVS refused to register {record.name}: {_message(answer)}")
        return answer

    def correct(self, record: Record, changes: Mapping[str, JSON]) -> Answer:
        """Asks for a correction and approves it; the answer to what came last."""
        asked = self._request(record, "correction", "correction.request", declaration=dict(changes))
        accepted = [
            each
            for each in map(mapping, items(mapping(_result(asked)).get("actions")))
            if (each.get("type"), each.get("status")) == ("REQUEST_CORRECTION", "Accepted")
        ]
        if asked.status != HTTPStatus.OK or not accepted:
            return asked
        return self._request(record, "approval", "correction.approve", requestId=accepted[-1].get("id"))

    def revoke(self, record: Record, *, reason: str, back: bool) -> Answer:
        """Revokes the registration, or reinstates it."""
        kind = "REINSTATE_REVOKE_REGISTRATION" if back else "REVOKE_REGISTRATION"
        again = "/back" if back else ""
        return self._request(
            record,
            "revocation",
            "custom",
            transaction=f"{record.actions['revocation'].transaction_id}{again}",
            customActionType=kind,
            content={"reason": reason},
        )

    def archive(self, record: Record, *, reason: str) -> Answer:
        """Archives a record that is not registered."""
        return self._request(record, "archival", "archive", content={"reason": reason})

    def _request(
        self, record: Record, action: str, procedure: str, *, transaction: str | None = None, **more: JSON
    ) -> Answer:
        """Takes the record and asks for an action; raises HarnessError when OpenCRVS does not hand it out."""
        transaction_id = transaction or record.actions[action].transaction_id
        given: dict[str, JSON] = {"eventId": record.event_id, "transactionId": transaction_id}
        assigned = self._call("event.actions.assignment.assign", {**given, "assignedTo": self.session().user})
        self._document(assigned, f"taking {record.name}")
        return self._call(f"event.actions.{procedure}.request", {**given, **more})

    def declared(self, record: Record) -> Mapping[str, JSON]:
        """What the record says now, by form field; raises HarnessError when it cannot be read."""
        return record_state(self.document(record)).declaration

    def document(self, record: Record) -> Mapping[str, JSON]:
        """The record as it stands; raises HarnessError when it cannot be read."""
        return self._document(self._get("event.get", {"eventId": record.event_id}), f"reading {record.name}")

    def _document(self, answer: Answer, doing: str) -> Mapping[str, JSON]:
        document = _result(answer)
        if answer.status != 200 or not document:
            raise HarnessError(f"{doing}: OpenCRVS answered {answer.status}: {_message(answer)}")
        return document

    def _call(self, procedure: str, payload: dict[str, JSON]) -> Answer:
        return self._ask("POST", procedure, body={"json": payload})

    def _get(self, procedure: str, payload: dict[str, JSON]) -> Answer:
        return self._ask("GET", procedure, query={"input": dumps({"json": payload})})

    def _ask(
        self,
        method: str,
        procedure: str,
        *,
        body: dict[str, JSON] | None = None,
        query: dict[str, str] | None = None,
    ) -> Answer:
        return ask(
            method,
            f"{self._base}/events/{procedure}",
            headers={"Authorization": f"Bearer {self.token()}"},
            query=query or {},
            body=body,
            verify=self._verify,
        )

    def token(self) -> str:
        """The token of her session, which her browser sends along; raises HarnessError without one."""
        return self.session().token

    def session(self) -> Session:
        """Her session; raises HarnessError when OpenCRVS gives none."""
        with self._lock:
            if self._session is None:
                self._session = self._begin({})
            return self._session

    def log_in(self, *, role: str | None = None, scopes: Sequence[str] | None = None) -> Session:
        """Begins a session of another user, who does from now on what she did; raises AdminError."""
        wanted: dict[str, JSON] = {} if role is None else {"role": role}
        if scopes is not None:
            wanted["scopes"] = [*scopes]
        with self._lock:
            self._session = self._begin(wanted)
            return self._session

    def log_out(self) -> None:
        """Ends the session; the next call begins one of hers."""
        with self._lock:
            self._session = None

    def _begin(self, wanted: Mapping[str, JSON]) -> Session:
        told = mapping(self._admin.command("opencrvs.user_token", **wanted))
        token, user = told.get("token"), told.get("sub")
        if not isinstance(token, str):
            raise HarnessError("the OpenCRVS mock gave no user token")
        return Session(token=token, user=str(user))


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    query: Mapping[str, str] | None = None,
    body: JSON = None,
    text: str | None = None,
    timeout: tuple[float, float] = TIMEOUT,
    verify: str | bool = True,
) -> Answer:
    """One HTTP call whose failure is an answer too. ``text`` is sent as it is, ``body`` as JSON.

    ``verify``: whose certificate is believed, as requests takes it.
    """
    payload = text.encode() if text is not None else dumps(body).encode() if body is not None else None
    sent = {"Content-Type": "application/json", **headers} if payload is not None else dict(headers)
    try:
        reply = requests.request(
            method,
            url,
            headers=sent,
            params=dict(query or {}),
            data=payload,
            timeout=timeout,
            verify=verify,
        )
    except requests.RequestException as error:
        return Answer(kind="no-answer", status=None, body=type(error).__name__)
    try:
        parsed: JSON = reply.json()
    except requests.JSONDecodeError:
        parsed = reply.text
    return Answer(kind="http", status=reply.status_code, body=parsed)


def _result(answer: Answer) -> Mapping[str, JSON]:
    """The document in a good answer, empty in another."""
    return mapping(mapping(mapping(mapping(answer.body).get("result")).get("data")).get("json"))


def _message(answer: Answer) -> str:
    error = mapping(mapping(mapping(answer.body).get("error")).get("json"))
    return str(error.get("message") or answer.body or answer.kind)[:500]
