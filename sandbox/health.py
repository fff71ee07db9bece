"""Ready or not: asks each party over HTTP, as a client would."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from sandbox.errors import SandboxError

HEALTH_PATHS: Final[Mapping[str, str]] = {
    "mosip": "/health",
    "esignet": "/health",
    "opencrvs": "/health",
    "bridge": "/ready",
}
ASK_TIMEOUT_S: Final = 2.0
POLL_S: Final = 0.03
ANSWER_LIMIT: Final = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Health:
    """What a party answered. status None: it gave no answer, `detail` says why."""

    status: int | None
    detail: str

    @property
    def ready(self) -> bool:
        return self.status == HTTPStatus.OK


def ask(url: str, path: str) -> Health:
    """One GET, with a time-out; no answer is an answer here."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ASK_TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Health(status=response.status, detail=_in_short(response.read(ANSWER_LIMIT)))
    except (OSError, http.client.HTTPException) as error:
        return Health(status=None, detail=str(error) or type(error).__name__)
    finally:
        connection.close()


def party_health(party: str, url: str) -> Health:
    return ask(url, HEALTH_PATHS[party])


def accepts(url: str) -> Health:
    """Whether anything listens there; for a bridge of which no more is known."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=ASK_TIMEOUT_S):
            return Health(status=200, detail="listens")
    except OSError as error:
        return Health(status=None, detail=str(error))


def _in_short(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body))
    except ValueError:
        return body[:200].decode(errors="replace")


def wait_ready(
    checks: Mapping[str, Callable[[], Health]], *, within: float, broken: Callable[[], str | None]
) -> None:
    """Waits until all checks are ready.

    broken: gives the reason when there is no hope any more. Raises SandboxError with that reason, or, after
    `within` seconds, with what each laggard said last.
    """
    deadline = time.monotonic() + within
    waiting = dict(checks)
    said: dict[str, Health] = {}
    while waiting:
        for party, check in list(waiting.items()):
            said[party] = check()
            if said[party].ready:
                del waiting[party]
        reason = broken()
        if reason is not None:
            raise SandboxError(reason)
        if waiting and time.monotonic() > deadline:
            laggards = "; ".join(
                f"{party}: {said[party].status or 'no answer'} {said[party].detail}" for party in waiting
            )
            raise SandboxError(f"not ready after {within:g} s: {laggards}")
        if waiting:
            time.sleep(POLL_S)
