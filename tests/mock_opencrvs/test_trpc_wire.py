"""tRPC on the wire: envelopes, batches, statuses, methods, content types (trpc/trpc 11.8.1 with
superjson).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

NOWHERE = "00000000-0000-4000-8000-000000000000"
GET = "/events/event.get"
ACCEPT = "/events/event.actions.register.accept?batch=1"
JSON_TYPE = {"Content-Type": "application/json"}


def test_one_call_with_and_without_batch(opencrvs: Any, registrar: Any) -> None:
    event = registrar.create()
    batched = opencrvs.call("event.get", {"eventId": event["id"]}, registrar.token)
    alone = opencrvs.call("event.get", {"eventId": event["id"]}, registrar.token, batch=False)
    assert (batched.status_code, alone.status_code) == (200, 200)
    assert batched.headers["Content-Type"] == "application/json"
    assert [set(each) for each in batched.json()] == [{"result"}]
    assert batched.json()[0]["result"]["data"]["json"]["id"] == event["id"]
    assert alone.json()["result"]["data"]["json"]["id"] == event["id"]
    assert "meta" not in alone.json()["result"]["data"]


def test_query_by_get_takes_its_input_from_the_url(opencrvs: Any, registrar: Any) -> None:
    event = registrar.create()
    given = quote(json.dumps({"0": {"json": {"eventId": event["id"]}}}))
    assert opencrvs.http("GET", f"{GET}?batch=1&input={given}", token=registrar.token).status_code == 200
    alone = quote(json.dumps({"json": {"eventId": event["id"]}}))
    assert opencrvs.http("GET", f"{GET}?input={alone}", token=registrar.token).status_code == 200


def test_several_calls_answer_in_order(opencrvs: Any, registrar: Any) -> None:
    events = [registrar.create()["id"], registrar.create("death")["id"]]
    body = {str(index): {"json": {"eventId": each}} for index, each in enumerate(events)}
    answer = opencrvs.http("POST", f"{GET},event.get?batch=1", token=registrar.token, json=body)
    assert answer.status_code == 200
    assert [each["result"]["data"]["json"]["id"] for each in answer.json()] == events


@pytest.mark.parametrize(
    ("second", "status", "codes"),
    [
        ({"eventId": NOWHERE}, 207, [None, "NOT_FOUND"]),
        ({"eventId": "no uuid"}, 207, [None, "BAD_REQUEST"]),
    ],
)
def test_mixed_batch_is_207(
    opencrvs: Any, registrar: Any, second: Any, status: int, codes: list[str | None]
) -> None:
    body = {"0": {"json": {"eventId": registrar.create()["id"]}}, "1": {"json": second}}
    answer = opencrvs.http("POST", f"{GET},event.get?batch=1", token=registrar.token, json=body)
    found = [each.get("error", {}).get("json", {}).get("data", {}).get("code") for each in answer.json()]
    assert (answer.status_code, found) == (status, codes)


def test_errors_of_one_status_keep_it(opencrvs: Any, registrar: Any) -> None:
    body = {"0": {"json": {"eventId": NOWHERE}}, "1": {"json": {"eventId": NOWHERE}}}
    answer = opencrvs.http("POST", f"{GET},event.get?batch=1", token=registrar.token, json=body)
    assert answer.status_code == 404
    assert [each["error"]["json"]["code"] for each in answer.json()] == [-32004, -32004]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code", "number"),
    [
        ("GET", ACCEPT, None, {}, 405, "METHOD_NOT_SUPPORTED", -32005),
        (
            "GET",
            "/events/event.create?input=%7B%22json%22%3A%7B%7D%7D",
            None,
            {},
            405,
            "METHOD_NOT_SUPPORTED",
            -32005,
        ),
        ("PUT", ACCEPT, "{}", JSON_TYPE, 405, "METHOD_NOT_SUPPORTED", -32005),
        ("POST", ACCEPT, "{}", {"Content-Type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE", -32015),
        ("POST", ACCEPT, "{}", {"Content-Type": "application/xml"}, 415, "UNSUPPORTED_MEDIA_TYPE", -32015),
        ("POST", "/events/event.nothing?batch=1", "{}", JSON_TYPE, 404, "NOT_FOUND", -32004),
        ("POST", ACCEPT, "{nonsense", JSON_TYPE, 400, "BAD_REQUEST", -32600),
        ("POST", ACCEPT, "[]", JSON_TYPE, 400, "BAD_REQUEST", -32600),
        (
            "POST",
            "/events/event.create",
            '{"type":"birth","transactionId":"x"}',
            JSON_TYPE,
            400,
            "BAD_REQUEST",
            -32600,
        ),
        ("GET", f"{GET}?batch=1&input=%7Bnonsense", None, {}, 400, "BAD_REQUEST", -32600),
    ],
)
def test_requests_that_hold_no_good_call(
    opencrvs: Any,
    registrar: Any,
    method: str,
    path: str,
    body: Any,
    headers: Any,
    status: int,
    code: str,
    number: int,
) -> None:
    answer = opencrvs.http(method, path, token=registrar.token, data=body, headers=headers)
    document = answer.json()
    error = (document[0] if isinstance(document, list) else document)["error"]["json"]
    assert (answer.status_code, error["data"]["code"], error["code"]) == (status, code, number)
    assert error["data"]["httpStatus"] == status


def test_a_body_without_the_wrapper_is_an_undefined_input(opencrvs: Any, registrar: Any) -> None:
    answer = opencrvs.http(
        "POST", "/events/event.create?batch=1", token=registrar.token, json={"0": {"type": "birth"}}
    )
    assert answer.status_code == 400
    assert "expected object, received undefined" in answer.json()[0]["error"]["json"]["message"]


def test_meta_is_ignored_and_null_is_accepted(opencrvs: Any, registrar: Any) -> None:
    event, action, token = registrar.requested("death")
    given = registrar.accept(
        event, action, registrationNumber="D8R1X5C0W2LE", declaration={"child.nid": None}
    )
    body = {"0": {"json": given, "meta": {"values": {"declaration.child.nid": ["undefined"]}}}}
    answer = opencrvs.http("POST", ACCEPT, token=token, json=body)
    assert answer.status_code == 200
    assert opencrvs.record(event["id"])["status"] == "REGISTERED"
    assert "child.nid" not in opencrvs.record(event["id"])["declaration"]


def test_error_names_path_unless_production_masks_it(opencrvs: Any, registrar: Any) -> None:
    event, action, token = registrar.requested()
    given = {"eventId": event["id"], "actionId": action["id"], "transactionId": "r-1"}
    opencrvs.ok("event.actions.register.accept", registrar.accept(event, action), token)
    procedure = "event.actions.register.reject"
    plain = opencrvs.call(procedure, given, token).json()[0]["error"]["json"]
    assert plain["data"]["path"] == procedure
    opencrvs.admin.settings({"opencrvs.error_detail": "production"})
    masked = opencrvs.call(procedure, given, token).json()[0]["error"]["json"]
    assert masked == {
        "message": "Internal server error",
        "code": -32603,
        "data": {"code": "INTERNAL_SERVER_ERROR", "httpStatus": 500},
    }


@pytest.mark.parametrize(
    ("do", "status", "is_trpc"),
    [
        ({"status": 503}, 503, False),
        ({"errors": ["CONFLICT"]}, 409, True),
        ({"commit_then": 504}, 504, False),
    ],
)
def test_faults_at_one_call(opencrvs: Any, registrar: Any, do: Any, status: int, is_trpc: bool) -> None:
    event, action, token = registrar.requested()
    opencrvs.admin.fault(at="opencrvs.events.register_accept", scope="everyone", do=do, times=1)
    answer = opencrvs.call("event.actions.register.accept", registrar.accept(event, action), token)
    assert answer.status_code == status
    assert ("error" in answer.text) is is_trpc
    expected = "REGISTERED" if "commit_then" in do else "DECLARED"
    assert opencrvs.record(event["id"])["status"] == expected


REST = [
    ("GET", f"/events/events/{NOWHERE}", None, 404, "NOT_FOUND", f"Event not found with ID: {NOWHERE}"),
    ("GET", "/events/events/no-uuid", None, 400, "BAD_REQUEST", "Input validation failed"),
    ("POST", "/events/events", "{}", 400, "BAD_REQUEST", "Input validation failed"),
    ("POST", "/events/nowhere", "{}", 404, "NOT_FOUND", "Not found"),
    ("DELETE", "/events/events", None, 404, "NOT_FOUND", "Not found"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code", "message"), REST)
def test_rest_errors(
    opencrvs: Any, registrar: Any, method: str, path: str, body: Any, status: int, code: str, message: str
) -> None:
    answer = opencrvs.http(method, path, token=registrar.token, data=body)
    document = answer.json()
    assert (answer.status_code, document["code"], document["message"]) == (status, code, message)
    assert document["data"]["code"] == code


def test_rest_broken_json_is_a_500(opencrvs: Any, registrar: Any) -> None:
    answer = opencrvs.http("POST", "/events/events", token=registrar.token, data="{broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_SERVER_ERROR")


def test_rest_create_read_and_search(opencrvs: Any, registrar: Any) -> None:
    created = opencrvs.http(
        "POST", "/events/events", token=registrar.token, json={"type": "birth", "transactionId": "r"}
    )
    assert created.status_code == 200
    event = created.json()
    read = opencrvs.http("GET", f"/events/events/{event['id']}", token=registrar.token)
    assert (read.status_code, read.json()["trackingId"]) == (200, event["trackingId"])
    query = {"query": {"type": "and", "clauses": [{"eventType": "birth"}]}}
    found = opencrvs.http("POST", "/events/events/search", token=registrar.token, json=query)
    assert found.json() == {"results": [], "total": 0}


def test_a_call_of_a_whole_request_shows_no_length(opencrvs: Any, registrar: Any) -> None:
    """It is the length of all calls together."""
    opencrvs.call("event.get", {"eventId": NOWHERE}, registrar.token)
    (entry,) = opencrvs.admin.wait_for("opencrvs.events.get")
    assert "Content-Length" not in entry["request"]["headers"]
