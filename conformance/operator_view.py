"""What a bridge tells its operator, one row per action it owes something for, in whatever form it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

import requests
from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathQuery

from conformance.jsontypes import JSON
from conformance.records import Action

TIMEOUT: Final = (2.0, 5.0)
_PAGES: Final = 50


@dataclass(frozen=True, kw_only=True)
class ViewForm:
    """Where the rows are and how they read; all but ``url`` and words are JSONPath (RFC 9535).

    ``rows`` and ``following`` (the cursor of the next page, which ``following_parameter`` takes) count from
    the answer, the others from a row. ``parked`` and ``waiting`` are the bridge's words for a row that needs
    a person, and for one that is under way. ``url`` may be a path below the bridge's address.
    """

    url: str
    rows: str
    state: str
    rid: str | None = None
    event_id: str | None = None
    action_id: str | None = None
    reason: str | None = None
    following: str | None = None
    following_parameter: str | None = None
    parked: frozenset[str] = frozenset({"parked"})
    waiting: frozenset[str] = frozenset({"waiting"})
    token_file: Path | None = None

    def outcome(self, state: str) -> str | None:
        """parked or waiting; None for a row that is closed, for then the wire must show what became of it."""
        if state in self.parked:
            return "parked"
        return "waiting" if state in self.waiting else None


OUR_VIEW: Final = ViewForm(
    url="/deliveries",
    rows="$.deliveries[*]",
    state="$.state",
    event_id="$.event_id",
    action_id="$.action_id",
    reason="$.reason.code",
    following="$.next",
    following_parameter="after",
    waiting=frozenset({"queued", "packet_sent", "awaiting", "answered", "refused"}),
)
"""The form of our own bridge."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: ``state`` in the bridge's words, ``outcome`` as ``ViewForm.outcome`` has it."""

    state: str
    outcome: str | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class OperatorView:
    """Reads the operator's rows of one bridge, at the first of its instances that shows them.

    ``addresses`` of its instances; ``rids`` tells under which RIDs an action is known.
    """

    addresses: tuple[str, ...]
    form: ViewForm = OUR_VIEW
    token: str | None = field(default=None, repr=False)
    rids: Callable[[Action], frozenset[str]] = field(default=lambda _: frozenset(), repr=False)

    def answers(self) -> bool:
        """Whether the bridge shows its rows to this token."""
        return self._page({}) is not None

    def row(self, action: Action) -> Row | None:
        """The row of an action, None when there is none or nobody answers."""
        for each in self._rows():
            if self._is_of(each, action):
                state = _first(self.form.state, each)
                return Row(
                    state=str(state),
                    reason=_code(_first(self.form.reason, each)),
                    outcome=self.form.outcome(str(state)),
                )
        return None

    def _is_of(self, row: JSON, action: Action) -> bool:
        if self.form.event_id is not None and self.form.action_id is not None:
            found = (_first(self.form.event_id, row), _first(self.form.action_id, row))
            return found == (action.event_id, action.action_id)
        return str(_first(self.form.rid, row)) in self.rids(action)

    def _rows(self) -> Iterator[JSON]:
        query: dict[str, str] = {}
        for _ in range(_PAGES):
            page = self._page(query)
            if page is None:
                return
            yield from (_json(each.value) for each in _query(self.form.rows).finditer(page))
            following = _first(self.form.following, page)
            if not following or self.form.following_parameter is None:
                return
            query = {self.form.following_parameter: str(following)}

    def _page(self, query: Mapping[str, str]) -> JSON:
        """The answer as JSON; None when there is none that is good."""
        if "://" in self.form.url:
            return self._answer(self.form.url, query)
        # An instance that is down shows nothing; those that share its store show its rows as well.
        urls = (f"{each.rstrip('/')}{self.form.url}" for each in self.addresses)
        return next((page for url in urls if (page := self._answer(url, query)) is not None), None)

    def _answer(self, url: str, query: Mapping[str, str]) -> JSON:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            answer = requests.get(url, params=dict(query), headers=headers, timeout=TIMEOUT)
            found: JSON = answer.json() if answer.ok else None
        except requests.RequestException:
            # A bridge that is down shows nothing; whether that is allowed is for the checks to say.
            return None
        return found


_PATHS: Final = JSONPathEnvironment()


def _query(path: str) -> JSONPathQuery:
    return _PATHS.compile(path)


def _first(path: str | None, value: JSON) -> JSON:
    """What a path finds first; None when it finds nothing."""
    if path is None:
        return None
    found = _query(path).find_one(value)
    return _json(found.value) if found is not None else None


def _json(found: object) -> JSON:
    """What was found in JSON is JSON."""
    return cast("JSON", found)


def _code(value: JSON) -> str | None:
    return value if isinstance(value, str) and value else None
