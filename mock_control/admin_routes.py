"""What each route of the admin API does, and the table of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import request

from mock_control.clock import iso, seconds_of
from mock_control.control import Control
from mock_control.do import FAULT_HELP
from mock_control.errors import Refusal
from mock_control.journal import Query
from mock_control.messages import JSON, parse_json
from mock_control.openapi import Route, document
from mock_control.ownership import parse_reservations

_FAULT = ("scenario", "scope", "at", "of", "when", "times", "for", "do")
_GATE = ("scenario", "scope", "at", "of", "when", "do", "copies", "in_parallel", "as", "times")
_JOURNAL = ("after", "wait", "operation", "owner", "scenario", "limit")
LONGEST_ADVANCE = 20 * 365 * 86400.0

STREAM = Route(
    name="stream",
    method="GET",
    path="journal/stream",
    help="The journal as server-sent events",
    query=("after", "operation", "owner", "scenario"),
)
ROUTES = (
    Route(
        name="health",
        method="GET",
        path="health",
        help="Party, boot, epoch, failures of timed work, late calls",
    ),
    Route(
        name="list_operations",
        method="GET",
        path="operations",
        help="All operations and what can strike them",
    ),
    Route(
        name="journal", method="GET", path="journal", help="Entries after a sequence number", query=_JOURNAL
    ),
    Route(name="set_fault", method="POST", path="faults", help="Set a fault", body=_FAULT, status=201),
    Route(
        name="list_faults", method="GET", path="faults", help="Faults that are set, and how often they struck"
    ),
    Route(name="clear_faults", method="DELETE", path="faults", help="Clear faults", query=("scenario",)),
    Route(name="clear_fault", method="DELETE", path="faults/<int:fault_id>", help="Clear one fault"),
    Route(name="set_gate", method="POST", path="gates", help="Set a gate", body=_GATE, status=201),
    Route(
        name="list_gates", method="GET", path="gates", help="Gates, what they hold and how often they struck"
    ),
    Route(
        name="release_gate",
        method="POST",
        path="gates/<int:gate_id>/release",
        help="Let go of what a gate holds, and leave it open",
        body=("copies", "in_parallel", "keep"),
    ),
    Route(name="delete_gate", method="DELETE", path="gates/<int:gate_id>", help="Take a gate away"),
    Route(
        name="clock",
        method="GET",
        path="clock",
        help="The timers' time, the skew of stamps, what is due next",
    ),
    Route(
        name="move_clock",
        method="POST",
        path="clock",
        help="Advance timers, or skew stamps",
        body=("advance", "skew"),
    ),
    Route(name="reservations", method="GET", path="reserve", help="Actions that scenarios have reserved"),
    Route(
        name="reserve",
        method="POST",
        path="reserve",
        help="Reserve actions",
        body=("scenario", "actions"),
        status=201,
    ),
    Route(
        name="unreserve",
        method="DELETE",
        path="reserve/<scenario>",
        help="End the reservations of a scenario run",
    ),
    Route(
        name="reset",
        method="POST",
        path="reset",
        help="Forget everything, or one scenario run",
        body=("scenario",),
    ),
    Route(name="states", method="GET", path="state", help="Everything the mock remembers"),
    Route(name="state", method="GET", path="state/<name>", help="One part of what the mock remembers"),
    Route(
        name="settings", method="GET", path="settings", help="Settings that may change while the mock runs"
    ),
    Route(
        name="change_settings",
        method="PUT",
        path="settings",
        help="Change settings; a full reset restores them",
    ),
    Route(
        name="people",
        method="POST",
        path="people",
        help="Tell the mock of people",
        body=("scenario", "people"),
    ),
    Route(name="commands", method="GET", path="commands", help="Commands that this mock has"),
    Route(name="run_command", method="POST", path="commands/<name>", help="Run a command of this mock"),
    Route(name="openapi", method="GET", path="openapi.json", help="This API, described"),
)


def journal_query() -> Query:
    """The journal query that the request asks."""
    return Query(
        after=int(_number("after", 0)),
        operation=request.args.get("operation"),
        owner=request.args.get("owner"),
        scenario=request.args.get("scenario"),
        limit=max(1, int(_number("limit", 1000))),
    )


def _number(name: str, default: float) -> float:
    text = request.args.get(name)
    try:
        number = default if text is None else float(text)
    except ValueError:
        raise Refusal(f"{name} must be a number") from None
    if not 0 <= number < 2**62:
        raise Refusal(f"{name} must be a number from 0")
    return number


def _body() -> dict[str, JSON]:
    """The request's JSON object, empty when there is no body; raises Refusal."""
    raw = request.get_data()
    parsed = parse_json(raw)
    if not raw.strip():
        return {}
    if not isinstance(parsed, dict):
        raise Refusal("the body must be a JSON object")
    return parsed


