"""Target files: what lint says of them, what they give the engine, and what a plan leaves of the suite."""

from __future__ import annotations

import io
import json
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft202012Validator

from conformance.command_process import CommandProcess
from conformance.conform import conform
from conformance.library import chosen
from conformance.limits import Pace, births
from conformance.logs import LogFile
from conformance.operator_view import OperatorView
from conformance.parties import HarnessError
from conformance.people import make_people
from conformance.plan import plan
from conformance.problems import ScenarioFileError
from conformance.records import Action
from conformance.target_file import Commands, lint_target, read_target, target_schema
from conformance.target_init import target_text, write_new
from conformance.targets import DOORS, Limits, Target
from sandbox.errors import SandboxError
from sandbox.routes import BridgeRoutes

GOOD = """\
target: mine
bridge:
  instances: {a: "http://127.0.0.1:3000/", b: "http://127.0.0.1:3001"}
patience: {ack: 500ms, retry: 2m}
policy: {identifier: uin, bad_signature: [401, 403]}
process: {start: "run {instance}", kill: "kill {instance}"}
log: {path: logs/bridge.log}
operator_view:
  url: /queue
  token_file: token
  rows: $.items[*]
  rid: $.rid
  state: $.state
  words: {parked: [held, failed], waiting: open}
limits: {max_births: 5, rate: 60, marker: ZZTEST}
waive:
  - {scenario: birth-happy, reason: "not yet", until: "2030-01-31"}
"""
ACTION = Action(
    owner="x#1/birth.registration",
    name="registration",
    record="birth",
    action_type="REGISTER",
    event_id="e1",
    action_id="a1",
    transaction_id="t1",
)


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str, name: str = "mine") -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        return path

    return write


def test_a_good_file_is_read_whole(written, tmp_path: Path) -> None:
    told = read_target(written(GOOD))
    (tmp_path / "token").write_text("secret\n")
    target = told.target()
    assert (target.name, target.bridge_url) == ("mine", "http://127.0.0.1:3000")
    assert (target.patience.ack, target.patience.retry) == (0.5, 120.0)
    assert (target.policy.identifier, target.policy.bad_signature) == ("uin", (401, 403))
    assert target.can == {"bridge.process", "bridge.instances", "bridge.log", "bridge.operator-view", *DOORS}
    assert (target.operator_token, target.logs) == (
        "secret",
        (LogFile(path=tmp_path / "logs" / "bridge.log"),),
    )
    assert target.waivers["birth-happy"].until.isoformat() == "2030-01-31"
    assert "secret" not in repr(target)


ROUTED = GOOD.replace("patience:", "  routes: {callback: /hub, registration: /take}\npatience:", 1)


