"""The registration table: one row per registration and process."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock
from typing import Literal

from mock_control import JSON, Reset

Result = Literal["PROCESSED", "REJECTED", "FAILED"]


@dataclass(kw_only=True)
class Registration:
    """A workflow.

    ``status`` is one of MOSIP's registration statuses; ``cause`` the exchange that began it.
    """

    rid: str
    process: str
    source: str
    instance_id: str
    owner: str | None
    cause: int
    status: str = "RESUMABLE"
    stage: str = "packet_validator"
    sub_status: str = "Packet workflow instance created successfully"
    retries: int = 0
    result: Result | None = None
    uin: str | None = None
    vid: str | None = None
    history: list[tuple[str, str, str]] = field(default_factory=list)


class Registrations:
    """All rows; safe to use from all threads. A row is changed by the one stage that it is in."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._rows: dict[tuple[str, str], Registration] = {}
        self._latest: dict[str, Registration] = {}

    def add(self, row: Registration) -> bool:
        """Adds a row; False when this registration and process are there already."""
        with self._lock:
            added = self._rows.setdefault((row.rid, row.process), row) is row
            if added:
                self._latest[row.rid] = row
            return added

    def latest(self, rid: str) -> Registration | None:
        """The row of that registration that came last."""
        with self._lock:
            return self._latest.get(rid)

    def all(self) -> list[Registration]:
        """All rows, oldest first."""
        with self._lock:
            return list(self._rows.values())

    def forget(self, reset: Reset) -> None:
        """Drops what the reset covers."""
        with self._lock:
            self._rows = {key: row for key, row in self._rows.items() if not reset.covers(row.owner)}
            self._latest = {row.rid: row for row in self._rows.values()}

    def render(self) -> JSON:
        """For people: how far each registration is."""
        return [
            {
                "rid": row.rid,
                "process": row.process,
                "source": row.source,
                "workflow_instance_id": row.instance_id,
                "status": row.status,
                "stage": row.stage,
                "sub_status": row.sub_status,
                "retries": row.retries,
                "result": row.result,
                "owner": row.owner,
                "history": [
                    {"stage": stage, "outcome": how, "sub_status": why} for stage, how, why in row.history
                ],
            }
            for row in self.all()
        ]
