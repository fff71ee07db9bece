"""What the bench rests on: CPU time of other processes, the floor, the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from load.bench.floor import CALLBACK_PARTS, POST_PARTS, Floor, measure_floor
from load.bench.measure import Spread
from load.bench.processes import cpu_seconds, seconds_of
from load.prepare import Prepared, mixed, spelt

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


def test_an_operation_costs_the_sum_of_its_parts() -> None:
    parts = dict.fromkeys(POST_PARTS | CALLBACK_PARTS, 1.0) | {"upstream call": 10.0}
    floor = Floor(parts=parts)
    assert (floor.post, floor.callback) == (6 + 2 * 10, 8 + 10)


def test_every_part_of_the_floor_can_be_measured(tmp_path: Path) -> None:
    body = (ROOT / "contracts/examples/bridge/registration.request/valid.json").read_text()
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJvcGVuY3J2cyJ9.c2lnbmF0dXJl"
    sample = Prepared(kind="birth", action="a", subject="s", token=token, body=json.dumps(json.loads(body)))
    floor = measure_floor(tmp_path, sample)
    assert set(floor.parts) == {*POST_PARTS, *CALLBACK_PARTS}
    assert all(0 <= each < 1000 for each in floor.parts.values())
    assert floor.parts["OAEP decrypted"] > floor.parts["HMAC"]


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


def test_the_bench_says_what_it_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "load.bench", "--help"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "--repeats" in done.stdout
