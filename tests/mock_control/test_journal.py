"""The journal: what it keeps, what it never keeps, and how it is waited on."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from mock_control import Incoming, Keys, current_exchange
from mock_control.client import WaitError

CREATE = "toy.packets.create"


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


JWT = f"{segment({'alg': 'RS256'})}.{segment({'sub': 'someone'})}.c2lnbmF0dXJl"
SECRETS: dict[str, dict[str, Any]] = {
    "bearer token": {"headers": {"Authorization": "Bearer secret-123"}},
    "cookie": {"headers": {"Cookie": "Authorization=secret-123; other=secret-123"}},
    "api key": {"headers": {"X-API-Key": "secret-123"}},
    "JSON": {"json": {"request": {"secretKey": "secret-123", "list": [{"client_secret": "secret-123"}]}}},
    "form": {"data": {"client_secret": "secret-123", "hub.secret": "secret-123", "grant_type": "x"}},
    "token exchange": {"data": {"subject_token": "secret-123", "code": "secret-123"}},
    "query": {"params": {"access_token": "secret-123", "password": "secret-123"}},
    "broken JSON": {
        "data": '{"secretKey": "secret-123", "password" : "secret-123',
        "headers": {"Content-Type": "application/json"},
    },
    "JSON as text": {"data": '{"a": {"secretKey": "secret-123"}, "a": 1}'},
    "signed token under any name": {"json": {"anything": f"see {JWT}"}},
    "signed token in a path's query": {"params": {"input": JWT}},
    "address that one comes from": {"headers": {"Referer": "https://crvs.example/back?code=secret-123&x=1"}},
    "authorization code in JSON": {"json": {"clientId": "crvs", "redirectUri": "x:y", "code": "secret-123"}},
}


@pytest.mark.parametrize("sent", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("path", ["/login", "/unknown"])
def test_no_secret_is_ever_in_the_journal(toy: Any, path: str, sent: dict[str, Any]) -> None:
    toy.call("POST", path, **sent)

    kept = json.dumps(toy.admin.journal().entries)

    for secret in ("secret-123", "secret-issued", "secret-cookie", JWT, JWT.partition(".")[2]):
        assert secret not in kept


@pytest.mark.parametrize(
    "path",
    [
        "/auth/secret-123/partner/secret-456",
        "/auth/secret-123/partner",
        "/auth/secret-123/partner/secret-456/more",
        "/elsewhere/auth/secret-known/partner/x",
    ],
    ids=["a route's", "of too few parts", "of too many", "under another base"],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_no_secret_is_in_a_path(toy: Any, method: str, path: str) -> None:
    toy.control.hide("secret-known")
    toy.call(method, path)

    (entry,) = toy.admin.journal().entries

    assert "secret-" not in json.dumps(entry)
    assert entry["path"].count("[secret ") >= 1


def test_of_a_path_all_but_the_secrets_is_kept(toy: Any) -> None:
    toy.call("POST", "/auth/secret-123/partner/secret-123?x=1")

    (entry,) = toy.admin.journal().entries

    first, second = (f"[secret {part[:8]}]" for part in entry["path"].split("[secret ")[1:])
    assert first == second
    assert entry["path"] == f"/auth/{first}/partner/{second}?x=1"


def test_an_error_code_is_no_secret(toy: Any) -> None:
    toy.create(errors=[{"code": "KER-001"}])

    (entry,) = toy.admin.journal().entries

    assert entry["request"]["json"] == {"errors": [{"code": "KER-001"}]}


def test_a_secret_used_twice_is_seen_to_be_the_same(toy: Any) -> None:
    for token in ("secret-1", "secret-1", "secret-2"):
        toy.call("POST", "/login", headers={"Authorization": f"Bearer {token}"})

    shown = [entry["request"]["headers"]["Authorization"] for entry in toy.admin.journal().entries]

    assert shown[0] == shown[1] != shown[2]
    assert shown[0].startswith("Bearer [secret ")


def test_an_exchange_is_kept_whole(toy: Any) -> None:
    toy.call("POST", "/packets?a=1", json={"rid": "R1", "n": 1.5}, headers={"traceparent": "00-aa-bb-01"})

    (entry,) = toy.admin.journal().entries

    assert entry["party"] == "toy"
    assert (entry["operation"], entry["kind"], entry["direction"]) == (CREATE, "route", "in")
    assert (entry["method"], entry["path"], entry["status"], entry["state"]) == (
        "POST",
        "/packets?a=1",
        200,
        "closed",
    )
    assert entry["request"]["json"] == {"rid": "R1", "n": 1.5}
    assert json.loads(entry["request"]["body"]) == {"rid": "R1", "n": 1.5}
    assert entry["response"]["json"]["told"] == {"rid": "R1", "n": 1.5}
    assert entry["keys"]["strong"] == {"rid": "R1"}
    assert entry["traceparent"] == "00-aa-bb-01"
    assert entry["peer"] == "127.0.0.1"
    assert entry["duration_ms"] >= 0
    assert entry["time"].endswith("Z")


def test_an_unknown_path_is_kept_with_the_nearest_known(toy: Any) -> None:
    toy.call("PUT", "/packet", data="{broken")
    toy.call("GET", "/login")

    first, second = toy.admin.journal().entries

    assert (first["operation"], first["status"], first["owner"]) == (None, 404, None)
    assert "POST /packets" in first["near"]
    assert first["request"]["body"] == "{broken"
    assert (second["status"], second["near"][0]) == (405, "POST /login")


def test_contracts_are_checked_and_recorded_not_enforced(toy: Any) -> None:
    answers = [
        toy.call("POST", "/auth", data=body, headers={"Content-Type": "application/json"}).status_code
        for body in ('{"request": 7}', "{broken", "")
    ]

    entries = toy.admin.journal().entries

    assert answers == [200, 200, 200]
    for entry in entries:
        assert {each["contract"] for each in entry["violations"]} == {
            "mosip/authenticate.request",
            "mosip/authenticate.response",
        }
        assert {each["side"] for each in entry["violations"]} == {"request", "response"}


def test_a_refusal_is_not_checked_against_the_contract_of_success(toy: Any) -> None:
    toy.admin.fault(at="toy.auth.authenticate", scope="everyone", do={"status": 500})
    toy.call("POST", "/auth", json={"request": 7})

    (entry,) = toy.admin.journal().entries

    assert {each["side"] for each in entry["violations"]} == {"request"}


def test_a_large_body_is_kept_as_its_hash_and_head(toy: Any) -> None:
    body = json.dumps({"document": "x" * 40_000, "rid": "R1", "password": "secret-123"}).encode()
    toy.call("POST", "/packets", data=body, headers={"Content-Type": "application/json"})

    (entry,) = toy.admin.journal().entries

    request = entry["request"]
    assert (request["length"], request["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert len(request["body"]) == 1024
    assert request["json"]["rid"] == "R1"
    assert len(request["json"]["document"]) < 200
    assert "secret-123" not in json.dumps(entry)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        b'{"a": "\\ud800"}',
        b'{"a": 123456789012345678901234567890}',
        b'{"a": NaN}',
        b"[" * 900 + b"]" * 900,
        b"[" * 100_000,
    ],
    ids=["no text", "lone surrogate", "big number", "NaN", "deep", "deep and broken"],
)
def test_hostile_bodies_can_not_spoil_the_journal(toy: Any, body: bytes) -> None:
    answer = toy.call("POST", "/packets", data=body, headers={"Content-Type": "application/json"})
    toy.create(rid="R1")

    entries = toy.admin.journal().entries

    assert answer.status_code == 200
    assert [entry["operation"] for entry in entries] == [CREATE, CREATE]


def test_values_beyond_the_parser_can_not_spoil_the_journal(toy: Any) -> None:
    def stage(_: str | None) -> None:
        current_exchange().view({"big": 2**70, "lone": "\ud800"})
        current_exchange().effect("packet-stored", rid="\ud800", process="X")

    toy.control.stage("toy.workflow.mint", keys=Keys(strong={"rid": "\ud800"}), run=stage)

    (entry,) = toy.admin.journal().entries

    assert entry["view"]["big"] == 2**70


def test_the_ring_is_bounded_and_says_what_it_dropped(make_toy: Any) -> None:
    toy = make_toy(journal_bytes=20_000)
    for number in range(12):
        toy.create(rid=f"R{number}", filler="x" * 2_000)

    page = toy.admin.journal()

    assert page.dropped + len(page.entries) == 12
    assert 0 < len(page.entries) < 12
    assert page.entries[-1]["keys"]["strong"]["rid"] == "R11"


def test_without_a_journal_operations_still_work(make_toy: Any) -> None:
    toy = make_toy(journal=False)

    assert toy.create().status_code == 200
    assert toy.call("GET", "/unknown").status_code == 404
    assert toy.admin.health()["journal"] is False
    toy.admin.reserve(scenario="one#1", actions=[{"owner": "one#1/birth.registration", "action_id": "A1"}])
    toy.admin.fault(at=CREATE, scenario="one#1", do={"status": 500})
    assert [toy.create(action=action).status_code for action in ("A1", "A2")] == [500, 200]


def test_filters_limit_and_paging(toy: Any, reserve: Callable[..., str]) -> None:
    owner = reserve("one#1", rid="R1")
    for rid in ("R1", "R2", "R1"):
        toy.create(rid=rid)
    toy.call("GET", "/packets/R1")

    def rids(**query: Any) -> list[str]:
        return [entry["keys"]["strong"]["rid"] for entry in toy.admin.journal(**query).entries]

    assert rids(owner=owner) == ["R1", "R1", "R1"]
    assert rids(scenario="one#1", operation=CREATE) == ["R1", "R1"]
    first = toy.admin.journal(limit=2)
    assert [entry["keys"]["strong"]["rid"] for entry in first.entries] == ["R1", "R2"]
    assert rids(after=first.last) == ["R1", "R1"]
    assert rids(after=toy.admin.journal().last) == []


def test_a_long_poll_wakes_when_something_happens(toy: Any) -> None:
    with ThreadPoolExecutor(1) as background:
        page = background.submit(toy.admin.journal, after=toy.admin.journal().last, wait=10, operation=CREATE)
        toy.call("POST", "/login")
        assert not page.done()
        toy.create(rid="R1")

        assert [entry["operation"] for entry in page.result(5).entries] == [CREATE]


def test_the_stream_sends_entries_as_events(toy: Any) -> None:
    toy.create(rid="R1")
    with requests.get(
        f"{toy.url}/__admin/journal/stream",
        headers={"Authorization": "Bearer admin-token-of-the-tests"},
        stream=True,
        timeout=5,
    ) as answer:
        lines = itertools.islice(answer.iter_lines(decode_unicode=True), 2)
        event_id, data = lines

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert event_id.startswith("id: ")
    assert json.loads(data.removeprefix("data: "))["operation"] == CREATE


def test_cause_links_what_follows(toy: Any, receiver: Any) -> None:
    sent = threading.Event()

    def mint(_: str | None) -> None:
        current_exchange().effect("identity-minted", rid="R1", uin="1", vid="2")
        toy.send(receiver.url, Keys(strong={"rid": "R1"}), view={"decrypted": True})
        sent.set()

    def serve(_: Incoming) -> Any:
        from mock_control import Answer

        toy.control.timers.soon(
            lambda: toy.control.stage("toy.workflow.mint", keys=Keys(), run=mint), what="minting"
        )
        return Answer()

    toy.control.perform(CREATE, Incoming(method="POST", path="/packets"), serve)
    assert sent.wait(5)
    toy.admin.wait_for("toy.workflow.mint", within=5)

    request, message, stage = toy.admin.journal().entries

    assert (request["cause"], stage["cause"], message["cause"]) == (None, request["id"], stage["id"])
    assert stage["effects"] == [{"name": "identity-minted", "rid": "R1", "uin": "1", "vid": "2"}]
    assert (message["direction"], message["view"], message["status"]) == ("out", {"decrypted": True}, 202)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:1/nobody", "connect"),
        ("http://[::1", "connect"),
        ("ftp://127.0.0.1/x", "connect"),
        ("no url", "connect"),
    ],
)
def test_a_message_that_can_not_be_sent_says_why(toy: Any, url: str, error: str) -> None:
    assert [each.error for each in toy.send(url)] == [error]


def test_a_failing_view_is_kept_and_closed(toy: Any) -> None:
    class BrokenError(Exception):
        pass

    def serve(_: Incoming) -> Any:
        raise BrokenError

    with pytest.raises(BrokenError):
        toy.control.perform(CREATE, Incoming(method="POST", path="/packets"), serve)

    (entry,) = toy.admin.journal().entries
    assert (entry["state"], entry["status"], entry["error"]) == ("closed", 500, "BrokenError")


def test_wait_for_finds_what_was_and_what_comes(toy: Any, reserve: Callable[..., str]) -> None:
    owner = reserve("one#1", rid="R1")
    toy.create(rid="R1")
    with ThreadPoolExecutor(1) as background:
        found = background.submit(toy.admin.wait_for, CREATE, owner=owner, count=2, within=5)
        toy.create(rid="R2")
        toy.create(rid="R1")

        assert [entry["keys"]["strong"]["rid"] for entry in found.result(5)] == ["R1", "R1"]


def test_wait_for_that_gives_up_shows_what_came_nearest(toy: Any, reserve: Callable[..., str]) -> None:
    owner = reserve("one#1", rid="R1")
    toy.call("GET", "/packets/R1")
    toy.create(rid="R2")
    toy.call("POST", "/login")

    with pytest.raises(WaitError) as gave_up:
        toy.admin.wait_for(CREATE, owner=owner, within=0)

    differs = [miss.differs for miss in gave_up.value.seen]
    assert differs == [
        "its owner is unknown",
        "its operation is toy.packets.read",
        "its operation is toy.auth.login",
    ]
    assert "0 of 1" in gave_up.value.message


def test_of_a_cookie_all_but_the_secret_is_kept(toy: Any) -> None:
    toy.call("POST", "/login", headers={"Cookie": "Authorization=secret-123; lang=secret-456"})

    (entry,) = toy.admin.journal().entries

    set_cookie, cookie = entry["response"]["headers"]["Set-Cookie"], entry["request"]["headers"]["Cookie"]
    assert set_cookie.startswith("Authorization=[secret ")
    assert set_cookie.endswith("; Path=/; HttpOnly")
    assert [pair.partition("=")[0] for pair in cookie.split("; ")] == ["Authorization", "lang"]


def test_an_exchange_that_a_reset_overtakes_is_not_kept(toy: Any) -> None:
    begun, reset = threading.Event(), threading.Event()

    def serve(_: Incoming) -> Any:
        from mock_control import Answer

        begun.set()
        assert reset.wait(5)
        current_exchange().effect("packet-stored", rid="R1", process="CRVS_NEW")
        return Answer()

    with ThreadPoolExecutor(1) as background:
        served = background.submit(
            toy.control.perform, CREATE, Incoming(method="POST", path="/packets"), serve
        )
        assert begun.wait(5)
        toy.admin.reset()
        reset.set()
        assert served.result(5).status == 200

    assert toy.admin.journal().entries == []
