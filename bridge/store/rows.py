"""Between rows of the database and the bridge's own words."""

import sqlite3
from datetime import UTC, datetime, timedelta
from enum import Enum

from bridge.model import Delivery, Kind, Reason, State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_TIMES = frozenset({"due_at", "lease_until", "created_at", "updated_at", "closed_at"})
_SEALED = frozenset({"payload", "token", "credential"})


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MS


def from_ms(value: int) -> datetime:
    """The aware moment of so many milliseconds since 1970 UTC."""
    return _EPOCH + value * _MS


def delivery(row: sqlite3.Row) -> Delivery:
    """The delivery that a row of ``deliveries`` holds."""
    return Delivery(
        id=row["id"],
        rid=row["rid"],
        answered_rid=row["answered_rid"],
        event_id=row["event_id"],
        action_id=row["action_id"],
        kind=Kind(row["kind"]),
        tracking_id=row["tracking_id"],
        certificate_number=row["certificate_number"],
        transaction_id=row["transaction_id"],
        state=State(row["state"]),
        instance_sent=bool(row["instance_sent"]),
        redraws=row["redraws"],
        failures=row["failures"],
        attempt=row["attempt"],
        due_at=_moment(row["due_at"]),
        lease_owner=row["lease_owner"],
        lease_until=_moment(row["lease_until"]),
        payload=row["payload_sealed"],
        token=row["token_sealed"],
        credential=row["credential_sealed"],
        outcome=row["outcome"],
        outcome_code=row["outcome_code"],
        reason=_reason(row),
        parked_from=None if row["parked_from"] is None else State(row["parked_from"]),
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        closed_at=_moment(row["closed_at"]),
    )


def changes(before: Delivery, after: Delivery) -> dict[str, object]:
    """Column → value, for what differs between the two."""
    differing: dict[str, object] = {}
    old = vars(before)
    for name, new in vars(after).items():
        if new is not old[name] and new != old[name]:
            differing.update(_columns(name, new))
    return differing


def _columns(name: str, value: object) -> dict[str, object]:
    if name == "reason":
        reason = value if isinstance(value, Reason) else None
        return {f"reason_{part}": reason and getattr(reason, part) for part in ("code", "party", "words")}
    if name in _TIMES and isinstance(value, datetime):
        return {name: to_ms(value)}
    if name in _SEALED:
        return {f"{name}_sealed": value}
    return {name: value.value if isinstance(value, Enum) else value}


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)


def _reason(row: sqlite3.Row) -> Reason | None:
    if row["reason_code"] is None:
        return None
    return Reason(code=row["reason_code"], party=row["reason_party"], words=row["reason_words"])
