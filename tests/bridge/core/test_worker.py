"""What becomes of a delivery: the worker over a real store, with upstreams whose answers are given."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from bridge.delivery import transitions
from bridge.delivery.breakers import Breakers
from bridge.delivery.steps import Step, Steps, place
from bridge.delivery.transitions import Confirmation, Outcome, Rules
from bridge.delivery.worker import Backoff, Worker
from bridge.http import Reply
from bridge.model import Delivery, Hold, Kind, NewDelivery, State
from bridge.sealing import Sealer
from bridge.store import HubMessage, Receipt, SqliteStore

NID = "7058649208312401"
PACKET = Reply(party="packet_manager", status=200, json={"response": [{"id": "x"}], "errors": []})
INSTANCE = Reply(
    party="workflow", status=200, json={"response": {"workflowInstanceId": "95d09502"}, "errors": None}
)
PRESENT = Reply(party="workflow", status=200, json={"response": None}, codes=("RPR-WIS-001",))
TIMEOUT = Reply(party="workflow", status=None, error="timeout")
UNCONNECTED = Reply(party="workflow", status=None, error="connect")
CONFIRMED = Reply(party="opencrvs", status=200, json=[{"result": {"data": {"json": {}}}}])
NO_PROVIDER = Reply(party="packet_manager", status=200, json={"response": None}, codes=("KER-PUT-006",))
STALE_S = 3600.0
MAX_S = 600.0


class Clock(Protocol):
    def __call__(self) -> datetime: ...

    def move(self, seconds: float) -> None: ...


class KilledError(BaseException):
    """The process ends here."""


@dataclass
class Answers:
    """Upstreams: what they answer next (a Reply, or something to do), and what they were sent."""

    next: dict[Step, list[Reply | Callable[[], Reply]]] = field(default_factory=dict)
    calls: list[tuple[Step, tuple[object, ...]]] = field(default_factory=list)

    def of(self, step: Step, *answers: Reply | Callable[[], Reply]) -> None:
        self.next.setdefault(step, []).extend(answers)

    def answer(self, step: Step, *sent: object) -> Reply:
        self.calls.append((step, sent))
        queue = self.next.get(step, [])
        default = {Step.CREATE_PACKET: PACKET, Step.CREATE_INSTANCE: INSTANCE}.get(step, CONFIRMED)
        given = queue.pop(0) if queue else default
        return given if isinstance(given, Reply) else given()

    def create_packet(self, body: bytes) -> Reply:
        return self.answer(Step.CREATE_PACKET, body)

    def create_instance(self, body: bytes) -> Reply:
        return self.answer(Step.CREATE_INSTANCE, body)

    def accept(self, **sent: object) -> Reply:
        return self.answer(Step.ACCEPT, sent)

    def reject(self, **sent: object) -> Reply:
        return self.answer(Step.REJECT, sent)

    def steps(self) -> list[Step]:
        return [step for step, _ in self.calls]

    def bodies(self, step: Step) -> list[object]:
        return [sent[0] for each, sent in self.calls if each is step]


@dataclass
class Told:
    """Which upstream was called well or failing."""

    faults: dict[str, str] = field(default_factory=dict)

    def answered(self, party: str) -> None:
        self.faults.pop(party, None)

    def failing(self, party: str, fault: str) -> None:
        self.faults[party] = fault


@dataclass
class Bench:
    """One process's worker, and what tests do to a delivery."""

    store: SqliteStore
    clock: Clock
    upstreams: Answers
    sealer: Sealer
    new: Callable[..., NewDelivery]
    draw: Callable[[int], str]
    hears_events: bool = False
    health: Told = field(default_factory=Told)
    rules: Rules = field(
        default_factory=lambda: Rules(
            confirmation={Kind.BIRTH: Confirmation.CREDENTIAL, Kind.DEATH: Confirmation.EVENT},
            retry_limit=4,
            stale_after=timedelta(seconds=STALE_S),
        )
    )

    def __post_init__(self) -> None:
        self.breakers = Breakers(first_s=2, max_s=MAX_S, clock=lambda: self.clock().timestamp())

    def worker(self, owner: str = "a:1:1:") -> Worker:
        def body(payload: bytes, row: Delivery) -> bytes:
            return payload + b" under " + row.rid.encode()

        return Worker(
            store=self.store,
            steps=Steps(
                packet_manager=self.upstreams,
                workflow=self.upstreams,
                events=self.upstreams,
                sealer=self.sealer,
                packet_body=body,
                workflow_body=body,
            ),
            rules=self.rules,
            backoff=Backoff(first_s=2, max_s=MAX_S),
            breakers=self.breakers,
            health=self.health,
            owner=owner,
            lease=timedelta(seconds=60),
            draw_rid=self.draw,
            hears_events=lambda: self.hears_events,
            hand_on=lambda row: self.worker(owner).run(row.id),
            now=self.clock,
            random=random.Random(1),  # noqa: S311 - no secret
        )

    def put(self, **parts: object) -> Delivery:
        return self.store.accept(self.new(**parts), draw=self.draw, backlog_limit=99).delivery

    def run(self, row: Delivery, owner: str = "a:1:1:") -> Delivery:
        self.worker(owner).run(row.id)
        return self.now(row)

    def run_when_due(self, row: Delivery) -> Delivery:
        due = self.now(row).due_at
        assert due is not None
        self.clock.move((due - self.clock()).total_seconds())
        return self.run(row)

    def now(self, row: Delivery) -> Delivery:
        found = self.store.find(row.answered_rid)
        assert found is not None
        return found

    def credential(self, row: Delivery, identifier: str | None = NID, hub_event: str = "hub-1") -> Receipt:
        def judge(present: Delivery | None) -> tuple[Receipt, Delivery | None]:
            sealed = identifier and self.sealer.seal(
                identifier.encode(), place=place("credential", row.action_id)
            )
            return transitions.with_credential(present, sealed or None, self.clock(), self.rules)

        return self.receive(row, hub_event, judge)

    def outcome(self, row: Delivery, outcome: Outcome, code: str | None = None) -> Receipt:
        def judge(present: Delivery | None) -> tuple[Receipt, Delivery | None]:
            return transitions.with_outcome(present, outcome, code, self.clock(), self.rules)

        return self.receive(row, f"workflow-{outcome}", judge)

    def receive(self, row: Delivery, hub_event: str, judge: Callable[..., object]) -> Receipt:
        message = HubMessage(hub_event_id=hub_event, topic="t", rid=row.rid, body=b"sealed")
        return self.store.receive(message, judge).receipt


