"""``opencrvs.form.*``: what the desk's commands send, answer and refuse, seen through the admin API."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import contracts
from mock_control.client import AdminError
from mock_opencrvs.settings import EsignetLink

EVENT = "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"
USER_INFO = "/esignet/get-oidp-user-info"
FETCH, VERIFY = "opencrvs.desk.fetch_user_info", "opencrvs.desk.verify"
PERSON = {
    "sub": "pXh3kq0vR1",
    "name": {"firstname": "Nadia", "middlename": "R", "surname": "Haddad"},
    "gender": "female",
    "dobUnknown": None,
    "birthDate": "1994-10-02",
    "verificationStatus": "authenticated",
    "idType": "NATIONAL_ID",
    "nid": "5260181591",
}
TYPED = {"name": {"firstname": "Nadia", "surname": "Haddad"}, "dob": "1994-10-02", "nid": "5260181591"}
LINK = EsignetLink(authorize_url="http://esignet.example/authorize", client_id="opencrvs-client")


@pytest.fixture
def desk(opencrvs_with: Any) -> Any:
    return opencrvs_with(esignet=LINK)


def form(opencrvs: Any, step: str, **arguments: Any) -> Any:
    given = {"event_id": EVENT, "page": "mother", **arguments}
    return opencrvs.admin.command(f"opencrvs.form.{step}", **given)


def came_back(desk: Any, query: str = "code=c-1&state=noop", **more: Any) -> Any:
    location = f"{desk.url}/events/declare/{EVENT}/pages/mother?{query}"
    return form(desk, "return", token="user-token", location=location, **more)


def test_link(desk: Any) -> None:
    opened = form(desk, "link", page="informant")
    page = f"{desk.url}/events/declare/{EVENT}/pages/informant"
    asked = parse_qs(urlsplit(opened["url"]).query)
    assert (opened["redirect_uri"], opened["state"]) == (page, "noop")
    assert (asked["redirect_uri"], asked["client_id"]) == ([page], ["opencrvs-client"])
    assert opened["url"].startswith("http://esignet.example/authorize?")


def test_link_without_esignet_is_refused(opencrvs: Any) -> None:
    with pytest.raises(AdminError, match="no button to E-Signet") as refused:
        form(opencrvs, "link")
    assert refused.value.status == 409


def test_return_asks_the_bridge_and_fills_the_page(desk: Any, bridge: Any) -> None:
    bridge.answers[USER_INFO] = (200, "application/json", json.dumps(PERSON))
    back = came_back(desk, "code=c-1&state=noop&iss=x")
    [(headers, sent)] = bridge.received
    path, _, query = sent.pop("path").partition("?")
    assert (path, query) == (USER_INFO, "code=c-1&state=noop")
    assert headers["authorization"] == "Bearer user-token"
    page = f"{desk.url}/events/declare/{EVENT}/pages/mother?iss=x"
    assert sent == {"clientId": "opencrvs-client", "redirectUri": page}
    message = {"code": "c-1", "state": "noop", **sent}
    assert contracts.violations("bridge/user-info.request", message) == []
    assert back["query_params"] == {"code": "c-1", "state": "noop"}
    assert back["http"] == {"loading": False, "error": None, "data": PERSON}
    assert (back["status"], back["location"]) == (200, page)
    assert (back["verified"], back["banner"], back["locked"]) == ("authenticated", "authenticated", True)
    query_params = back["fields"].pop("mother.query-params")
    assert query_params["data"] == {"code": "c-1", "state": "noop"}
    assert back["fields"] == {
        "mother.name": PERSON["name"],
        "mother.gender": "female",
        "mother.dob": "1994-10-02",
        "mother.idType": "NATIONAL_ID",
        "mother.nid": "5260181591",
        "mother.verified": "authenticated",
        "mother.verify-nid-http-fetch": back["http"],
    }


def test_what_comes_back_can_be_declared(desk: Any, bridge: Any) -> None:
    bridge.answers[USER_INFO] = (200, "application/json", json.dumps(PERSON))
    token = desk.user()
    record = desk.ok("event.create", {"type": "birth", "transactionId": "t-1"}, token)
    child = {"child.name": {"firstname": "Amara", "surname": "Okello"}}
    declared = {**child, **came_back(desk, event_id=record["id"])["fields"]}
    given = {"eventId": record["id"], "transactionId": "t-2", "declaration": declared}
    desk.ok("event.actions.declare.request", given, token)
    assert desk.record(record["id"])["declaration"] == declared


FAILURES = [
    # bridge's status and body, error that is stored
    (400, "{}", {"statusCode": 400, "message": "Bad Request"}),
    (401, '{"error": "Unauthorized"}', {"statusCode": 401, "message": "Unauthorized"}),
    (503, "{}", {"statusCode": 503, "message": "Service Unavailable"}),
    (200, "{broken", {"message": "The answer is not JSON"}),
]


@pytest.mark.parametrize(("status", "body", "error"), FAILURES)
def test_a_bridge_that_fails(desk: Any, bridge: Any, status: int, body: str, error: Any) -> None:
    bridge.answers[USER_INFO] = (status, "application/json", body)
    back = came_back(desk)
    failed = {"verificationStatus": "failed"}
    assert back["http"] == {"loading": False, "error": error, "data": failed}
    assert back["status"] == status
    assert (back["verified"], back["banner"], back["locked"]) == ("failed", "failed", False)
    assert set(back["fields"]) == {
        "mother.query-params",
        "mother.verify-nid-http-fetch",
        "mother.verified",
    }


def test_an_answer_that_never_comes_times_out(desk: Any, bridge: Any) -> None:
    desk.admin.lose(at=FETCH, scope="everyone", as_="delivered", when="after")
    back = came_back(desk)
    assert back["http"]["error"] == {"statusCode": 408, "message": "The request timed out."}
    assert (back["status"], back["verified"]) == (None, "failed")
    assert len(bridge.received) == 1


def test_cancelled_at_esignet(desk: Any, bridge: Any) -> None:
    """There is a state, so the form calls, without a code: which only the bridge can refuse."""
    bridge.answers[USER_INFO] = (400, "application/json", "{}")
    back = came_back(desk, "error=access_denied&state=noop")
    [(_, sent)] = bridge.received
    assert sent["path"] == f"{USER_INFO}?state=noop"
    assert (back["query_params"], back["verified"]) == ({"state": "noop"}, "failed")
    assert back["location"].endswith("/pages/mother?error=access_denied")


def test_nothing_in_the_address_and_nothing_is_sent(desk: Any, bridge: Any) -> None:
    back = came_back(desk, "error=server_error")
    assert bridge.received == []
    assert back["http"] == {"loading": False, "error": None, "data": None}
    assert (back["status"], back["verified"], back["banner"]) == (None, None, None)
    assert (back["locked"], back["fields"]) == (False, {})


def test_mistakes_that_can_be_played(desk: Any, bridge: Any) -> None:
    bridge.answers[USER_INFO] = (400, "application/json", "{}")
    came_back(desk, redirect_uri="http://elsewhere.example/", client_id="another")
    [(_, sent)] = bridge.received
    assert (sent["clientId"], sent["redirectUri"]) == ("another", "http://elsewhere.example/")


def test_scan_and_a_bad_scan(desk: Any, bridge: Any) -> None:
    card = {"name": PERSON["name"], "nid": "5260181591", "verificationStatus": "pending"}
    scanned = form(desk, "scan", qr=json.dumps(card))
    assert scanned == {
        "value": {"data": card},
        "error": None,
        "verified": "pending",
        "banner": "pending",
        "locked": True,
        "fields": {
            "mother.id-reader": {"data": card},
            "mother.name": PERSON["name"],
            "mother.nid": "5260181591",
            "mother.verified": "pending",
        },
    }
    assert form(desk, "scan", qr="BEGIN:VCARD") == {
        "value": None,
        "error": "parse",
        "verified": None,
        "banner": None,
        "locked": False,
        "fields": {},
    }
    assert bridge.received == []


@pytest.mark.parametrize(("word", "locked"), [("verified", True), ("failed", False)])
def test_verify(desk: Any, bridge: Any, word: str, locked: bool) -> None:
    bridge.answers["/verify"] = (200, "text/plain; charset=utf-8", word)
    said = form(desk, "verify", token="user-token", values={**TYPED, "gender": "female"})
    [(headers, sent)] = bridge.received
    assert sent.pop("path") == "/verify"
    assert sent == {**TYPED, "gender": "female"}
    assert contracts.violations("bridge/verify.request", sent) == []
    assert headers["authorization"] == "Bearer user-token"
    assert said["http"] == {"loading": False, "error": None, "data": word}
    assert (said["status"], said["verified"], said["banner"], said["locked"]) == (200, word, word, locked)
    typed = {f"mother.{name}": value for name, value in {**TYPED, "gender": "female"}.items()}
    assert said["fields"] == {
        **typed,
        "mother.verify-nid-http-fetch": said["http"],
        "mother.verified": word,
    }


def test_verify_when_the_bridge_is_out_of_order(desk: Any, bridge: Any) -> None:
    bridge.answers["/verify"] = (503, "application/problem+json", "{}")
    said = form(desk, "verify", token="user-token", values=TYPED)
    assert said["http"]["data"] == {"verificationStatus": "failed"}
    assert (said["status"], said["verified"], said["locked"]) == (503, "failed", False)


def test_forms_of_1_8(desk: Any, bridge: Any) -> None:
    desk.admin.settings({"opencrvs.form_version": "1.8"})
    assert form(desk, "link")["state"] == "fetch-on-mount"
    bridge.answers[USER_INFO] = (500, "application/json", "{}")
    assert came_back(desk, "code=c-1&state=noop")["http"]["error"] is None
    assert bridge.received == []  # only its own state makes such a form call
    back = came_back(desk, "code=c-1&state=fetch-on-mount")
    assert back["http"]["error"] == {"statusCode": 500, "message": "Internal Server Error"}
    assert back["http"]["data"] is None
    assert (back["verified"], back["banner"]) == ("failedFetchIdDetails", "failedFetchIdDetails")
    assert "mother.query-params" not in back["fields"]
    assert form(desk, "scan", qr=json.dumps(PERSON))["error"] == "invalid"


def test_what_is_sent_belongs_to_the_declaration_that_is_reserved(desk: Any, bridge: Any) -> None:
    reserved = {
        "owner": "login#1/birth.declaration",
        "event_id": EVENT,
        "tracking_id": "7QX2MB",
        "action_type": "DECLARE",
        "action_id": "9a7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a003",
    }
    desk.admin.reserve(scenario="login#1", actions=[reserved])
    desk.admin.fault(at=FETCH, scenario="login#1", do={"status": 504}, times=1)
    assert came_back(desk)["status"] == 504
    assert bridge.received == []
    bridge.answers["/verify"] = (200, "text/plain", "verified")
    form(desk, "verify", token="user-token", values=TYPED)
    entries = [
        each for name in (FETCH, VERIFY) for each in desk.admin.journal(after=0, operation=name).entries
    ]
    assert [each["owner"] for each in entries] == ["login#1/birth.declaration"] * 2
    assert entries[0]["keys"]["weak"] == {
        "event": EVENT,
        "tracking": "7QX2MB",
        "action_type": "DECLARE",
    }
    assert "user-token" not in json.dumps(entries)
    assert "c-1" not in entries[0]["path"]
    other = form(desk, "verify", event_id=EVENT.replace("6b1b", "7c2c"), token="t", values=TYPED)
    assert other["verified"] == "verified"
    assert desk.admin.journal(after=0, operation=VERIFY).entries[-1]["owner"] is None


REFUSED = [
    ("link", {"page": "child"}, "no page 'child'"),
    ("link", {"event_id": "../../x"}, "event_id"),
    ("link", {"colour": "blue"}, "colour"),
    ("return", {"token": "t"}, "location"),
    ("return", {"location": "http://x/"}, "token"),
    ("return", {"token": "t", "location": "http://[x/"}, "location"),
    ("return", {"token": "t", "location": "http://x/", "client_id": 7}, "client_id"),
    ("scan", {}, "qr"),
    ("scan", {"qr": {"nid": "1"}}, "qr"),
    ("verify", {"token": "t"}, "values"),
    ("verify", {"token": "t", "values": {"colour": "blue"}}, "colour"),
]


@pytest.mark.parametrize(("step", "arguments", "says"), REFUSED)
def test_bad_arguments_are_named(desk: Any, bridge: Any, step: str, arguments: Any, says: str) -> None:
    with pytest.raises(AdminError, match=says):
        form(desk, step, **arguments)
    assert bridge.received == []
