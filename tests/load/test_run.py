"""Whole runs against a sandbox: a bridge that does its work passes, one that loses or doubles fails."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from load.command import require_plain
from load.ends import deliveries
from load.profiles import Profile, profiles, read_package_text
from load.report import lines
from load.run import LoadError, mock_settings, run_load
from sandbox.box import Sandbox

ROOT = Path(__file__).parents[2]
PACKETS, WORKFLOWS = "/commons/v1/packetmanager/createPacket", "/workflowmanager/workflowinstance"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("locust") is None, reason="Locust is not installed (extra: load)"),
]


@pytest.fixture(scope="module")
def sandbox(brief: Profile, to_mosip: Any, to_bridge: Any) -> Iterator[Sandbox]:
    settings = mock_settings(brief)
    with Sandbox(
        hurried=False,
        mosip_settings=settings["mosip"],
        esignet_settings=settings["esignet"],
        opencrvs_settings=settings["opencrvs"],
        bridge_env={
            "MOSIP_CREATE_PACKET_URL": f"{to_mosip.url}{PACKETS}",
            "MOSIP_PROCESS_PACKET_URL": f"{to_mosip.url}/registrationprocessor/v1{WORKFLOWS}",
        },
    ) as box:
        to_mosip.target, to_bridge.target = box.urls["mosip"], box.urls["bridge"]
        yield box


@pytest.fixture
def spoiling(to_mosip: Any, to_bridge: Any) -> Iterator[None]:
    """Both ways are clean again afterwards."""
    yield
    to_mosip.spoil = to_bridge.spoil = None


@pytest.fixture(scope="module")
def seeds() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def seed(seeds: Iterator[int]) -> int:
    """Other people for each run: MOSIP would refuse the same ones again."""
    return next(seeds)


def test_a_bridge_that_works_passes(sandbox: Sandbox, brief: Profile, seed: int, tmp_path: Path) -> None:
    outcome = run_load(brief, sandbox, report=tmp_path, seed=seed)
    found = outcome.measured.reconciliation
    assert (found.sent, found.confirmed, found.lost, found.doubled) == (100, 100, 0, 0)
    assert (outcome.verdict, outcome.exit_status) == ("passed", 0)
    assert {kind: each.count for kind, each in outcome.confirmed_by_kind.items()} == {
        "birth": 80,
        "death": 20,
    }
    document = json.loads(json.dumps(outcome.as_json()))
    schema = Draft202012Validator(json.loads(read_package_text("load.schema.json")))
    assert [error.message for error in schema.iter_errors(document)] == []
    page = (tmp_path / "load.html").read_text()
    assert "CONFIRM" in page
    assert "birth: POST" in page
    assert "Bearer" not in page
    assert lines(outcome)[-1] == "PASSED"


@pytest.fixture
def mixed_profile(brief: Profile) -> Profile:
    """Forty requests within two seconds: 28 verifications, 4 logins, 8 births."""
    shipped = profiles()["verify-mix"]
    limits = {"verify_p95_ms_at_most": 5000, "login_p95_ms_at_most": 5000, "unanswered_at_most": 0}
    return replace(
        brief,
        rate=20,
        duration_s=2,
        deaths_share=0,
        verify_share=shipped.verify_share,
        login_share=shipped.login_share,
        thresholds=replace(brief.thresholds, **limits),
    )


def test_questions_among_births_all_get_the_right_answer(
    sandbox: Sandbox, mixed_profile: Profile, seed: int, tmp_path: Path
) -> None:
    outcome = run_load(mixed_profile, sandbox, report=tmp_path, seed=seed)
    found = {kind: (each.asked, each.right) for kind, each in outcome.measured.answers.items()}
    assert found == {"verify": (28, 28), "login": (4, 4)}
    assert (outcome.sent, outcome.measured.reconciliation.confirmed) == (40, 8)
    assert (outcome.verdict, outcome.exit_status) == ("passed", 0)
    document = json.loads(json.dumps(outcome.as_json()))
    schema = Draft202012Validator(json.loads(read_package_text("load.schema.json")))
    assert [error.message for error in schema.iter_errors(document)] == []
    assert document["questions"]["login"] == {"asked": 4, "right": 4, "refused": 0, "failed": 0}
    assert document["latencies_ms"]["verify"]["count"] == 28
    page = (tmp_path / "load.html").read_text()
    assert "/esignet/get-oidp-user-info" in page
    assert "get-oidp-user-info?" not in page, "a code stands in the query"


def test_a_bridge_that_takes_somebody_for_another_fails(
    sandbox: Sandbox, mixed_profile: Profile, seed: int, to_bridge: Any, spoiling: None
) -> None:
    came = itertools.count(1)

    def doubt(proxy: Any, _method: str, path: str, _headers: Mapping[str, str], _body: bytes) -> Any:
        with proxy.lock:
            return (200, b"failed") if path == "/verify" and next(came) == 5 else None

    to_bridge.spoil = doubt
    outcome = run_load(mixed_profile, sandbox, bridge_url=to_bridge.url, seed=seed)
    verified = outcome.measured.answers["verify"]
    assert (verified.asked, verified.right, verified.failed) == (28, 27, 1)
    assert (outcome.verdict, outcome.exit_status) == ("failed", 1)
    assert "  unanswered: 1, the limit is 0" in lines(outcome)


def test_a_long_run_says_how_far_it_is(sandbox: Sandbox, brief: Profile, seed: int) -> None:
    said: list[str] = []
    run_load(replace(brief, rate=2, duration_s=12), sandbox, seed=seed, say=said.append)
    assert len(said) == 1
    told = re.fullmatch(r"sent (\d+) of 24(?:, .*)?; (\d+) of (\d+) registrations confirmed", said[0])
    assert told is not None, said
    sent, confirmed, of = map(int, told.groups())
    assert 0 < confirmed <= of <= 24
    assert 0 < sent <= of


def test_a_generator_beyond_its_limits_makes_a_run_invalid(
    sandbox: Sandbox, brief: Profile, seed: int
) -> None:
    """Fifteen registrations keep no core busy, but more than a hundredth of a thousandth of one."""
    limits = replace(brief.generator, cpu_share_at_most=0.00001)
    outcome = run_load(replace(brief, rate=5, duration_s=3, generator=limits), sandbox, seed=seed)
    assert (outcome.verdict, outcome.exit_status) == ("invalid", 3)
    assert outcome.measured.reconciliation.confirmed == 15
    assert lines(outcome)[-1].startswith("INVALID")


def test_a_bridge_that_loses_one_in_a_hundred_fails(
    sandbox: Sandbox, brief: Profile, seed: int, to_bridge: Any, spoiling: None
) -> None:
    came = itertools.count(1)

    def lose(proxy: Any, _method: str, _path: str, _headers: Mapping[str, str], _body: bytes) -> Any:
        with proxy.lock:
            return (202, b'{"transactionId":"1"}') if next(came) % 100 == 50 else None

    to_bridge.spoil = lose
    outcome = run_load(replace(brief, drain_s=12), sandbox, bridge_url=to_bridge.url, seed=seed)
    found = outcome.measured.reconciliation
    assert (found.sent, found.confirmed, found.lost, found.doubled) == (100, 99, 1, 0)
    assert (outcome.verdict, outcome.exit_status) == ("failed", 1)
    assert any(line.startswith("  lost: action ") for line in lines(outcome))


def test_what_a_bridge_still_has_in_hand_is_late_and_not_lost(
    sandbox: Sandbox, brief: Profile, seed: int, to_mosip: Any, spoiling: None
) -> None:
    """MOSIP takes all packets but one."""
    chosen: list[str] = []

    def refuse_one(proxy: Any, _method: str, path: str, _headers: Mapping[str, str], body: bytes) -> Any:
        if path != PACKETS:
            return None
        rid = json.loads(body)["request"]["id"]
        with proxy.lock:
            chosen[:] = chosen or [rid]
        return (503, b"{}") if rid == chosen[0] else None

    to_mosip.spoil = refuse_one
    outcome = run_load(replace(brief, rate=10, duration_s=2, drain_s=8), sandbox, seed=seed)
    found = outcome.measured.reconciliation
    assert (found.sent, found.confirmed, found.late, found.lost) == (20, 19, 1, 0)
    assert found.balanced
    assert (outcome.verdict, outcome.exit_status) == ("failed", 1)
    assert "  late: 1, the limit is 0" in lines(outcome)
    to_mosip.spoil = None
    deadline = time.monotonic() + 30
    while deliveries(sandbox):
        assert time.monotonic() < deadline, "what was late never came"
        time.sleep(0.05)


def test_a_bridge_that_doubles_fails(
    sandbox: Sandbox, brief: Profile, seed: int, to_mosip: Any, spoiling: None
) -> None:
    """One packet is handed over a second time under another RID: MOSIP would make a second person."""
    chosen: list[str] = []
    packets: dict[str, bytes] = {}

    def again(body: bytes, rid: str) -> bytes:
        return body.replace(rid.encode(), f"99999{rid[5:]}".encode())

    def double(proxy: Any, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Any:
        request = json.loads(body)["request"]
        with proxy.lock:
            if path == PACKETS and not chosen and request["process"] == "CRVS_NEW":
                chosen.append(request["id"])
                packets[request["id"]] = body
            rid = request.get("registrationId")
            second = rid in packets and packets.pop(rid)
        if not second:
            return None
        answer = proxy.forward(method, path, headers, body)
        assert proxy.forward("PUT", PACKETS, headers, again(second, rid))[0] == 200
        assert proxy.forward(method, path, headers, again(body, rid))[0] == 200
        return answer

    to_mosip.spoil = double
    outcome = run_load(brief, sandbox, seed=seed)
    found = outcome.measured.reconciliation
    # Which of the two MOSIP takes for the double is a matter of who is first.
    assert (found.sent, found.confirmed + found.rejected, found.lost, found.doubled) == (100, 100, 0, 1)
    assert (outcome.verdict, outcome.exit_status) == ("failed", 1)


def test_a_bridge_that_refuses_is_no_liar_but_fails_the_profile(
    sandbox: Sandbox, brief: Profile, seed: int, to_bridge: Any, spoiling: None
) -> None:
    came = itertools.count(1)

    def refuse(proxy: Any, _method: str, _path: str, _headers: Mapping[str, str], _body: bytes) -> Any:
        with proxy.lock:
            return (503, b"{}") if next(came) % 50 == 0 else None

    to_bridge.spoil = refuse
    outcome = run_load(brief, sandbox, bridge_url=to_bridge.url, seed=seed)
    found = outcome.measured.reconciliation
    assert (found.sent, found.confirmed, found.refused, found.lost, found.doubled) == (100, 98, 2, 0, 0)
    assert found.balanced
    assert outcome.exit_status == 1


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command, in a folder with nothing in it."""

    def run(*arguments: str, module: str = "sandbox.cli") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", module, *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_the_command_says_what_profiles_there_are(harness: Any) -> None:
    done = harness("load", "--profile", "gallop")
    assert done.returncode == 2
    assert "no profile 'gallop' (there are: smoke, steady, verify-mix)" in done.stderr
    assert done.stdout == ""


def test_nothing_but_the_generator_imports_locust() -> None:
    named = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.joinpath("load").rglob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith(("import locust", "from locust"))
    }
    assert named == {"load/generator.py"}


def test_the_command_imports_no_locust(tmp_path: Path) -> None:
    code = (
        "import sys, sandbox.cli, load.command; sys.exit('locust' in sys.modules or 'gevent' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0


def test_what_speaks_tls_is_not_measured() -> None:
    plain = {"mosip": "http://127.0.0.1:1", "bridge": "http://127.0.0.1:2"}
    require_plain(plain)
    with pytest.raises(LoadError, match=r"plain http only, and bridge https\. .*--advertise http"):
        require_plain({**plain, "bridge": "https://bridge.example"})