@pytest.fixture
def bench(
    store: SqliteStore,
    clock: Clock,
    sealer: Sealer,
    new_delivery: Callable[..., NewDelivery],
    draw: Callable[[int], str],
) -> Iterator[Bench]:
    return Bench(store=store, clock=clock, upstreams=Answers(), sealer=sealer, new=new_delivery, draw=draw)


def test_a_birth_waits_for_its_credential_and_confirms_it_once(bench: Bench) -> None:
    row = bench.run(bench.put())
    assert row.state is State.AWAITING
    assert row.payload is None, "no step needs it any more"
    assert bench.credential(row) is Receipt.STORED
    row = bench.run(row)
    assert row.state is State.CONFIRMED
    assert (row.payload, row.token, row.credential) == (None, None, None)
    assert row.closed_at is not None
    assert bench.upstreams.steps() == [Step.CREATE_PACKET, Step.CREATE_INSTANCE, Step.ACCEPT]
    assert bench.upstreams.bodies(Step.ACCEPT) == [
        {
            "event_id": row.event_id,
            "action_id": row.action_id,
            "transaction_id": row.transaction_id,
            "registration_number": "2026B0000000001",
            "identifier": NID,
            "stored_token": "token-of-the-action",
        }
    ]
    assert bench.run(row).state is State.CONFIRMED
    assert len(bench.upstreams.calls) == 3


@pytest.mark.parametrize("step", [Step.CREATE_PACKET, Step.CREATE_INSTANCE])
def test_a_credential_may_come_while_a_step_runs(bench: Bench, step: Step) -> None:
    """Before our own 202 was read, before workflowinstance returned: it is stored, and the rest finds it."""
    row = bench.put()
    answer = PACKET if step is Step.CREATE_PACKET else INSTANCE

    def deliver_first() -> Reply:
        assert bench.credential(row) is Receipt.STORED
        return answer

    bench.upstreams.of(step, deliver_first)
    assert bench.run(row).state is State.CONFIRMED
    assert bench.upstreams.steps() == [Step.CREATE_PACKET, Step.CREATE_INSTANCE, Step.ACCEPT]


