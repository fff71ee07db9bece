"""Deliveries of the hub that are well-formed but signed with another secret: kept sealed, never work.

A secret that was changed at the hub before it was changed here makes genuine deliveries look forged, and
the hub gives up on them after a few tries. They are looked at again when the bridge's secrets have changed;
what fits then is genuine and is taken as if it came at that moment. All else leaves when there is no room.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol

import orjson
import structlog

from bridge.callback import CallbackRefused, CredentialIssued, Ignored, WorkflowEnded
from bridge.delivery.inbox import Inbox
from bridge.errors import Problem
from bridge.metrics import Counters
from bridge.reading import read_json
from bridge.sealing import SealBrokenError, Sealer
from bridge.store import SetAside, Store

log = structlog.get_logger(__name__)

ROOM = 200
LARGEST = 64 * 1024
MOST_A_MINUTE = 200
_KEPT_HEADERS = ("x-hub-signature", "link")
_SEPARATOR = b"\n"


class Opener(Protocol):
    """Judges what the hub delivers."""

    def open(self, raw: bytes, headers: Mapping[str, str]) -> CredentialIssued | WorkflowEnded | Ignored: ...


class Pace:
    """So many a minute and no more: whoever can reach the callback can send what is wrongly signed."""

    def __init__(self, most: int = MOST_A_MINUTE, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()

    def allows(self) -> bool:
        """Whether there may be one more now; counts it if so."""
        with self._lock:
            now = self._clock()
            while self._taken and self._taken[0] <= now - 60:
                self._taken.popleft()
            if len(self._taken) >= self._most:
                return False
            self._taken.append(now)
            return True


@dataclass(frozen=True, kw_only=True)
class Quarantine:
    """``mark`` stands for the secrets of this process, so that nothing is judged twice by the same ones."""

    store: Store
    sealer: Sealer
    callbacks: Opener
    inbox: Inbox
    counters: Counters
    mark: str
    now: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)

    def keep(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Set it aside if it could be a delivery at all; whether it was. Raises StoreUnavailableError."""
        if len(raw) > LARGEST or not _looks_like_a_delivery(raw) or not self.pace.allows():
            self.counters.add("quarantine.refused")
            return False
        kept_id = sha256(raw).hexdigest()
        given = {name.lower(): value for name, value in headers.items()}
        head = orjson.dumps({name: given[name] for name in _KEPT_HEADERS if name in given})
        sealed = self.sealer.seal(head + _SEPARATOR + raw, place=_place(kept_id))
        self.store.set_aside(
            SetAside(id=kept_id, sealed=sealed, judged_by=self.mark, received_at=self.now()), room=ROOM
        )
        self.counters.add("quarantine.kept")
        return True

    def examine(self) -> None:
        """Look again at what other secrets have judged. Raises StoreUnavailableError."""
        for each in self.store.quarantined():
            if each.judged_by != self.mark:
                self._again(each)

    def _again(self, kept: SetAside) -> None:
        try:
            head, _, raw = self.sealer.open(kept.sealed, place=_place(kept.id)).partition(_SEPARATOR)
            opened = self.callbacks.open(raw, orjson.loads(head))
        except SealBrokenError:
            log.warning("quarantine.unreadable", hub_event_id=kept.id)
            self.store.let_go(kept.id)
            return
        except CallbackRefused as refused:
            if refused.status != 503:  # else the issuer's key is not to be had now: next time
                self.store.set_aside(
                    SetAside(
                        id=kept.id, sealed=kept.sealed, judged_by=self.mark, received_at=kept.received_at
                    ),
                    room=ROOM,
                )
            return
        verdict = self._take(opened, raw)
        self.store.let_go(kept.id)
        self.counters.add("quarantine.taken")
        log.info("quarantine.taken", hub_event_id=opened.hub_event_id, verdict=verdict)

    def _take(self, opened: CredentialIssued | WorkflowEnded | Ignored, raw: bytes) -> str:
        if isinstance(opened, CredentialIssued):
            return self.inbox.take_credential(opened, raw).receipt
        if isinstance(opened, WorkflowEnded):
            return self.inbox.take_outcome(opened, raw).receipt
        return opened.reason


def mark_of(secrets: tuple[str, ...], key: bytes) -> str:
    """A mark for a set of secrets that says nothing of them to who lacks the store's key."""
    joined = b"\0".join(secret.encode() for secret in secrets)
    return hmac.new(key, joined, sha256).hexdigest()[:16]


def _place(kept_id: str) -> str:
    return f"quarantine/{kept_id}"


def _looks_like_a_delivery(raw: bytes) -> bool:
    try:
        body = read_json(raw)
    except Problem:
        return False
    return isinstance(body, dict) and ("instanceId" in body or isinstance(body.get("event"), dict))
