"""What these bridges must not forget: one row per action in SQLite, written before anything is promised."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from conformance.bridges.reading import Call, setting
from conformance.bridges.upstream import draw_rid

OPEN: Final = ("new", "sent", "waits", "known", "refused")
_TABLE: Final = """CREATE TABLE IF NOT EXISTS actions (
  event_id TEXT, action_id TEXT, rid TEXT UNIQUE, state TEXT, kind TEXT, number TEXT, bearer TEXT,
  fields TEXT, identifier TEXT, PRIMARY KEY (event_id, action_id))"""
_INSERT: Final = """INSERT INTO actions VALUES (?, ?, ?, 'new', ?, ?, ?, ?, NULL)
  ON CONFLICT (event_id, action_id) DO NOTHING"""
_COLUMNS: Final = "event_id, action_id, rid, state, kind, number, bearer, fields, identifier"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One action. ``state``: new, sent (MOSIP may have its workflow), waits (it has), known (MOSIP is done),
    refused (MOSIP said no); closed are told and denied.
    """

    event_id: str
    action_id: str
    rid: str
    state: str
    kind: str
    number: str
    bearer: str = field(repr=False)
    fields: dict[str, str] = field(repr=False)
    identifier: str | None = field(repr=False)


class Rows:
    """All actions that were ever asked for; safe for threads, durable before each method returns."""

    def __init__(self) -> None:
        path = Path(setting("SQLITE_DATABASE_PATH"))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(_TABLE)

    def take(self, call: Call) -> Row:
        """The row of that action, a new one if there is none."""
        values = (call.event_id, call.action_id, draw_rid(), call.kind, call.number, call.bearer)
        self._run(_INSERT, *values, json.dumps(call.fields))
        return self._found("event_id = ? AND action_id = ?", call.event_id, call.action_id)[0]

    def change(self, row: Row, state: str, *, identifier: str | None = None, rid: str | None = None) -> Row:
        """Sets the state; a closed row keeps neither token nor payload nor identifier."""
        self._run(
            "UPDATE actions SET state = ?, rid = ?, identifier = coalesce(?, identifier) WHERE action_id = ?",
            state,
            rid or row.rid,
            identifier,
            row.action_id,
        )
        if state not in OPEN:
            emptied = "UPDATE actions SET bearer = '', fields = '{}', identifier = NULL WHERE action_id = ?"
            self._run(emptied, row.action_id)
        return self.again(row)

    def wait(self, row: Row) -> Row:
        """Has a row that was sent wait, unless it knows more by now: a credential may overtake an answer."""
        self._run("UPDATE actions SET state = 'waits' WHERE action_id = ? AND state = 'sent'", row.action_id)
        return self.again(row)

    def again(self, row: Row) -> Row:
        """The row as it is now."""
        return self._found("action_id = ?", row.action_id)[0]

    def open(self) -> list[Row]:
        """What is owed, oldest first."""
        return self._found(f"state IN ({', '.join('?' * len(OPEN))})", *OPEN)

    def of_rid(self, rid: str) -> Row | None:
        """The row with that registration id."""
        return next(iter(self._found("rid = ?", rid)), None)

    def _found(self, condition: str, *values: str) -> list[Row]:
        query = f"SELECT {_COLUMNS} FROM actions WHERE {condition} ORDER BY rowid"  # noqa: S608 - our own words
        return [
            Row(
                event_id=each[0],
                action_id=each[1],
                rid=each[2],
                state=each[3],
                kind=each[4],
                number=each[5],
                bearer=each[6],
                fields=json.loads(each[7]),
                identifier=each[8],
            )
            for each in self._run(query, *values)
        ]

    def _run(self, statement: str, *values: str | None) -> list[tuple[str, ...]]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()
