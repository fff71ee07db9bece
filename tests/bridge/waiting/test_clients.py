"""How MOSIP is asked for statuses and OpenCRVS for records: over real sockets, by the contracts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.http import Reply
from bridge.mosip.status import RegistrationStatus, Statuses
from bridge.records import Records, pending_registration
from bridge.settings import Settings, SettingsError, load_settings
from contracts import violations

EVENT = "cd193ddd-9d8f-422e-82df-596818fac5a1"
ACTION = "568e9da8-9c62-4df8-b245-8e0d68f8ca7b"
SEARCH, GET = "/events/event.search", "/events/event.get"
Make = Callable[..., Settings]
RIDS = ("10001100040000120261123100000", "10001100040000220261123100000")


@pytest.fixture
def settings(world: Any, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Make:
    """Settings for the world, with these changed."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def make(**given: object) -> Settings:
        own = {
            "mosip_websub_callback_url": "http://127.0.0.1:1/websub/callback",
            "opencrvs_auth_url": f"{world.url}/auth",
            "opencrvs_client_id": "client",
            "opencrvs_client_secret": "client-secret",
            "bridge_country_config_url": f"{world.url}/",
            "bridge_status_url": f"{world.url}/status",
            "bridge_status_client_id": "status-client",
            "bridge_status_client_secret": "status-secret",
        }
        return load_settings({**own, **given})

    return make


def found(*entries: dict[str, object]) -> dict[str, object]:
    return {"body": [{"result": {"data": {"json": {"results": list(entries), "total": len(entries)}}}}]}


def entry(event_id: str = EVENT, **changed: object) -> dict[str, object]:
    return {
        "id": event_id,
        "type": "birth",
        "trackingId": "7QX2MB",
        "flags": ["register:requested"],
        "updatedAt": "2026-11-23T09:00:00.000Z",
        "declaration": {"child.name": {"firstname": "Amara"}},
        **changed,
    }


def grant(world: Any) -> None:
    world.script(
        "/auth/token", {"body": {"access_token": world.token(exp=9999999999), "token_type": "Bearer"}}
    )


def test_statuses_are_asked_for_by_the_contract_and_as_their_own_client(world: Any, settings: Make) -> None:
    answer = {
        "id": "mosip.registration.external.status",
        "version": "1.0",
        "responsetime": "2026-11-23T10:00:00.000Z",
        "response": [{"registrationId": RIDS[0], "statusCode": "UIN_GENERATED", "additionalInfoReqId": None}],
        "errors": [{"errorCode": "RPR-RGS-031", "message": "RID Not Found", "registrationId": RIDS[1]}],
    }
    assert violations("mosip/registration-status.response", answer) == []
    world.script("/status", {"body": answer})
    status = RegistrationStatus.of(settings())
    assert status is not None
    assert status.ask(RIDS) == Statuses(known={RIDS[0]: "UIN_GENERATED"}, unknown=frozenset({RIDS[1]}))
    asked = world.at("/status")[0]
    assert violations("mosip/registration-status.request", asked.json) == []
    assert asked.headers["cookie"].startswith("Authorization=")
    assert world.at("/authenticate")[0].json["request"]["clientId"] == "status-client"


def test_the_packet_client_asks_where_no_other_is_named(world: Any, settings: Make) -> None:
    status = RegistrationStatus.of(settings(bridge_status_client_id=None, bridge_status_client_secret=None))
    assert status is not None
    world.script("/status", {"status": 403, "body": {"errors": [{"errorCode": "KER-ATH-403"}]}})
    reply = status.ask(RIDS)
    assert isinstance(reply, Reply)
    assert reply.status == 403
    assert world.at("/authenticate")[0].json["request"]["clientId"] == "mosip-crvs-client"


def test_half_a_client_is_no_setting(settings: Make) -> None:
    with pytest.raises(SettingsError, match="BRIDGE_STATUS_CLIENT_SECRET: goes together"):
        settings(bridge_status_client_secret=None)


def test_nobody_is_asked_where_nothing_is_set(settings: Make) -> None:
    nothing = settings(bridge_status_url=None, opencrvs_client_id=None, opencrvs_client_secret=None)
    assert RegistrationStatus.of(nothing) is None
    assert Records.of(nothing) is None