def test_a_credential_may_come_before_anything_was_sent(bench: Bench) -> None:
    row = bench.put()
    assert bench.credential(row) is Receipt.STORED
    assert bench.run(row).state is State.CONFIRMED


def test_the_same_credential_again_accepts_nothing_again(bench: Bench) -> None:
    row = bench.run(bench.put())
    bench.credential(row)
    bench.run(row)
    assert bench.credential(row) is Receipt.STORED, "the same event: told again what became of it"
    assert bench.credential(row, hub_event="hub-2") is Receipt.LATE
    bench.run(row)
    assert bench.upstreams.steps().count(Step.ACCEPT) == 1


def test_a_second_try_sends_the_same_bytes(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_PACKET, TIMEOUT)
    bench.upstreams.of(Step.CREATE_INSTANCE, TIMEOUT)
    bench.upstreams.of(Step.ACCEPT, Reply(party="opencrvs", status=503))
    row = bench.run(bench.put())
    assert row.state is State.QUEUED
    row = bench.run_when_due(row)
    assert row.state is State.PACKET_SENT
    row = bench.run_when_due(row)
    bench.credential(row)
    row = bench.run(row)
    assert row.state is State.ANSWERED
    assert bench.run_when_due(row).state is State.CONFIRMED
    for step in (Step.CREATE_PACKET, Step.CREATE_INSTANCE, Step.ACCEPT):
        first, second = bench.upstreams.bodies(step)
        assert first == second


def test_tries_back_off_with_jitter_and_stop_at_the_limit(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_PACKET, *[Reply(party="packet_manager", status=503)] * 4)
    row = bench.put()
    waits = []
    for number in range(3):
        row = bench.run(row) if number == 0 else bench.run_when_due(row)
        assert row.due_at is not None
        waits.append((row.due_at - bench.clock()).total_seconds())
    for wait, whole in zip(waits, [2, 4, 8], strict=True):
        assert whole / 2 <= wait <= whole
    row = bench.run_when_due(row)
    assert (row.state, row.parked_from) == (State.PARKED, State.QUEUED)
    assert row.reason is not None
    assert (row.reason.code, row.reason.party) == ("upstream.unavailable", "packet_manager")
    assert bench.health.faults == {"packet_manager": "503"}


def test_retry_after_is_honoured_even_beyond_the_longest_delay(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_PACKET, Reply(party="packet_manager", status=503, retry_after=2 * MAX_S))
    row = bench.run(bench.put())
    assert row.due_at is not None
    assert row.due_at - bench.clock() >= timedelta(seconds=2 * MAX_S)
    bench.clock.move(MAX_S)
    assert bench.run(row).failures == 1, "not before"


def test_a_person_sends_a_parked_delivery_back_to_where_it_was(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_PACKET, NO_PROVIDER)
    row = bench.run(bench.put())
    assert row.state is State.PARKED
    assert row.reason is not None
    assert row.reason.code == "mosip.packet-manager.no-provider"
    again = bench.store.revise(row.rid, lambda each: transitions.retried(each, bench.clock(), bench.rules))
    assert again is not None
    assert (again.state, again.reason, again.failures) == (State.QUEUED, None, 0)
    bench.clock.move(MAX_S)
    assert bench.run(again).state is State.AWAITING


def test_no_provider_holds_back_the_others_of_its_process_only(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_PACKET, NO_PROVIDER)
    bench.run(bench.put())
    birth, death = bench.run(bench.put()), bench.run(bench.put(kind=Kind.DEATH))
    assert (birth.state, birth.failures) == (State.QUEUED, 0), "not tried, and not counted against it"
    assert death.state is State.CONFIRMED
    assert bench.run_when_due(birth).state is State.AWAITING


def test_present_before_is_success_only_for_who_sent_before(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_INSTANCE, TIMEOUT, PRESENT)
    row = bench.run(bench.put())
    assert row.instance_sent
    row = bench.run_when_due(row)
    assert (row.state, row.redraws) == (State.AWAITING, 0)


def test_a_foreign_rid_is_left_and_its_credential_with_it(bench: Bench) -> None:
    row = bench.put()

    def stranger() -> Reply:
        bench.credential(row, "1111111111111111")
        return PRESENT

    bench.upstreams.of(Step.CREATE_INSTANCE, stranger)
    now = bench.run(row)
    assert now.state is State.AWAITING
    assert now.rid != row.rid
    assert (now.answered_rid, now.redraws, now.credential) == (row.rid, 1, None)
    assert bench.credential(row, hub_event="late") is Receipt.UNKNOWN, "the first RID is not ours"
    assert bench.upstreams.steps() == [Step.CREATE_PACKET, Step.CREATE_INSTANCE] * 2


