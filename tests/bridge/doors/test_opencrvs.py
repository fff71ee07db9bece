"""Accept and reject, with whose authority, and what the answers say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

import contracts
from bridge.http import Reply
from bridge.opencrvs import Events, read_answer
from bridge.settings import Settings

EVENT = "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"
ACTION = "0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002"
ACCEPTED = [{"result": {"data": {"json": {"id": EVENT, "type": "birth", "actions": []}}}}]
ACCEPT = "/events/event.actions.register.accept?batch=1"
REJECT = "/events/event.actions.register.reject?batch=1"


def trpc(status: int, code: str, message: str) -> list[object]:
    return [
        {
            "error": {
                "json": {"message": message, "code": -32600, "data": {"code": code, "httpStatus": status}}
            }
        }
    ]


@pytest.fixture
def stored(auth_key: Any) -> Callable[[float], str]:
    """A stored action token that expires in so many seconds."""
    return lambda life: auth_key.rs256({"alg": "RS256"}, {"exp": time.time() + life})


@pytest.fixture
def make_events(upstream: Any, make_settings: Callable[..., Settings]) -> Callable[..., Events]:
    """Events behind the upstream; with a system client of our own where wanted."""

    def make(*, client: bool = False, **given: object) -> Events:
        own = {
            "opencrvs_client_id": "client",
            "opencrvs_client_secret": "client-secret",
            "opencrvs_auth_url": f"{upstream.url}/auth",
        }
        return Events.of(
            make_settings(opencrvs_gateway_url=upstream.url + "/", **(own if client else {}), **given)
        )

    return make


def accept(events: Events, token: str, identifier: str | None = "4170936258") -> Reply:
    return events.accept(
        event_id=EVENT,
        action_id=ACTION,
        transaction_id="mosip-interop-1",
        registration_number="K3V9Q0ZT7M2A",
        identifier=identifier,
        stored_token=token,
    )


def test_accept_of_a_birth(
    make_events: Callable[..., Events], upstream: Any, told: Any, stored: Callable[[float], str]
) -> None:
    upstream.answer = lambda _: told(body=ACCEPTED)
    token = stored(3600)
    reply = accept(make_events(), token)
    assert (reply.party, reply.status, reply.error, reply.codes) == ("opencrvs", 200, None, ())
    seen = upstream.seen[0]
    assert (seen.method, seen.path, seen.headers["authorization"]) == ("POST", ACCEPT, f"Bearer {token}")
    body = json.loads(seen.body)
    assert body == {
        "0": {
            "json": {
                "transactionId": "mosip-interop-1",
                "eventId": EVENT,
                "actionId": ACTION,
                "registrationNumber": "K3V9Q0ZT7M2A",
                "declaration": {"child.nid": "4170936258"},
            }
        }
    }
    assert contracts.violations("opencrvs/register-accept.input", body["0"]["json"]) == []


def test_the_identifier_goes_into_the_field_of_the_country(
    make_events: Callable[..., Events], upstream: Any, told: Any, stored: Callable[[float], str]
) -> None:
    upstream.answer = lambda _: told(body=ACCEPTED)
    accept(make_events(bridge_identifier_field="enfant.numeroPersonnel"), stored(3600))
    declaration = json.loads(upstream.seen[0].body)["0"]["json"]["declaration"]
    assert declaration == {"enfant.numeroPersonnel": "4170936258"}


def test_a_death_has_no_number_of_a_child(
    make_events: Callable[..., Events], upstream: Any, told: Any, stored: Callable[[float], str]
) -> None:
    upstream.answer = lambda _: told(body=ACCEPTED)
    accept(make_events(), stored(3600), identifier=None)
    assert json.loads(upstream.seen[0].body)["0"]["json"]["declaration"] == {}
    assert b"null" not in upstream.seen[0].body


def test_reject(
    make_events: Callable[..., Events], upstream: Any, told: Any, stored: Callable[[float], str]
) -> None:
    upstream.answer = lambda _: told(body=ACCEPTED)
    reply = make_events().reject(
        event_id=EVENT, action_id=ACTION, transaction_id="t", stored_token=stored(3600)
    )
    assert reply.status == 200
    assert upstream.seen[0].path == REJECT
    call = json.loads(upstream.seen[0].body)["0"]["json"]
    assert call == {"transactionId": "t", "eventId": EVENT, "actionId": ACTION}
    assert contracts.violations("opencrvs/register-reject.input", call) == []


GATEWAY_401 = {
    "statusCode": 401,
    "error": "Unauthorized",
    "message": "Expired token",
    "attributes": {"error": "x"},
}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, ACCEPTED, (200, None, (), None)),
        (200, ACCEPTED[0], (200, None, (), None)),
        (
            400,
            trpc(400, "BAD_REQUEST", "Action has already been rejected."),
            (400, None, ("BAD_REQUEST",), "Action has already been rejected."),
        ),
        (400, trpc(400, "BAD_REQUEST", '[{"value":"Amara"}]'), (400, None, ("BAD_REQUEST",), None)),
        (
            404,
            trpc(404, "NOT_FOUND", f"Event not found with ID: {EVENT}"),
            (404, None, ("NOT_FOUND",), "Event not found"),
        ),
        (403, trpc(403, "FORBIDDEN", "FORBIDDEN"), (403, None, ("FORBIDDEN",), "FORBIDDEN")),
        (
            500,
            trpc(500, "INTERNAL_SERVER_ERROR", "Internal server error"),
            (500, None, ("INTERNAL_SERVER_ERROR",), "Internal server error"),
        ),
        (200, trpc(409, "CONFLICT", "You are Amara"), (409, None, ("CONFLICT",), None)),
        (401, GATEWAY_401, (401, None, (), "Expired token")),
        (
            404,
            {"message": "Not found", "code": "NOT_FOUND", "data": {"code": "NOT_FOUND"}},
            (404, None, ("NOT_FOUND",), None),
        ),
        (200, {"status": "ok"}, (200, "not-json", (), None)),
        (200, [], (200, "not-json", (), None)),
        (200, [*ACCEPTED, *ACCEPTED], (200, "not-json", (), None)),
        (200, "welcome", (200, "not-json", (), None)),
        (200, [{"result": {}}], (200, "not-json", (), None)),
        (502, "bad gateway", (502, "not-json", (), None)),
    ],
)
def test_answers(status: int, body: Any, expected: tuple[object, ...]) -> None:
    reply = read_answer(Reply(party="opencrvs", status=status, json=body))
    assert (reply.status, reply.error, reply.codes, reply.message) == expected
    assert "Amara" not in repr(reply)


def authorise(
    upstream: Any, told: Any, auth_key: Any, *, gateway: Callable[[Any], Any]
) -> list[dict[str, str]]:
    """An auth service that gives a system token and exchanges it; returns the parameters that it got."""
    asked: list[dict[str, str]] = []

    def answer(seen: Any) -> Any:
        if not seen.path.startswith("/auth/token"):
            return gateway(seen)
        parameters = dict(parse_qsl(seen.path.partition("?")[2] or seen.body.decode()))
        asked.append(parameters)
        name = "system" if parameters["grant_type"] == "client_credentials" else "action"
        claims = {"exp": time.time() + 600, "name": name}
        return told(body={"access_token": auth_key.rs256({"alg": "RS256"}, claims), "token_type": "Bearer"})

    upstream.answer = answer
    return asked


@pytest.mark.parametrize("life", [None, 30, -5], ids=["absent", "near-its-end", "over"])
def test_own_authority_where_the_stored_token_is_no_good(
    make_events: Callable[..., Events],
    upstream: Any,
    told: Any,
    auth_key: Any,
    stored: Callable[[float], str],
    life: float | None,
) -> None:
    asked = authorise(upstream, told, auth_key, gateway=lambda _: told(body=ACCEPTED))
    token = "" if life is None else stored(life)
    assert accept(make_events(client=True), token).status == 200
    assert asked[0] == {
        "grant_type": "client_credentials",
        "client_id": "client",
        "client_secret": "client-secret",
    }
    assert asked[1]["grant_type"] == "urn:opencrvs:oauth:grant-type:token-exchange"
    assert (asked[1]["event_id"], asked[1]["action_id"]) == (EVENT, ACTION)
    used = [seen.headers["authorization"] for seen in upstream.seen if seen.path == ACCEPT]
    assert len(used) == 1
    assert not token or token not in used[0]
    assert not any("secret" in seen.path for seen in upstream.seen), "no secret in a URL"


def test_a_refused_stored_token_is_replaced_once(
    make_events: Callable[..., Events],
    upstream: Any,
    told: Any,
    auth_key: Any,
    stored: Callable[[float], str],
) -> None:
    asked = authorise(upstream, told, auth_key, gateway=lambda _: told(status=401, body=GATEWAY_401))
    events = make_events(client=True)
    for _ in range(2):
        assert (accept(events, stored(3600)).status, len(upstream.seen)) != (200, 0)
    grants = [parameters["grant_type"] for parameters in asked]
    assert grants.count("client_credentials") == 1, "the system token is kept"
    assert len([seen for seen in upstream.seen if seen.path == ACCEPT]) == 4


def test_without_a_client_the_stored_token_is_all(
    make_events: Callable[..., Events], upstream: Any, told: Any, stored: Callable[[float], str]
) -> None:
    upstream.answer = lambda _: told(status=401, body=GATEWAY_401)
    reply = accept(make_events(), stored(10))
    assert (reply.party, reply.status, reply.message) == ("opencrvs", 401, "Expired token")
    assert len(upstream.seen) == 1


def test_a_refused_client_is_told_as_such(
    make_events: Callable[..., Events], upstream: Any, told: Any
) -> None:
    upstream.answer = lambda _: told(status=401, body={"error": "invalid_client", "error_description": "x"})
    reply = accept(make_events(client=True), "")
    assert (reply.party, reply.status, reply.codes) == ("opencrvs_auth", 401, ("invalid_client",))
    assert all(seen.path == "/auth/token" for seen in upstream.seen)


def test_older_auth_services_read_the_query(
    make_events: Callable[..., Events], upstream: Any, told: Any, auth_key: Any
) -> None:
    asked = authorise(upstream, told, auth_key, gateway=lambda _: told(body=ACCEPTED))
    accept(make_events(client=True, bridge_opencrvs_auth_parameters="query"), "")
    assert asked[0]["client_id"] == "client"
    assert "client_id=client" in upstream.seen[0].path
