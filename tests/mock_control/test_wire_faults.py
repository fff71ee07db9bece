"""Faults of the wire: bytes that come slowly, not all, not at all, or that nobody can read."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest
import requests

from mock_control.do import parse_do
from mock_control.draws import seeded
from mock_control.wire import Wire

CREATE = "toy.packets.create"
DELIVER = "toy.hub.deliver"


# -- answers ---------------------------------------------------------------------------------------------


def test_a_body_comes_in_drops(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"trickle": "200ms"})
    begun = time.monotonic()

    answer = toy.create(rid="1")

    assert time.monotonic() - begun >= 0.2
    assert answer.json() == {"owner": None, "told": {"rid": "1"}}
    assert toy.served == ["create"]


def test_drops_are_small_and_share_the_time() -> None:
    pauses: list[float] = []
    wire = Wire(sleep=pauses.append, trickle_s=20.0)

    drops = list(wire.parts(b"x" * 100))

    assert (drops, pauses) == ([b"xxxxx"] * 20, [1.0] * 20)
    assert list(wire.parts(b"")) == []


def test_half_a_body_comes(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"truncate": True}, times=1)

    with pytest.raises(requests.exceptions.ChunkedEncodingError) as cut:
        toy.create()

    assert "IncompleteRead" in str(cut.value)
    assert toy.served == ["create"]
    assert toy.create().status_code == 200


def test_a_body_that_nobody_can_read(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"garbage": True})

    answer = toy.create()

    assert (answer.status_code, toy.served) == (200, ["create"])
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode()


def test_nothing_comes_until_the_fault_is_cleared(toy: Any) -> None:
    fault = toy.admin.fault(at=CREATE, scope="everyone", do={"hang": True})
    got = toy.in_background(toy.create)
    toy.admin.wait_for(CREATE, state="open", where=lambda entry: bool(entry["fault"]), within=5)
    assert got.empty()

    toy.admin.clear(fault)

    assert got.get(timeout=5) is requests.ConnectionError
    assert toy.served == []


@pytest.mark.parametrize("do", [{"hang": True}, {"delay": "60s"}], ids=str)
def test_it_is_noted_when_a_caller_has_had_enough(toy: Any, do: dict[str, Any]) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do=do)

    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{toy.url}/packets", json={}, timeout=0.05)

    (entry,) = toy.admin.wait_for(CREATE, state="open", where=lambda each: each["given_up_ms"], within=5)
    assert entry["given_up_ms"] >= 50
    toy.admin.reset()


def test_a_caller_who_waits_has_not_had_enough(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"delay": "250ms"})

    assert toy.create().status_code == 200

    (entry,) = toy.admin.wait_for(CREATE, within=5)
    assert (entry["given_up_ms"], entry["duration_ms"] >= 250) == (None, True)


def test_nothing_comes_for_a_while(toy: Any) -> None:
    toy.admin.fault(at=CREATE, scope="everyone", do={"hang": "50ms"}, times=1)
    begun = time.monotonic()

    with pytest.raises(requests.ConnectionError):
        toy.create()

    assert time.monotonic() - begun >= 0.05
    assert toy.create().status_code == 200


# -- messages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("do", [{"reset": "after"}, {"commit_then": 504}], ids=str)
def test_a_message_arrives_and_its_answer_does_not(toy: Any, receiver: Any, do: dict[str, Any]) -> None:
    toy.admin.fault(at=DELIVER, scope="everyone", do=do, times=1)

    [delivery] = toy.send(receiver.url, body=b"{}")

    assert (delivery.status, delivery.error) == (do.get("commit_then"), "reset" if "reset" in do else None)
    assert not delivery.ok
    assert receiver.bodies() == ["{}"]


def test_a_message_comes_in_drops(toy: Any, receiver: Any) -> None:
    toy.admin.fault(at=DELIVER, scope="everyone", do={"trickle": "100ms"})
    begun = time.monotonic()

    [delivery] = toy.send(receiver.url, body=b'{"credential": 1}')

    assert (delivery.status, receiver.bodies()) == (202, ['{"credential": 1}'])
    assert time.monotonic() - begun >= 0.1
    assert receiver.headers[0]["Content-Length"] == "17"


@pytest.mark.parametrize("do", [{"truncate": True}, {"hang": "20ms"}], ids=str)
def test_a_message_breaks_off(toy: Any, receiver: Any, do: dict[str, Any]) -> None:
    toy.admin.fault(at=DELIVER, scope="everyone", do=do, times=1)

    [delivery] = toy.send(receiver.url, body=b'{"credential": 1}')

    assert (delivery.status, delivery.error) == (None, "reset")
    assert '{"credential": 1}' not in receiver.bodies()
    assert toy.send(receiver.url, body=b"{}")[0].status == 202


def test_a_message_goes_to_somebody_else(toy: Any, receiver: Any) -> None:
    origin = receiver.url.removesuffix("/callback")
    toy.admin.fault(at=DELIVER, scope="everyone", do={"to": origin})

    [delivery] = toy.send("http://127.0.0.1:9/callback?hub.mode=x", body=b"{}")

    assert (delivery.status, receiver.bodies()) == (202, ["{}"])
    (entry,) = toy.admin.wait_for(DELIVER, within=5)
    assert (entry["peer"], entry["path"]) == (origin.removeprefix("http://"), "/callback?hub.mode=x")


def test_a_message_is_changed_in_both_ways_at_once(toy: Any, receiver: Any) -> None:
    toy.admin.fault(at=DELIVER, scope="everyone", do={"mutate": "shouted", "sign": "not"}, times=1)

    for _ in range(2):
        toy.send(receiver.url, body=b'"hush"', headers={"Signature": "mine"})

    assert receiver.bodies() == ['"HUSH"', '"hush"']
    assert [headers.get("Signature") for headers in receiver.headers] == [None, "mine"]
    first, _ = toy.admin.wait_for(DELIVER, count=2, within=5)
    assert first["request"]["body"] == '"HUSH"', "the journal shows what was sent"


# -- chance ----------------------------------------------------------------------------------------------


def delays(wish: Any, count: int = 400) -> list[float]:
    do, _ = parse_do({"delay": wish})
    assert do.delay is not None
    return [do.delay.draw(seeded(7, "delay", n)) for n in range(count)]


def test_delays_of_a_range_lie_in_it() -> None:
    drawn = delays({"range": ["1s", "3s"]})
    assert 1.0 <= min(drawn) < 1.2 < 2.8 < max(drawn) <= 3.0
    assert drawn == delays({"range": ["1s", "3s"]})


def test_log_normal_delays_have_their_median_and_a_long_tail() -> None:
    drawn = delays({"median": "1s", "sigma": 1})
    assert statistics.median(drawn) == pytest.approx(1.0, rel=0.2)
    # Of a log-normal the mean is exp(sigma²/2) times the median.
    assert statistics.fmean(drawn) == pytest.approx(1.65, rel=0.25)
    assert max(delays({"median": "500s", "sigma": 3})) == 600.0
