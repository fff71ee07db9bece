"""Reads an event document off the wire, every member checked: anybody may call the hook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import contracts
from mock_opencrvs.events.model import Action, ActionStatus, Author, Event
from mock_opencrvs.values import JSON

CONTRACT = "opencrvs/event-document"
BASE_MEMBERS = frozenset(
    {
        "id",
        "type",
        "status",
        "transactionId",
        "createdAt",
        "createdBy",
        "createdByUserType",
        "createdByRole",
        "createdBySignature",
        "createdAtLocation",
        "originalActionId",
        "declaration",
        "annotation",
    }
)


class UnreadableEventError(ValueError):
    """The body is no event document; the message names the first member that is wrong, never its value."""


def read_event(document: JSON) -> Event:
    """The record in the body of a hook. Raises UnreadableEventError."""
    if wrong := contracts.violations(CONTRACT, document):
        raise UnreadableEventError(f"{wrong[0].pointer or '/'} {wrong[0].message}")
    body = cast("Mapping[str, JSON]", document)
    log = cast("list[Mapping[str, JSON]]", body["actions"])
    return Event(
        id=cast("str", body["id"]),
        type=cast("str", body["type"]),
        tracking_id=cast("str", body["trackingId"]),
        transaction_id=cast("str", log[0]["transactionId"]) if log else "",
        created_at=cast("str", body["createdAt"]),
        updated_at=cast("str", body["updatedAt"]),
        actions=tuple(_action(entry) for entry in log),
    )


def _action(entry: Mapping[str, JSON]) -> Action:
    author = Author(
        id=cast("str", entry["createdBy"]),
        user_type=cast("str", entry["createdByUserType"]),
        role=cast("str | None", entry.get("createdByRole")),
        location=cast("str | None", entry.get("createdAtLocation")),
    )
    return Action(
        id=cast("str", entry["id"]),
        type=cast("str", entry["type"]),
        status=cast("ActionStatus", entry["status"]),
        transaction_id=cast("str", entry["transactionId"]),
        created_at=cast("str", entry["createdAt"]),
        author=author,
        declaration=cast("Mapping[str, JSON] | None", entry.get("declaration")),
        annotation=entry.get("annotation"),
        original_action_id=cast("str | None", entry.get("originalActionId")),
        extra={name: value for name, value in entry.items() if name not in BASE_MEMBERS},
    )
