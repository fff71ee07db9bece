"""Who an exchange belongs to: reservations, strong keys, and the rule of the one candidate.

A strong key never changes its owner. A message whose strong keys nobody owns finds its action by (event,
action type) or by what it claims of the person; with none or two candidates it is unowned. An identifier of
one scenario's people makes it that scenario's, never an action's.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import RLock
from typing import cast

from mock_control.errors import Refusal
from mock_control.keys import Claim, Keys
from mock_control.messages import JSON
from mock_control.people import People

REMEMBERED_OLD_KEYS = 100_000
REMEMBERED_SCENARIOS = 1_000


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """The action, the record and the scenario run that an exchange is part of, as far as known."""

    owner: str | None = None
    record: str | None = None
    scenario: str | None = None


NOBODY = Belonging()


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """One action that a scenario may open, and the ids that it shall have.

    ``record`` is the owner's record as ``<scenario run>/<record>``.
    """

    owner: str
    scenario: str
    record: str
    event_id: str | None = None
    tracking_id: str | None = None
    action_type: str | None = None
    action_id: str | None = None
    transaction_id: str | None = None
    certificate_number: str | None = None
    process: str | None = None
    name: str | None = None
    born: str | None = None
    identifiers: tuple[str, ...] = ()

    def value(self, kind: str) -> str | None:
        """The reserved value of a kind of key; None for kinds that can't be reserved."""
        return {
            "event": self.event_id,
            "tracking": self.tracking_id,
            "action": self.action_id,
            "action_type": self.action_type,
            "transaction": self.transaction_id,
            "certificate": self.certificate_number,
        }.get(kind)


def folded(name: str | None) -> str:
    """A name as it is compared: composed, casefolded, white space folded."""
    return " ".join(unicodedata.normalize("NFKC", name or "").casefold().split())


def _members(item: dict[str, JSON], names: Iterable[str]) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    for name in names:
        value = item.get(name)
        if value is not None and not isinstance(value, str):
            raise Refusal(f"{name} of a reserved action must be text")
        values[name] = value or None
    return values


def parse_reservations(body: JSON) -> list[Reservation]:
    """Reads the body of ``POST reserve``; raises Refusal for what is wrong with it."""
    if not isinstance(body, dict) or not isinstance(body.get("scenario"), str) or not body["scenario"]:
        raise Refusal("reserve needs a scenario (text) and actions (a list)")
    actions = body.get("actions")
    if not isinstance(actions, list):
        raise Refusal("actions must be a list")
    return [_parse_action(cast("str", body["scenario"]), item) for item in actions]


def _parse_action(scenario: str, item: JSON) -> Reservation:
    if not isinstance(item, dict) or not isinstance(item.get("owner"), str):
        raise Refusal("each reserved action needs an owner")
    owner = cast("str", item["owner"])
    if not owner.startswith(f"{scenario}/") or "." not in owner.removeprefix(f"{scenario}/"):
        raise Refusal(f"owner must read {scenario}/<record>.<action>")
    subject = item.get("subject") or {}
    if not isinstance(subject, dict):
        raise Refusal("subject must be an object")
    identifiers = subject.get("identifiers") or []
    if not isinstance(identifiers, list) or not all(isinstance(each, str) for each in identifiers):
        raise Refusal("subject.identifiers must be a list of texts")
    ids = _members(
        item,
        (
            "event_id",
            "tracking_id",
            "action_type",
            "action_id",
            "transaction_id",
            "certificate_number",
            "process",
        ),
    )
    return Reservation(
        owner=owner,
        scenario=scenario,
        record=owner.rpartition(".")[0],
        identifiers=tuple(cast("list[str]", identifiers)),
        **ids,
        **_members(subject, ("name", "born")),
    )


