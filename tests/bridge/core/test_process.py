"""`mosip-bridge` as processes: what a kill, a stop and a second start leave behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow
COMMAND = [sys.executable, "-c", "from bridge.cli import main; main()"]
ROOT = Path(__file__).parents[3]
ACCEPT = "/events/event.actions.register.accept"
DEADLINE_S = 20
Serve = Callable[..., "Any"]
Eventually = Callable[..., None]


class Served:
    """A `mosip-bridge serve` in a process group of its own."""

    def __init__(
        self,
        environment: dict[str, str],
        log: Path,
        arguments: tuple[str, ...] = (),
        pass_fds: tuple[int, ...] = (),
    ) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", *arguments],
                env=environment,
                cwd=ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
                pass_fds=pass_fds,
            )

    @property
    def group(self) -> list[psutil.Process]:
        """The main process and its workers."""
        try:
            main = psutil.Process(self.process.pid)
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """kill -9 of the whole group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE_S)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def variables(environment: dict[str, str], port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    own = {
        "PORT": str(port),
        "MOSIP_WEBSUB_CALLBACK_URL": f"{url}/websub/callback",
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
    }
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    return {**environment, **own, **measured}


@pytest.fixture
def serve(variables: dict[str, str], tmp_path: Path, eventually: Eventually, port: int) -> Iterator[Serve]:
    """Starts bridges; returns when one answers, unless told not to wait."""
    started: list[Served] = []

    def start(
        *arguments: str, wait: bool = True, pass_fds: tuple[int, ...] = (), at: int = 0, **more: str
    ) -> Served:
        served = Served({**variables, **more}, tmp_path / "bridge.log", arguments, pass_fds)
        started.append(served)
        if wait:
            eventually(lambda: serves(at or port), why=served.log)
        return served

    yield start
    for served in started:
        served.kill()


def serves(port: int) -> bool:
    """Whether it answers; a listener whose process just died may still take a connection and reset it."""
    try:
        return answers(port)
    except OSError:
        return False


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as connection:
        connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        return b'"ok"' in connection.makefile("rb").read()


@pytest.fixture
def caller(make_caller: Callable[[str], Any], port: int) -> Any:
    return make_caller(f"http://127.0.0.1:{port}")


def test_kill_9_after_the_callback_s_200_loses_and_doubles_nothing(
    serve: Serve, caller: Any, world: Any
) -> None:
    served = serve()
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    gate = threading.Event()
    world.script(ACCEPT, {"before": lambda: gate.wait(DEADLINE_S), "status": 504})
    assert caller.credential(rid).status == 200
    world.wait_for(ACCEPT)
    served.kill()
    gate.set()
    serve()
    caller.wait_until(rid, "confirmed")
    sent = {seen.body for seen in world.at(ACCEPT)}
    assert len(world.at(ACCEPT)) == 2
    assert len(sent) == 1, "the second try is the first one again"
    assert len(world.at("/createPacket")) == len(world.at("/workflowinstance")) == 1


def test_kill_9_after_the_202_loses_nothing(serve: Serve, caller: Any, world: Any) -> None:
    served = serve()
    gate = threading.Event()
    world.script("/createPacket", {"before": lambda: gate.wait(DEADLINE_S)})
    rid = caller.register().json["transactionId"]
    world.wait_for("/createPacket")
    served.kill()
    gate.set()
    serve()
    caller.wait_until(rid, "awaiting")
    assert {seen.json["request"]["id"] for seen in world.at("/createPacket")} == {rid}
    assert len(world.at("/workflowinstance")) == 1
    assert caller.register().json["transactionId"] == rid


def test_a_killed_worker_s_work_is_done_by_another(
    serve: Serve, caller: Any, world: Any, eventually: Eventually
) -> None:
    served = serve()
    gate = threading.Event()
    world.script("/createPacket", {"before": lambda: gate.wait(DEADLINE_S)})
    rid = caller.register().json["transactionId"]
    world.wait_for("/createPacket")
    workers = served.group[1:]
    for worker in workers:
        worker.kill()
    eventually(lambda: len(served.group) == 3 and not set(workers) & set(served.group))
    gate.set()
    caller.wait_until(rid, "awaiting")


def test_sigterm_ends_what_runs_and_leaves_nobody(serve: Serve, caller: Any, world: Any, port: int) -> None:
    served = serve()
    gate = threading.Event()
    world.script("/createPacket", {"before": lambda: gate.wait(DEADLINE_S)})
    rid = caller.register().json["transactionId"]
    world.wait_for("/createPacket")
    group = served.group
    served.process.terminate()
    gate.set()
    assert served.process.wait(DEADLINE_S) == 0
    assert psutil.wait_procs(group, DEADLINE_S)[1] == []
    assert not listens(port)
    serve()
    caller.wait_until(rid, "awaiting")
    assert len(world.at("/createPacket")) == 1, "the running step was let finish"


def test_killing_the_main_process_leaves_no_listener(serve: Serve, port: int) -> None:
    served = serve()
    group = served.group
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait(DEADLINE_S)
    assert psutil.wait_procs(group, DEADLINE_S)[1] == []
    assert not listens(port)


def test_it_dies_with_the_pipe_of_who_started_it(serve: Serve, port: int, eventually: Eventually) -> None:
    reading, writing = os.pipe()
    served = serve(pass_fds=(reading,), BRIDGE_DIE_WITH_FD=str(reading))
    os.close(reading)
    eventually(lambda: len(served.group) == 3)
    group = served.group
    os.close(writing)
    served.process.wait(DEADLINE_S)
    assert psutil.wait_procs(group, DEADLINE_S)[1] == []
    assert not listens(port)


def test_a_socket_that_listens_already_is_served(serve: Serve, port: int) -> None:
    listener = socket.create_server(("127.0.0.1", port))
    serve("--fd", str(listener.fileno()), pass_fds=(listener.fileno(),))
    listener.close()
    assert answers(port)


def test_a_second_bridge_of_the_same_instance_is_refused(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = serve()
    second = serve("--port", "0", wait=False)
    assert second.process.wait(DEADLINE_S) == 3
    assert "instance a runs already" in first.log.read_text()


@pytest.fixture
def other_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_what_an_instance_held_when_it_died_another_does_at_once(
    serve: Serve,
    caller: Any,
    world: Any,
    other_port: int,
    make_caller: Callable[[str], Any],
    eventually: Eventually,
) -> None:
    """Its lease lasts three minutes; its death is seen sooner."""
    first = serve()
    gate = threading.Event()
    world.script("/createPacket", {"before": lambda: gate.wait(DEADLINE_S)})
    rid = caller.register().json["transactionId"]
    world.wait_for("/createPacket")
    serve("--port", str(other_port), at=other_port, BRIDGE_INSTANCE_ID="b")
    other = make_caller(f"http://127.0.0.1:{other_port}")
    # The other sees that the first lives, and leaves it what it holds.
    assert other.register().json["transactionId"] == rid
    assert len(world.at("/createPacket")) == 1
    first.kill()
    gate.set()
    other.wait_until(rid, "awaiting")
    assert {seen.json["request"]["id"] for seen in world.at("/createPacket")} == {rid}
    assert len(world.at("/workflowinstance")) == 1


def test_two_instances_may_start_at_once_and_one_subscribes(
    serve: Serve, world: Any, port: int, other_port: int, eventually: Eventually
) -> None:
    served = serve(wait=False)
    serve("--port", str(other_port), wait=False, BRIDGE_INSTANCE_ID="b")
    eventually(lambda: serves(port) and serves(other_port), why=served.log)
    eventually(lambda: len(world.at("/hub/")) >= 2, why=served.log)
    # Two topics, each asked for by the one keeper; a second keeper would have asked in its first round too.
    assert len({seen.body for seen in world.at("/hub/")}) == len(world.at("/hub/")) == 2


def test_a_store_is_migrated_once_by_many_that_start_at_once(variables: dict[str, str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: run(variables, "migrate"), range(4)))
    assert [each.returncode for each in told] == [0] * 4, [each.stderr for each in told]
    assert sorted(each.stdout for each in told)[1:] == ["up to date\n"] * 3


def test_a_taken_port_is_an_environment_s_fault(serve: Serve, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        assert serve(wait=False).process.wait(DEADLINE_S) == 3


def run(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


@pytest.mark.parametrize("command", [[], ["serve"], ["check-config"], ["migrate"]])
def test_help_is_everywhere(variables: dict[str, str], command: list[str]) -> None:
    told = run(variables, *command, "--help")
    assert told.returncode == 0
    assert "Usage:" in told.stdout


def test_check_config_finds_nothing_in_a_good_one(variables: dict[str, str]) -> None:
    told = run(variables, "check-config", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["ok"] is True


def test_check_config_names_what_is_wrong_and_shows_no_secret(variables: dict[str, str]) -> None:
    Path(variables["BRIDGE_STORE_KEY_FILE"]).write_text("c2hvcnQ=")
    told = run({**variables, "DECRYPT_P12_FILE_PASSWORD": "wrong-password"}, "check-config")
    assert told.returncode == 1
    assert "BRIDGE_STORE_KEY_FILE" in told.stdout
    assert "DECRYPT_P12_FILE_PATH" in told.stdout
    assert "wrong-password" not in told.stdout + told.stderr


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_an_absent_setting_is_named(variables: dict[str, str], command: str) -> None:
    del variables["MOSIP_AUTH_URL"]
    told = run(variables, command)
    assert told.returncode == 3
    assert "MOSIP_AUTH_URL" in told.stderr
    assert "Traceback" not in told.stderr


def test_an_unknown_option_is_a_usage_fault(variables: dict[str, str]) -> None:
    assert run(variables, "serve", "--fast").returncode == 2


def test_migrate_brings_the_store_up_to_date_once(variables: dict[str, str]) -> None:
    assert "0001_first.sql" in run(variables, "migrate").stdout
    assert run(variables, "migrate").stdout == "up to date\n"


def test_the_log_holds_no_person_and_no_secret(serve: Serve, caller: Any, world: Any) -> None:
    served = serve()
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    caller.credential(rid)
    caller.wait_until(rid, "confirmed")
    log = served.log.read_text()
    assert rid in log
    assert '"delivery.step"' in log
    for secret in ("Okello", "7058649208312401", "eyJ", "secret", "2026B0000000001"):
        assert secret not in log