def test_records_are_searched_by_their_flag_page_by_page(world: Any, settings: Make) -> None:
    grant(world)
    many = [entry(f"cd193ddd-9d8f-422e-82df-{number:012}") for number in range(100)]
    world.script(SEARCH, found(*many), found(entry()))
    records = Records.of(settings())
    assert records is not None
    waiting = records.waiting()
    assert isinstance(waiting, list)
    assert len(waiting) == 101
    assert (waiting[-1].event_id, waiting[-1].kind, waiting[-1].tracking_id) == (EVENT, "birth", "7QX2MB")
    assert waiting[-1].changed_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert len(world.at(SEARCH)) == 2
    assert len(world.at("/auth/token")) == 1, "one token for all of it"


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "../../admin"},
        {"type": "birth/../../x"},
        {"flags": ["register:rejected"]},
        {"flags": None},
        {"updatedAt": "yesterday"},
        {"updatedAt": "2026-11-23T09:00:00"},
        {"id": 7},
    ],
)
def test_an_entry_that_is_none_is_left_out(world: Any, settings: Make, odd: dict[str, object]) -> None:
    grant(world)
    world.script(
        SEARCH, found(entry(**{"event_id": EVENT, **odd}) if "id" not in odd else {**entry(), **odd})
    )
    records = Records.of(settings())
    assert records is not None
    assert records.waiting() == []


def test_a_token_that_is_refused_is_asked_for_again_once(world: Any, settings: Make) -> None:
    grant(world)
    grant(world)
    refusal = {"statusCode": 401, "error": "Unauthorized", "message": "Invalid token"}
    world.script(SEARCH, {"status": 401, "body": refusal}, found(entry()))
    records = Records.of(settings())
    assert records is not None
    assert isinstance(records.waiting(), list)
    assert len(world.at("/auth/token")) == 2


def test_a_refusal_is_the_answer(world: Any, settings: Make) -> None:
    grant(world)
    error = {"message": "FORBIDDEN", "code": -32003, "data": {"code": "FORBIDDEN", "httpStatus": 403}}
    world.script(SEARCH, {"status": 403, "body": [{"error": {"json": error}}]})
    records = Records.of(settings())
    assert records is not None
    reply = records.waiting()
    assert isinstance(reply, Reply)
    assert (reply.status, reply.codes) == (403, ("FORBIDDEN",))


def test_a_record_is_read_in_either_version_s_form(world: Any, settings: Make) -> None:
    grant(world)
    document = {"id": EVENT, "actions": []}
    invalid = {"message": "[]", "code": -32600, "data": {"code": "BAD_REQUEST", "httpStatus": 400}}
    world.script(
        GET,
        {"status": 400, "body": [{"error": {"json": invalid}}]},
        {"body": [{"result": {"data": {"json": document}}}]},
    )
    records = Records.of(settings())
    assert records is not None
    assert records.document(EVENT) == document
    assert len(world.at(GET)) == 2


def test_the_country_configuration_is_told_as_core_tells_it(world: Any, settings: Make) -> None:
    world.script("/trigger/events/birth/actions/REGISTER", {"status": 202, "body": {}})
    records = Records.of(settings())
    assert records is not None
    document = {"id": EVENT, "actions": [{"id": ACTION, "type": "REGISTER", "status": "Requested"}]}
    assert records.hand_over(document, kind="birth", token="action-token").status == 202
    (asked,) = world.at("/trigger/events/birth/actions/REGISTER")
    assert json.loads(asked.body) == document
    assert asked.headers["authorization"] == "Bearer action-token"


def action(action_id: object = ACTION, status: str = "Requested", **more: object) -> dict[str, object]:
    return {"id": action_id, "type": "REGISTER", "status": status, **more}


@pytest.mark.parametrize(
    ("actions", "pending"),
    [
        ([action()], ACTION),
        ([action(), action("x", "Accepted", originalActionId=ACTION)], None),
        ([action(type="DECLARE")], None),
        ([action("not-a-uuid")], None),
        ([action(7)], None),
        (["text"], None),
        (None, None),
    ],
)
def test_the_one_registration_that_waits(actions: object, pending: str | None) -> None:
    given: Any = {"actions": actions}
    assert pending_registration(given) == pending
