"""Calls to other parties: sent once, bounded in time and size, and ended as a Reply, never as an error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import orjson
import structlog

from bridge.reading import JSON
from bridge.wire import MAX_ANSWER_BYTES, Failure, Headers, Patience, RawReply, Wire

if TYPE_CHECKING:
    from bridge.settings import Settings

log = structlog.get_logger(__name__)

Party = Literal[
    "auth_manager",
    "packet_manager",
    "workflow",
    "opencrvs",
    "opencrvs_auth",
    "hub",
    "credential_key",
    "ida",
    "esignet",
    "registration_status",
    "country_config",
]

__all__ = ["MAX_ANSWER_BYTES", "RawReply", "Reply", "Timeouts", "Upstream", "error_codes", "safe_codes"]

_SAFE_CODE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """How a call ended.

    ``status`` is None when no answer came; ``error`` says what went wrong on the way, None when JSON came
    whole. ``codes`` are the errorCodes of MOSIP's ``errors`` or tRPC's ``data.code``, ``message`` a known
    message of OpenCRVS, ``retry_after`` seconds. Nothing here but ``json`` can hold personal data.
    """

    party: Party
    status: int | None
    json: JSON | None = field(default=None, repr=False)
    error: Failure | None = None
    codes: tuple[str, ...] = ()
    message: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds: to connect, between two bytes, and from the end of the request to the end of the answer."""

    connect: float
    read: float
    total: float

    @classmethod
    def of(cls, settings: Settings) -> Timeouts:
        """The settings' time-outs."""
        return cls(
            connect=settings.bridge_connect_timeout_s,
            read=settings.bridge_read_timeout_s,
            total=settings.bridge_total_timeout_s,
        )


class Upstream:
    """One URL of one party, with a pool of kept connections of its own. Safe to share between threads."""

    def __init__(
        self,
        *,
        party: Party,
        url: str,
        timeouts: Timeouts,
        connections: int = 8,
        ca_file: Path | None = None,
    ) -> None:
        """``ca_file``: whom to trust beside the system's authorities. Raises as Wire."""
        self.party: Party = party
        self._patience = Patience(connect=timeouts.connect, read=timeouts.read, total=timeouts.total)
        parts = urlsplit(url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._wire = Wire(url, keep=connections, ca_file=ca_file)

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        party: Party,
        url: str,
        connections: int | None = None,
        timeouts: Timeouts | None = None,
    ) -> Upstream:
        """As the settings say; a connection for each delivery thread if no number is given."""
        return cls(
            party=party,
            url=url,
            timeouts=timeouts or Timeouts.of(settings),
            connections=settings.bridge_delivery_threads if connections is None else connections,
            ca_file=settings.bridge_ca_file,
        )

    def call(
        self, method: str, *, body: bytes | None = None, headers: Headers | None = None, suffix: str = ""
    ) -> Reply:
        """Send once and read the answer as JSON. ``suffix`` is appended to the URL's path and query."""
        return self.read(self.exchange(method, body=body, headers=headers, suffix=suffix))

    def exchange(
        self,
        method: str,
        *,
        body: bytes | None = None,
        headers: Headers | None = None,
        suffix: str = "",
        within: float | None = None,
    ) -> RawReply:
        """Send once; the answer as it came. No redirect is followed. ``within`` bounds everything.

        Raises ValueError for a header that breaks its line.
        """
        if within is not None and within <= 0:
            return RawReply(status=None, error="timeout")
        patience = self._patience if within is None else replace(self._patience, within=within)
        raw = self._wire.exchange(
            method, self._target + suffix, headers=headers or {}, body=body, patience=patience
        )
        if raw.distrust is not None:
            log.warning("upstream.untrusted", party=self.party, code=f"x509.{raw.distrust}")
        return raw

    def read(self, raw: RawReply) -> Reply:
        """The answer as JSON, with the codes and messages that a verdict rests on."""
        if raw.error is not None:
            return Reply(party=self.party, status=raw.status, error=raw.error)
        retry_after = _retry_after(raw.headers.get("retry-after"))
        try:
            parsed: JSON = orjson.loads(raw.body)
        except orjson.JSONDecodeError:
            return Reply(party=self.party, status=raw.status, error="not-json", retry_after=retry_after)
        codes = error_codes(parsed)
        return Reply(party=self.party, status=raw.status, json=parsed, codes=codes, retry_after=retry_after)

    def close(self) -> None:
        """Close the kept connections."""
        self._wire.close()


def error_codes(body: JSON) -> tuple[str, ...]:
    """The errorCodes of a MOSIP answer, in order; texts that are no code are left out."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return ()
    return safe_codes(each.get("errorCode") for each in errors if isinstance(each, dict))


def safe_codes(found: Iterable[JSON]) -> tuple[str, ...]:
    """Those that look like an error code: at most 64 letters, digits, dots, dashes and underscores."""
    return tuple(
        code
        for code in found
        if isinstance(code, str) and 0 < len(code) <= 64 and _SAFE_CODE.issuperset(code)
    )


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
