"""A registrar at her screen: creates, declares, registers and reads records over OpenCRVS's tRPC.

Calls have the plain form (no batch) with superjson's `json` wrapper.
Source: opencrvs/opencrvs-core packages/toolkit/src/api, packages/events/src/router.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, TypeAlias, cast

import requests

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
Document: TypeAlias = dict[str, JSON]

USER_AGENT: Final = "mosip-harness registrar"
CONNECT_S: Final = 2.0
# Registering waits for country-config, which waits for the bridge.
READ_S: Final = 30.0


class RegistrarError(Exception):
    """OpenCRVS refused, or did not answer; the text says what and why, without personal data."""


class Registrar:
    """One registrar. base_url: the gateway, without a slash at the end. token: an OpenCRVS user token."""

    def __init__(self, base_url: str, token: str) -> None:
        self._events = f"{base_url}/events"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"Authorization": f"Bearer {token}", "User-Agent": USER_AGENT})

    def create(self, kind: str, *, transaction_id: str) -> Document:
        """A new record of this kind ("birth", "death"); the same transaction id gives the same record."""
        return self._mutate("event.create", {"type": kind, "transactionId": transaction_id})

    def declare(self, event_id: str, declaration: Mapping[str, JSON], *, transaction_id: str) -> Document:
        """Declares the record and stays assigned to it."""
        return self._mutate(
            "event.actions.declare.request",
            {
                "eventId": event_id,
                "transactionId": transaction_id,
                "declaration": dict(declaration),
                "keepAssignment": True,
            },
        )

    def register(self, event_id: str, *, transaction_id: str) -> Document:
        """Asks for registration; returns when country-config has answered, which asks the bridge first."""
        return self._mutate(
            "event.actions.register.request",
            {"eventId": event_id, "transactionId": transaction_id, "declaration": {}},
        )

    def read(self, event_id: str) -> Document:
        """The record with all its actions."""
        query = json.dumps({"json": {"eventId": event_id}})
        return self._call("GET", "event.get", params={"input": query})

    def _mutate(self, procedure: str, payload: Document) -> Document:
        return self._call("POST", procedure, body={"json": payload})

    def _call(
        self,
        method: str,
        procedure: str,
        *,
        body: Document | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Document:
        try:
            answer = self._session.request(
                method,
                f"{self._events}/{procedure}",
                json=body,
                params=params,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
            )
            content = cast("Document", answer.json())
        except requests.RequestException as error:
            raise RegistrarError(f"{procedure}: no proper answer ({type(error).__name__})") from error
        try:
            return cast("Document", content["result"]["data"]["json"])  # type: ignore[index,call-overload]
        except (KeyError, TypeError):
            raise RegistrarError(
                f"{procedure}: OpenCRVS answered {answer.status_code}{_reason(content)}"
            ) from None


def _reason(content: JSON) -> str:
    error = content.get("error") if isinstance(content, dict) else None
    inner = error.get("json") if isinstance(error, dict) else None
    return f": {inner.get('message')}" if isinstance(inner, dict) else ""
