"""A bridge between our mocks and parties that are theirs, which a second sandbox plays."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import pytest

from sandbox import RunningSandbox, Sandbox
from sandbox.country import country_names
from sandbox.demo_people import Person, birth_declaration
from sandbox.health import party_health
from sandbox.judged import judged_sandbox
from sandbox.keys import ensure_keys
from sandbox.layout import Layout, StateDir
from sandbox.modes import THEIRS
from sandbox.record import running_record
from sandbox.registrar import Registrar
from sandbox.settings_files import own_environment, reference_environment, trust_environment
from sandbox.trust import Trust
from sandbox.variables import about, fragment, of_mode

MOCKS = {"mosip", "esignet", "opencrvs"}
# MOSIP takes a child of the same name and birthday for the same child.
FIRST_NAMES = cycle(("Amara", "Adaeze", "Abena", "Akosua", "Ayanda", "Amina", "Anika", "Asha"))
SERVE = "from bridge.cli import main; main(prog_name='mosip-bridge')"


@pytest.mark.parametrize("country", country_names())
def test_every_variable_of_a_bridge_is_about_one_party(tmp_path: Path, country: str) -> None:
    urls = dict.fromkeys((*MOCKS, "bridge"), "http://127.0.0.1:1")
    ensure_keys(tmp_path)
    layout = Layout.of(StateDir.at(tmp_path), urls, country=country)
    trust = trust_environment(replace(layout, trust=Trust(authority=tmp_path / "a", bundle=tmp_path / "b")))
    variables = {**reference_environment(layout), **own_environment(layout), **trust}
    assert {about(name) for name in variables} == {*MOCKS, "bridge", "trust"}
    assert {about(name) for name in trust} == {"trust"}
    for mode, theirs in THEIRS.items():
        ours = of_mode(variables, mode)
        parties = {*MOCKS, "bridge"} if mode == "full" else MOCKS - {*theirs}
        assert {about(name) for name in ours} == {*parties, "trust"}
        if mode != "full":
            lines = fragment(variables, mode).splitlines()
            kept = {line.removeprefix("#   ") for line in lines if line.startswith("#   ")}
            assert kept == {name for name in variables if about(name) in theirs}
            assert {line.split("=", 1)[0] for line in lines if not line.startswith("#")} == set(ours)


def dotenv(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if not line.startswith("#"))
    return {name: value.strip("'") for name, value in pairs}


@dataclass(frozen=True, kw_only=True)
class Between:
    """Our side, started by the command in the harness's folder; their side; and the bridge's address."""

    url: str
    theirs: Sandbox
    file: str
    start_bridge: Callable[[], None]


@pytest.fixture
def between(harness, eventually, request) -> Iterator[Between]:
    mode = request.param
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    without = [word for party in THEIRS[mode] for word in ("--without", party)]
    up = harness("up", "--detach", *without, "--bridge-url", url)
    assert up.status == 0, up.err
    with ExitStack() as ending:
        ending.callback(harness, "down")
        theirs = ending.enter_context(Sandbox(without=MOCKS - set(THEIRS[mode]), bridge_url=url))
        init = harness("target", "init", "mixed", "--bridge-url", url, "--mode", mode)
        assert init.status == 0, init.err

        def start_bridge() -> None:
            environment = {**theirs.env_for_bridge(), **dotenv(harness.folder / "targets" / "mixed.env")}
            log = ending.enter_context((harness.folder / "bridge.log").open("wb"))
            bridge = subprocess.Popen(
                [sys.executable, "-P", "-c", SERVE, "serve"],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            ending.callback(bridge.wait)
            ending.callback(bridge.terminate)
            eventually(lambda: party_health("bridge", url).ready, what="a bridge that is ready", within=30)

        yield Between(url=url, theirs=theirs, file="targets/mixed.yaml", start_bridge=start_bridge)


@pytest.mark.slow
@pytest.mark.parametrize("between", ["opencrvs-side"], indirect=True)
def test_a_bridge_is_judged_between_our_opencrvs_and_their_mosip(between: Between, harness) -> None:
    status = {name: each["pid"] for name, each in harness("status", "--json").json()["parties"].items()}
    assert {name for name, pid in status.items() if pid is not None} == {"opencrvs"}
    written = dotenv(harness.folder / "targets" / "mixed.env")
    assert {about(name) for name in written} == {"opencrvs"}
    assert "#   MOSIP_AUTH_URL" in (harness.folder / "targets" / "mixed.env").read_text()
    assert written == harness("env", "--for", "bridge", "--mode", "opencrvs-side", "--json").json()

    away = harness("target", "check", between.file)
    assert (away.status, "no bridge answers at" in away.err) == (3, True)
    between.start_bridge()
    checked = harness("target", "check", between.file, "--json", timeout=90)
    steps = {step["name"]: step for step in checked.json()}
    assert checked.status == 0, checked.out
    assert steps["it has subscribed at the hub"]["state"] == "absent"
    assert steps["the record has its identifier"]["state"] == "good"
    assert steps["one birth goes all the way"]["state"] == "good"
    assert not any("MOSIP" in step["fix"] for step in steps.values() if step["state"] == "bad")

    planned = {
        each["item"]: each
        for each in harness("conform", "--target", between.file, "--plan", "--json").json()["items"]
    }
    assert planned["birth-happy"]["hidden"] == ["effects", "sequence"]
    assert planned["death-happy"]["why"] == (
        "out of mode opencrvs-side: MOSIP must know the deceased, and theirs knows none of ours"
    )
    judged = harness(
        "conform",
        "birth-happy",
        "birth-two-at-once",
        "death-happy",
        "--target",
        between.file,
        "--json",
        timeout=120,
    )
    verdicts = {item["id"]: item["verdict"] for item in judged.json()["items"]}
    assert verdicts == {"birth-happy": "inconclusive", "birth-two-at-once": "pass", "death-happy": "skipped"}
    assert judged.status == 0
    # What they have made there is theirs: their own admin door shows it, the judge never asked for it.
    assert len(between.theirs.mosip.state("identities")) == 4

    file = harness.folder / between.file
    written = file.read_text()
    file.write_text(written.replace("identifier: vid ", "identifier: uin "))
    bad = failed_steps(harness("target", "check", between.file, "--json", timeout=90))
    assert "policy.identifier of the target file" in bad["the record has its identifier"]
    file.write_text(written.replace("retry: 10m", "retry: 2s "))
    between.theirs.mosip.lose("mosip.credential.issue", scope="everyone")
    bad = failed_steps(harness("target", "check", between.file, "--json", timeout=90))
    assert set(bad) == {
        "it confirms at OpenCRVS",
        "the record has its identifier",
        "one birth goes all the way",
    }
    assert "patience.retry is how long their MOSIP may take" in bad["it confirms at OpenCRVS"]


def failed_steps(checked) -> dict[str, str]:
    """What is to be done, by the step that failed."""
    assert checked.status == 1, checked.out + checked.err
    return {step["name"]: step["fix"] for step in checked.json() if step["state"] == "bad"}


@pytest.mark.slow
@pytest.mark.parametrize("between", ["mosip-side"], indirect=True)
def test_a_person_registers_a_birth_in_their_opencrvs_while_our_mosip_is_watched(
    between: Between, harness
) -> None:
    status = {name: each["pid"] for name, each in harness("status", "--json").json()["parties"].items()}
    assert {name for name, pid in status.items() if pid is not None} == {"esignet", "mosip"}
    between.start_bridge()
    steps, status = watched(between, harness, "--wait", "60s", person=register)
    assert status == 0, steps
    # A bridge may have had its token before a person was asked.
    assert steps.pop("it gets a token of MOSIP") in ("✓", "-")
    asked = list(steps).index("now register a birth in your OpenCRVS")
    # Then packet, workflow, identity, credential, record and forms.
    assert set(list(steps.values())[:asked]) == {"✓", "-"}, steps
    assert list(steps.values())[asked:] == ["…", "✓", "✓", "✓", "✓", "…", "✓"], steps
    assert [name for name in steps if name.startswith("now")] == [
        "now register a birth in your OpenCRVS",
        "now look at the record in your OpenCRVS",
    ]

    steps, status = watched(between, harness, "--wait", "500ms", person=lambda _: None)
    assert (steps["it hands over the packet"], status) == ("✗", 1), steps

    ours, short = RunningSandbox(harness.folder / ".harness").mosip, harness.folder / between.file
    short.write_text(short.read_text().replace("retry: 60s", "retry: 3s "))
    for operation, do, step in (
        ("mosip.packet_manager.create_packet", {"answer": "null-response"}, "it hands over the packet"),
        ("mosip.workflow.create_instance", {"status": 503}, "it starts the processing"),
        ("mosip.workflow.packet_validator", {"answer": "failed"}, "MOSIP makes an identity of it"),
        ("mosip.websub.deliver", {"sign": "wrong-secret"}, "it takes the credential"),
    ):
        fault = ours.fault(at=operation, do=do, scope="everyone")
        steps, status = watched(between, harness, person=register)
        ours.clear(fault)
        assert (steps[step], status) == ("✗", 1), (operation, steps)

    between.theirs.opencrvs.fault(
        at="opencrvs.country_config.send_registration", do={"status": 503}, scope="everyone"
    )
    steps, status = watched(between, harness, "--wait", "1s", person=register)
    assert (steps["it hands over the packet"], status) == ("✗", 1), steps

    judged = harness("conform", "--target", between.file, "--json")
    assert (judged.status, {item["verdict"] for item in judged.json()["items"]}) == (0, {"skipped"})
    assert {each["standing"] for each in judged.json()["requirements"]} == {"out of mode"}
    planned = harness("conform", "--target", between.file, "--plan", "--json").json()
    assert {each["why"] for each in planned["items"]} >= {"out of mode mosip-side: it plays opencrvs"}
    assert not any(each["runs"] for each in planned["items"])


def register(theirs: Sandbox) -> None:
    """A registrar of theirs at work."""
    registrar = Registrar(
        theirs.urls["opencrvs"], str(theirs.opencrvs.command("opencrvs.user_token")["token"])
    )
    child = Person(first=next(FIRST_NAMES), last="Okello", sex="female", born="2026-04-28")
    event_id = str(registrar.create("birth", transaction_id=str(uuid.uuid4()))["id"])
    registrar.declare(event_id, birth_declaration(child), transaction_id=str(uuid.uuid4()))
    registrar.register(event_id, transaction_id=str(uuid.uuid4()))


def watched(
    between: Between, harness, *options: str, person: Callable[[Sandbox], None]
) -> tuple[dict[str, str], int]:
    """The signs of a check by what they are of, and its exit status; the person acts when asked to."""
    command = harness.command("target", "check", between.file, *options)
    steps: dict[str, str] = {}
    with subprocess.Popen(
        command,
        cwd=harness.folder,
        env=harness.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as check:
        assert check.stdout is not None
        for line in check.stdout:
            if not line.startswith(" "):
                sign, _, said = line.strip().partition(" ")
                steps[said.partition(":")[0]] = sign
            if line.startswith("… now register"):
                person(between.theirs)
    return steps, check.returncode


@pytest.mark.slow
def test_a_sandbox_that_plays_what_is_theirs_is_refused(harness) -> None:
    url = "http://127.0.0.1:9"
    assert harness("up", "--detach", "--bridge-url", url).status == 0
    try:
        init = harness("target", "init", "mixed", "--bridge-url", url, "--mode", "opencrvs-side")
        assert "Next: mosip-harness down; mosip-harness up --detach --target targets/mixed.yaml" in init.out
        judged = harness("conform", "birth-happy", "--target", "targets/mixed.yaml")
        assert judged.status == 3
        assert "plays MOSIP and E-Signet, theirs by the target's opencrvs-side" in judged.err
        assert "up --detach --without mosip --without esignet " in judged.err
    finally:
        harness("down")


def test_waiting_for_a_person_is_for_the_mode_in_which_one_is_asked(harness) -> None:
    assert harness("target", "init", "full", "--bridge-url", "http://127.0.0.1:9").status == 0
    checked = harness("target", "check", "targets/full.yaml", "--wait", "5m")
    assert (checked.status, "--wait is for a person" in checked.err) == (2, True)
    assert "no duration" in harness("target", "check", "targets/full.yaml", "--wait", "soon").err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "ours"), [("opencrvs-side", {"opencrvs"}), ("mosip-side", {"mosip", "esignet"})]
)
def test_a_sandbox_that_is_started_for_a_judge_plays_only_what_is_ours(
    tmp_path: Path, monkeypatch, mode: str, ours: set[str]
) -> None:
    monkeypatch.setattr("sandbox.judged.SUBSCRIBED_WITHIN_S", 0.0)
    said: list[str] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as bridge,
        judged_sandbox(
            state_dir=tmp_path,
            default_dir=tmp_path,
            bridge_url=f"http://127.0.0.1:{bridge.getsockname()[1]}",
            bridge_command=None,
            seed=0,
            say=said.append,
            mode=mode,
        ),
    ):
        record = running_record(StateDir.at(tmp_path))
    assert record is not None
    assert set(record.parties) == ours
    # Whether it has subscribed is only known where the hub is ours.
    assert any("has not subscribed" in words for words in said) is ("mosip" in ours)
