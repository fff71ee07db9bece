"""The whole bridge by its doors: real HTTP in, real HTTP out to a small MOSIP and OpenCRVS."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.store import SqliteStore
from contracts import violations

NID = "7058649208312401"
OTHER_ACTION = "66d115ca-d5d4-41b0-a3e6-d164fffabe62"
Start = Callable[..., Any]
Eventually = Callable[..., None]
ACCEPT = "/events/event.actions.register.accept"
REJECT = "/events/event.actions.register.reject"


def test_a_birth_becomes_an_identifier_in_the_record(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller
    answer = caller.register()
    assert answer.status == 202
    assert violations("bridge/registration.response", answer.json) == []
    rid = answer.json["transactionId"]
    caller.wait_until(rid, "awaiting")
    packet, instance = world.at("/createPacket")[0].json, world.at("/workflowinstance")[0].json
    assert violations("mosip/create-packet.request", packet) == []
    assert violations("mosip/workflow-instance.request", instance) == []
    assert packet["request"]["id"] == instance["request"]["registrationId"] == rid
    acknowledged = caller.credential(rid)
    assert acknowledged.status == 200
    assert violations("bridge/websub-acknowledgement.response", acknowledged.json) == []
    assert acknowledged.json["event"]["status"] == "RECEIVED"
    caller.wait_until(rid, "confirmed")
    accept = world.at(ACCEPT)[0].json["0"]["json"]
    assert accept["declaration"] == {"child.nid": NID}
    assert accept["registrationNumber"] == "2026B0000000001"
    assert accept["eventId"] == "cd193ddd-9d8f-422e-82df-596818fac5a1"
    assert accept["actionId"] == "568e9da8-9c62-4df8-b245-8e0d68f8ca7b"


def test_a_confirmed_row_keeps_no_secret_and_no_person(
    start_bridge: Start, world: Any, environment: dict[str, str]
) -> None:
    running = start_bridge()
    rid = running.caller.register().json["transactionId"]
    running.caller.wait_until(rid, "awaiting")
    running.caller.credential(rid)
    running.caller.wait_until(rid, "confirmed")
    running.stop()
    database = Path(environment["SQLITE_DATABASE_PATH"])
    stored = b"".join(path.read_bytes() for path in database.parent.glob("bridge.db*"))
    for secret in (b"Amara", b"Okello", NID.encode(), b"eyJhbGciOi", b"grace@example.org"):
        assert secret not in stored


def test_a_death_waits_for_the_end_of_its_workflow(
    start_bridge: Start, world: Any, eventually: Eventually
) -> None:
    running = start_bridge()
    topic = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
    eventually(lambda: running.bridge.subscription.state(topic) == "verified")
    rid = running.caller.register(kind="death", certificate="2026D0000000001").json["transactionId"]
    running.caller.wait_until(rid, "awaiting")
    assert running.caller.ended(rid, "PROCESSED").status == 200
    running.caller.wait_until(rid, "confirmed")
    accept = world.at(ACCEPT)[0].json["0"]["json"]
    assert accept["declaration"] == {}


def test_a_refusal_of_mosip_comes_back_as_a_reject(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    caller.ended(rid, "FAILED")
    row = caller.wait_until(rid, "rejected")
    assert len(world.at(REJECT)) == 1
    assert row["reason"]["code"] == "mosip.workflow.failed"
    orphan = caller.credential(rid)
    assert orphan.status == 200
    assert caller.state(rid) == "rejected"


def test_the_same_action_again_has_the_same_answer_and_sends_nothing(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: caller.register(), range(8)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    rid = answers[0].json["transactionId"]
    caller.wait_until(rid, "awaiting")
    caller.credential(rid)
    caller.wait_until(rid, "confirmed")
    assert caller.register().text == answers[0].text
    assert (len(world.at("/createPacket")), len(world.at("/workflowinstance"))) == (1, 1)
    conflict = caller.register(certificate="2026B0000000002")
    assert (conflict.status, conflict.json["code"]) == (409, "bridge.registration.conflict")
    assert violations("bridge/problem", conflict.json) == []


def test_copies_of_one_event_in_parallel_accept_once(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    raw = world.credential_event(rid=rid, certificate_number="2026B0000000001")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: caller.deliver(raw), range(8)))
    assert {answer.status for answer in answers} == {200}
    caller.wait_until(rid, "confirmed")
    assert len(world.at(ACCEPT)) == 1


def test_a_credential_that_comes_before_our_own_202_is_used(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller

    def deliver() -> None:
        rid = world.at("/createPacket")[0].json["request"]["id"]
        assert caller.credential(rid).status == 200

    world.script("/createPacket", {"before": deliver})
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "confirmed")
    assert len(world.at("/workflowinstance")) == 1


def test_opencrvs_down_at_confirm_only_delays(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    world.script(ACCEPT, *[{"status": 503}] * 3)
    assert caller.credential(rid).status == 200
    caller.wait_until(rid, "confirmed")
    transactions = {seen.json["0"]["json"]["transactionId"] for seen in world.at(ACCEPT)}
    assert len(world.at(ACCEPT)) == 4
    assert len(transactions) == 1


def test_a_swallowed_failure_of_the_packet_manager_starts_no_workflow(
    start_bridge: Start, world: Any
) -> None:
    caller = start_bridge().caller
    nothing = {"body": {"response": None, "errors": []}}
    world.script("/createPacket", *[nothing] * 6)
    rid = caller.register().json["transactionId"]
    row = caller.wait_until(rid, "parked")
    assert row["reason"]["code"] == "mosip.packet-manager.not-stored"
    assert len(world.at("/createPacket")) == 6
    assert world.at("/workflowinstance") == []
    retried = caller.operator("POST", f"/deliveries/{rid}/retry")
    assert retried.status == 202
    caller.wait_until(rid, "awaiting")
    assert {seen.json["request"]["id"] for seen in world.at("/createPacket")} == {rid}


def test_a_forged_credential_changes_nothing(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    raw = world.credential_event(rid=rid, certificate_number="2026B0000000001")
    for secret in (None, "another secret"):
        refused = caller.deliver(raw, secret=secret)
        assert refused.status == 401
        assert violations("bridge/problem", refused.json) == []
    assert caller.state(rid) == "awaiting"
    assert caller.credential(rid).status == 200
    caller.wait_until(rid, "confirmed")
    assert len(world.at(ACCEPT)) == 1


def test_a_credential_of_another_certificate_is_not_believed(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    answer = caller.credential(rid, certificate="2026B9999999999")
    assert (answer.status, answer.json["event"]["status"]) == (200, "ERROR")
    row = caller.operator("GET", f"/deliveries/{rid}").json
    assert (row["state"], row["reason"]["code"]) == ("awaiting", "mosip.credential.subject-mismatch")
    caller.credential(rid)
    caller.wait_until(rid, "confirmed")


def test_a_credential_for_nobody_is_acknowledged_and_kept(start_bridge: Start) -> None:
    running = start_bridge()
    answer = running.caller.credential("10001100040009920261123100000")
    assert (answer.status, answer.json["event"]["status"]) == (200, "ERROR")
    assert running.bridge.store.receipts() == {"unknown": 1}


def test_a_full_backlog_refuses_before_any_row(start_bridge: Start, world: Any) -> None:
    gate = threading.Event()
    world.script("/createPacket", {"before": lambda: gate.wait(20)})
    running = start_bridge(bridge_backlog_limit=1)
    first = running.caller.register()
    refused = running.caller.register(action_id=OTHER_ACTION)
    again = running.caller.register()
    gate.set()
    assert (refused.status, refused.json["code"]) == (503, "bridge.backlog-full")
    assert int(refused.headers["Retry-After"]) > 0
    assert (again.status, again.text) == (202, first.text)
    running.caller.wait_until(first.json["transactionId"], "awaiting")
    assert sum(running.bridge.store.counts().values()) == 1


def test_retry_after_of_an_upstream_is_honoured(start_bridge: Start, world: Any) -> None:
    running = start_bridge()
    world.script("/createPacket", {"status": 429, "headers": {"Retry-After": "3600"}})
    rid = running.caller.register().json["transactionId"]
    world.wait_for("/createPacket")
    running.bridge.lanes.drain(5)
    row = running.bridge.store.find(rid)
    assert (row.due_at - row.updated_at).total_seconds() >= 3599


def test_closing_lets_a_running_step_end_and_frees_what_it_held(
    start_bridge: Start, world: Any, environment: dict[str, str]
) -> None:
    gate, closing = threading.Event(), threading.Event()
    world.script("/createPacket", {"before": lambda: gate.wait(20)})
    running = start_bridge()
    rid = running.caller.register().json["transactionId"]
    world.wait_for("/createPacket")

    def close() -> None:
        closing.set()
        running.stop()

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(close)
        closing.wait(20)
        gate.set()
        ended.result(20)
    assert len(world.at("/createPacket")) == 1
    store = SqliteStore(Path(environment["SQLITE_DATABASE_PATH"]))
    try:
        for name in ("sweeper", "subscription"):
            assert store.take_lease(name, owner="next", lease=timedelta(0)), "nobody has to wait for it"
    finally:
        store.close()
    again = start_bridge()
    again.caller.wait_until(rid, "awaiting")
    assert len(world.at("/createPacket")) == 1, "what the drained step did was kept"


def test_it_starts_and_serves_while_mosip_is_down_and_says_so(
    start_bridge: Start, world: Any, eventually: Eventually
) -> None:
    world.script("/authenticate", *[{"status": 503}] * 4)
    caller = start_bridge().caller
    world.wait_for("/authenticate", 2)
    health = caller.operator("GET", "/health", token="")
    assert (health.status, health.json) == (200, {"status": "ok"})
    ready = caller.operator("GET", "/ready", token="")
    assert ready.status == 503
    assert violations("bridge/ready.response", ready.json) == []
    assert not ready.json["checks"]["subscription"]["ok"]
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    eventually(lambda: caller.operator("GET", "/ready", token="").status == 200)


def test_ready_comes_with_the_hub_s_question_and_not_with_its_202(
    start_bridge: Start, world: Any, eventually: Eventually
) -> None:
    world.verifies = False
    running = start_bridge()
    asked = world.wait_for("/hub/", 2)
    assert running.caller.operator("GET", "/ready").status == 503
    world.verifies = True
    world.wait_for("/hub/", len(asked) + 2)
    eventually(lambda: running.caller.operator("GET", "/ready").status == 200)


def test_a_foreign_challenge_is_not_echoed(start_bridge: Start) -> None:
    caller = start_bridge().caller
    for query in (
        "hub.mode=subscribe&hub.topic=other&hub.challenge=c",
        "hub.mode=unsubscribe&hub.topic=opencrvs-partner/CREDENTIAL_ISSUED&hub.challenge=c",
        "",
    ):
        assert caller.operator("GET", f"/websub/callback?{query}").status == 404


def test_operators_see_work_and_no_person(start_bridge: Start, world: Any) -> None:
    caller = start_bridge().caller
    rids = [
        caller.register(action_id=f"568e9da8-9c62-4df8-b245-8e0d68f8ca{number:02}").json["transactionId"]
        for number in range(3)
    ]
    for rid in rids:
        caller.wait_until(rid, "awaiting")
    page = caller.operator("GET", "/deliveries?state=awaiting&limit=2")
    assert violations("bridge/deliveries.response", page.json) == []
    assert len(page.json["deliveries"]) == 2
    rest = caller.operator("GET", f"/deliveries?state=awaiting&limit=2&after={page.json['next']}")
    assert [each["rid"] for each in page.json["deliveries"] + rest.json["deliveries"]] == rids
    assert rest.json["next"] is None
    for shown in (page.text, caller.operator("GET", f"/deliveries/{rids[0]}").text):
        assert "Okello" not in shown
        assert "eyJ" not in shown


@pytest.mark.parametrize("token", ["", "wrong-token-of-nobody"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/deliveries"), ("GET", "/deliveries/1"), ("POST", "/deliveries/1/retry")]
)
def test_operators_routes_want_their_token(start_bridge: Start, method: str, path: str, token: str) -> None:
    answer = start_bridge().caller.operator(method, path, token)
    assert (answer.status, answer.json["code"]) == (401, "bridge.operator.unauthorized")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/deliveries?state=lost", 400, "bridge.deliveries.bad-state"),
        ("GET", "/deliveries?limit=many", 400, "bridge.deliveries.bad-number"),
        ("GET", "/deliveries/1", 404, "bridge.deliveries.unknown"),
        ("POST", "/deliveries/1/retry", 404, "bridge.deliveries.unknown"),
        ("GET", "/nowhere", 404, "bridge.http.not-found"),
        ("DELETE", "/health", 405, "bridge.http.method-not-allowed"),
        ("GET", "/events/registration", 405, "bridge.http.method-not-allowed"),
    ],
)
def test_every_refusal_is_a_problem(
    start_bridge: Start, method: str, path: str, status: int, code: str
) -> None:
    answer = start_bridge().caller.operator(method, path)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Correlation-Id"] == answer.json["correlationId"]
    assert violations("bridge/problem", answer.json) == []


def test_only_a_parked_delivery_is_retried(start_bridge: Start) -> None:
    caller = start_bridge().caller
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    answer = caller.operator("POST", f"/deliveries/{rid}/retry")
    assert (answer.status, answer.json["code"]) == (409, "bridge.deliveries.not-parked")


def test_two_processes_share_one_store(start_bridge: Start, world: Any) -> None:
    """A registration at one, its credential at the other; the hub is asked by one of them only."""
    one, other = start_bridge(), start_bridge()
    rid = one.caller.register().json["transactionId"]
    other.caller.wait_until(rid, "awaiting")
    assert other.caller.credential(rid).status == 200
    one.caller.wait_until(rid, "confirmed")
    assert len(world.at(ACCEPT)) == 1
    callbacks = {seen.body.decode().split("hub.callback=")[1].split("&")[0] for seen in world.at("/hub/")}
    assert len(callbacks) == 1


def test_the_packet_is_what_json_says(start_bridge: Start, world: Any) -> None:
    """Multi-language values travel as text that holds JSON."""
    caller = start_bridge().caller
    caller.wait_until(caller.register().json["transactionId"], "awaiting")
    fields = world.at("/createPacket")[0].json["request"]["fields"]
    assert json.loads(fields["fullName"]) == [{"language": "eng", "value": "Amara Okello"}]
