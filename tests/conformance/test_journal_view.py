"""The merged journal: waits that are woken, near misses, and no verdict on half a journal."""

from __future__ import annotations

import threading
import time

import pytest

from conformance.journal_view import JournalView
from conformance.parties import HarnessError

MINE = "story#t0/birth.registration"


def later(what) -> threading.Thread:
    """Runs on another thread once the caller waits."""
    thread = threading.Timer(0.05, what)
    thread.start()
    return thread


def test_a_wait_is_woken_by_any_mock(stage) -> None:
    begun = time.monotonic()
    thread = later(lambda: stage.mosip.say("mosip.websub.deliver", MINE))
    assert stage.view.wait(lambda: bool(stage.view.exchanges(owner=MINE)), within=20)
    assert time.monotonic() - begun < 5
    thread.join()


def test_a_wait_ends_when_the_view_is_closed(stage) -> None:
    begun = time.monotonic()
    thread = later(stage.view.close)
    with pytest.raises(HarnessError, match="not followed any more"):
        stage.view.wait(lambda: False, within=20)
    assert time.monotonic() - begun < 5
    thread.join()


def test_a_wait_gives_up_in_time(stage) -> None:
    assert not stage.view.wait(lambda: False, within=0.05)
    assert not stage.view.wait(lambda: False, within=0.05, poll=0.01, woken=False)


def test_a_wait_that_looks_beside_asks_again(stage) -> None:
    asked = []
    assert stage.view.wait(lambda: asked.append(1) or len(asked) == 3, within=20, poll=0.01, woken=False)


def test_an_entry_that_changes_is_one_entry(stage) -> None:
    entry = stage.mosip.say("mosip.websub.deliver", MINE, state="open", status=None)
    stage.view.catch_up()
    (opened,) = stage.view.exchanges(owner=MINE)
    stage.mosip.change(entry, state="closed", status=200)
    stage.view.catch_up()
    (closed,) = stage.view.exchanges(owner=MINE)
    assert (opened.closed, opened.told) == (False, False)
    assert (closed.closed, closed.told) == (True, True)


def test_how_long_an_exchange_is_open_is_told_by_our_own_clock(stage) -> None:
    """Stamps may be skewed."""
    entry = stage.mosip.say(
        "mosip.websub.deliver", MINE, state="open", status=None, time="1999-01-01T00:00:00.000Z"
    )
    stage.view.catch_up()
    assert not stage.view.wait(lambda: False, within=0.03)
    (still,) = stage.view.exchanges(owner=MINE)
    assert 20 <= (stage.view.open_for_ms(still) or 0) < 10_000
    stage.mosip.change(entry, state="closed", status=200)
    stage.view.catch_up()
    (over,) = stage.view.exchanges(owner=MINE)
    assert stage.view.open_for_ms(over) is None


def test_exchanges_of_all_mocks_stand_in_their_order(stage) -> None:
    stage.opencrvs.say("opencrvs.events.register", MINE)
    stage.mosip.say("mosip.packet_manager.create_packet", MINE)
    stage.opencrvs.say("opencrvs.events.register_accept", MINE)
    stage.view.catch_up()
    assert [each.operation.rpartition(".")[2] for each in stage.view.exchanges()] == [
        "register",
        "create_packet",
        "register_accept",
    ]
    assert [each.operation for each in stage.view.exchanges(operation="mosip.*")] == [
        "mosip.packet_manager.create_packet"
    ]
    assert stage.view.exchanges(scenario="story#t0") == stage.view.exchanges(owner=MINE)


def test_what_began_first_stands_first_within_a_millisecond(stage) -> None:
    moment = {"time": "2026-05-04T08:11:02.101Z"}
    instance = stage.mosip.say(
        "mosip.workflow.create_instance", MINE, ("packet-accepted",), state="open", **moment
    )
    stage.mosip.say("mosip.workflow.finalization", MINE, ("identity-minted",), **moment)
    stage.mosip.change(instance, state="closed")
    stage.view.catch_up()
    assert [each.name for each in stage.view.effects(owner=MINE)] == ["packet-accepted", "identity-minted"]


def test_near_misses_name_what_differed(stage) -> None:
    stage.mosip.say("mosip.websub.deliver", "other#t0/birth.registration")
    stage.mosip.say("mosip.websub.deliver")
    stage.mosip.say("mosip.workflow.create_instance", MINE)
    stage.mosip.say("", None, method="POST", path="/packetmanager/createPaket", near=["PUT /createPacket"])
    stage.view.catch_up()
    near = "\n".join(stage.view.near(operation="mosip.websub.deliver", owner=MINE))
    assert "it belongs to other#t0/birth.registration" in near
    assert "it belongs to nobody" in near
    assert "same owner" in near
    assert "mosip.workflow.create_instance" in near
    assert "unknown path POST /packetmanager/createPaket, near PUT /createPacket" in near


def test_begin_forgets_what_an_old_epoch_still_tells(stage) -> None:
    stage.mosip.say("mosip.websub.deliver", MINE)
    stage.mosip.reset()
    stage.view.begin()
    stage.mosip.say("mosip.websub.deliver", MINE, epoch=0)
    stage.view.catch_up()
    assert stage.view.exchanges() == []


def test_quiet_waits_for_the_last_word(stage) -> None:
    said = []

    def talk() -> None:
        said.append(stage.mosip.say("mosip.websub.deliver", MINE))

    talk()
    thread = later(talk)
    assert stage.view.quiet(seconds=0.3, within=20, scenario="story#t0")
    assert len(said) == 2
    thread.join()


def test_quiet_gives_up_on_one_who_never_stops(stage) -> None:
    done = threading.Event()

    def talk() -> None:
        while not done.wait(0.01):
            stage.mosip.say("mosip.websub.deliver", MINE)

    thread = threading.Thread(target=talk)
    thread.start()
    assert not stage.view.quiet(seconds=0.5, within=0.6, scenario="story#t0")
    done.set()
    thread.join()


def test_a_journal_that_cannot_be_read_ends_every_wait(stage) -> None:
    thread = later(lambda: stage.mosip.break_off("connection refused"))
    with pytest.raises(HarnessError, match="the journal of mosip cannot be followed: connection refused"):
        stage.view.wait(lambda: False, within=20)
    thread.join()


def test_a_drop_is_an_error_of_the_harness(stage) -> None:
    stage.mosip.dropped = 3
    stage.mosip.say("mosip.websub.deliver", MINE)
    with pytest.raises(HarnessError, match="the journal of mosip dropped 3 entries"):
        stage.view.wait(lambda: False, within=20)


def test_nothing_can_be_opened_on_a_mock_that_is_down(stage) -> None:
    stage.mosip.break_off("connection refused")
    with pytest.raises(HarnessError, match="cannot be read"):
        JournalView({"mosip": stage.mosip}).start()
