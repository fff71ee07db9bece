"""Ready or not: asks each party over HTTP, as a client would."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sandbox.addresses import port_of
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


def ask(url: str, path: str, *, trusts: Path | None = None) -> Health:
    """One GET, with a time-out; no answer is an answer here. trusts: authorities in place of the system's."""
    connection = _connection(url, trusts)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Health(status=response.status, detail=_in_short(response.read(ANSWER_LIMIT)))
    except (OSError, http.client.HTTPException) as error:
        return Health(status=None, detail=str(error) or type(error).__name__)
    finally:
        connection.close()


def _connection(url: str, trusts: Path | None) -> http.client.HTTPConnection:
    host, port = urlsplit(url).hostname or "", port_of(url)
    if url.startswith("https://"):
        context = ssl.create_default_context(cafile=trusts)
        return http.client.HTTPSConnection(host, port, timeout=ASK_TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, port, timeout=ASK_TIMEOUT_S)


def party_health(party: str, url: str, *, trusts: Path | None = None) -> Health:
    """Whether a party says that it is ready; `trusts` as in `ask`."""
    return ask(url, HEALTH_PATHS[party], trusts=trusts)


def accepts(url: str, *, trusts: Path | None = None) -> Health:
    """Whether anything listens there; for a bridge of which no more is known.

    Over https also whether its certificate is believed; `trusts` as in `ask`.
    """
    host = urlsplit(url).hostname or ""
    try:
        with socket.create_connection((host, port_of(url)), timeout=ASK_TIMEOUT_S) as connection:
            if url.startswith("https://"):
                context = ssl.create_default_context(cafile=trusts)
                context.wrap_socket(connection, server_hostname=host).close()
            return Health(status=200, detail="listens")
    except ssl.SSLCertVerificationError as error:
        return Health(status=None, detail=f"its certificate is not believed ({error.verify_message})")
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
