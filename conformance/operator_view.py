"""What a bridge tells its operator: ``GET /deliveries``, one row per action it owes something for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import requests

from conformance.jsontypes import JSON, items, mapping
from conformance.records import Action

TIMEOUT: Final = (2.0, 5.0)
_PAGES: Final = 50
_WAITING: Final = frozenset({"queued", "packet_sent", "awaiting", "answered", "refused"})


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: ``state`` in the bridge's words, ``reason`` a code or None."""

    state: str
    reason: str | None

    @property
    def outcome(self) -> str | None:
        """parked or waiting; None for a row that is closed, for then the wire must show what became of it."""
        if self.state == "parked":
            return "parked"
        return "waiting" if self.state in _WAITING else None


class OperatorView:
    """Reads the operator's rows of one bridge."""

    def __init__(self, *, bridge_url: str, token: str) -> None:
        self._url = f"{bridge_url.rstrip('/')}/deliveries"
        self._headers = {"Authorization": f"Bearer {token}"}

    def answers(self) -> bool:
        """Whether the bridge shows its rows to this token."""
        return isinstance(self._page({}).get("deliveries"), list)

    def row(self, action: Action) -> Row | None:
        """The row of an action, None when there is none or nobody answers."""
        query: dict[str, str] = {}
        for _ in range(_PAGES):
            page = self._page(query)
            for each in map(mapping, items(page.get("deliveries"))):
                if (each.get("event_id"), each.get("action_id")) == (action.event_id, action.action_id):
                    return Row(state=str(each.get("state")), reason=_reason(each.get("reason")))
            following = page.get("next")
            if not following:
                break
            query = {"after": str(following)}
        return None

    def _page(self, query: Mapping[str, str]) -> Mapping[str, JSON]:
        try:
            answer = requests.get(self._url, params=dict(query), headers=self._headers, timeout=TIMEOUT)
            return mapping(answer.json()) if answer.ok else {}
        except requests.RequestException:
            # A bridge that is down shows nothing; whether that is allowed is for the checks to say.
            return {}


def _reason(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("code")
    return value if isinstance(value, str) and value else None