def test_what_never_left_does_not_count_as_sent(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_INSTANCE, UNCONNECTED, PRESENT)
    row = bench.run(bench.put())
    assert not row.instance_sent
    now = bench.run_when_due(row)
    assert now.rid != row.rid


def test_three_foreign_rids_park(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_INSTANCE, *[PRESENT] * 4)
    row = bench.run(bench.put())
    assert (row.state, row.redraws) == (State.PARKED, 3)
    assert row.reason is not None
    assert row.reason.code == "mosip.workflow.rid-taken"
    assert len(set(bench.upstreams.bodies(Step.CREATE_INSTANCE))) == 4


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REJECTED])
def test_a_refusal_of_mosip_rejects_the_registration(bench: Bench, outcome: Outcome) -> None:
    row = bench.run(bench.put())
    assert bench.outcome(row, outcome, "RPR-DDD-002") is Receipt.STORED
    row = bench.run(row)
    assert row.state is State.REJECTED
    assert row.reason is not None
    assert row.reason.code == f"mosip.workflow.{outcome.lower()}"
    assert "RPR-DDD-002" in row.reason.words
    assert bench.upstreams.steps()[-1] is Step.REJECT
    assert bench.credential(row) is Receipt.ORPHAN


def test_the_end_of_a_birth_s_workflow_is_no_identifier(bench: Bench) -> None:
    row = bench.run(bench.put())
    assert bench.outcome(row, Outcome.PROCESSED) is Receipt.STORED
    assert bench.run(row).state is State.AWAITING


def test_accept_of_a_rejected_action_leaves_an_orphan(bench: Bench) -> None:
    bench.upstreams.of(
        Step.ACCEPT, Reply(party="opencrvs", status=400, message="Action has already been rejected.")
    )
    row = bench.run(bench.put())
    bench.credential(row)
    assert bench.run(row).state is State.REJECTED
    assert bench.store.receipts() == {Receipt.ORPHAN: 1}


def test_a_death_waits_for_the_event_where_that_is_heard(bench: Bench) -> None:
    bench.hears_events = True
    row = bench.run(bench.put(kind=Kind.DEATH))
    assert row.state is State.AWAITING
    bench.outcome(row, Outcome.PROCESSED)
    assert bench.run(row).state is State.CONFIRMED


def test_a_death_is_confirmed_at_once_where_no_event_is_heard(bench: Bench) -> None:
    row = bench.run(bench.put(kind=Kind.DEATH))
    assert row.state is State.CONFIRMED


def test_a_death_that_the_core_closed_itself_was_told(bench: Bench) -> None:
    bench.upstreams.of(
        Step.ACCEPT, Reply(party="opencrvs", status=500, message="Action has already been accepted.")
    )
    assert bench.run(bench.put(kind=Kind.DEATH)).state is State.TOLD


def test_a_death_that_waits_for_nothing_is_told(bench: Bench) -> None:
    bench.rules = replace(bench.rules, confirmation={Kind.DEATH: Confirmation.NONE})
    row = bench.run(bench.put(kind=Kind.DEATH))
    assert (row.state, row.token) == (State.TOLD, None)
    assert Step.ACCEPT not in bench.upstreams.steps()


def test_a_credential_of_a_death_never_names_an_identifier(bench: Bench) -> None:
    bench.hears_events = True
    row = bench.run(bench.put(kind=Kind.DEATH))
    assert bench.credential(row) is Receipt.STORED
    assert bench.run(row).state is State.CONFIRMED
    sent = bench.upstreams.bodies(Step.ACCEPT)[0]
    assert isinstance(sent, dict)
    assert sent["identifier"] is None


def test_silence_parks_and_a_late_answer_sets_going_again(bench: Bench) -> None:
    row = bench.run(bench.put())
    bench.clock.move(STALE_S - 1)
    assert bench.run(row).state is State.AWAITING
    bench.clock.move(1)
    row = bench.run(row)
    assert row.state is State.PARKED
    assert row.reason is not None
    assert row.reason.code == "mosip.no-answer"
    assert bench.credential(row) is Receipt.STORED
    assert bench.run(row).state is State.CONFIRMED


