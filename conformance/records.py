"""The records a scenario owns: ids are drawn before the first step, so that every mock knows whose they are.

Identifiers of the run must be new on every run (a bridge keeps what it has seen), the people need not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from conformance.jsontypes import JSON
from conformance.people import Person
from conformance.problems import did_you_mean
from conformance.values import UnknownNameError

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACTIONS: Final[Mapping[str, str]] = {
    "creation": "CREATE",
    "declaration": "DECLARE",
    "registration": "REGISTER",
    "correction": "REQUEST_CORRECTION",
    "approval": "APPROVE_CORRECTION",
    "revocation": "CUSTOM",
    "archival": "ARCHIVE",
}
SUBJECTS: Final[Mapping[str, str]] = {"birth": "child", "death": "deceased"}
PROCESSES: Final[Mapping[str, str]] = {"birth": "CRVS_NEW", "death": "CRVS_DEATH"}


@dataclass(frozen=True, kw_only=True)
class Action:
    """One action of a record; all exchanges that belong to it are journaled under the name ``owner``."""

    owner: str
    name: str
    record: str
    action_type: str
    event_id: str
    action_id: str
    transaction_id: str

    def member(self, name: str) -> object:
        """``owner``, ``event_id``, ``action_id`` or ``transaction_id``; raises UnknownNameError."""
        if name in ACTION_MEMBERS:
            return getattr(self, name)
        raise UnknownNameError(f"an action has no '{name}'.{did_you_mean(name, ACTION_MEMBERS)}")


ACTION_MEMBERS: Final = ("owner", "event_id", "action_id", "transaction_id")


@dataclass(frozen=True, kw_only=True)
class Record:
    """One OpenCRVS event: its ids, its people by role, its actions, and the day on which it ``happened``."""

    name: str
    event: str
    event_id: str
    tracking_id: str
    certificate_number: str
    process: str
    happened: date
    actions: Mapping[str, Action]
    people: Mapping[str, Person] = field(repr=False)

    @property
    def subject(self) -> Person:
        """Whom the record is about."""
        return self.people[SUBJECTS[self.event]]

    @property
    def registration(self) -> Action:
        """The action that asks for registration."""
        return self.actions["registration"]

    def member(self, name: str) -> object:
        """An action, a person by role, or one of the record's ids; raises UnknownNameError."""
        inside: dict[str, object] = {**self.people, **self.actions}
        inside.update({each: getattr(self, each) for each in RECORD_IDS})
        if name in inside:
            return inside[name]
        raise UnknownNameError(f"'{self.name}' has no '{name}'.{did_you_mean(name, inside)}")

    def reservation(self) -> list[JSON]:
        """What a mock must know beforehand, one entry per action."""
        person = self.subject
        subject: dict[str, JSON] = {
            "name": person.full_name,
            "born": person.born.isoformat(),
            "identifiers": list(person.identifiers.values()),
        }
        return [
            {
                "owner": action.owner,
                "record": self.name,
                "event_id": self.event_id,
                "tracking_id": self.tracking_id,
                "action_type": action.action_type,
                "action_id": action.action_id,
                "transaction_id": action.transaction_id,
                **(self._of_registration(subject) if action.name == "registration" else {}),
            }
            for action in self.actions.values()
        ]

    def _of_registration(self, subject: dict[str, JSON]) -> dict[str, JSON]:
        return {"certificate_number": self.certificate_number, "process": self.process, "subject": subject}


RECORD_IDS: Final = ("event_id", "tracking_id", "certificate_number")


def draw_record(
    *,
    run: str,
    name: str,
    event: str,
    people: Mapping[str, Person],
    random: Random,
    process: str | None = None,
    today: date | None = None,
) -> Record:
    """A record with all ids drawn from ``random``; owners are ``<run>/<name>.<action>``."""
    event_id = _uuid(random)
    yesterday = (today or datetime.now(UTC).date()) - timedelta(days=1)
    actions = {
        action: Action(
            owner=f"{run}/{name}.{action}",
            name=action,
            record=name,
            action_type=action_type,
            event_id=event_id,
            action_id=_uuid(random),
            transaction_id=_uuid(random),
        )
        for action, action_type in ACTIONS.items()
    }
    return Record(
        name=name,
        event=event,
        event_id=event_id,
        tracking_id="".join(random.choices(ALPHABET, k=6)),
        certificate_number="".join(random.choices(ALPHABET, k=12)),
        process=process or PROCESSES[event],
        happened=people[SUBJECTS[event]].born if event == "birth" else yesterday,
        actions=actions,
        people=people,
    )


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
