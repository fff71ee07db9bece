"""A bridge that is right and takes no WebSub: it asks MOSIP again and again how far each registration is.

MOSIP tells an identifier only in a credential; its status service (mosip/registration:
registration-processor-registration-status-service, externalstatus/search) says that one was made and never
which. So this is the bridge of a country whose policy puts no identifier into the record, and whose MOSIP
lets the bridge's client ask for statuses, which a stock one does not.
"""

from __future__ import annotations

import random
import time
from threading import Event, Thread
from typing import Final

from flask import Flask, request

from conformance.bridges.reading import Callers, RefusedError
from conformance.bridges.rows import Row, Rows
from conformance.bridges.serving import serve
from conformance.bridges.upstream import (
    DeniedError,
    Mosip,
    OpenCrvs,
    RidTakenError,
    TroubleError,
    draw_rid,
)

POLL_S: Final = 0.2
LONGEST_PAUSE_S: Final = 2.0
REFUSED: Final = frozenset({"REREGISTER", "REJECTED"})


class Poller:
    """Drives every open row, one after another; a row that meets trouble waits longer each time."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._mosip, self._opencrvs = Mosip(), OpenCrvs()
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self.wake = Event()

    def run(self) -> None:
        """For ever."""
        while True:
            for row in self._rows.open():
                if self._not_before.get(row.action_id, 0.0) <= time.monotonic():
                    self._drive(row)
            self.wake.wait(POLL_S)
            self.wake.clear()

    def _drive(self, row: Row) -> None:
        try:
            while self._step(row):
                row = self._rows.again(row)
            self._failures.pop(row.action_id, None)
        except TroubleError as trouble:
            failures = self._failures[row.action_id] = self._failures.get(row.action_id, 0) + 1
            pause = min(LONGEST_PAUSE_S, POLL_S * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)  # noqa: S311
            self._not_before[row.action_id] = time.monotonic() + pause
            print(f"{row.rid} {row.state}: {trouble}, again in {pause:.1f} s", flush=True)
        except DeniedError as denied:
            self._rows.change(row, "denied")
            print(f"{row.rid} {row.state}: {denied}, for a person to look at", flush=True)

    def _step(self, row: Row) -> bool:
        """One step of a row; whether the next can follow at once."""
        if row.state == "new":
            self._mosip.create_packet(row.rid, row.kind, row.fields)
            self._rows.change(row, "sent")
            # The first time of its own: a workflow that exists now is not this row's.
            self._start(row, first=True)
            return True
        if row.state == "sent":
            self._start(row, first=False)
            return True
        if row.state == "waits":
            return self._look(row)
        ids = {"event_id": row.event_id, "action_id": row.action_id, "bearer": row.bearer}
        if row.state == "refused":
            self._opencrvs.reject(**ids)
        else:
            self._opencrvs.accept(**ids, number=row.number, identifier=None)
        self._rows.change(row, "told")
        return False

    def _start(self, row: Row, *, first: bool) -> None:
        try:
            self._mosip.start_workflow(row.rid, row.kind)
        except RidTakenError:
            if first:
                self._rows.change(row, "new", rid=draw_rid())
                return
        self._rows.change(row, "waits")

    def _look(self, row: Row) -> bool:
        status = self._mosip.status(row.rid)
        if status == "UIN_GENERATED":
            self._rows.change(row, "known")
        elif status in REFUSED:
            self._rows.change(row, "refused")
        else:
            return False
        return True


def create_app(rows: Rows, poller: Poller) -> Flask:
    """POST /events/registration, and whether it lives."""
    app, callers = Flask(__name__), Callers()

    @app.post("/events/registration")
    def registration() -> tuple[dict[str, str], int]:
        try:
            row = rows.take(callers.read(request))
        except RefusedError as refused:
            return {"error": refused.word}, refused.status
        poller.wake.set()
        return {"transactionId": row.rid}, 202

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main() -> None:
    """Serve, and go on where the last life ended."""
    rows = Rows()
    poller = Poller(rows)
    Thread(target=poller.run, name="poller", daemon=True).start()
    serve(create_app(rows, poller))


if __name__ == "__main__":
    main()
