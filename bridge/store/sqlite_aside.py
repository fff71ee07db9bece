"""The part of the SQLite store that lies beside the deliveries' own road."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from bridge.model import Delivery, State
from bridge.store import rows
from bridge.store.aside import Finding, Found, SetAside
from bridge.store.writer import Writer


class SqliteAside:
    """See :class:`bridge.store.aside.Aside`."""

    _now: Callable[[], datetime]
    _writer: Writer

    def _read(self, statement: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
        raise NotImplementedError

    def of_event(self, event_id: str) -> Sequence[Delivery]:
        found = self._read("SELECT * FROM deliveries WHERE event_id=? ORDER BY id", (event_id,))
        return [rows.delivery(row) for row in found]

    def silent(self, *, since: datetime, after: int, limit: int) -> Sequence[Delivery]:
        found = self._read(
            "SELECT * FROM deliveries WHERE state=? AND updated_at<=? AND id>? ORDER BY id LIMIT ?",
            (State.AWAITING, rows.to_ms(since), after, limit),
        )
        return [rows.delivery(row) for row in found]

    def renew(self, ids: Collection[int], *, owner: str, lease: timedelta) -> int:
        def work(connection: sqlite3.Connection) -> int:
            until = rows.to_ms(self._now() + lease)
            marks = ",".join("?" * len(ids))
            return connection.execute(
                f"UPDATE deliveries SET lease_until=? WHERE lease_owner=? AND id IN ({marks})",  # noqa: S608
                (until, owner, *ids),
            ).rowcount

        return self._writer.run(work) if ids else 0

    def keep_findings(self, findings: Sequence[Finding]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            before = {
                (row["event_id"], row["code"]): row["found_at"]
                for row in connection.execute("SELECT event_id, code, found_at FROM findings")
            }
            connection.execute("DELETE FROM findings")
            connection.executemany(
                "INSERT INTO findings (event_id, action_id, kind, tracking_id, rid, verdict, code, words,"
                " waits_since, found_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        each.event_id,
                        each.action_id,
                        each.kind,
                        each.tracking_id,
                        each.rid,
                        each.verdict,
                        each.code,
                        each.words,
                        rows.to_ms(each.waits_since),
                        before.get((each.event_id, each.code), rows.to_ms(each.found_at)),
                        rows.to_ms(each.seen_at),
                    )
                    for each in findings
                ],
            )

        self._writer.run(work)

    def findings(self) -> Sequence[Finding]:
        found = self._read("SELECT * FROM findings ORDER BY waits_since, event_id", ())
        return [
            Finding(
                event_id=row["event_id"],
                action_id=row["action_id"],
                kind=row["kind"],
                tracking_id=row["tracking_id"],
                rid=row["rid"],
                verdict=Found(row["verdict"]),
                code=row["code"],
                words=row["words"],
                waits_since=rows.from_ms(row["waits_since"]),
                found_at=rows.from_ms(row["found_at"]),
                seen_at=rows.from_ms(row["seen_at"]),
            )
            for row in found
        ]

    def set_aside(self, kept: SetAside, *, room: int) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO quarantine (id, sealed, judged_by, received_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET judged_by=excluded.judged_by",
                (kept.id, kept.sealed, kept.judged_by, rows.to_ms(kept.received_at)),
            )
            connection.execute(
                "DELETE FROM quarantine WHERE rowid IN"
                " (SELECT rowid FROM quarantine ORDER BY received_at DESC, rowid DESC LIMIT -1 OFFSET ?)",
                (room,),
            )

        self._writer.run(work)

    def quarantined(self) -> Sequence[SetAside]:
        found = self._read("SELECT * FROM quarantine ORDER BY received_at, rowid", ())
        return [
            SetAside(
                id=row["id"],
                sealed=row["sealed"],
                judged_by=row["judged_by"],
                received_at=rows.from_ms(row["received_at"]),
            )
            for row in found
        ]

    def let_go(self, quarantine_id: str) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM quarantine WHERE id=?", (quarantine_id,))

        self._writer.run(work)
