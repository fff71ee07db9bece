"""The whole bridge while it waits: by its doors, its operators' routes and its command."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from bridge.cli import main
from contracts import violations

EVENT = "cd193ddd-9d8f-422e-82df-596818fac5a1"
ACTION = "568e9da8-9c62-4df8-b245-8e0d68f8ca7b"
REJECT = "/events/event.actions.register.reject"
ACCEPT = "/events/event.actions.register.accept"
TRIGGER = "/trigger/events/birth/actions/REGISTER"
Start = Callable[..., Any]
Eventually = Callable[..., None]


def own_client(world: Any, **more: object) -> dict[str, object]:
    return {
        "opencrvs_auth_url": f"{world.url}/auth",
        "opencrvs_client_id": "client",
        "opencrvs_client_secret": "client-secret",
        "bridge_country_config_url": world.url,
        "bridge_reconcile_after_s": 60,
        **more,
    }


def one_record_waits(world: Any, hook: Callable[[], object]) -> None:
    """OpenCRVS has a registration that waits; its country configuration does ``hook`` when it is told."""
    entry = {
        "id": EVENT,
        "type": "birth",
        "trackingId": "7QX2MB",
        "flags": ["register:requested"],
        "updatedAt": "2026-11-23T09:00:00.000Z",
    }
    document = {"id": EVENT, "actions": [{"id": ACTION, "type": "REGISTER", "status": "Requested"}]}
    for token in (world.token(exp=9999999999), world.token()):
        world.script("/auth/token", {"body": {"access_token": token, "token_type": "Bearer"}})
    found = {"results": [entry], "total": 1}
    world.script("/events/event.search", {"body": [{"result": {"data": {"json": found}}}]})
    world.script("/events/event.get", {"body": [{"result": {"data": {"json": document}}}]})
    world.script(TRIGGER, {"status": 202, "body": {}, "before": hook})


def test_a_birth_is_confirmed_by_the_end_of_its_workflow_where_that_was_agreed(
    start_bridge: Start, world: Any
) -> None:
    caller = start_bridge(bridge_birth_confirmation="event").caller
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    assert caller.ended(rid, "PROCESSED").status == 200
    caller.wait_until(rid, "confirmed")
    assert world.at(ACCEPT)[0].json["0"]["json"]["declaration"] == {}


def test_a_credential_that_is_quicker_than_the_event_is_used(start_bridge: Start, world: Any) -> None:
    caller = start_bridge(bridge_birth_confirmation="event").caller
    rid = caller.register().json["transactionId"]
    caller.wait_until(rid, "awaiting")
    caller.credential(rid)
    caller.wait_until(rid, "confirmed")
    assert "child.nid" in world.at(ACCEPT)[0].json["0"]["json"]["declaration"]


def test_mosip_is_asked_about_silence_and_its_refusal_is_told(start_bridge: Start, world: Any) -> None:
    running = start_bridge(
        bridge_status_url=f"{world.url}/status", bridge_status_after_s=0.01, bridge_status_every_s=0.1
    )
    rid = running.caller.register().json["transactionId"]
    status = {"responsetime": "2026-11-23T10:00:00.000Z", "errors": None}
    told = [{"registrationId": rid, "statusCode": "REREGISTER"}]
    world.script("/status", {"body": {**status, "response": told}})
    row = running.caller.wait_until(rid, "rejected")
    assert row["reason"]["code"] == "mosip.workflow.failed"
    assert len(world.at(REJECT)) == 1


def test_silence_is_parked_and_the_hub_asked_again(start_bridge: Start, world: Any) -> None:
    running = start_bridge(bridge_stale_after_s=0.3)
    world.wait_for("/hub/", 2)
    rid = running.caller.register().json["transactionId"]
    row = running.caller.wait_until(rid, "parked")
    assert row["reason"]["code"] == "mosip.no-answer"
    world.wait_for("/hub/", 4)
    running.caller.credential(rid)
    running.caller.wait_until(rid, "confirmed")


def test_a_record_that_was_never_brought_is_found_and_driven(
    start_bridge: Start, world: Any, eventually: Eventually
) -> None:
    brought: list[Any] = []
    callers: list[Any] = []
    one_record_waits(world, lambda: brought.append(callers[0].register()))
    running = start_bridge(**own_client(world, bridge_reconcile_every_s=0.2))
    callers.append(running.caller)
    eventually(lambda: brought and running.bridge.store.of_event(EVENT))
    rid = brought[0].json["transactionId"]
    running.caller.wait_until(rid, "awaiting")
    assert world.at(TRIGGER)[0].headers["authorization"].startswith("Bearer ey")


def test_operators_see_findings_and_others_do_not(
    start_bridge: Start, world: Any, eventually: Eventually
) -> None:
    one_record_waits(world, lambda: None)
    running = start_bridge(**own_client(world, bridge_country_config_url=None))
    caller = running.caller
    eventually(running.bridge.store.findings)
    shown = caller.operator("GET", "/reconcile")
    assert shown.status == 200
    assert violations("bridge/reconcile.response", shown.json) == []
    (finding,) = shown.json["findings"]
    assert (finding["event_id"], finding["verdict"]) == (EVENT, "needs-person")
    assert finding["reason"]["code"] == "reconcile.never-seen"
    assert finding["waits_since"] == "2026-11-23T09:00:00.000Z"
    for path in ("/reconcile", "/quarantine"):
        assert caller.operator("GET", path, token="another").status == 401


def test_a_delivery_with_another_secret_is_taken_once_that_is_known(start_bridge: Start, world: Any) -> None:
    first = start_bridge()
    rid = first.caller.register().json["transactionId"]
    first.caller.wait_until(rid, "awaiting")
    raw = world.credential_event(rid=rid, certificate_number="2026B0000000001")
    assert first.caller.deliver(raw, secret="the-next-secret").status == 401
    shown = first.caller.operator("GET", "/quarantine").json
    assert violations("bridge/quarantine.response", shown) == []
    (kept,) = shown["kept"]
    assert kept["judged_by_present_secrets"] is True
    assert datetime.fromisoformat(kept["received_at"]) <= datetime.now(UTC)
    assert first.caller.state(rid) == "awaiting"
    first.stop()
    second = start_bridge(
        mosip_websub_secret="the-next-secret",
        bridge_websub_previous_secret="secret-between-hub-and-bridge",
    )
    second.caller.wait_until(rid, "confirmed")
    assert second.caller.operator("GET", "/quarantine").json["kept"] == []


@pytest.fixture
def command(world: Any, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`mosip-bridge reconcile` with the world's settings."""
    variables = {
        **environment,
        "MOSIP_WEBSUB_CALLBACK_URL": "http://127.0.0.1:1/websub/callback",
        **{name.upper(): str(value) for name, value in own_client(world).items()},
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(main, ["reconcile", *words])


def test_the_command_tells_what_needs_a_person_and_says_so_by_its_exit(
    command: Callable[..., Any], world: Any
) -> None:
    one_record_waits(world, lambda: None)
    told = command("--json")
    assert told.exit_code == 1, told.output
    (finding,) = json.loads(told.stdout)["findings"]
    assert finding["reason"]["code"] == "reconcile.not-sent-here"


def test_the_command_is_content_where_nothing_waits(command: Callable[..., Any], world: Any) -> None:
    token = {"access_token": world.token(exp=9999999999), "token_type": "Bearer"}
    world.script("/auth/token", {"body": token})
    nothing = {"results": [], "total": 0}
    world.script("/events/event.search", {"body": [{"result": {"data": {"json": nothing}}}]})
    told = command()
    assert (told.exit_code, told.stdout) == (0, "0 found\n"), told.output


def test_the_command_needs_an_opencrvs_and_a_client(
    command: Callable[..., Any], world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.script("/auth/token", {"status": 401, "body": {"error": "invalid_client"}})
    told = command()
    assert told.exit_code == 3
    assert "opencrvs_auth:401" in told.stderr
    monkeypatch.delenv("OPENCRVS_CLIENT_ID")
    monkeypatch.delenv("OPENCRVS_CLIENT_SECRET")
    told = command()
    assert told.exit_code == 3
    assert "OPENCRVS_CLIENT_ID" in told.stderr
