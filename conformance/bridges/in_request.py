"""A bridge that is right and does its work inside the request: MOSIP has the packet before it answers.

200 means that MOSIP's workflow has taken the registration, 503 that it has not and never will under this
action, so that country-config lets the registrar try anew. What a credential brings is confirmed inside the
hub's request; only what OpenCRVS would not hear then is left to a sweeper. A death is confirmed at once.
"""

from __future__ import annotations

import time
from threading import Lock, Thread
from typing import Final

from flask import Blueprint, Flask, request
from werkzeug.wrappers import Response

from conformance.bridges.credentials import Credential, Ended, Reader, UnbelievableError
from conformance.bridges.reading import Callers, RefusedError, setting
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

PATIENCE_S: Final = 2.0
PAUSE_S: Final = 0.3
WORKFLOW_TOPIC: Final = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"


class Desk:
    """Does what requests ask for, one at a time for each action."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._mosip, self._opencrvs = Mosip(), OpenCrvs()
        self._lock, self._locks = Lock(), dict[str, Lock]()

    def register(self, row: Row) -> bool:
        """Whether MOSIP's workflow has it; tries for a while."""
        with self._of(row):
            row = self._rows.again(row)
            deadline = time.monotonic() + PATIENCE_S
            while row.state in ("new", "sent"):
                try:
                    row = self._forward(row)
                except TroubleError as trouble:
                    print(f"{row.rid} {row.state}: {trouble}", flush=True)
                    row = self._rows.again(row)
                    if time.monotonic() > deadline:
                        break
                    time.sleep(PAUSE_S)
        if row.kind == "death" and row.state == "waits":
            row = self._rows.change(row, "known")
        # MOSIP may have a workflow whose beginning it could not tell: that is kept, and asked for again.
        return row.state != "new"

    def take(self, news: Credential | Ended) -> None:
        """Keeps what MOSIP says of a registration, then tells OpenCRVS; raises TroubleError."""
        row = self._rows.of_rid(news.rid)
        if row is None or row.state not in ("sent", "waits"):
            return
        if isinstance(news, Ended):
            if not news.refused:
                return
            row = self._rows.change(row, "refused")
        elif row.kind == "birth" and (news.number != row.number or not news.identifier):
            print(f"{row.rid}: a credential of another certificate, or without identifier", flush=True)
            return
        else:
            row = self._rows.change(row, "known", identifier=news.identifier)
        self.answer(row)

    def answer(self, row: Row) -> None:
        """Tells OpenCRVS what MOSIP said; raises TroubleError."""
        with self._of(row):
            row = self._rows.again(row)
            ids = {"event_id": row.event_id, "action_id": row.action_id, "bearer": row.bearer}
            try:
                if row.state == "known":
                    identifier = row.identifier if row.kind == "birth" else None
                    self._opencrvs.accept(**ids, number=row.number, identifier=identifier)
                elif row.state == "refused":
                    self._opencrvs.reject(**ids)
                else:
                    return
                self._rows.change(row, "told")
            except DeniedError as denied:
                self._rows.change(row, "denied")
                print(f"{row.rid}: {denied}, for a person to look at", flush=True)

    def sweep(self) -> None:
        """For ever: what a request had to leave, or a former life."""
        while True:
            for row in self._rows.open():
                try:
                    if row.state == "sent":
                        self.register(row)
                    self.answer(row)
                except TroubleError as trouble:
                    print(f"{row.rid} {row.state}: {trouble}", flush=True)
            time.sleep(PAUSE_S)

    def _forward(self, row: Row) -> Row:
        first = row.state == "new"
        if first:
            self._mosip.create_packet(row.rid, row.kind, row.fields)
            row = self._rows.change(row, "sent")
        try:
            self._mosip.start_workflow(row.rid, row.kind)
        except RidTakenError:
            if first:
                return self._rows.change(row, "new", rid=draw_rid())
        return self._rows.wait(row)

    def _of(self, row: Row) -> Lock:
        with self._lock:
            return self._locks.setdefault(row.action_id, Lock())


def create_app(rows: Rows, desk: Desk) -> Flask:
    """The registration's door, the hub's, and whether it lives."""
    app, callers = Flask(__name__), Callers()
    app.register_blueprint(hub_door(desk))

    @app.errorhandler(RefusedError)
    def refused(error: RefusedError) -> tuple[dict[str, str], int]:
        return {"error": error.word}, error.status

    @app.post("/events/registration")
    def registration() -> tuple[dict[str, str], int]:
        row = rows.take(callers.read(request))
        if not desk.register(row):
            raise RefusedError(503, "MOSIP did not take it")
        return {"transactionId": rows.again(row).rid}, 200

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def hub_door(desk: Desk) -> Blueprint:
    """Where the hub verifies and delivers."""
    door, reader = Blueprint("hub", __name__), Reader()

    @door.get("/websub/callback")
    def verification() -> Response:
        asked = request.args
        if asked.get("hub.mode") == "denied":
            return Response("", 200)
        if asked.get("hub.mode") != "subscribe" or asked.get("hub.topic") not in topics():
            raise RefusedError(404, "nobody asked for that")
        return Response(asked.get("hub.challenge", ""), 200, mimetype="text/plain")

    @door.post("/websub/callback")
    def delivery() -> dict[str, str]:
        try:
            desk.take(reader.read(request))
        except UnbelievableError as doubt:
            print(f"a delivery was not believed: {doubt}", flush=True)
        except TroubleError as trouble:
            print(f"{trouble}, left to the sweeper", flush=True)
        return {}

    return door


def topics() -> tuple[str, str]:
    """What it wants to hear: credentials, and how workflows end."""
    return setting("MOSIP_WEBSUB_TOPIC"), WORKFLOW_TOPIC


def subscribe() -> None:
    """Until the hub has taken it."""
    mosip, left = Mosip(), list(topics())
    while left:
        try:
            mosip.subscribe(left[0])
            left.pop(0)
        except TroubleError:
            time.sleep(PAUSE_S)


def main() -> None:
    """Serve, subscribe, and go on where the last life ended."""
    rows = Rows()
    desk = Desk(rows)
    Thread(target=desk.sweep, name="sweeper", daemon=True).start()
    serve(create_app(rows, desk), once_open=Thread(target=subscribe, name="subscriber", daemon=True).start)


if __name__ == "__main__":
    main()
