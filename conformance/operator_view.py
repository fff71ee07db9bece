"""What a bridge tells its operator, one row per action it owes something for, in whatever form it has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.calls import Call, CallFailedError, Instance
from conformance.json_paths import every, first, leads_somewhere, word
from conformance.jsontypes import JSON
from conformance.parties import HarnessError
from conformance.records import Action

_PAGES: Final = 50


@dataclass(frozen=True, kw_only=True)
class ViewForm:
    """Where the rows are and how they read; all but ``call`` and words are JSONPath (RFC 9535).

    ``rows`` and ``following`` (the cursor of the next page, which ``following_parameter`` takes) count from
    the answer, the others from a row. ``parked`` and ``waiting`` are the bridge's words for a row that needs
    a person, and for one that is under way.
    """

    call: Call
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

    def outcome(self, state: str) -> str | None:
        """parked or waiting; None for a row that is closed, for then the wire must show what became of it."""
        if state in self.parked:
            return "parked"
        return "waiting" if state in self.waiting else None


OUR_VIEW: Final = ViewForm(
    call=Call(what="operator_view", url="/deliveries"),
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

    ``rids`` tells under which RIDs an action is known.
    """

    instances: tuple[Instance, ...]
    form: ViewForm = OUR_VIEW
    token: str | None = field(default=None, repr=False)
    rids: Callable[[Action], frozenset[str]] = field(default=lambda _: frozenset(), repr=False)

    def wrong(self) -> str | None:
        """Why it does not show its rows, with what to do; None where it does."""
        try:
            page = self._asked({})
        except HarnessError as error:
            return str(error)
        if not leads_somewhere(self.form.rows, page):
            return f"operator_view.rows {self.form.rows} finds nothing in what it shows: mend it"
        return None

    def row(self, action: Action) -> Row | None:
        """The row of an action, None when there is none or the bridge is down.

        Raises HarnessError for a view that fails while the bridge is there, or a row without a state.
        """
        for each in self._rows():
            if self._is_of(each, action):
                state = first(self.form.state, each)
                if state is None:
                    raise HarnessError(
                        f"operator_view.state {self.form.state} finds nothing in a row: mend it"
                    )
                return Row(
                    state=word(state),
                    reason=_code(first(self.form.reason, each)),
                    outcome=self.form.outcome(word(state)),
                )
        return None

    def _is_of(self, row: JSON, action: Action) -> bool:
        if self.form.event_id is not None and self.form.action_id is not None:
            found = (first(self.form.event_id, row), first(self.form.action_id, row))
            return found == (action.event_id, action.action_id)
        return str(first(self.form.rid, row)) in self.rids(action)

    def _rows(self) -> Iterator[JSON]:
        query: dict[str, str] = {}
        for _ in range(_PAGES):
            page = self._page(query)
            if page is None:
                return
            yield from every(self.form.rows, page)
            following = first(self.form.following, page)
            if not following or self.form.following_parameter is None:
                return
            query = {self.form.following_parameter: str(following)}

    def _page(self, query: Mapping[str, str]) -> JSON:
        """The answer; None when the bridge is down, for whether that is allowed is for the checks to say."""
        try:
            return self._asked(query)
        except CallFailedError as failure:
            if failure.unavailable or not any(each.answers() for each in self.instances):
                return None
        # It may have come up between the two looks.
        return self._asked(query)

    def _asked(self, query: Mapping[str, str]) -> JSON:
        """What the first instance shows that shows anything. Raises HarnessError where none does."""
        failures: list[CallFailedError] = []
        for instance in self.instances:
            try:
                return self._json(self.form.call.ask(instance, query=query, token=self.token).content)
            except CallFailedError as failure:
                # One that is down shows nothing; those that share its store show its rows as well.
                failures.append(failure)
        # One that answers says more than one that does not.
        raise next((each for each in failures if each.status is not None), failures[0])

    def _json(self, content: bytes) -> JSON:
        try:
            found: JSON = json.loads(content)
        except ValueError as error:
            raise HarnessError(
                f"what operator_view shows is no JSON: {self.form.call.place} must answer with JSON"
            ) from error
        return found


def _code(value: JSON) -> str | None:
    return value if isinstance(value, str) and value else None
