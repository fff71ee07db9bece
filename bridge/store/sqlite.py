"""The store on one SQLite file, shared by the processes of one bridge."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge.model import (
    BACKLOG,
    FINISHED,
    OPEN,
    Delivery,
    HistoryEntry,
    Hold,
    Kind,
    NewDelivery,
    State,
    replace,
)
from bridge.store import rows
from bridge.store.connection import connect
from bridge.store.interface import (
    FINAL,
    Accepted,
    ActionConflictError,
    BacklogFullError,
    Decide,
    HubMessage,
    Judge,
    Receipt,
    Received,
    StoreError,
    StoreUnavailableError,
    UpstreamFault,
)
from bridge.store.sqlite_aside import SqliteAside
from bridge.store.writer import Writer

_DRAWS = 5
_KEPT_BODIES = 1000


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


def utc_now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


class SqliteStore(SqliteAside):
    """See :class:`bridge.store.interface.Store`. The file must have been migrated; open it after forking."""

    def __init__(self, path: Path, *, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        try:
            self._writer = Writer(connect(path))
            self._reader = connect(path)
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"{path}: {error}") from error
        self._reading = threading.Lock()

    def accept(
        self,
        new: NewDelivery,
        *,
        draw: Callable[[int], str],
        backlog_limit: int,
        hold: Hold | None = None,
    ) -> Accepted:
        def work(connection: sqlite3.Connection) -> Accepted:
            present = _one(connection, "event_id=? AND action_id=?", (new.event_id, new.action_id))
            if present is not None:
                if (present.certificate_number, present.kind) != (new.certificate_number, new.kind):
                    raise ActionConflictError("the same action came before with another certificate number")
                return Accepted(delivery=present, created=False)
            if _backlog_reaches(connection, backlog_limit):
                raise BacklogFullError("too much work is waiting")
            return Accepted(delivery=_insert(connection, new, draw, self._now(), hold), created=True)

        return self._writer.run(work)

    def claim(self, delivery_id: int, *, owner: str, lease: timedelta) -> Delivery | None:
        def work(connection: sqlite3.Connection) -> Delivery | None:
            now = rows.to_ms(self._now())
            row = connection.execute(
                f"UPDATE deliveries SET lease_owner=?, lease_until=?, attempt=attempt+1"  # noqa: S608 - marks only
                f" WHERE id=? AND state IN ({_marks(OPEN)}) AND due_at<=?"
                " AND (lease_owner IS NULL OR lease_until<=?) RETURNING *",
                (owner, now + lease // timedelta(milliseconds=1), delivery_id, *OPEN, now, now),
            ).fetchone()
            return None if row is None else rows.delivery(row)

        return self._writer.run(work)

    def due(self, *, states: Collection[State], kinds: Collection[Kind], limit: int) -> list[int]:
        now = rows.to_ms(self._now())
        found = self._read(
            f"SELECT id FROM deliveries WHERE state IN ({_marks(states)}) AND kind IN ({_marks(kinds)})"  # noqa: S608
            " AND due_at<=? AND (lease_owner IS NULL OR lease_until<=?) ORDER BY due_at LIMIT ?",
            (*states, *kinds, now, now, limit),
        )
        return [row["id"] for row in found]

    def settle(self, held: Delivery, decide: Decide) -> Delivery | None:
        def work(connection: sqlite3.Connection) -> Delivery | None:
            present = _one(
                connection,
                "id=? AND lease_owner=? AND attempt=?",
                (held.id, held.lease_owner, held.attempt),
            )
            return None if present is None else self._change(connection, present, decide(present))

        return self._writer.run(work)

    def receive(self, message: HubMessage, judge: Judge) -> Received:
        def work(connection: sqlite3.Connection) -> Received:
            before = connection.execute(
                "SELECT verdict FROM received WHERE hub_event_id=?", (message.hub_event_id,)
            ).fetchone()
            present = _one(connection, "rid=?", (message.rid,))
            if before is not None and Receipt(before["verdict"]) in FINAL:
                return Received(receipt=Receipt(before["verdict"]), delivery=present, repeated=True)
            receipt, after = judge(present)
            if present is not None and after is not None:
                after = self._change(connection, present, after)
            self._keep_message(connection, message, receipt)
            return Received(receipt=receipt, delivery=after)

        return self._writer.run(work)

    def revise(self, rid: str, decide: Decide) -> Delivery | None:
        def work(connection: sqlite3.Connection) -> Delivery | None:
            present = _one(
                connection,
                "rid=? AND (lease_owner IS NULL OR lease_until<=?)",
                (rid, rows.to_ms(self._now())),
            )
            return None if present is None else self._change(connection, present, decide(present))

        return self._writer.run(work)

    def next_sequence(self) -> int:
        return self._writer.run(_next_sequence)

    def find(self, rid: str) -> Delivery | None:
        found = self._read("SELECT * FROM deliveries WHERE rid=? OR answered_rid=? LIMIT 1", (rid, rid))
        return rows.delivery(found[0]) if found else None

    def page(self, *, states: Collection[State], after: int, limit: int) -> Sequence[Delivery]:
        found = self._read(
            f"SELECT * FROM deliveries WHERE state IN ({_marks(states)}) AND id>? ORDER BY id LIMIT ?",  # noqa: S608
            (*states, after, limit),
        )
        return [rows.delivery(row) for row in found]

    def history(self, delivery_id: int) -> Sequence[HistoryEntry]:
        found = self._read("SELECT * FROM history WHERE delivery_id=? ORDER BY rowid", (delivery_id,))
        return [
            HistoryEntry(
                at=rows.from_ms(row["at"]),
                state=State(row["state"]),
                rid=row["rid"],
                attempt=row["attempt"],
                reason_code=row["reason_code"],
            )
            for row in found
        ]

    def counts(self) -> Mapping[State, int]:
        found = self._read("SELECT state, count(*) AS n FROM deliveries GROUP BY state", ())
        return {State(row["state"]): row["n"] for row in found}

    def receipts(self) -> Mapping[Receipt, int]:
        found = self._read("SELECT verdict, count(*) AS n FROM received GROUP BY verdict", ())
        return {Receipt(row["verdict"]): row["n"] for row in found}

    def take_lease(self, name: str, *, owner: str, lease: timedelta) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            now = rows.to_ms(self._now())
            taken = connection.execute(
                "INSERT INTO leases (name, owner, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
                " SET owner=excluded.owner, until=excluded.until"
                " WHERE leases.owner=excluded.owner OR leases.until<=?",
                (name, owner, now + lease // timedelta(milliseconds=1), now),
            )
            return taken.rowcount == 1

        return self._writer.run(work)

    def free_leases(self, *, owned_by: str, but_not: str | None = None) -> int:
        def work(connection: sqlite3.Connection) -> int:
            theirs = "substr({0},1,length(?))=? AND (? IS NULL OR substr({0},1,length(?))<>?)"
            values = (owned_by, owned_by, but_not, but_not, but_not)
            freed = connection.execute(
                "UPDATE deliveries SET lease_owner=NULL, lease_until=NULL WHERE "  # noqa: S608 - our own text
                + theirs.format("lease_owner"),
                values,
            ).rowcount
            return (
                freed
                + connection.execute(
                    "DELETE FROM leases WHERE " + theirs.format("owner"),  # noqa: S608 - our own text
                    values,
                ).rowcount
            )

        return self._writer.run(work)

    def subscription(self, topic: str) -> str | None:
        found = self._read("SELECT state FROM subscription WHERE topic=?", (topic,))
        return found[0]["state"] if found else None

    def set_subscription(self, topic: str, state: str) -> None:
        now = rows.to_ms(self._now())
        self._write(
            "INSERT INTO subscription (topic, state, updated_at) VALUES (?, ?, ?)"
            " ON CONFLICT (topic) DO UPDATE SET state=excluded.state, updated_at=excluded.updated_at",
            (topic, state, now),
        )

    def set_upstream(self, party: str, fault: str | None) -> None:
        now = rows.to_ms(self._now())
        self._write(
            "INSERT INTO upstreams (party, fault, since) VALUES (?, ?, ?) ON CONFLICT (party) DO UPDATE"
            " SET since=CASE WHEN upstreams.fault IS NULL THEN excluded.since ELSE upstreams.since END,"
            " fault=excluded.fault",
            (party, fault, now),
        )

    def upstream_faults(self) -> Sequence[UpstreamFault]:
        found = self._read("SELECT * FROM upstreams WHERE fault IS NOT NULL ORDER BY party", ())
        return [
            UpstreamFault(party=row["party"], fault=row["fault"], since=rows.from_ms(row["since"]))
            for row in found
        ]

    def add_counters(self, amounts: Mapping[str, int]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
                " SET value=counters.value+excluded.value",
                list(amounts.items()),
            )

        self._writer.run(work)

    def counters(self) -> Mapping[str, int]:
        return {row["name"]: row["value"] for row in self._read("SELECT * FROM counters", ())}

    def close(self) -> None:
        self._writer.close()
        with self._reading:
            self._reader.close()

    def _read(self, statement: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
        try:
            with self._reading:
                return self._reader.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise StoreUnavailableError(str(error)) from error

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(statement, values)

        self._writer.run(work)

    def _change(self, connection: sqlite3.Connection, before: Delivery, after: Delivery) -> Delivery:
        if after == before:
            return before
        now = self._now()
        if after.state in FINISHED and before.state not in FINISHED:
            after = replace(after, closed_at=now)
        after = replace(after, updated_at=now)
        columns = rows.changes(before, after)
        connection.execute(
            f"UPDATE deliveries SET {', '.join(f'{name}=?' for name in columns)} WHERE id=?",  # noqa: S608
            (*columns.values(), before.id),
        )
        if (before.state, before.rid) != (after.state, after.rid):
            _record(connection, after, now)
        if after.state is State.REJECTED and before.credential is not None:
            connection.execute(
                "UPDATE received SET verdict=? WHERE rid=? AND verdict=?",
                (Receipt.ORPHAN, after.rid, Receipt.STORED),
            )
        return after

    def _keep_message(self, connection: sqlite3.Connection, message: HubMessage, receipt: Receipt) -> None:
        body = None if receipt in {Receipt.STORED, Receipt.LATE} else message.body
        connection.execute(
            "INSERT INTO received (hub_event_id, topic, rid, verdict, body_sealed, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hub_event_id) DO UPDATE"
            " SET verdict=excluded.verdict, body_sealed=excluded.body_sealed,"
            " received_at=excluded.received_at",
            (message.hub_event_id, message.topic, message.rid, receipt, body, rows.to_ms(self._now())),
        )
        if body is not None:
            connection.execute(
                "UPDATE received SET body_sealed=NULL WHERE body_sealed IS NOT NULL AND rowid IN ("
                "SELECT rowid FROM received WHERE body_sealed IS NOT NULL"
                " ORDER BY received_at DESC LIMIT -1 OFFSET ?)",
                (_KEPT_BODIES,),
            )


def _one(connection: sqlite3.Connection, where: str, values: tuple[object, ...]) -> Delivery | None:
    row = connection.execute(f"SELECT * FROM deliveries WHERE {where}", values).fetchone()  # noqa: S608
    return None if row is None else rows.delivery(row)


def _backlog_reaches(connection: sqlite3.Connection, limit: int) -> bool:
    """Never counts further than the bound, so that it costs little while there is little."""
    counted = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state IN ({_marks(BACKLOG)}) LIMIT ?)",  # noqa: S608
        (*BACKLOG, limit),
    ).fetchone()[0]
    return int(counted) >= limit


def _next_sequence(connection: sqlite3.Connection) -> int:
    row = connection.execute("UPDATE sequences SET value=value+1 WHERE name='rid' RETURNING value").fetchone()
    return int(row["value"])


def _insert(
    connection: sqlite3.Connection,
    new: NewDelivery,
    draw: Callable[[int], str],
    now: datetime,
    hold: Hold | None,
) -> Delivery:
    moment = rows.to_ms(now)
    for _ in range(_DRAWS):
        rid = draw(_next_sequence(connection))
        row = connection.execute(
            "INSERT INTO deliveries (rid, answered_rid, event_id, action_id, kind, tracking_id,"
            " certificate_number, transaction_id, state, due_at, payload_sealed, token_sealed, created_at,"
            " updated_at, lease_owner, lease_until, attempt)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (rid) DO NOTHING RETURNING *",
            (
                rid,
                rid,
                new.event_id,
                new.action_id,
                new.kind,
                new.tracking_id,
                new.certificate_number,
                new.transaction_id,
                State.QUEUED,
                moment,
                new.payload,
                new.token,
                moment,
                moment,
                hold and hold.owner,
                hold and rows.to_ms(hold.until),
                0 if hold is None else 1,
            ),
        ).fetchone()
        if row is not None:
            inserted = rows.delivery(row)
            _record(connection, inserted, now)
            return inserted
    raise StoreError("no free RID was drawn")


def _record(connection: sqlite3.Connection, delivery: Delivery, now: datetime) -> None:
    connection.execute(
        "INSERT INTO history (delivery_id, at, state, rid, attempt, reason_code) VALUES (?, ?, ?, ?, ?, ?)",
        (
            delivery.id,
            rows.to_ms(now),
            delivery.state,
            delivery.rid,
            delivery.attempt,
            delivery.reason and delivery.reason.code,
        ),
    )