def test_a_credential_for_a_parked_row_waits_for_a_person(bench: Bench) -> None:
    bench.upstreams.of(Step.CREATE_PACKET, NO_PROVIDER)
    row = bench.run(bench.put())
    assert bench.credential(row) is Receipt.STORED
    row = bench.run(row)
    assert row.state is State.PARKED
    assert row.credential is not None


def test_a_birth_s_credential_without_identifier_confirms_nothing(bench: Bench) -> None:
    row = bench.run(bench.put())
    assert bench.credential(row, None) is Receipt.REFUSED
    row = bench.now(row)
    assert row.state is State.PARKED
    assert row.reason is not None
    assert row.reason.code == "mosip.credential.no-identifier"


def test_the_end_of_the_workflow_does_not_take_it_from_the_person(bench: Bench) -> None:
    """It says nothing of the identifier: the birth would wait for a credential that has come already."""
    row = bench.run(bench.put())
    assert bench.credential(row, None) is Receipt.REFUSED
    bench.outcome(row, Outcome.PROCESSED)
    row = bench.run(row)
    assert row.state is State.PARKED
    assert row.reason is not None
    assert row.reason.code == "mosip.credential.no-identifier"
    assert bench.credential(row, NID, "hub-2") is Receipt.STORED
    assert bench.run(row).state is State.CONFIRMED


@pytest.mark.parametrize("step", [Step.CREATE_PACKET, Step.CREATE_INSTANCE])
def test_one_without_identifier_that_overtakes_mosip_s_answer_is_not_waited_for_again(
    bench: Bench, step: Step
) -> None:
    """Nobody sends it a second time; a good one that follows still confirms the birth."""
    row = bench.put()

    def answer() -> Reply:
        bench.credential(row, None)
        return PACKET if step is Step.CREATE_PACKET else INSTANCE

    bench.upstreams.of(step, answer)
    now = bench.run(row)
    assert now.state is State.PARKED
    assert now.reason is not None
    assert now.reason.code == "mosip.credential.no-identifier"
    if step is Step.CREATE_INSTANCE:
        bench.upstreams.of(step, PRESENT)
    assert bench.credential(row, NID, "hub-2") is Receipt.STORED
    assert bench.run(row).state is State.CONFIRMED


@pytest.mark.parametrize("at", [Step.CREATE_PACKET, Step.CREATE_INSTANCE, Step.ACCEPT])
@pytest.mark.parametrize("when", ["before it left", "after it was taken"])
def test_a_kill_at_any_call_loses_nothing(bench: Bench, at: Step, when: str) -> None:
    """The next start of the instance frees the lease and runs the step again, with the same ids."""
    taken: set[Step] = set()

    def die() -> Reply:
        if when == "after it was taken":
            taken.add(at)
        raise KilledError

    bench.upstreams.of(at, die)
    if at is Step.CREATE_INSTANCE and when == "after it was taken":
        bench.upstreams.of(at, PRESENT)
    row = bench.put()
    bench.credential(row)
    with pytest.raises(KilledError):
        bench.run(row)
    assert bench.now(row).lease_owner == "a:1:1:"
    bench.store.free_leases(owned_by="a:", but_not="a:2:")
    now = bench.run(row, owner="a:2:1:")
    assert (now.state, now.rid) == (State.CONFIRMED, row.rid)
    assert bench.upstreams.steps().count(at) == 2
    first, second = bench.upstreams.bodies(at)
    assert first == second


