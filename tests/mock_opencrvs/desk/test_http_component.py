"""HTTP: what it sends, what it stores of an answer, of an error and of silence, and when it calls."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

from mock_control import Control, ControlSettings, Keys, OperationSpec
from mock_opencrvs.desk.http_component import HttpComponent, HttpConfiguration, Sending

OPERATION = OperationSpec(name="opencrvs.desk.call", kind="message", help="a call of the test")
FAILED = {"verificationStatus": "failed"}
LIMIT_MS = 300
PATIENCE_S, DRIPS = 5.0, 80


def component(url: str, *, control: Control | None = None, **configuration: Any) -> HttpComponent:
    if control is None:
        control = Control(party="opencrvs", settings=ControlSettings(admin_token=None))
        control.register(OPERATION)
    given = {"method": "POST", "error_value": FAILED, **configuration}
    sending = Sending(operation=OPERATION.name, keys=Keys(), token="user-token")
    return HttpComponent(HttpConfiguration(url=url, **given), sending=sending, send=control.send)


def called(url: str, **configuration: Any) -> tuple[dict[str, Any], int | None]:
    made = component(url, **configuration)
    made.call()
    assert made.value is not None
    return made.value.to_json(), made.value.status


def good(data: Any) -> dict[str, Any]:
    return {"loading": False, "error": None, "data": data}


def bad(message: str, status: int | None = None, data: Any = FAILED) -> dict[str, Any]:
    error = {"message": message} if status is None else {"statusCode": status, "message": message}
    return {"loading": False, "error": error, "data": data}


NO_JSON = bad("The answer is not JSON")
ANSWERS = [
    # status, content type, body, value
    (200, "application/json", b'{"a": [1, null]}', good({"a": [1, None]})),
    (200, "application/json; charset=utf-8", '{"n": "Ñandú"}'.encode(), good({"n": "Ñandú"})),
    (201, "application/problem+json", b"7", good(7)),
    (200, None, b'{"a": 1}', good({"a": 1})),
    (200, "text/plain; charset=utf-8", b"verified", good("verified")),
    (200, "text/html", b'{"a": 1}', good('{"a": 1}')),
    (200, "text/plain", b"\xff!", good("�!")),
    (200, "application/json", b"", NO_JSON),
    (204, None, b"", NO_JSON),
    (200, "application/json", b"<html>", NO_JSON),
    (200, "application/json", b'{"a": NaN}', NO_JSON),
    (200, "application/json", b"[" * 900 + b"]" * 900, NO_JSON),
    (400, "application/json", b'{"error": "x"}', bad("Bad Request", 400)),
    (401, "application/json", b'{"error": "Unauthorized"}', bad("Unauthorized", 401)),
    (500, "text/plain", b"verified", bad("Internal Server Error", 500)),
    (503, "application/json", b"{}", bad("Service Unavailable", 503)),
    (599, "application/json", b"{}", bad("HTTP error", 599)),
]


@pytest.mark.parametrize(("status", "kind", "body", "value"), ANSWERS)
def test_what_an_answer_becomes(
    callee: Any, status: int, kind: str | None, body: bytes, value: dict[str, Any]
) -> None:
    callee.answers(status, kind, body)
    assert called(callee.url) == (value, status)


def test_without_an_error_value_the_data_is_null(callee: Any) -> None:
    callee.answers(502, "text/html", b"<h1>Bad gateway")
    assert called(callee.url, error_value=None)[0] == bad("Bad Gateway", 502, data=None)


def hangs(callee: Any) -> None:
    callee.serve = lambda _: callee.over.wait(PATIENCE_S)


def trickles_body(callee: Any) -> None:
    """A byte now and then, so that no single read is late."""

    def serve(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(DRIPS):
            if not callee.over.wait(PATIENCE_S / DRIPS):
                handler.wfile.write(b" ")

    callee.serve = serve


def trickles_headers(callee: Any) -> None:
    def serve(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(DRIPS):
            if not callee.over.wait(PATIENCE_S / DRIPS):
                handler.wfile.write(b"X-Slow: 1\r\n")

    callee.serve = serve


@pytest.mark.parametrize("slow", [hangs, trickles_body, trickles_headers])
def test_the_time_out_limits_the_whole(callee: Any, slow: Any) -> None:
    slow(callee)
    begun = time.monotonic()
    assert called(callee.url, timeout_ms=LIMIT_MS) == (bad("The request timed out.", 408), None)
    assert LIMIT_MS / 1000 <= time.monotonic() - begun < PATIENCE_S


def test_who_answers_in_time_is_heard(callee: Any) -> None:
    def serve(handler: Any) -> None:
        callee.over.wait(LIMIT_MS / 1000)
        callee.answers(200, "text/plain", b"late but there")
        callee.serve(handler)

    callee.serve = serve
    assert called(callee.url, timeout_ms=20 * LIMIT_MS) == (good("late but there"), 200)


def test_default_time_out_is_fifteen_seconds() -> None:
    assert HttpConfiguration(url="/", method="GET").timeout_ms == 15_000


def test_nobody_there_and_a_cut_connection(callee: Any) -> None:
    with socket.socket() as bound:  # bound, but nobody listens
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert called(url) == (bad("Failed to fetch"), None)
    callee.serve = lambda handler: handler.connection.close()
    assert called(callee.url) == (bad("Failed to fetch"), None)


@pytest.mark.parametrize(
    ("how", "value"), [("delivered", bad("The request timed out.", 408)), ("failed", bad("Failed to fetch"))]
)
def test_a_call_that_is_lost_on_the_way(callee: Any, how: str, value: dict[str, Any]) -> None:
    control = Control(party="opencrvs", settings=ControlSettings(admin_token=None))
    control.register(OPERATION)
    control.gates.set({"at": OPERATION.name, "scope": "everyone", "when": "before", "do": "lose", "as": how})
    made = component(callee.url, control=control)
    made.call()
    assert made.value is not None
    assert made.value.to_json() == value
    assert callee.received == []


def test_what_is_sent(callee: Any) -> None:
    callee.answers(200, "application/json", b"{}")
    called(
        f"{callee.url}/esignet/get-oidp-user-info",
        params={"code": "a b&c=d", "state": "noop", "nonce": None},
        body={"clientId": "c", "redirectUri": "http://x/?y=1#z"},
    )
    [sent] = callee.received
    assert (sent.method, sent.path) == ("POST", "/esignet/get-oidp-user-info?code=a+b%26c%3Dd&state=noop")
    assert json.loads(sent.body) == {"clientId": "c", "redirectUri": "http://x/?y=1#z"}
    assert sent.headers["authorization"] == "Bearer user-token"
    assert sent.headers["content-type"] == "application/json"


def test_without_a_body_no_content_type_and_own_headers_win(callee: Any) -> None:
    callee.answers(200, "application/json", b"{}")
    called(callee.url, method="GET", headers={"Authorization": "Basic eA==", "X-Own": "1"})
    [sent] = callee.received
    assert (sent.method, sent.path, sent.body) == ("GET", "/", b"")
    assert "content-type" not in sent.headers
    assert (sent.headers["authorization"], sent.headers["x-own"]) == ("Basic eA==", "1")


@pytest.mark.parametrize(
    ("values", "calls"),
    [
        ([], 0),
        ([None, None], 0),
        ([{"data": {"code": "1"}}], 1),
        ([{"data": {"code": "1"}}, {"data": {"code": "1"}}], 1),
        ([{"data": {"code": "1"}}, None, {"data": {"code": "1"}}], 1),
        ([{"data": {"code": "1"}}, {"data": {"code": "2"}}], 2),
    ],
)
def test_it_calls_when_its_trigger_is_new(callee: Any, values: list[Any], calls: int) -> None:
    callee.answers(200, "application/json", b"{}")
    made = component(callee.url)
    for value in values:
        made.watch(value)
    assert len(callee.received) == calls
    assert (made.value is None) == (calls == 0)