def test_routes_are_the_usual_ones_where_the_file_says_no_other(written, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    target = read_target(written(ROUTED)).target()
    assert target.door("callback") == "http://127.0.0.1:3000/hub"
    assert target.door("registration") == "http://127.0.0.1:3000/take"
    assert target.door("verify") == "http://127.0.0.1:3000/verify"


MISTAKES = [
    (ROUTED.replace("/hub", "hub"), "4:22", "callback does not fit: its form is another (a path"),
    (ROUTED.replace("callback", "calback"), "4:12", "Did you mean 'callback'?"),
    ("target: mine\n", "1:1", "'bridge' is needed"),
    (GOOD.replace("mode", "x").replace("policy:", "polisy:"), "5:1", "Did you mean 'policy'?"),
    (GOOD.replace("retry: 2m", "retry: 2"), "4:31", "retry does not fit"),
    (GOOD.replace("uin, bad", "nid, bad"), "5:22", "one of vid, uin, psut, none"),
    (GOOD.replace("3000/", "3000/path"), "3:18", "a does not fit"),
    (GOOD.replace("rid: $.rid\n", "rod: $.rid\n"), "12:3", "Did you mean 'rid'?"),
    (GOOD.replace("  rid: $.rid\n", ""), "9:3", "give rid, or event_id and action_id"),
    (GOOD.replace("2030-01-31", "2030-02-31"), "17:55", "no day of the calendar"),
    (GOOD.replace("127.0.0.1:3000", "bridge.prod.example"), "3:18", "looks like production"),
    (GOOD.replace("target: mine", "target: other"), "1:9", "the file's name says 'mine'"),
    (GOOD + "profiles: [mosip-1.4]\n", "18:12", "unknown profile 'mosip-1.4'"),
    (GOOD + "target: mine\n", "18:1", "duplicate key 'target'"),
    ("target: [\n", "2:1", "not YAML"),
]


@pytest.mark.parametrize(("text", "place", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_place(written, text: str, place: str, words: str) -> None:
    path = written(text)
    told = [str(problem) for problem in lint_target(path)]
    assert any(line.startswith(f"{path}:{place}:") and words in line for line in told), told
    with pytest.raises(ScenarioFileError):
        read_target(path)


def test_no_mistake_repeats_a_value_that_may_be_a_secret(written) -> None:
    path = written(GOOD.replace('"run {instance}"', "[hunter2]").replace("/queue", "hunter2"))
    assert not any("hunter2" in str(problem) for problem in lint_target(path))


def test_the_schema_is_one_and_names_every_member_of_the_page() -> None:
    Draft202012Validator.check_schema(target_schema())
    page = (Path(__file__).parents[2] / "docs" / "targets.md").read_text()
    assert [name for name in target_schema()["properties"] if f"| `{name}` |" not in page] == []


def test_a_new_file_is_good_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    write_new(path, target_text("mine", "http://127.0.0.1:3000"))
    assert lint_target(path) == []
    (tmp_path / "mine.yaml").write_text(
        target_text("mine", "http://127.0.0.1:3000", BridgeRoutes(callback="/hub"))
    )
    assert read_target(path).routes == BridgeRoutes(callback="/hub")
    with pytest.raises(SandboxError, match="is there already"):
        write_new(path, "")
    for name, url in (("Mine", "http://127.0.0.1:1"), ("mine", "https://bridge-live.example")):
        with pytest.raises(SandboxError):
            target_text(name, url)


def test_a_target_by_its_address_only_skips_what_needs_more() -> None:
    planned = {each.item.id: each for each in plan(chosen([]), Target(name="u", bridge_url="http://x"))}
    assert "bridge.process" in str(planned["res-crash-between-webhook-and-confirm"].why)
    assert planned["birth-happy"].why is None


@pytest.mark.parametrize(("mode", "party"), [("mosip-side", "opencrvs"), ("opencrvs-side", "mosip")])
def test_what_plays_a_party_that_is_theirs_is_out_of_mode(mode: str, party: str) -> None:
    (planned,) = plan(
        chosen(["birth-packet-manager-200-errors"])[:1], Target(name="u", bridge_url="", mode=mode)
    )
    assert planned.why is not None
    assert mode in planned.why
    assert party in planned.why


class Queue(BaseHTTPRequestHandler):
    """An operator's view unlike ours: pages, other names, other words."""

    pages = (
        {"items": [{"rid": "1", "state": "open"}], "more": "2"},
        {"items": [{"rid": "2", "state": "held", "why": {"code": "x.y"}}], "more": None},
    )

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == "Bearer secret"
        page = parse_qs(urlsplit(self.path).query).get("from", ["1"])[0]
        body = json.dumps(self.pages[int(page) - 1] if allowed else {}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def queue() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Queue)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("rid", "state", "outcome", "reason"),
    [("1", "open", "waiting", None), ("2", "held", "parked", "x.y"), ("3", None, None, None)],
)
def test_another_bridges_rows_are_read_by_its_own_paths(
    written, queue: str, rid: str, state: str | None, outcome: str | None, reason: str | None
) -> None:
    paged = GOOD.replace("  words:", "  next: $.more\n  next_parameter: from\n  reason: $.why.code\n  words:")
    form = read_target(written(paged)).view
    assert form is not None
    view = OperatorView(addresses=(queue,), form=form, token="secret", rids=lambda _: frozenset({rid}))
    row = view.row(ACTION)
    assert view.answers()
    assert (row and row.state, row and row.outcome, row and row.reason) == (state, outcome, reason)
    assert not OperatorView(addresses=(queue,), form=form, token="wrong").answers()


SERVER = textwrap.dedent(
    """
    import pathlib, socket, subprocess, sys
    folder, what, port = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    pid = folder / "pid"
    if what == "start":
        served = subprocess.Popen([sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        pid.write_text(str(served.pid))
    else:
        import os, signal
        os.kill(int(pid.read_text()), signal.SIGKILL)
    """
)


def test_commands_control_a_process_that_is_not_ours(tmp_path: Path, free_port: int) -> None:
    script = tmp_path / "control.py"
    script.write_text(SERVER)
    words = f"{sys.executable} {script} {tmp_path} {{}} {free_port}"
    commands = Commands(start=words.format("start"), kill=words.format("kill"))
    process = CommandProcess(commands=commands, instance="a", url=f"http://127.0.0.1:{free_port}")
    assert not process.running()
    process.start()
    try:
        assert process.running()
    finally:
        process.kill()
    assert not process.running()
    with pytest.raises(HarnessError, match="no command that stops"):
        process.stop()


@pytest.mark.parametrize(
    ("command", "words"), [("false", "ended with 1"), ("/no/such/program", "can't be run: FileNotFoundError")]
)
def test_a_command_that_fails_is_the_harness_fault(command: str, words: str) -> None:
    process = CommandProcess(
        commands=Commands(start=command, kill=command), instance="a", url="http://127.0.0.1:9"
    )
    with pytest.raises(HarnessError, match=words):
        process.start()


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_births_are_counted_also_where_they_are_begun_or_nested() -> None:
    assert births(chosen(["birth-happy"])) == 1
    assert births(chosen(["esignet-happy"])) == 2, "two rows, each of which begins one"
    assert births(chosen(["death-happy"])) == 0


def test_more_births_than_a_target_allows_are_not_begun() -> None:
    target = Target(name="small", bridge_url="http://x", limits=Limits(max_births=1))
    out = io.StringIO()
    assert conform(["tag:core"], sandbox=cast(Any, None), target=target, out=out) == 2
    assert "the target allows 1: choose fewer" in out.getvalue()


def test_items_begin_no_faster_than_a_target_wants() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    pace = Pace(rate=60, clock=lambda: now[0], sleep=sleep)
    for spent in (0.25, 0.0, 3.0, 0.0):
        pace.wait()
        now[0] += spent
    assert slept == [0.75, 1.0]


def test_people_bear_the_marker_of_a_target() -> None:
    made = make_people({"baby": "newborn", "mother": "adult"}, seed="s", family="ZZTEST")
    assert {person.last_name for person in made.values()} == {"ZZTEST"}