def test_a_kill_between_the_mark_and_the_call_may_not_cost_the_rid(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark was made, nothing left; the next try is an ordinary first one for MOSIP."""
    row = bench.put()
    held = bench.store.claim(row.id, owner="a:1:1:", lease=timedelta(seconds=60))
    assert held is not None
    held = bench.store.settle(held, lambda each: replace(each, state=State.PACKET_SENT))
    assert held is not None
    bench.store.settle(held, transitions.about_to_send)
    bench.store.free_leases(owned_by="a:")
    assert bench.run(row, owner="a:2:1:").state is State.AWAITING


def test_that_a_step_is_about_to_run_is_recorded_before_it_runs(bench: Bench) -> None:
    row = bench.put()

    def look() -> Reply:
        assert bench.now(row).instance_sent
        return INSTANCE

    bench.upstreams.of(Step.CREATE_INSTANCE, look)
    assert bench.run(row).state is State.AWAITING


def test_what_a_breaker_holds_back_is_not_recorded_as_about_to_run(bench: Bench) -> None:
    bench.breakers.failed(Step.CREATE_INSTANCE, Kind.BIRTH, 0, at_once=True)
    row = bench.run(bench.put())
    assert (row.state, row.instance_sent, row.lease_owner) == (State.PACKET_SENT, False, None)
    bench.upstreams.of(Step.CREATE_INSTANCE, PRESENT)
    assert bench.run_when_due(row).rid != row.rid, "a first try: the number is a stranger's"


def held(bench: Bench, seconds: float) -> Delivery:
    hold = Hold(owner="a:1:1:", until=bench.clock() + timedelta(seconds=seconds))
    return bench.store.accept(bench.new(), draw=bench.draw, backlog_limit=99, hold=hold).delivery


def test_what_is_held_is_not_claimed_again(bench: Bench) -> None:
    row = held(bench, 60)
    bench.worker().run(row.id, row)
    assert (bench.now(row).state, bench.now(row).attempt) == (State.AWAITING, 1)


def test_a_hold_that_waited_long_is_renewed_before_anything_is_sent(bench: Bench) -> None:
    row = held(bench, 60)
    bench.clock.move(59)

    def look() -> Reply:
        bench.clock.move(59)
        assert bench.store.claim(row.id, owner="b:1:1:", lease=timedelta(seconds=60)) is None
        return PACKET

    bench.upstreams.of(Step.CREATE_PACKET, look)
    bench.worker().run(row.id, row)
    assert bench.now(row).state is State.AWAITING


def test_a_hold_that_was_lost_sends_nothing(bench: Bench) -> None:
    row = held(bench, 60)
    bench.clock.move(60)
    assert bench.run(row, owner="b:1:1:").state is State.AWAITING
    sent = len(bench.upstreams.calls)
    bench.worker().run(row.id, row)
    assert len(bench.upstreams.calls) == sent


def test_who_lost_its_lease_leaves_the_row_to_the_other(bench: Bench) -> None:
    row = bench.put()

    def overtaken() -> Reply:
        bench.clock.move(61)
        bench.run(row, owner="b:1:1:")
        return Reply(party="packet_manager", status=400)

    bench.upstreams.of(Step.CREATE_PACKET, overtaken)
    assert bench.run(row).state is State.AWAITING, "its late verdict (park) counts for nothing"


def test_what_a_step_did_counts_only_for_the_state_it_ran_from(bench: Bench) -> None:
    row = bench.put()

    def moved() -> Reply:
        held = bench.store.claim(row.id, owner="x", lease=timedelta(0))
        assert held is None, "the worker holds it"
        present = bench.now(row)
        bench.store.settle(present, lambda each: transitions.parked(replace(each), None))
        return PACKET

    bench.upstreams.of(Step.CREATE_PACKET, moved)
    assert bench.run(row).state is State.PARKED


def test_a_sealed_value_of_another_row_parks(bench: Bench) -> None:
    row = bench.put()
    held = bench.store.claim(row.id, owner="x", lease=timedelta(seconds=1))
    assert held is not None
    foreign = bench.sealer.seal(b"payload", place=place("payload", "another action"))
    bench.store.settle(held, lambda each: replace(each, payload=foreign, lease_owner=None))
    now = bench.run(row)
    assert now.state is State.PARKED
    assert now.reason is not None
    assert now.reason.code == "bridge.row-unreadable"
    assert bench.upstreams.calls == []


def test_a_mistake_of_ours_is_a_reason_and_not_the_end_of_a_thread(bench: Bench) -> None:
    def mistake() -> Reply:
        raise KeyError("Amara Okello")

    bench.upstreams.of(Step.CREATE_PACKET, mistake)
    row = bench.run(bench.put())
    assert row.state is State.QUEUED
    assert row.reason is not None
    assert row.reason.code == "bridge.fault"
    assert "Amara" not in row.reason.words


def test_history_holds_nothing_personal(bench: Bench) -> None:
    row = bench.run(bench.put())
    bench.credential(row)
    bench.run(row)
    assert [each.state for each in bench.store.history(row.id)] == [
        State.QUEUED,
        State.PACKET_SENT,
        State.AWAITING,
        State.ANSWERED,
        State.CONFIRMED,
    ]
    assert NID not in repr(bench.store.history(row.id))
