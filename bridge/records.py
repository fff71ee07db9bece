"""Records that wait in OpenCRVS, as a system client may see them, and how the country hears of one again.

What OpenCRVS lets a system client do (opencrvs/opencrvs-core: packages/events, packages/auth): find records
(``event.search`` with ``record.search``), read one (``event.get`` with ``record.read``; that appends a READ
to its log), and exchange its token for an action's, which may confirm or reject that action. It may not
register. The fields of a packet and the registration number are made by the country configuration alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

import orjson

from bridge.http import RawReply, Reply, Upstream
from bridge.opencrvs import Authority, authority_of, read_answer
from bridge.reading import JSON
from bridge.settings import Settings

WAITING = "register:requested"
_PAGE = 100
_PAGES = 100
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TRACKING = re.compile(r"[A-Za-z0-9]{1,16}")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class WaitingRecord:
    """A record whose registration waits for an answer; ``kind`` is OpenCRVS's (birth, death …)."""

    event_id: str
    kind: str
    tracking_id: str
    changed_at: datetime


class Records:
    """Searches and reads as the system client. Every method answers with a Reply when it did not work."""

    def __init__(
        self, *, search: Upstream, get: Upstream, country_config: Upstream | None, authority: Authority
    ) -> None:
        self._search = search
        self._get = get
        self._country_config = country_config
        self._authority = authority

    @classmethod
    def of(cls, settings: Settings) -> Records | None:
        """As the settings say; None without a system client."""
        authority = authority_of(settings)
        if authority is None:
            return None
        base = settings.opencrvs_gateway_url.rstrip("/")

        def procedure(name: str) -> Upstream:
            url = f"{base}/events/{name}?batch=1"
            return Upstream.of(settings, party="opencrvs", url=url, connections=1)

        country = settings.bridge_country_config_url
        return cls(
            search=procedure("event.search"),
            get=procedure("event.get"),
            country_config=None
            if country is None
            else Upstream.of(
                settings,
                party="country_config",
                url=f"{country.rstrip('/')}/trigger/events",
                connections=1,
            ),
            authority=authority,
        )

    @property
    def can_hand_over(self) -> bool:
        """Whether the country configuration's address is known."""
        return self._country_config is not None

    def waiting(self) -> list[WaitingRecord] | Reply:
        """All records with the flag ``register:requested``."""
        found: dict[str, WaitingRecord] = {}
        for number in range(_PAGES):
            page = self._query(
                self._search,
                {
                    "query": {"type": "and", "clauses": [{"flags": {"anyOf": [WAITING]}}]},
                    "limit": _PAGE,
                    "offset": number * _PAGE,
                },
            )
            if isinstance(page, Reply):
                return page
            entries = page.get("results")
            listed = entries if isinstance(entries, list) else []
            found.update((each.event_id, each) for each in map(_record, listed) if each is not None)
            if len(listed) < _PAGE:
                break
        return list(found.values())

    def document(self, event_id: str) -> Mapping[str, JSON] | Reply:
        """The record with its actions; 1.9 takes the bare id."""
        found = self._query(self._get, {"eventId": event_id})
        if isinstance(found, Reply) and found.status == 400:
            return self._query(self._get, event_id)
        return found

    def action_token(self, *, event_id: str, action_id: str) -> str | Reply:
        """Authority for that action."""
        return self._authority.action_token(event_id=event_id, action_id=action_id)

    def hand_over(self, document: Mapping[str, JSON], *, kind: str, token: str) -> RawReply:
        """Tell the country configuration of the pending registration, as core did or should have done."""
        if self._country_config is None:
            raise ValueError("there is no country configuration to hand it to")
        return self._country_config.exchange(
            "POST",
            body=orjson.dumps(document),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
            suffix=f"/{kind}/actions/REGISTER",
        )

    def _query(self, procedure: Upstream, given: JSON) -> Mapping[str, JSON] | Reply:
        reply: Reply | None = None
        suffix = f"&input={quote(orjson.dumps({'0': {'json': given}}))}"
        for _ in range(2):
            token = self._authority.system_token()
            if isinstance(token, Reply):
                return token
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            reply = read_answer(procedure.call("GET", headers=headers, suffix=suffix))
            if reply.status != 401:
                break
            self._authority.forget(token)
        assert reply is not None  # noqa: S101 - the loop above ran
        return _result(reply) if reply.status == 200 and reply.error is None else reply


def pending_registration(document: Mapping[str, JSON]) -> str | None:
    """The id of the one action that waits, if it is a registration; None otherwise."""
    actions = document.get("actions")
    listed = [each for each in actions if isinstance(each, dict)] if isinstance(actions, list) else []
    answered = {each.get("originalActionId") for each in listed}
    pending = [
        each for each in listed if each.get("status") == "Requested" and each.get("id") not in answered
    ]
    if len(pending) != 1 or pending[0].get("type") != "REGISTER":
        return None
    found = pending[0].get("id")
    return found if isinstance(found, str) and _UUID.fullmatch(found) else None


def _result(reply: Reply) -> Mapping[str, JSON] | Reply:
    entry = reply.json[0] if isinstance(reply.json, list) and reply.json else reply.json
    for step in ("result", "data", "json"):
        entry = entry.get(step) if isinstance(entry, dict) else None
    return entry if isinstance(entry, dict) else Reply(party="opencrvs", status=200, error="not-json")


def _record(entry: JSON) -> WaitingRecord | None:
    """What search says of a record; None for what is none, so that nothing odd gets any further."""
    if not isinstance(entry, dict):
        return None
    event_id, kind, tracking = (entry.get(name) for name in ("id", "type", "trackingId"))
    flags, changed = entry.get("flags"), _moment(entry.get("updatedAt"))
    known = (
        isinstance(event_id, str)
        and _UUID.fullmatch(event_id)
        and isinstance(kind, str)
        and _KIND.fullmatch(kind)
        and isinstance(flags, list)
        and WAITING in flags
        and changed is not None
    )
    if not known:
        return None
    return WaitingRecord(
        event_id=cast("str", event_id),
        kind=cast("str", kind),
        tracking_id=tracking if isinstance(tracking, str) and _TRACKING.fullmatch(tracking) else "",
        changed_at=cast("datetime", changed),
    )


def _moment(text: JSON) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
