"""A record (event) and the log of its actions; immutable, so that a snapshot stays what it was.

Source: opencrvs-core packages/commons/src/events/{EventDocument,ActionDocument}.ts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mock_opencrvs.values import JSON, JSONObject

ActionStatus = Literal["Requested", "Accepted", "Rejected"]

META_TYPES = frozenset({"READ", "ASSIGN", "UNASSIGN"})
STATUS_OF_TYPE = {
    "CREATE": "CREATED",
    "NOTIFY": "NOTIFIED",
    "DECLARE": "DECLARED",
    "REGISTER": "REGISTERED",
    "ARCHIVE": "ARCHIVED",
}


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who did it and where; the same five members stand in every action."""

    id: str
    user_type: str
    role: str | None = None
    location: str | None = None


@dataclass(frozen=True, kw_only=True)
class Action:
    """One entry of the log; only an asynchronous reject has no ``declaration`` (None).

    ``extra`` holds what only its type has: ``assignedTo``, ``registrationNumber``, ``content``…
    """

    id: str
    type: str
    status: ActionStatus
    transaction_id: str
    created_at: str
    author: Author
    declaration: Mapping[str, JSON] | None = field(default_factory=dict)
    annotation: JSON = None
    original_action_id: str | None = None
    extra: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def registration_number(self) -> str | None:
        """The number this action gave the record, if it did."""
        number = self.extra.get("registrationNumber")
        return number if isinstance(number, str) else None

    def to_json(self) -> JSONObject:
        """As it stands in an event document."""
        document: JSONObject = {
            "id": self.id,
            "type": self.type,
            "status": self.status,
            "transactionId": self.transaction_id,
            "createdAt": self.created_at,
            "createdBy": self.author.id,
            "createdByUserType": self.author.user_type,
            "createdBySignature": None,
            "createdAtLocation": self.author.location,
            "originalActionId": self.original_action_id,
        }
        if self.author.role is not None:
            document["createdByRole"] = self.author.role
        if self.declaration is not None:
            document["declaration"] = dict(self.declaration)
            document["annotation"] = self.annotation
        return {**document, **self.extra}


@dataclass(frozen=True, kw_only=True)
class Event:
    """A record: what it is, its tracking id (6 characters of ``[0-9A-Z]``) and its log, oldest first."""

    id: str
    type: str
    tracking_id: str
    transaction_id: str
    created_at: str
    updated_at: str
    actions: tuple[Action, ...] = ()

    def with_action(self, action: Action) -> Event:
        """The record after that entry."""
        return replace(self, actions=(*self.actions, action), updated_at=action.created_at)

    def action(self, action_id: str) -> Action | None:
        """The entry of that id."""
        return next((each for each in self.actions if each.id == action_id), None)

    def confirmation(self, action_id: str) -> Action | None:
        """The Accepted or Rejected entry that answers the Requested one of that id."""
        return next((each for each in self.actions if each.original_action_id == action_id), None)

    def latest(self, transaction_id: str, action_type: str) -> Action | None:
        """The newest entry of that type under that transaction id: what makes a request a replay."""
        found = [
            each for each in self.actions if (each.transaction_id, each.type) == (transaction_id, action_type)
        ]
        return found[-1] if found else None

    def to_json(self) -> JSONObject:
        """The event document."""
        return {
            "id": self.id,
            "type": self.type,
            "trackingId": self.tracking_id,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "actions": [action.to_json() for action in self.actions],
        }
