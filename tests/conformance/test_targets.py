"""Target files: what lint says of them, what they give the engine, and what a plan leaves of the suite."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from conformance.conform import conform
from conformance.judged_bridge import Bridge
from conformance.library import chosen
from conformance.limits import Pace, births
from conformance.logs import LogFile
from conformance.people import make_people
from conformance.plan import plan
from conformance.problems import ScenarioFileError
from conformance.target_file import lint_target, read_target, target_schema
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
  - {scenario: birth-happy, reason: "not yet", until: "2030-01-31", by: [O2 nothing twice]}
"""


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str, name: str = "mine") -> Path:
        path = tmp_path / f"{name}.yaml"
        # A half of a surrogate pair stands for a byte that is no text.
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return path

    return write


def test_a_good_file_is_read_whole(written, tmp_path: Path) -> None:
    told = read_target(written(GOOD))
    (tmp_path / "token").write_text("secret\n")
    target = told.target()
    assert (target.name, target.bridge_url) == ("mine", "http://127.0.0.1:3000")
    assert (target.patience.ack, target.patience.retry) == (0.5, 120.0)
    assert (target.policy.identifier, target.policy.bad_signature) == ("uin", (401, 403))
    assert target.can == {
        "bridge.start",
        "bridge.process",
        "bridge.instances",
        "bridge.log",
        "bridge.operator-view",
        *DOORS,
    }
    assert (target.operator_token, target.logs) == (
        "secret",
        (LogFile(path=tmp_path / "logs" / "bridge.log"),),
    )
    assert target.waivers["birth-happy"].until.isoformat() == "2030-01-31"
    assert target.waivers["birth-happy"].by == ("O2 nothing twice",)
    assert "secret" not in repr(target)


ROUTED = GOOD.replace("patience:", "  routes: {callback: /hub, registration: /take}\npatience:", 1)


def test_routes_are_the_usual_ones_where_the_file_says_no_other(written, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    target = read_target(written(ROUTED)).target()
    assert target.door("callback") == "http://127.0.0.1:3000/hub"
    assert target.door("registration") == "http://127.0.0.1:3000/take"
    assert target.door("verify") == "http://127.0.0.1:3000/verify"


def test_the_authority_of_its_https_counts_from_the_files_folder(written, tmp_path: Path) -> None:
    text = GOOD.replace("bridge:\n", "bridge:\n  ca_file: tls/ca.pem\n").replace("http://127", "https://127")
    authority = tmp_path / "tls" / "ca.pem"
    told = read_target(written(text))
    assert told.ca_file == authority
    assert {each.verify for each in told.every_instance} == {str(authority)}
    assert {each.instance.verify for each in Bridge(told=told).processes.values()} == {str(authority)}
    assert read_target(written(GOOD)).ca_file is None


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
    (GOOD + "country: savana-like\n", "18:10", "Did you mean 'savanna-like'?"),
    (
        GOOD + "country: savanna-like\nmode: opencrvs-side\n",
        "18:10",
        "their MOSIP knows none of ours: nothing can be played in mode opencrvs-side",
    ),
    (
        GOOD.replace('instances: {a: "http://127.0.0.1:3000/", b: "http://127.0.0.1:3001"}', "instances: {}"),
        "3:14",
        "instances does not fit: it is empty",
    ),
    (GOOD.replace("[401, 403]", "[]"), "5:42", "bad_signature does not fit: it is empty"),
    (GOOD.replace("path: logs/bridge.log", 'path: ""'), "7:13", "path does not fit: it is empty"),
    (GOOD.replace("max_births: 5", "max_births: -1"), "15:22", "max_births does not fit: it is too small"),
    (GOOD.replace("rate: 60", "rate: 0"), "15:31", "rate does not fit: it is too small"),
    (
        GOOD.replace("max_births: 5", "max_births: few"),
        "15:22",
        "max_births does not fit: it is of another kind",
    ),
    ("target: \udcff\n", "1:1", "can't be read: UnicodeDecodeError"),
    (GOOD + "target: mine\n", "18:1", "duplicate key 'target'"),
    (
        GOOD.replace(', kill: "kill {instance}"', ""),
        "6:10",
        "start alone is of no use: add kill, stop or both",
    ),
    (
        GOOD.replace('start: "run {instance}", ', ""),
        "6:10",
        "what kill ends must be started again: add start",
    ),
    (GOOD.replace('"run {instance}"', "{method: POST}"), "6:18", "'url' is needed"),
    (GOOD.replace('"run {instance}"', "{url: /x, tokn_file: y}"), "6:28", "Did you mean 'token_file'?"),
    (GOOD.replace('"run {instance}"', "{url: x}"), "6:24", "url does not fit"),
    (GOOD.replace('"run {instance}"', "{url: /x, method: HEAD}"), "6:36", "method is one of GET, POST"),
    (GOOD.replace('"run {instance}"', "run 'it"), "6:18", "no command: no closing quotation"),
    (
        GOOD.replace('"run {instance}"', "7"),
        "6:18",
        "start does not fit: it is of another kind (a",
    ),
    (GOOD.replace("{path: logs/bridge.log}", "{}"), "7:6", "log does not fit: it is empty"),
    (
        GOOD.replace("{path: logs/bridge.log}", "{path: a, url: /b}"),
        "7:6",
        "give one of path, command, url",
    ),
    (GOOD.replace("{path: logs/bridge.log}", "{path: a, lines: $.x}"), "7:23", "lines goes with url"),
    (GOOD.replace("path: logs/bridge.log", "command: a, token_file: t"), "7:31", "token_file goes with url"),
    (GOOD.replace("url: /queue", "command: show it"), "10:15", "token_file goes with url"),
    (GOOD.replace("  url: /queue\n", ""), "9:3", "operator_view: give one of command, url"),
    (GOOD.replace("$.items[*]", "$.items[*"), "11:9", "rows is no JSONPath"),
    (GOOD + "ready: {url: /up, state: $.status}\n", "18:8", "state and words go together"),
    (GOOD + "ready: {state: $.status, words: UP}\n", "18:8", "ready: give one of command, url"),
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
        target_text("mine", "http://127.0.0.1:3000", routes=BridgeRoutes(callback="/hub"))
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
