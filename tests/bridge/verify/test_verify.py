"""POST /verify: what IDA is asked, and what each of its answers means to who asked us."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from contracts import violations

Start = Callable[..., Any]
Say = Callable[..., Any]
AT_MOST_S = 5.0
AS_JSON = "application/json"
PERSON = {
    "nid": "5260181591",
    "name": {"firstname": "Saida", "surname": "Sharma"},
    "dob": "1997-12-24",
    "gender": "female",
}


def test_a_person_is_verified_and_the_request_is_as_ida_wants_it(ida_door: Start, ida: Any) -> None:
    door = ida_door()
    answer = door.verify(Authorization=f"Bearer {door.action_token()}")
    assert (answer.status, answer.text) == (200, "verified")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    [opened] = ida.opened
    assert violations("mosip/ida-auth.request", opened.outer) == []
    assert violations("mosip/ida-auth.demographics", opened.inner) == []
    outer = dict(opened.outer)
    assert outer.pop("transactionID").isdecimal()
    for sealed in ("request", "requestSessionKey", "requestHMAC", "thumbprint", "requestTime"):
        assert outer.pop(sealed)
    outer.pop("requestedAuth")
    assert outer == {
        "id": "mosip.identity.auth",
        "version": "1.0",
        "specVersion": "1.0",
        "individualId": "5260181591",
        "individualIdType": "UIN",
        "domainUri": "https://api-internal.mosip.example",
        "env": "Staging",
        "consentObtained": True,
    }
    assert {name: value for name, value in opened.inner.items() if name != "timestamp"} == {
        "otp": "",
        "biometrics": [],
        "demographics": {
            "name": [{"language": "eng", "value": "Saida Sharma"}],
            "dob": "1997/12/24",
            "gender": [{"language": "eng", "value": "Female"}],
        },
    }


def name(**parts: object) -> dict[str, object]:
    return {"name": parts}


@pytest.mark.parametrize(
    ("changed", "settings", "asked"),
    [
        (name(firstname="Ana", middlename="Maria de", surname="Souza"), {}, {"name": "Ana Maria de Souza"}),
        (name(firstname="Suharto", surname=""), {}, {"name": "Suharto"}),
        (name(firstname="Suharto", surname=None), {}, {"name": "Suharto"}),
        (name(firstname="Suharto"), {}, {"name": "Suharto"}),
        (name(surname="  Suharto "), {}, {"name": "Suharto"}),
        (name(firstname="Zoe\u0308", surname="\u05d0\u05d1"), {}, {"name": "Zoe\u0308 \u05d0\u05d1"}),
        (name(firstname="x" * 1000, surname="y"), {}, {"name": f"{'x' * 1000} y"}),
        ({"dob": "1997/12/24"}, {}, {"dob": "1997/12/24"}),
        ({"dob": "0997-12-24"}, {}, {"dob": "0997/12/24"}),
        ({"gender": None}, {}, {"gender": None}),
        ({"gender": ""}, {}, {"gender": None}),
        ({"gender": "unknown"}, {}, {"gender": None}),
        ({"gender": "male"}, {"bridge_genders": "male=Homme,female=Femme"}, {"gender": "Homme"}),
        ({}, {"bridge_language": "ara"}, {"language": "ara", "name": "Saida Sharma"}),
        ({}, {"locale": "fra"}, {"language": "fra"}),
        ({}, {"bridge_ida_env": "Developer"}, {"env": "Developer"}),
        ({"nid": "7058649208312401"}, {}, {"individualIdType": "VID", "individualId": "7058649208312401"}),
        ({"nid": " 5260181591 "}, {}, {"individualIdType": "UIN", "individualId": "5260181591"}),
        ({"nid": "12345"}, {}, {"individualIdType": "UIN"}),
        ({"nid": "\u0661" * 16}, {}, {"individualIdType": "UIN"}),
    ],
)
def test_what_is_asked(
    ida_door: Start, ida: Any, changed: dict[str, object], settings: dict[str, str], asked: dict[str, str]
) -> None:
    assert ida_door(**settings).verify({**PERSON, **changed}).text == "verified"
    [opened] = ida.opened
    given = opened.inner["demographics"]
    plain = {
        **opened.outer,
        "dob": given["dob"],
        "name": given["name"][0]["value"],
        "language": given["name"][0]["language"],
        "gender": given["gender"][0]["value"] if "gender" in given else None,
    }
    assert {each: plain[each] for each in asked} == asked


def test_a_name_may_be_given_in_several_languages(ida_door: Start, ida: Any) -> None:
    names = [{"language": "amh", "value": "\u1233\u12ed\u12f3"}, {"language": "eng", "value": "Saida Sharma"}]
    ida_door(bridge_language="amh").verify({**PERSON, "name": names})
    given = ida.opened[0].inner["demographics"]
    assert given["name"] == names
    assert given["gender"] == [{"language": "amh", "value": "Female"}]


DEA, MLC = "IDA-DEA-001", "IDA-MLC-0"
MISMATCH = "Demographic data {} did not match"


@pytest.mark.parametrize(
    ("errors", "status", "reason", "fields", "text"),
    [
        ([(DEA, MISMATCH.format("fullName in eng"))], "failed", "mismatch", ["name"], "failed"),
        ([(DEA, MISMATCH.format("name in eng"))], "failed", "mismatch", ["name"], "failed"),
        ([(DEA, MISMATCH.format("dateOfBirth"))], "failed", "mismatch", ["dob"], "failed"),
        ([(DEA, MISMATCH.format("gender in ara"))], "failed", "mismatch", ["gender"], "failed"),
        (
            [(DEA, MISMATCH.format("dateOfBirth")), (DEA, MISMATCH.format("fullName in eng"))],
            "failed",
            "mismatch",
            ["dob", "name"],
            "failed",
        ),
        ([(DEA, "something else")], "failed", "mismatch", [], "failed"),
        (
            [("IDA-DEA-003", "Demographic data gender in ara not available in database")],
            "failed",
            "not-held",
            ["gender"],
            "failed",
        ),
        ([], "failed", "not-matched", [], "failed"),
        ([(f"{MLC}02", "Invalid UIN")], "failed", "identifier-invalid", ["nid"], "failed"),
        ([(f"{MLC}04", "Invalid VID")], "failed", "identifier-invalid", ["nid"], "failed"),
        ([(f"{MLC}27", "x")], "failed", "identifier-invalid", ["nid"], "failed"),
        ([(f"{MLC}02", "Invalid UIN"), (f"{MLC}07", "x")], "failed", "identifier-invalid", ["nid"], "failed"),
        ([(f"{MLC}18", "UIN not available in database")], "unknown", "identifier-unknown", ["nid"], "failed"),
        ([(f"{MLC}14", "x not registered")], "unknown", "identifier-unknown", ["nid"], "failed"),
        ([(f"{MLC}03", "x")], "deactivated", "identifier-deactivated", ["nid"], "failed"),
        ([(f"{MLC}10", "x")], "deactivated", "identifier-deactivated", ["nid"], "failed"),
        ([(f"{MLC}22", "x")], "deactivated", "identifier-deactivated", ["nid"], "failed"),
        ([(f"{MLC}23", "x")], "deactivated", "identifier-deactivated", ["nid"], "failed"),
        ([(f"{MLC}05", "x")], "deactivated", "identifier-expired", ["nid"], "failed"),
        ([(f"{MLC}19", "demo Auth Type is Locked")], "failed", "identifier-locked", ["nid"], "failed"),
    ],
)
def test_what_ida_says_of_a_person(
    ida_door: Start,
    ida: Any,
    say: Say,
    errors: list[tuple[str, str]],
    status: str,
    reason: str,
    fields: list[str],
    text: str,
) -> None:
    ida.say = say(*errors)
    door = ida_door()
    answer = door.verify(accept=AS_JSON)
    assert answer.status == 200
    assert violations("bridge/verify.response", answer.json) == []
    assert answer.json == {
        "status": status,
        "reason": reason,
        "field": fields[0] if fields else None,
        "fields": fields,
        "retryable": status == "unknown",
        "code": errors[0][0] if errors else None,
    }
    assert ("Retry-After" in answer.headers) == (status == "unknown")
    assert door.verify().text == text


@pytest.mark.parametrize(
    ("errors", "agreed", "code", "named"),
    [
        ([("IDA-MLC-007", "Request could not be processed")], False, "unavailable", "IDA-MLC-007"),
        ([("IDA-MLC-021", "HSM")], False, "unavailable", "IDA-MLC-021"),
        ([("IDA-RST-002", "x")], False, "unavailable", "IDA-RST-002"),
        ([("IDA-MLC-001", "within 30 seconds")], False, "clock", "IDA-MLC-001"),
        ([("IDA-MPA-001", "signature")], None, "partner", "IDA-MPA-001"),
        ([("IDA-MPA-022", "x"), ("IDA-MLC-007", "x")], None, "partner", "IDA-MPA-022"),
        ([("IDA-MLC-007", "x"), ("IDA-MPA-008", "x")], None, "partner", "IDA-MPA-008"),
        ([("IDA-MLC-009", "Invalid Input Parameter - request/env")], False, "request", "IDA-MLC-009"),
        ([("IDA-MLC-012", "consent")], False, "request", "IDA-MLC-012"),
        ([("IDA-DEA-002", "Unsupported Language Code - xyz")], False, "request", "IDA-DEA-002"),
        ([(DEA, MISMATCH.format("dateOfBirth")), ("IDA-MLC-020", "x")], False, "unavailable", "IDA-MLC-020"),
        ([("IDA-MLC-099", "new")], False, "request", "IDA-MLC-099"),
        ([("Saida Sharma", "x")], False, "unavailable", ""),
        ([("SOMETHING-1", "x")], False, "unavailable", ""),
        ([(DEA, "x")], True, "request", DEA),
        ([], None, "unavailable", ""),
    ],
)
def test_a_failure_of_ida_is_never_held_against_the_person(
    ida_door: Start,
    ida: Any,
    say: Say,
    errors: list[tuple[str, str]],
    agreed: bool | None,
    code: str,
    named: str,
) -> None:
    ida.say = say(*errors, agreed=agreed)
    answer = ida_door().verify()
    assert answer.status == 503
    assert violations("bridge/problem", answer.json) == []
    assert answer.code == f"bridge.verify.{code}"
    assert ("IDA-" in answer.json["detail"]) == bool(named)
    assert named in answer.json["detail"]
    assert ("Retry-After" in answer.headers) == (code == "unavailable")


@pytest.mark.parametrize(
    "parts",
    [
        {"status": 500, "body": {"response": {"authStatus": False}}},
        {"status": 404, "body": {"response": {"authStatus": True}}},
        {"status": 502, "body": b"<html>Bad Gateway</html>"},
        {"body": b"<html>"},
        {"body": []},
        {"body": {"response": "yes"}},
        {"body": {"response": {"authStatus": "true"}}},
        {"body": {"response": {"authStatus": True}, "errors": "x"}},
        {"body": {"transactionID": "0", "response": {"authStatus": True}}},
        {"body": {"response": {"authStatus": True}}, "cut": True},
        {"gone": True},
        {"body": b"x" * 60, "trickle_s": 0.2},
    ],
    ids=lambda parts: "-".join(parts) + f"-{parts.get('status', 200)}",
)
def test_an_answer_that_is_none(ida_door: Start, ida: Any, told: Any, parts: dict[str, Any]) -> None:
    ida.say = lambda _: told(**parts)
    answer = ida_door(bridge_verify_timeout_s=1).verify()
    assert (answer.status, answer.code) == (503, "bridge.verify.unavailable")
    assert answer.seconds < AT_MOST_S


def test_ida_says_when_to_come_again(ida_door: Start, ida: Any, told: Any) -> None:
    ida.say = lambda _: told(status=503, body={}, headers={"Retry-After": "17"})
    assert ida_door().verify().headers["Retry-After"] == "17"


def test_a_hanging_ida_is_given_up_and_holds_up_nobody_else(
    ida_door: Start, ida: Any, eventually: Callable[..., None]
) -> None:
    door = ida_door(bridge_verify_timeout_s=3, bridge_person_calls=1)
    ida.free.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(door.verify)
        eventually(lambda: ida.asked)
        second = door.verify()
        assert (second.status, second.code) == (503, "bridge.verify.busy")
        assert second.headers["Retry-After"] == "1"
        assert second.seconds < 2
        answer = first.result()
    assert (answer.status, answer.code) == (503, "bridge.verify.unavailable")
    assert answer.seconds < AT_MOST_S
    ida.free.set()
    assert door.verify().text == "verified"


def test_ida_is_not_there(ida_door: Start) -> None:
    answer = ida_door(ida_auth_url="http://127.0.0.1:9/idauthentication/v1/auth").verify()
    assert (answer.status, answer.code) == (503, "bridge.verify.unavailable")


def test_a_country_that_waits_says_pending(ida_door: Start, ida: Any, say: Say) -> None:
    ida.say = say(("IDA-MLC-018", "UIN not available in database"))
    door = ida_door(bridge_verify_unknown="pending")
    assert door.verify().text == "pending"
    ida.say = None
    assert door.verify().text == "verified"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "text/plain"),
        (None, "text/plain"),
        ("text/plain", "text/plain"),
        ("application/json, text/plain, */*", "text/plain"),
        ("application/json", "application/json"),
        ("application/json, text/plain;q=0.5", "application/json"),
    ],
)
def test_who_prefers_json_gets_it(ida_door: Start, accept: str | None, media: str) -> None:
    answer = ida_door().verify(accept=accept)
    assert answer.headers["Content-Type"].partition(";")[0] == media
    assert {"Accept", "Origin"} == {part.strip() for part in answer.headers["Vary"].split(",")}


def without(member: str) -> dict[str, object]:
    return {key: value for key, value in PERSON.items() if key != member}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (without("dob"), 422, "verify.dob-missing", "/dob"),
        ({**PERSON, "dob": None}, 422, "verify.dob-missing", "/dob"),
        ({**PERSON, "dob": "1990-02-30"}, 422, "verify.dob", "/dob"),
        ({**PERSON, "dob": "1990"}, 400, "verify.contract", "/dob"),
        ({**PERSON, "dob": 1990}, 400, "verify.contract", "/dob"),
        (without("nid"), 400, "verify.contract", "/nid"),
        ({**PERSON, "nid": 5260181591}, 400, "verify.contract", "/nid"),
        (without("name"), 400, "verify.contract", "/name"),
        ({**PERSON, "name": "Saida Sharma"}, 400, "verify.contract", "/name"),
        ({**PERSON, "name": {"firstname": " ", "surname": ""}}, 422, "verify.name-missing", "/name"),
        ({**PERSON, "name": {}}, 422, "verify.name-missing", "/name"),
        ({**PERSON, "gender": ["female"]}, 400, "verify.contract", "/gender"),
        ([], 400, "verify.contract", ""),
        (b"{bad", 400, "body.malformed", None),
        (b'{"nid":"1","nid":"2"}', 400, "body.duplicate-key", None),
        (b'{"nid":"\\ud800"}', 400, "body.malformed", None),
        (b" " * (1024 * 1024 + 1), 413, "http.request-entity-too-large", None),
    ],
)
def test_what_can_not_be_asked(
    ida_door: Start, ida: Any, body: object, status: int, code: str, field: str | None
) -> None:
    answer = ida_door().verify(body)
    assert (answer.status, answer.code) == (status, f"bridge.{code}")
    assert answer.json.get("field") == field
    assert violations("bridge/problem", answer.json) == []
    assert ida.asked == []


def test_only_json_is_read(ida_door: Start) -> None:
    answer = ida_door().verify(**{"Content-Type": "text/plain"})
    assert (answer.status, answer.code) == (415, "bridge.body.media-type")


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({}, 200, None),
        ({"userType": None}, 200, None),
        ({"userType": "system"}, 403, "user-needed"),
        ({"userType": "system", "scope": ["type=record.confirm-registration"]}, 200, None),
        ({"aud": ["opencrvs:auth-user"]}, 403, "audience"),
        ({"iss": "somebody"}, 401, "issuer"),
        ({"exp": 1}, 401, "expired"),
    ],
)
def test_who_may_ask(
    ida_door: Start, ida: Any, claims: dict[str, object], status: int, code: str | None
) -> None:
    door = ida_door()
    answer = door.verify(Authorization=f"Bearer {door.token(**claims)}")
    assert answer.status == status
    if code is not None:
        assert answer.code == f"bridge.token.{code}"
        assert ida.asked == []


def test_nobody_asks_without_a_token(ida_door: Start, ida: Any) -> None:
    answer = ida_door().verify(Authorization=None)
    assert (answer.status, answer.code) == (401, "bridge.token.missing")
    assert ida.asked == []


def test_a_bridge_without_ida_says_so(start_bridge: Start, start_door: Start) -> None:
    answer = start_door({}).verify()
    assert (answer.status, answer.code) == (503, "bridge.verify.not-configured")


def test_nothing_is_used_twice_but_keys_and_connection(
    ida_door: Start, ida: Any, ida_settings: dict[str, Path]
) -> None:
    door = ida_door()
    for setting in ("encrypt_cert_path", "sign_p12_file_path"):
        ida_settings[setting].unlink()
    for _ in range(3):
        assert door.verify().text == "verified"
    opened = ida.opened
    assert len({each.outer["transactionID"] for each in opened}) == 3
    assert len({each.session_key for each in opened}) == 3
    nonces = {each.outer[name][-22:] for each in opened for name in ("request", "requestHMAC")}
    assert len(nonces) == 6
    assert len({request.peer for request in ida.asked}) == 1


def test_a_page_of_the_client_may_ask(ida_door: Start) -> None:
    door = ida_door(client_app_url="https://register.example/, http://localhost:3000")
    answer = door.verify(Origin="https://register.example")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://register.example"
    assert "Access-Control-Allow-Origin" not in door.verify(Origin="https://elsewhere.example").headers
