"""What the bench rests on: CPU time of other processes, the floor, the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from load.bench.bench import Bench
from load.bench.earlier import Earlier, EarlierError, compare
from load.bench.floor import Floor, measure_floor
from load.bench.measure import Loops, Spread
from load.bench.operations import NAMES, OPERATIONS
from load.bench.table import table
from load.neighbours import Neighbours
from load.prepare import Prepared, mixed, spelt
from load.processes import cpu_seconds, seconds_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("shown", "seconds"),
    [("0:00.05", 0.05), ("01:02", 62), ("00:01:02", 62), ("1:00:00", 3600), ("2-01:00:00", 176_400)],
)
def test_times_as_ps_shows_them(shown: str, seconds: float) -> None:
    assert seconds_of(shown) == pytest.approx(seconds)


def test_cpu_of_a_group_counts_what_it_burns() -> None:
    code = (
        "import sys, time\n"
        "while time.process_time() < 0.3: pass\n"
        "print('burnt', flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "burnt\n"
        assert 0.25 <= cpu_seconds(child.pid) < 5
        assert child.stdin is not None
        child.stdin.close()
    assert cpu_seconds(child.pid) == 0


FLOOR = Floor(parts=dict.fromkeys((part for each in OPERATIONS for part in each.parts), 0.1))


@pytest.mark.parametrize(
    ("name", "parts"),
    [("registration", 8), ("callback", 9), ("verify", 8), ("verify-text", 8), ("login", 8)],
)
def test_the_floor_of_an_operation_is_the_sum_of_its_parts(name: str, parts: int) -> None:
    operation = next(each for each in OPERATIONS if each.name == name)
    assert FLOOR.of(operation) == pytest.approx(parts * 0.1)
    dearer = Floor(parts={**FLOOR.parts, "server and Flask": 1.1})
    assert dearer.of(operation) == pytest.approx(parts * 0.1 + 1.0)


def ran(login: float, *, floor: Floor = FLOOR, loop: float = 250.0) -> Bench:
    """A run in which a verification cost 1 ms."""
    rate = Loops(births_per_s=Spread(values=(loop,)), cpu_ms={"bridge": Spread(values=(3.0,))})
    cost = {"verify": Spread(values=(1.0, 0.9, 1.3)), "login": Spread(values=(login,))}
    return Bench(cost=cost, idle_ms_per_s=1.5, floor=floor, loops=rate)


def test_a_figure_stands_beside_its_floor_and_its_target() -> None:
    document = json.loads(json.dumps(ran(4.0, loop=150).as_json()))
    verify, login = document["operations"]["verify"], document["operations"]["login"]
    assert set(document["operations"]) == {"verify", "login"}
    assert (verify["cpu_ms"]["median"], verify["target_ms"], verify["met"]) == (1.0, 1.5, True)
    assert (verify["floor_ms"], verify["times_floor"]) == (0.8, 1.25)
    assert (login["target_ms"], login["met"]) == (2.5, False)
    assert (document["loop"]["target_births_per_s"], document["loop"]["met"]) == (200.0, False)


def test_the_table_says_what_is_met() -> None:
    lines = {line.split("  ")[0]: line for line in table(ran(4.0, loop=150))}
    assert lines["verify, answered in JSON"].endswith("met")
    assert lines["login: who a code of E-Signet stands for"].endswith("MISSED")
    assert lines["generator → bridge → MOSIP → accept"].endswith("MISSED")


def test_a_run_is_compared_with_an_earlier_one(tmp_path: Path) -> None:
    """The machine is twice as fast now, so that half the time for a login is no progress."""
    slow = Floor(parts=dict.fromkeys(FLOOR.parts, 0.2))
    (tmp_path / "bench.json").write_text(json.dumps(ran(4.0, floor=slow, loop=100).as_json()))
    found = {each.name: each for each in compare(ran(2.0), Earlier.read(tmp_path / "bench.json"))}
    assert set(found) == {"verify", "login", "loop"}
    assert (found["login"].cost, found["login"].to_floor) == pytest.approx((0.5, 1.0))
    assert (found["verify"].cost, found["verify"].to_floor) == pytest.approx((1.0, 2.0))
    assert found["loop"].as_json() == {"now_by_then": 2.5}
    assert "now by then" in "\n".join(table(ran(2.0), list(found.values())))


def test_what_an_earlier_run_has_not_measured_is_not_compared(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps({"operations": {}}))
    assert compare(ran(2.0), Earlier.read(tmp_path / "bench.json")) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"operations": {"login": {}}}', '{"operations": {"login": {"cpu_ms": 1}}}']
)
def test_a_file_that_is_no_earlier_run_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bench.json").write_text(text)
    with pytest.raises(EarlierError, match=r"bench\.json is no result of the bench"):
        Earlier.read(tmp_path / "bench.json")


def test_every_part_of_the_floor_can_be_measured(tmp_path: Path) -> None:
    body = (ROOT / "contracts/examples/bridge/registration.request/valid.json").read_text()
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJvcGVuY3J2cyJ9.c2lnbmF0dXJl"
    sample = Prepared(kind="birth", action="a", subject="s", token=token, body=json.dumps(json.loads(body)))
    floor = measure_floor(tmp_path, sample)
    assert set(floor.parts) == {part for each in OPERATIONS for part in each.parts}
    assert all(0 <= each < 1000 for each in floor.parts.values())
    assert floor.parts["OAEP decrypted"] > floor.parts["HMAC"]


def test_what_others_use_of_the_machine_is_told() -> None:
    """Twenty seconds of CPU in ten, of which this process had five. Figures of /proc/stat, in hundredths."""
    stat = "cpu  {user} 0 100 5000 300 0 0 0 77 0\ncpu0 1 2 3\n"
    began, ended = (Neighbours.now(text=stat.format(user=user)) for user in (1000, 3000))
    assert began is not None
    assert ended is not None
    then = replace(ended, at=began.at + 10, own=began.own + 5)
    assert then.machine - began.machine == pytest.approx(20)
    assert then.cores_since(began) == pytest.approx(1.5)
    assert "kept 1.5 of" in table(replace(ran(2.0), others=1.5))[-1]


def test_a_spread_has_a_middle() -> None:
    spread = Spread(values=(3.0, 1.0, 2.0))
    assert spread.as_json() == {"median": 2.0, "min": 1.0, "max": 3.0, "values": [3.0, 1.0, 2.0]}


def test_deaths_come_evenly_among_births() -> None:
    kinds = "".join(mixed(["b"] * 8, ["d"] * 2))
    assert (len(kinds), kinds.count("d")) == (10, 2)
    assert "d" in kinds[:5]
    assert "d" in kinds[5:]


def test_no_two_numbers_are_spelt_alike() -> None:
    words = [spelt(number) for number in range(1, 2000)]
    assert len(set(words)) == len(words)
    assert [words[0], words[25], words[26]] == ["A", "Z", "Aa"]


@pytest.fixture
def run_bench(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command, with output in a folder of the test."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "load.bench", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_the_bench_says_what_it_takes(run_bench: Any) -> None:
    done = run_bench("--help")
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--repeats", "--only", "--against", "--report"))
    assert all(name in done.stdout for name in NAMES)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--only", "logout"], 2, "invalid choice: 'logout'"),
        (["--repeats", "0"], 2, "must be 1 at least"),
        (["--against", "nothing.json"], 3, "bench: nothing.json is no result"),
    ],
)
def test_what_the_bench_can_not_do_is_said(
    run_bench: Any, arguments: list[str], status: int, said: str
) -> None:
    done = run_bench(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr


@pytest.mark.slow
def test_verifications_and_logins_are_measured(run_bench: Any, tmp_path: Path) -> None:
    few = ("--repeats", "2", "--questions", "10")
    done = run_bench("--only", "verify", "--only", "login", *few, "--report", "out", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert json.loads((tmp_path / "out" / "bench.json").read_text()) == told
    assert set(told["operations"]) == {"verify", "login"}
    for each in told["operations"].values():
        assert len(each["cpu_ms"]["values"]) == 2
        assert 0 < each["floor_ms"] < each["cpu_ms"]["median"]
    assert "loop" not in told
    assert told["machine"]["cores"] >= 1
