"""Deliveries signed with another secret: kept sealed, looked at again with other secrets, no work before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.callback import CallbackRefused, Ignored, WorkflowEnded
from bridge.delivery.holds import Holds
from bridge.delivery.inbox import Inbox
from bridge.delivery.lanes import Lanes, lane_specs
from bridge.model import State
from bridge.quarantine import LARGEST, ROOM, Pace, Quarantine, mark_of


def event(rid: str, **more: object) -> bytes:
    return json.dumps({"instanceId": rid, "resultCode": "REJECTED", **more}).encode()


@dataclass
class Hub:
    """Judges every delivery in one way."""

    refuses: CallbackRefused | None = None
    opened: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)

    def open(self, raw: bytes, headers: Mapping[str, str]) -> WorkflowEnded | Ignored:
        self.opened.append((raw, headers))
        if self.refuses is not None:
            raise self.refuses
        rid = json.loads(raw)["instanceId"]
        return WorkflowEnded(
            hub_event_id=f"hub-{rid}",
            rid=rid,
            result="REJECTED",
            error_code=None,
            workflow_type="CRVS_NEW",
            topic="t",
        )


def quarantine(desk: Any, hub: Hub, mark: str = "old") -> Quarantine:
    lanes = Lanes(lane_specs(1))
    holds = Holds(store=desk.store, lanes=lanes, owner="a:", lease=desk.rules().stale_after, now=desk.clock)
    return Quarantine(
        store=desk.store,
        sealer=desk.sealer,
        callbacks=hub,
        inbox=Inbox(store=desk.store, sealer=desk.sealer, rules=desk.rules(), holds=holds, now=desk.clock),
        counters=desk.counters,
        mark=mark,
        now=desk.clock,
    )


SIGNED = {"X-Hub-Signature": "sha256=00", "Link": '<t>; rel="self"', "Cookie": "none of ours"}


def test_what_fits_another_secret_is_taken_as_if_it_came_then(desk: Any) -> None:
    row, hub = desk.row(), Hub()
    assert quarantine(desk, hub).keep(event(row.rid), SIGNED)
    assert desk.now(row).state is State.AWAITING, "kept is not believed"
    quarantine(desk, hub, mark="new").examine()
    assert hub.opened == [(event(row.rid), {"x-hub-signature": "sha256=00", "link": '<t>; rel="self"'})]
    assert desk.now(row).state is State.REFUSED
    assert desk.store.quarantined() == []
    assert desk.counted() == {"quarantine.kept": 1, "quarantine.taken": 1}


def test_the_same_secrets_do_not_judge_twice(desk: Any) -> None:
    hub = Hub(refuses=CallbackRefused(401, "bad-signature", well_formed=True))
    quarantine(desk, hub).keep(event(desk.row().rid), SIGNED)
    quarantine(desk, hub).examine()
    assert hub.opened == []
    for _ in range(2):
        quarantine(desk, hub, mark="new").examine()
    assert len(hub.opened) == 1
    assert [each.judged_by for each in desk.store.quarantined()] == ["new"]


def test_a_key_that_is_not_to_be_had_is_waited_for(desk: Any) -> None:
    row, hub = desk.row(), Hub(refuses=CallbackRefused(503, "key-unavailable"))
    quarantine(desk, hub).keep(event(row.rid), SIGNED)
    quarantine(desk, hub, mark="new").examine()
    hub.refuses = None
    quarantine(desk, hub, mark="new").examine()
    assert desk.now(row).state is State.REFUSED


def test_there_is_room_for_few_and_the_oldest_go(desk: Any) -> None:
    kept = replace(quarantine(desk, Hub()), pace=Pace(ROOM + 3))
    for number in range(ROOM + 3):
        desk.clock.move(1)
        kept.keep(event(f"{number:029}"), SIGNED)
    left = desk.store.quarantined()
    assert len(left) == ROOM
    assert left[0].received_at == desk.clock() - timedelta(seconds=ROOM - 1)


def test_the_same_delivery_again_takes_no_more_room(desk: Any) -> None:
    kept = quarantine(desk, Hub())
    kept.keep(event("1" * 29), SIGNED)
    kept.keep(event("1" * 29), SIGNED)
    assert len(desk.store.quarantined()) == 1


@pytest.mark.parametrize(
    "raw",
    [b"not json", b"[]", b'{"something": "else"}', b'{"event": "text"}', event("1", pad="x" * LARGEST)],
    ids=["no-json", "list", "foreign", "event-is-text", "too-large"],
)
def test_what_could_never_be_a_delivery_is_not_kept(desk: Any, raw: bytes) -> None:
    assert not quarantine(desk, Hub()).keep(raw, SIGNED)
    assert desk.store.quarantined() == []
    assert desk.counted() == {"quarantine.refused": 1}


def test_what_is_kept_can_not_be_read_in_the_file(desk: Any, tmp_path: Path) -> None:
    quarantine(desk, Hub()).keep(event("1" * 29, name="Amara Okello"), SIGNED)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("bridge.db*"))
    assert b"Amara" not in stored
    assert b"1" * 29 not in stored


def test_what_does_not_open_any_more_goes(desk: Any) -> None:
    kept = quarantine(desk, Hub())
    kept.keep(event("1" * 29), SIGNED)
    (one,) = desk.store.quarantined()
    desk.store.let_go(one.id)
    desk.store.set_aside(replace(one, id="0" * 64), room=ROOM)
    quarantine(desk, Hub(), mark="new").examine()
    assert desk.store.quarantined() == []


def test_a_mark_tells_secrets_apart_and_says_nothing_of_them() -> None:
    key = bytes(range(32))
    marks = {mark_of(each, key) for each in (("a",), ("b",), ("a", "b"), ("ab",))}
    assert len(marks) == 4
    assert mark_of(("a",), key) != mark_of(("a",), bytes(32))


def test_a_flood_costs_a_few_writes_a_minute(desk: Any) -> None:
    times = iter([0.0, 0.0, 59.9, 60.0, 60.0])
    kept = replace(quarantine(desk, Hub()), pace=Pace(2, clock=lambda: next(times)))
    taken = [kept.keep(event(f"{number:029}"), SIGNED) for number in range(5)]
    assert taken == [True, True, False, True, True]
    assert len(desk.store.quarantined()) == 4
