"""What a target file names as seen and done there, by command or address, and what is said if that fails."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from conformance.called_process import CalledProcess
from conformance.capability_check import capability_steps
from conformance.judged_bridge import Bridge
from conformance.logs import marks, written_since
from conformance.operator_view import OperatorView
from conformance.parties import HarnessError
from conformance.records import Action
from conformance.target_file import TargetFile, read_target
from conformance.targets import DOORS
from sandbox.errors import SandboxError

SECRET = "correct-horse-battery"
ACTION = Action(
    owner="x#1/birth.registration",
    name="registration",
    record="birth",
    action_type="REGISTER",
    event_id="e1",
    action_id="a1",
    transaction_id="t1",
)
ROWS = {"rows": "$.items[*]", "rid": "$.rid", "state": "$.state"}
WORDS = {"words": {"parked": ["held", "failed"], "waiting": "open"}}


@dataclass
class Keeper:
    """Whoever keeps a bridge, over HTTP: answers by path, and what was asked."""

    url: str = ""
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def shows(self, path: str, value: object, status: int = 200) -> None:
        self.answers[path] = (status, value if isinstance(value, str) else json.dumps(value))


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    kept = Keeper()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def answer(self) -> None:
            kept.asked.append(f"{self.command} {self.path}")
            parts = urlsplit(self.path)
            page = parse_qs(parts.query).get("from", [""])[0]
            status, text = kept.answers.get(parts.path + page, (404, "nothing here"))
            if parts.path.startswith("/locked") and self.headers["Authorization"] != f"Bearer {SECRET}":
                status, text = 401, "who are you?"
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., TargetFile]:
    """A target file as written by somebody, read."""

    def read(bridge: str, *others: str, **members: object) -> TargetFile:
        names = dict(zip("abc", (bridge, *others), strict=False))
        document = {"target": "mine", "bridge": {"instances": names}, **members}
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump(document))
        (tmp_path / "token").write_text(f"{SECRET}\n")
        return read_target(path)

    return read


def says(*lines: str, status: int = 0) -> str:
    """A command that prints these lines."""
    program = f"print({chr(10).join(lines)!r}, end=''); raise SystemExit({status})"
    return shlex.join([sys.executable, "-c", program])


def view(told: TargetFile, rid: str = "1") -> OperatorView:
    target = told.target()
    assert target.view is not None
    return OperatorView(
        instances=target.every_instance,
        form=target.view,
        token=target.operator_token,
        rids=lambda _: frozenset({rid}),
    )


def process(told: TargetFile, name: str = "a") -> CalledProcess:
    return Bridge(url=told.bridge_url, told=told).processes[name]


# -- the operator's view


PAGES = (
    {"items": [{"rid": "1", "state": "open"}], "more": "2"},
    {"items": [{"rid": "2", "state": "held", "why": {"code": "x.y"}}], "more": None},
)


@pytest.mark.parametrize(
    ("rid", "state", "outcome", "reason"),
    [("1", "open", "waiting", None), ("2", "held", "parked", "x.y"), ("3", None, None, None)],
)
def test_rows_are_read_page_by_page_with_the_token(told, keeper, rid, state, outcome, reason) -> None:
    keeper.shows("/locked/queue", PAGES[0])
    keeper.shows("/locked/queue2", PAGES[1])
    paged = {"next": "$.more", "next_parameter": "from", "reason": "$.why.code"}
    form = {"url": "/locked/queue", "token_file": "token", **ROWS, **WORDS, **paged}
    read = view(told(keeper.url, operator_view=form), rid)
    row = read.row(ACTION)
    assert read.wrong() is None
    assert (row and row.state, row and row.outcome, row and row.reason) == (state, outcome, reason)


def test_rows_may_be_printed_by_a_command(told, keeper) -> None:
    form = {"command": says(json.dumps(PAGES[1])), **ROWS, **WORDS}
    read = view(told(keeper.url, operator_view=form), "2")
    row = read.row(ACTION)
    assert row is not None
    assert (row.outcome, read.wrong()) == ("parked", None)


def test_another_instance_shows_the_rows_of_one_that_is_down(told, keeper) -> None:
    keeper.shows("/queue", PAGES[1])
    read = view(told("http://127.0.0.1:9", keeper.url, operator_view={"url": "/queue", **ROWS, **WORDS}), "2")
    row = read.row(ACTION)
    assert row is not None
    assert row.outcome == "parked"


FAILING_VIEWS = [
    ({"url": "/gone"}, "operator_view answered 404: look at operator_view.url and its method"),
    ({"url": "/broken"}, "operator_view answered 500: look into the log of what answers"),
    ({"url": "/locked/queue"}, "operator_view answered 401: operator_view needs a token_file"),
    (
        {"url": "http://127.0.0.1:9/queue"},
        r"operator_view does not answer \(ConnectionError\): look at",
    ),
    ({"url": "/words"}, "what operator_view shows is no JSON"),
    ({"command": says("{}", status=3)}, "command operator_view ended with 3, try it by hand: {}"),
    (
        {"command": "/no/such/program"},
        "command operator_view can't be run: FileNotFoundError; try it",
    ),
    ({"command": says("not JSON")}, "what operator_view shows is no JSON"),
    (
        {"command": says('{"items": [{"rid": "1", "status": "open"}]}')},
        r"state \$.state finds nothing in a row",
    ),
]


@pytest.mark.parametrize(("way", "words"), FAILING_VIEWS)
def test_a_view_that_fails_is_never_the_bridges_fault(told, keeper, way, words) -> None:
    keeper.shows("/broken", "oh no", 500)
    keeper.shows("/words", "all is well")
    keeper.shows("/locked/queue", PAGES[0])
    read = view(told(keeper.url, operator_view={**way, **ROWS, **WORDS}))
    with pytest.raises(HarnessError, match=words):
        read.row(ACTION)


@pytest.mark.parametrize("way", [{"url": "/queue"}, {"command": says("", status=1)}])
def test_a_bridge_that_is_down_shows_nothing(told, way) -> None:
    read = view(told("http://127.0.0.1:9", operator_view={**way, **ROWS}))
    assert read.row(ACTION) is None
    assert read.wrong() is not None


def test_who_stands_before_a_bridge_that_is_down_says_so(told, keeper) -> None:
    keeper.shows("/queue", "nobody there", 502)
    assert view(told(keeper.url, operator_view={"url": "/queue", **ROWS})).row(ACTION) is None


def test_rows_that_are_nowhere_are_told_but_none_are_fine(told, keeper) -> None:
    keeper.shows("/queue", {"items": []})
    assert view(told(keeper.url, operator_view={"url": "/queue", **ROWS})).wrong() is None
    keeper.shows("/queue", {"rows": []})
    wrong = view(told(keeper.url, operator_view={"url": "/queue", **ROWS})).wrong()
    assert wrong == "operator_view.rows $.items[*] finds nothing in what it shows: mend it"


# -- process control


CONTROL = """
import os, pathlib, signal, subprocess, sys
folder, what, port = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
pid = folder / "pid"
if what == "start":
    served = subprocess.Popen([sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    pid.write_text(str(served.pid))
else:
    os.kill(int(pid.read_text()), signal.SIGKILL)
"""


@pytest.fixture
def control(tmp_path: Path, free_port: int) -> Callable[[str], str]:
    """A command that starts something at a free port, or ends it."""
    script = tmp_path / "control.py"
    script.write_text(CONTROL)
    return lambda what: shlex.join([sys.executable, str(script), str(tmp_path), what, str(free_port)])


@pytest.mark.parametrize("ends", ["kill", "stop"])
def test_commands_control_a_process_that_is_not_ours(told, control, free_port, ends) -> None:
    calls = {"start": control("start"), ends: control("end")}
    controlled = process(told(f"http://127.0.0.1:{free_port}", process=calls))
    assert not controlled.running()
    controlled.start()
    try:
        assert controlled.running()
        if ends == "stop":
            controlled.restart()
            assert controlled.running()
    finally:
        getattr(controlled, ends)()
    assert not controlled.running()
    with pytest.raises(HarnessError, match=r"add process.") as refused:
        controlled.kill() if ends == "stop" else controlled.stop()
    assert str(refused.value).startswith("the target file names nothing that does it")


def test_addresses_control_it_too_with_a_token_and_its_name(told, keeper) -> None:
    for what in ("start", "kill", "restart"):
        keeper.shows(f"/locked/{what}/a", "done")
    address = f"{keeper.url}/locked/%s/{{instance}}"
    calls = {
        what: {"url": address % what, "token_file": "token", **({"method": "GET"} if what == "start" else {})}
        for what in ("start", "kill", "restart")
    }
    controlled = process(told(keeper.url, process=calls))
    controlled.start()
    controlled.restart()
    assert [each for each in keeper.asked if "locked" in each] == [
        "GET /locked/start/a",
        "POST /locked/restart/a",
    ]


def test_one_that_still_answers_was_not_killed(told, keeper, monkeypatch) -> None:
    monkeypatch.setattr("conformance.called_process.UP_WITHIN_S", 0.2)
    keeper.shows("/kill", "done")
    calls = {"start": says(), "kill": {"url": "/kill"}}
    with pytest.raises(HarnessError, match=r"still answers at .* process.kill: does it end this instance"):
        process(told(keeper.url, process=calls)).kill()


def test_one_that_is_never_ready_does_not_come_up(told, keeper, monkeypatch) -> None:
    monkeypatch.setattr("conformance.called_process.UP_WITHIN_S", 0.2)
    keeper.shows("/up", {"status": "STARTING"})
    calls = {"start": says(), "kill": says()}
    ready = {"url": "/up", "state": "$.status", "words": "UP"}
    started = process(told(keeper.url, process=calls, ready=ready))
    with pytest.raises(SandboxError, match=r"does not say that it is ready .* after process.start"):
        started.start()
    keeper.shows("/up", {"state": "of the old release"})
    with pytest.raises(HarnessError, match="finds nothing in what GET /up says"):
        started.start()
    keeper.shows("/up", {"status": "UP"})
    started.start()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            says("no such container", status=1),
            "process.start ended with 1, try it by hand: no such",
        ),
        ("/no/such/program", "process.start can't be run: FileNotFoundError"),
        ({"url": "/nowhere"}, "process.start answered 404: look at process.start.url and its method"),
        ({"url": "/broken"}, "process.start answered 500"),
        ({"url": "http://127.0.0.1:9/"}, "process.start does not answer"),
    ],
)
def test_a_call_that_fails_is_the_harness_fault(told, keeper, call, words: str) -> None:
    keeper.shows("/broken", "oh no", 500)
    with pytest.raises(HarnessError, match=words):
        process(told(keeper.url, process={"start": call, "kill": says()})).start()


@pytest.mark.parametrize(
    ("named", "gives"),
    [
        ("start kill", {"start", "process"}),
        ("start stop", {"start", "stop", "restart"}),
        ("start stop kill", {"start", "process", "stop", "restart"}),
        ("restart", {"restart"}),
        ("start kill restart", {"start", "process", "restart"}),
    ],
)
def test_what_each_member_gives(told, named: str, gives: set[str]) -> None:
    target = told("http://127.0.0.1:9", process=dict.fromkeys(named.split(), "do it")).target()
    assert target.can == {*DOORS, *(f"bridge.{name}" for name in gives)}


def test_a_token_that_is_not_there_is_told_beforehand_and_none_is_shown(told, tmp_path: Path) -> None:
    calls = {"start": "do it", "kill": {"url": "/kill", "token_file": "absent"}}
    with pytest.raises(SandboxError, match=r"process.kill.token_file .* can't be read") as refused:
        told("http://127.0.0.1:9", process=calls).target()
    assert str(tmp_path / "absent") in str(refused.value)
    shown = told("http://127.0.0.1:9", operator_view={"url": "/queue", "token_file": "token", **ROWS})
    assert SECRET not in repr(shown) + repr(shown.target())


# -- the log


@pytest.fixture
def logged(tmp_path: Path) -> Callable[[str], str]:
    """A command that prints a file, in which another name stands for the instance."""

    def command(name: str) -> str:
        program = "import sys; print(open(sys.argv[1]).read(), end='')"
        return shlex.join([sys.executable, "-c", program, str(tmp_path / name)])

    return command


def test_what_a_command_prints_is_judged_from_where_it_was(told, logged, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.log").write_text(f"{name} began\n")
    shown = told("http://127.0.0.1:9", "http://127.0.0.1:8", log={"command": logged("{instance}.log")})
    before = marks(shown.logs)
    with (tmp_path / "b.log").open("a") as log:
        log.write("b spoke\n")
    assert (written_since(shown.logs, before) or "").split() == ["b", "spoke"]


def test_a_log_that_was_begun_anew_or_shows_its_end_is_judged_whole(told, logged, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("one\ntwo\n")
    shown = told("http://127.0.0.1:9", "http://127.0.0.1:8", log={"command": logged("log")})
    assert len(shown.logs) == 1
    before = marks(shown.logs)
    for whole in ("new\n", "two\nsix\n", "two\nsix\nten\n"):
        log.write_text(whole)
        assert written_since(shown.logs, before) == whole


def test_a_log_file_for_each_instance(told, tmp_path: Path) -> None:
    shown = told("http://127.0.0.1:9", "http://127.0.0.1:8", log={"path": "{instance}.log"})
    before = marks(shown.logs)
    (tmp_path / "a.log").write_text("a\n")
    (tmp_path / "b.log").write_text("b\n")
    assert (written_since(shown.logs, before) or "").split() == ["a", "b"]


def test_a_log_at_an_address_as_text_or_as_lines_in_json(told, keeper) -> None:
    keeper.shows("/text", "one\n")
    keeper.shows("/json", {"entries": [{"message": "one"}]})
    by_text = told(keeper.url, log={"url": "/text"}).logs
    by_lines = told(keeper.url, log={"url": "/json", "lines": "$.entries[*].message"}).logs
    before = marks((*by_text, *by_lines))
    keeper.shows("/text", "one\ntwo\n")
    keeper.shows("/json", {"entries": [{"message": "one"}, {"message": "three"}]})
    assert (written_since((*by_text, *by_lines), before) or "").split() == ["two", "three"]


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ({"command": says("no such container", status=1)}, "command log ended with 1, try it by hand"),
        ({"url": "/broken"}, "log answered 500"),
        ({"url": "/text", "lines": "$.x[*]"}, "what log shows is no JSON: leave log.lines away"),
        (
            {"url": "/json", "lines": "$.lines[*]"},
            r"log.lines \$.lines\[\*\] finds nothing in what GET /json",
        ),
        ({"path": "nowhere.log"}, "nowhere.log can't be read .*: log.path counts from"),
    ],
)
def test_a_log_that_can_t_be_read_is_the_harness_fault(told, keeper, log, words) -> None:
    keeper.shows("/broken", "oh no", 500)
    keeper.shows("/text", "words")
    keeper.shows("/json", {"entries": []})
    logs = told(keeper.url, log=log).logs
    with pytest.raises(HarnessError, match=words):
        written_since(logs, marks(logs))


def test_an_item_whose_log_fails_is_broken_off_and_says_nothing_of_the_bridge(told, stage, story) -> None:
    failing = told("http://127.0.0.1:9", log={"command": says("denied", status=1)})
    target = dataclasses.replace(stage.target, logs=failing.logs)
    result = stage.play(story("  - opencrvs.register: {record: $birth}\n"), target=target)
    assert [(each.verdict, each.by) for each in result.findings] == [("harness-error", "CallFailedError")]
    assert "try it by hand: denied" in result.findings[0].words


# -- readiness


@pytest.mark.parametrize(
    ("ready", "answer", "holds"),
    [
        ({"url": "/up"}, (204, ""), True),
        ({"url": "/up"}, (503, ""), False),
        ({"url": "http://127.0.0.1:9/up"}, (200, ""), False),
        ({"url": "/up", "state": "$.status", "words": ["UP", "OK"]}, (200, '{"status": "OK"}'), True),
        ({"url": "/up", "state": "$.status", "words": "UP"}, (503, '{"status": "DOWN"}'), False),
        ({"url": "/up", "state": "$.status", "words": "UP"}, (502, "nobody there"), False),
        ({"command": says("running")}, (404, ""), True),
        ({"command": says("", status=1)}, (404, ""), False),
        ({"command": says('{"s": "up"}'), "state": "$.s", "words": "up"}, (404, ""), True),
    ],
)
def test_it_is_ready_when_it_says_so_in_its_words(told, keeper, story, stage, ready, answer, holds) -> None:
    keeper.answers["/up"] = answer
    target = told(keeper.url, ready=ready).target()
    assert target.ready is not None
    assert target.ready.holds(target.every_instance[0]) is holds
    assert "bridge.ready" in target.can
    text = story(f"  - check: {{must: [{{bridge: {{ready: {json.dumps(holds)}}}}}]}}\n")
    judged = dataclasses.replace(stage.target, ready=target.ready, instances={"a": keeper.url})
    assert stage.play(text, target=judged).verdict == "pass"


def test_a_word_that_is_nowhere_is_told(told, keeper) -> None:
    keeper.shows("/up", {"state": "UP"})
    target = told(keeper.url, ready={"url": "/up", "state": "$.status", "words": "UP"}).target()
    assert target.ready is not None
    with pytest.raises(HarnessError, match=r"ready.state \$.status finds nothing in what GET /up says"):
        target.ready.holds(target.every_instance[0])


def test_a_target_that_does_not_say_when_it_is_ready_is_not_judged_by_that(stage, story) -> None:
    result = stage.play(story("  - check: {must: [{bridge: {ready: true}}]}\n"))
    assert [(each.verdict, each.by) for each in result.findings] == [("inconclusive", "must bridge")]


# -- target check


def steps(told: TargetFile) -> dict[str, tuple[str, str]]:
    return {each.name: (each.state, f"{each.words} {each.fix}") for each in capability_steps(told)}


def test_what_is_not_named_is_absent(told) -> None:
    assert {state for state, _ in steps(told("http://127.0.0.1:9")).values()} == {"absent"}


def test_all_that_does_no_harm_is_tried(told, keeper) -> None:
    keeper.shows("/up", "")
    keeper.shows("/locked/queue", {"items": []})
    keeper.shows("/text", "began\n")
    good = told(
        keeper.url,
        keeper.url,
        ready={"url": "/up"},
        operator_view={"url": "/locked/queue", "token_file": "token", **ROWS},
        log={"url": "/text"},
        process={"start": says(), "kill": {"url": "/kill"}, "restart": says()},
    )
    tried = steps(good)
    assert {state for state, _ in tried.values()} == {"good"}, tried
    assert set(tried) == {"instance b answers", "ready", "operator view", "log", "process control"}
    assert "start, kill, restart named, not tried here; gives bridge.process, bridge.restart" in str(tried)
    assert "POST /kill" not in keeper.asked


def test_each_that_fails_says_what_to_do(told, keeper) -> None:
    keeper.shows("/broken", "oh no", 500)
    keeper.shows("/up", {"status": "STARTING"})
    bad = told(
        keeper.url,
        "http://127.0.0.1:9",
        ready={"url": "/up", "state": "$.status", "words": "UP"},
        operator_view={"url": "/broken", **ROWS},
        log={"command": says("denied", status=1)},
        process={"start": "/no/such/program {instance}", "kill": says()},
    )
    tried = steps(bad)
    assert {state for state, _ in tried.values()} == {"bad"}, tried
    assert "start it there too" in tried["instance b answers"][1]
    assert "wait until it is" in tried["ready"][1]
    assert "answered 500" in tried["operator view"][1]
    assert "try it by hand: denied" in tried["log"][1]
    assert "no such program: process.start" in tried["process control"][1]