def _optional_text(body: Mapping[str, JSON], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal(f"{name} must be text")
    return value


class Admin:
    """The handlers; each takes the path's parameters and returns JSON, or raises Refusal."""

    def __init__(self, control: Control, *, prefix: str) -> None:
        self._control = control
        self._prefix = prefix

    def health(self) -> JSON:
        recorder = self._control.recorder
        return {
            "party": self._control.party,
            "boot": recorder.boot,
            "epoch": recorder.epoch,
            "failures": [*recorder.failures],
            "late": recorder.late,
            "journal": recorder.on,
        }

    def list_operations(self) -> JSON:
        described: list[JSON] = [spec.describe() for spec in self._control.operations.all()]
        return {"operations": described, "faults": {**FAULT_HELP}}

    def journal(self) -> JSON:
        journal = self._control.journal
        if journal is None:
            raise Refusal("the journal is off", status=409)
        page = journal.read(journal_query(), wait=_number("wait", 0))
        return {
            "entries": [self._control.recorder.render(entry, self._control.party) for entry in page.entries],
            "last": page.last,
            "dropped": page.dropped,
            "epoch": self._control.epoch,
        }

    def set_fault(self) -> JSON:
        return self._control.faults.set(_body()).describe()

    def list_faults(self) -> JSON:
        return {"faults": [fault.describe() for fault in self._control.faults.all()]}

    def clear_faults(self) -> JSON:
        return {"cleared": self._control.faults.clear(scenario=request.args.get("scenario"))}

    def clear_fault(self, fault_id: int) -> JSON:
        if not self._control.faults.clear(fault_id=fault_id):
            known = [str(fault.id) for fault in self._control.faults.all()]
            raise Refusal(f"no fault {fault_id}", near=known, status=404)
        return {"cleared": 1}

    def set_gate(self) -> JSON:
        return self._control.gates.set(_body()).describe()

    def list_gates(self) -> JSON:
        return {"gates": [gate.describe() for gate in self._control.gates.all()]}

    def release_gate(self, gate_id: int) -> JSON:
        return self._control.gates.release(gate_id, _body()).describe()

    def delete_gate(self, gate_id: int) -> JSON:
        self._control.gates.delete(gate_id)
        return {"deleted": gate_id}

    def clock(self) -> JSON:
        timers = self._control.timers
        pending = timers.pending()
        return {
            "now": iso(timers.now()),
            "stamp": self._control.stamps.iso(),
            "advanced_s": timers.advanced.total_seconds(),
            "skew_s": self._control.stamps.skew.total_seconds(),
            "next_due": iso(pending[0].due) if pending else None,
            "pending": [{"due": iso(work.due), "what": work.what} for work in pending[:100]],
        }

    def move_clock(self) -> JSON:
        body = _body()
        if len(body) != 1 or not body.keys() <= {"advance", "skew"}:
            raise Refusal("give advance or skew", near=["advance", "skew"])
        if "skew" in body:
            self._control.stamps.skew = timedelta(seconds=_within(seconds_of(body["skew"]), "skew"))
            return self.clock()
        seconds = _within(seconds_of(body["advance"]), "advance")
        if seconds < 0:
            raise Refusal("timers don't go back")
        advanced = self._control.timers.advance(seconds)
        return {"now": iso(advanced.now), "ran": advanced.ran, "unfinished": [*advanced.unfinished]}

    def reservations(self) -> JSON:
        return {"owners": [each.owner for each in self._control.ownership.reserved()]}

    def reserve(self) -> JSON:
        wanted = parse_reservations(_body())
        self._control.ownership.reserve(wanted)
        return {"owners": [each.owner for each in wanted]}

    def unreserve(self, scenario: str) -> JSON:
        self._control.ownership.forget(scenario)
        return {"scenario": scenario}

    def reset(self) -> JSON:
        return {"epoch": self._control.reset(_optional_text(_body(), "scenario"))}

    def states(self) -> JSON:
        return {name: hook() for name, hook in sorted(self._control.hooks.states.items())}

    def state(self, name: str) -> JSON:
        return self._control.hooks.state(name)

    def settings(self) -> JSON:
        return self._control.settings.describe()

    def change_settings(self) -> JSON:
        self._control.settings.change(_body())
        return self._control.settings.describe()

    def people(self) -> JSON:
        body = _body()
        people, scenario = body.get("people"), _optional_text(body, "scenario")
        if not isinstance(people, list):
            raise Refusal("people must be a list")
        return {"people": self._control.introduce(people, scenario=scenario)}

    def commands(self) -> JSON:
        return {"commands": {name: text for name, (_, text) in sorted(self._control.hooks.commands.items())}}

    def run_command(self, name: str) -> JSON:
        return self._control.hooks.run_command(name, _body())

    def openapi(self) -> JSON:
        return document(self._control.party, (*ROUTES, STREAM), prefix=self._prefix)


def _within(seconds: float, name: str) -> float:
    if not abs(seconds) <= LONGEST_ADVANCE:
        raise Refusal(f"{name} must not be above 20 years")
    return seconds
