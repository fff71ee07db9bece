"""Tokens, packets and workflows of MOSIP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import contracts
from bridge.http import Reply
from bridge.mosip.auth import MosipTokens
from bridge.mosip.packets import PacketManager
from bridge.mosip.workflow import WorkflowManager
from bridge.settings import Settings

HEADER, COOKIE = "Authorization", "Set-Cookie"


@pytest.fixture
def settings(upstream: Any, make_settings: Callable[..., Settings]) -> Settings:
    """All of MOSIP behind one upstream."""
    return make_settings(
        mosip_auth_url=f"{upstream.url}/auth",
        mosip_create_packet_url=f"{upstream.url}/createPacket",
        mosip_process_packet_url=f"{upstream.url}/workflowinstance",
    )


@pytest.fixture
def jwt(auth_key: Any) -> Callable[[float], str]:
    """A token that expires in so many seconds."""
    return lambda life: auth_key.rs256(
        {"alg": "RS256"}, {"exp": time.time() + life, "n": time.monotonic_ns()}
    )


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ([(HEADER, "abc.def")], "abc.def"),
        ([(COOKIE, "Authorization=abc; Path=/; HttpOnly")], "abc"),
        ([(COOKIE, "JSESSIONID=1; Path=/"), (COOKIE, "Authorization=abc")], "abc"),
        ([(COOKIE, "authorization=abc; Secure")], "abc"),
        ([(COOKIE, "Authorization=cGFkZGVk==; Path=/")], "cGFkZGVk=="),
        ([(HEADER, "Bearer abc")], "abc"),
        ([(COOKIE, "Authorization=; Path=/")], None),
        ([(COOKIE, "XAuthorization=abc")], None),
        ([(COOKIE, "Authorization=a b")], None),
        ([(COOKIE, 'Authorization="a,b"')], None),
        ([], None),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_a_token_tells_success(
    settings: Settings,
    upstream: Any,
    told: Any,
    headers: list[tuple[str, str]],
    token: str | None,
    status: int,
) -> None:
    errors = [{"errorCode": "500", "message": "401 Unauthorized"}]
    upstream.answer = lambda _: told(status=status, body={"errors": errors}, headers=headers)
    got = MosipTokens.for_packets(settings).token()
    if token is None:
        assert isinstance(got, Reply)
        assert (got.party, got.status, got.codes) == ("auth_manager", status, ("500",))
    else:
        assert got == token
    request = json.loads(upstream.seen[0].body)
    assert contracts.violations("mosip/authenticate.request", request) == []
    assert request["request"] == {
        "clientId": "mosip-crvs-client",
        "secretKey": "packet-secret",
        "appId": "admin",
    }


def test_kept_until_shortly_before_its_end(
    settings: Settings, upstream: Any, told: Any, jwt: Callable[[float], str]
) -> None:
    now = [time.time()]
    upstream.answer = lambda _: told(body={}, headers=[(HEADER, jwt(900))])
    tokens = MosipTokens.for_packets(settings)
    tokens._clock = lambda: now[0]
    first = tokens.token()
    now[0] += 860
    assert tokens.token() == first
    now[0] += 15
    assert tokens.token() != first
    assert len(upstream.seen) == 2


def test_short_lives_and_opaque_tokens_are_kept_a_while(
    settings: Settings, upstream: Any, told: Any, jwt: Callable[[float], str]
) -> None:
    for token in (jwt(2), "some-token"):
        upstream.answer = lambda _, token=token: told(body={}, headers=[(COOKIE, f"Authorization={token}")])
        tokens = MosipTokens.for_websub(settings)
        asked = len(upstream.seen)
        assert [tokens.token() for _ in range(3)] == [token] * 3
        assert len(upstream.seen) == asked + 1


@pytest.mark.parametrize("good", [True, False])
def test_waiting_threads_share_one_login(settings: Settings, upstream: Any, told: Any, good: bool) -> None:
    entered, release = threading.Event(), threading.Event()

    def answer(_: object) -> Any:
        entered.set()
        release.wait(5)
        return told(body={"errors": []}, headers=[(HEADER, "abc")] if good else [])

    upstream.answer = answer
    tokens = MosipTokens.for_packets(settings)
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(tokens.token())) for _ in range(6)]
    threads[0].start()
    assert entered.wait(5)
    for thread in threads[1:]:
        thread.start()
    deadline = time.monotonic() + 5
    while sum(thread.is_alive() for thread in threads) < 6 and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    release.set()
    for thread in threads:
        thread.join(5)
    assert len(got) == 6
    assert all((each == "abc") if good else isinstance(each, Reply) for each in got)
    assert len(upstream.seen) <= 2, "one login, or two when a thread came after the first had failed"


def test_a_refused_token_is_fetched_anew_once(settings: Settings, upstream: Any, told: Any) -> None:
    logins = iter(["old", "new", "newer"])

    def answer(seen: Any) -> Any:
        if seen.path == "/auth":
            return told(body={}, headers=[(HEADER, next(logins))])
        if "old" in seen.headers["cookie"]:
            return told(status=401, body={"response": None, "errors": [{"errorCode": "KER-ATH-401"}]})
        return told(body={"response": [{"id": "1"}], "errors": []})

    upstream.answer = answer
    reply = PacketManager.of(settings, MosipTokens.for_packets(settings)).create_packet(b'{"request":{}}')
    assert (reply.party, reply.status, reply.json) == (
        "packet_manager",
        200,
        {"response": [{"id": "1"}], "errors": []},
    )
    assert [(seen.method, seen.path) for seen in upstream.seen] == [
        ("POST", "/auth"),
        ("PUT", "/createPacket"),
        ("POST", "/auth"),
        ("PUT", "/createPacket"),
    ]
    assert upstream.seen[-1].headers["cookie"] == "Authorization=new"
    assert upstream.seen[-1].headers["content-type"] == "application/json"
    assert "authorization" not in upstream.seen[-1].headers


@pytest.mark.parametrize("status", [401, 403, 500])
def test_refused_for_good(settings: Settings, upstream: Any, told: Any, status: int) -> None:
    def answer(seen: Any) -> Any:
        if seen.path == "/auth":
            return told(body={}, headers=[(HEADER, "abc")])
        return told(status=status, body={"errors": [{"errorCode": f"KER-ATH-{status}"}]})

    upstream.answer = answer
    reply = WorkflowManager.of(settings, MosipTokens.for_packets(settings)).create_instance(b"{}")
    assert (reply.party, reply.status, reply.codes) == ("workflow", status, (f"KER-ATH-{status}",))
    calls = [seen.path for seen in upstream.seen]
    assert calls.count("/workflowinstance") == (2 if status == 401 else 1)


def test_no_login_means_no_call(settings: Settings, upstream: Any, told: Any) -> None:
    upstream.answer = lambda _: told(body={"errors": [{"errorCode": "KER-ATH-026"}]})
    reply = WorkflowManager.of(settings, MosipTokens.for_packets(settings)).create_instance(b"{}")
    assert (reply.party, reply.codes) == ("auth_manager", ("KER-ATH-026",))
    assert {seen.path for seen in upstream.seen} == {"/auth"}