class Ownership:
    """The table of owners of one mock; safe to use from all threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._reserved: dict[str, Reservation] = {}
        self._people = People()
        self._strong: dict[tuple[str, str], Belonging] = {}
        self._old: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._ended: OrderedDict[str | None, None] = OrderedDict()

    @property
    def active(self) -> bool:
        """Whether any exchange could have an owner, or be late."""
        return bool(self._reserved or self._strong or self._old)

    @property
    def settles(self) -> bool:
        """Whether any exchange could belong to somebody, if only to the scenario of a person."""
        return self.active or bool(self._people)

    def reserve(self, reservations: Iterable[Reservation]) -> None:
        """Adds reservations, all or none; one for a known owner replaces it.

        Raises Refusal (409) when an id already belongs to another owner, or an event to another scenario.
        """
        wanted = list(reservations)
        with self._lock:
            for each in wanted:
                self._refuse_conflict(each, wanted)
            for each in wanted:
                self._ended.pop(each.scenario, None)
                self._reserved[each.owner] = each
                for kind, value in _reserved_strong(each):
                    self._bind((kind, value), each.owner)

    def _refuse_conflict(self, wanted: Reservation, others: list[Reservation]) -> None:
        for key in _reserved_strong(wanted):
            owner = self._strong.get(key, NOBODY).owner
            rivals = {other.owner for other in others if key in _reserved_strong(other)}
            if (owner or wanted.owner) != wanted.owner or rivals != {wanted.owner}:
                raise Refusal(f"the {key[0]} of {wanted.owner} belongs to another action", status=409)
        for other in self._reserved.values():
            if wanted.event_id and other.event_id == wanted.event_id and other.record != wanted.record:
                raise Refusal(f"the event of {wanted.owner} belongs to {other.record}", status=409)

    def forget(self, scenario: str | None) -> None:
        """Ends the reservations of a scenario (of all: None), whose strong keys are late from now on, and
        drops its people.
        """
        with self._lock:
            self._people.forget(scenario)
            ended = [key for key, to in self._strong.items() if scenario is None or to.scenario == scenario]
            for key in ended:
                self._ended[self._strong.pop(key).scenario] = None
                self._old[key] = None
            for owner, each in list(self._reserved.items()):
                if scenario is None or each.scenario == scenario:
                    self._ended[each.scenario] = None
                    del self._reserved[owner]
            while len(self._old) > REMEMBERED_OLD_KEYS:
                self._old.popitem(last=False)
            while len(self._ended) > REMEMBERED_SCENARIOS:
                self._ended.popitem(last=False)

    def own(self, kind: str, value: str, owner: str) -> None:
        """Says whose a strong key is; a key that has an owner keeps it."""
        with self._lock:
            self._bind((kind, value), owner)

    def _bind(self, key: tuple[str, str], owner: str) -> None:
        to = self._belonging(owner)
        if to.scenario in self._ended:
            self._old[key] = None
            return
        self._old.pop(key, None)
        self._strong.setdefault(key, to)

    def _belonging(self, owner: str) -> Belonging:
        known = self._reserved.get(owner)
        if known is not None:
            return Belonging(owner=owner, record=known.record, scenario=known.scenario)
        return Belonging(owner=owner, record=owner.rpartition(".")[0], scenario=owner.partition("/")[0])

    def add_people(self, scenario: str, identifiers: Iterable[str]) -> None:
        """Says whose the people with these identifiers are."""
        with self._lock:
            self._people.add(scenario, identifiers)

    def people_of(self, scenario: str) -> frozenset[str]:
        """The identifiers of the people that are this scenario's and no other's."""
        with self._lock:
            return self._people.only_of(scenario)

    def owner_of(self, kind: str, value: str) -> str | None:
        """The owner of a strong key."""
        with self._lock:
            return self._strong.get((kind, value), NOBODY).owner

    def reservation(self, kind: str, value: str) -> Reservation | None:
        """The first reserved action with that id."""
        with self._lock:
            return next((each for each in self._reserved.values() if each.value(kind) == value), None)

    def open_actions(self, event_id: str, action_type: str) -> list[Reservation]:
        """Reserved actions of that type on that event."""
        with self._lock:
            return [
                each
                for each in self._reserved.values()
                if (each.event_id, each.action_type) == (event_id, action_type)
            ]

    def reserved(self) -> list[Reservation]:
        """All reserved actions."""
        with self._lock:
            return list(self._reserved.values())

    def is_late(self, keys: Keys) -> bool:
        """Whether these keys belong to an epoch that has ended, and to nobody now."""
        with self._lock:
            return any(key in self._old for key in keys.strong.items())

    def settle(self, keys: Keys, known: Belonging) -> Belonging:
        """Who an exchange with these keys belongs to, given what was known of it; links its strong keys."""
        with self._lock:
            if known.owner is None:
                known = self._find(keys)
            if known.owner is not None:
                for key in keys.strong.items():
                    self._bind(key, known.owner)
            return known

    def _find(self, keys: Keys) -> Belonging:
        by_strong = {self._strong[key] for key in keys.strong.items() if key in self._strong}
        if by_strong:
            return by_strong.pop() if len(by_strong) == 1 else _common(by_strong)
        candidates = {each.owner for each in self._by_event(keys)} | {
            each.owner for each in self._by_claim(keys)
        }
        if len(candidates) == 1:
            return self._belonging(candidates.pop())
        if candidates:
            return _common({self._belonging(owner) for owner in candidates})
        touched = {self._belonging(each.owner) for each in self._reserved.values() if _touches(each, keys)}
        return _common(touched) if touched else self._by_person(keys)

    def _by_person(self, keys: Keys) -> Belonging:
        """The scenario whose people these are, if it is one."""
        identifiers = keys.identifiers
        if not identifiers:
            return NOBODY
        reserved = (each for each in self._reserved.values() if identifiers & {*each.identifiers})
        runs = self._people.runs(identifiers) | {each.scenario for each in reserved}
        return Belonging(scenario=runs.pop()) if len(runs) == 1 else NOBODY

    def _by_event(self, keys: Keys) -> list[Reservation]:
        event, action_type = keys.weak.get("event"), keys.weak.get("action_type")
        if not event or not action_type:
            return []
        return [each for each in self.open_actions(event, action_type) if self._may_be(each, keys)]

    def _may_be(self, each: Reservation, keys: Keys) -> bool:
        """Whether nothing in the keys contradicts the reservation: one action has one action id and one
        event.
        """
        action, event = keys.strong.get("action"), keys.weak.get("event")
        return not (action and each.action_id and action != each.action_id) and not (
            event and each.event_id and event != each.event_id
        )

    def _by_claim(self, keys: Keys) -> list[Reservation]:
        claim = keys.claim
        if claim is None or not claim.process:
            return []
        same = [
            each
            for each in self._reserved.values()
            if each.process == claim.process and self._may_be(each, keys)
        ]
        if claim.certificate_number:
            found = [each for each in same if each.certificate_number == claim.certificate_number]
            if found:
                return found
            same = [each for each in same if not each.certificate_number]
        if claim.identifiers:
            found = [each for each in same if set(each.identifiers) & set(claim.identifiers)]
            if found:
                return found
            same = [each for each in same if not each.identifiers]
        return [each for each in same if _same_person(each, claim)]


def _reserved_strong(each: Reservation) -> list[tuple[str, str]]:
    pairs = (("action", each.action_id), ("transaction", each.transaction_id))
    return [(kind, value) for kind, value in pairs if value]


def _common(found: set[Belonging]) -> Belonging:
    """What exchanges or actions have in common: the record if it is one, the scenario run if it is one; no
    action.
    """
    records = {each.record for each in found}
    scenarios = {each.scenario for each in found}
    return Belonging(
        record=records.pop() if len(records) == 1 else None,
        scenario=scenarios.pop() if len(scenarios) == 1 else None,
    )


def _touches(each: Reservation, keys: Keys) -> bool:
    """Whether a weak key names the record of this reservation."""
    return any(kind != "action_type" and each.value(kind) == value for kind, value in keys.weak.items())


def _same_person(each: Reservation, claim: Claim) -> bool:
    return bool(
        claim.name and claim.born and each.born == claim.born and folded(each.name) == folded(claim.name)
    )
