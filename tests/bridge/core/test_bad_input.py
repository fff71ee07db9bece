"""What the doors keep out: a 4xx that names field or reason, no delivery, no call to anybody."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from contracts import violations

Start = Callable[..., Any]


@pytest.fixture
def running(start_bridge: Start, world: Any, eventually: Callable[..., None]) -> Iterator[Any]:
    """A bridge that has subscribed; afterwards nothing may have been stored, and nobody called."""
    running = start_bridge()
    topics = running.bridge.subscription.topics
    eventually(lambda: all(running.bridge.subscription.state(topic) == "verified" for topic in topics))
    yield running
    assert running.bridge.store.counts() == {}
    assert {seen.path for seen in world.seen} <= {"/authenticate", "/hub/", "/.well-known"}


def _field(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda body: body["requestFields"].update({name: value})


def _without(*names: str) -> Callable[[dict[str, Any]], None]:
    def take_out(body: dict[str, Any]) -> None:
        for name in names:
            (body if name in body else body["requestFields"]).pop(name)

    return take_out


BODIES: list[tuple[str, Callable[[dict[str, Any]], None], int, str]] = [
    ("no number", _without("birthCertificateNumber"), 422, "/requestFields"),
    ("empty number", _field("birthCertificateNumber", ""), 422, "/requestFields"),
    ("both numbers", _field("deathCertificateNumber", "2026D1"), 400, "/requestFields"),
    ("name that MOSIP misreads", _field("fullName", "[Amara"), 422, "/requestFields/fullName"),
    ("name like an object", _field("fullName", "{Amara"), 422, "/requestFields/fullName"),
    ("no tracking id", _without("trackingId"), 400, "/trackingId"),
    ("no fields", _without("requestFields"), 400, "/requestFields"),
    ("wrong type", lambda body: body.update(requestFields="Amara"), 400, "/requestFields"),
    ("wrong type inside", lambda body: body.update(trackingId=7), 400, "/trackingId"),
]


@pytest.mark.parametrize(("name", "spoil", "status", "field"), BODIES, ids=[row[0] for row in BODIES])
def test_a_registration_that_says_something_wrong(
    running: Any,
    world: Any,
    good_registration: dict[str, Any],
    name: str,
    spoil: Callable[[dict[str, Any]], None],
    status: int,
    field: str,
) -> None:
    body = deepcopy(good_registration)
    spoil(body)
    answer = running.caller.post(json.dumps(body).encode(), token=world.token())
    assert answer.status == status
    assert violations("bridge/problem", answer.json) == []
    assert answer.json["field"].startswith(field)
    assert "Amara" not in answer.text


RAW = [
    ("malformed", b'{"trackingId": ', 400, "bridge.body.malformed"),
    ("empty", b"", 400, "bridge.body.malformed"),
    ("duplicate keys", b'{"trackingId":"1","trackingId":"2"}', 400, "bridge.body.duplicate-key"),
    ("no number at all", b'{"trackingId":NaN}', 400, "bridge.body.malformed"),
    ("lone surrogate", b'{"trackingId":"\\ud800"}', 400, "bridge.body.malformed"),
    ("deep", b"[" * 100 + b"]" * 100, 400, "bridge.body.too-deep"),
    ("large", b'"' + b"x" * (1024 * 1024) + b'"', 413, "bridge.http.request-entity-too-large"),
]


@pytest.mark.parametrize(("name", "raw", "status", "code"), RAW, ids=[row[0] for row in RAW])
def test_a_body_that_is_no_good_json(
    running: Any, world: Any, name: str, raw: bytes, status: int, code: str
) -> None:
    answer = running.caller.post(raw, token=world.token())
    assert (answer.status, answer.json["code"]) == (status, code)


TOKENS: list[tuple[str, dict[str, object], int]] = [
    ("expired", {"exp": int(time.time()) - 3600}, 401),
    ("without expiry", {"exp": None}, 401),
    ("of another issuer", {"iss": "somebody"}, 401),
    ("for another audience", {"aud": ["opencrvs:search-user"]}, 403),
    ("without the scope", {"scope": ["type=record.read"]}, 403),
    ("without a scope", {"scope": None}, 403),
    ("without an event", {"eventId": None}, 403),
    ("without an action", {"actionId": None}, 403),
]


@pytest.mark.parametrize(("name", "changed", "status"), TOKENS, ids=[row[0] for row in TOKENS])
def test_a_token_that_does_not_allow_it(
    running: Any,
    world: Any,
    good_registration: dict[str, Any],
    name: str,
    changed: dict[str, object],
    status: int,
) -> None:
    answer = running.caller.post(json.dumps(good_registration).encode(), token=world.token(**changed))
    assert answer.status == status
    assert answer.json["code"].startswith("bridge.token.")
    assert violations("bridge/problem", answer.json) == []


def _unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: None,
        lambda _: "no-token",
        _unsigned,
        lambda token: token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB"),
    ],
    ids=["absent", "no token", "alg none", "forged"],
)
def test_a_token_that_nobody_gave(
    running: Any, world: Any, good_registration: dict[str, Any], forge: Callable[[str], str | None]
) -> None:
    answer = running.caller.post(json.dumps(good_registration).encode(), token=forge(world.token()))
    assert answer.status == 401
    assert answer.json["code"].startswith("bridge.token.")


def test_a_callback_without_signature(running: Any, world: Any) -> None:
    raw = world.credential_event(rid="10001100040000120261123100000", certificate_number="2026B0000000001")
    answer = running.caller.deliver(raw, secret=None)
    assert (answer.status, answer.json["code"]) == (401, "bridge.callback.unsigned")
    assert running.bridge.store.receipts() == {}


def test_a_challenge_of_a_foreign_topic(running: Any) -> None:
    answer = running.caller.operator(
        "GET", "/websub/callback?hub.mode=subscribe&hub.topic=foreign&hub.challenge=echo-me"
    )
    assert answer.status == 404
    assert "echo-me" not in answer.text
