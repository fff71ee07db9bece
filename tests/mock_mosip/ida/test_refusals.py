"""Each thing that can be wrong with a request, one at a time: its code, under HTTP 200."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

import contracts

STRANGER_UIN, STRANGER_VID = "9935181902", "6734207509619235"


def row(code: str, message: str, **unusual: Any) -> Any:
    return pytest.param(code, message, unusual, id=f"{code} {message}")


def altered(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def without_payload_mark(jws: str) -> str:
    return jws.replace("..", ".e30.")


MISSING = "missing"  # replaced by the sentinel of the conftest

ROWS = [
    row("IDA-MLC-006", "Missing Input Parameter - id", outer={"id": MISSING}),
    row("IDA-MLC-009", "Invalid Input Parameter - id", outer={"id": "mosip.identity.kyc"}),
    row("IDA-MLC-006", "Missing Input Parameter - version", outer={"version": ""}),
    row("IDA-MLC-009", "Invalid Input Parameter - version", outer={"version": "v1"}),
    row("IDA-MLC-006", "Missing Input Parameter - signature header", headers={"Signature": None}),
    row("IDA-MLC-006", "Missing Input Parameter - Authorization - header", headers={"Authorization": None}),
    row(
        "IDA-MPA-022",
        "Partner (Auth) Certificate not found in Request signature header.",
        header={"x5c": MISSING},
    ),
    row(
        "IDA-MPA-021",
        "Partner (Auth) Certificate not matching with signature header certificate.",
        sign_with="sibling",
    ),
    row("IDA-MPA-007", "License key does not belong to a registered MISP", path=("other", None, None)),
    row("IDA-MPA-009", "Partner is not registered", path=(None, "other", None)),
    row("IDA-MPA-014", "Partner is not assigned with any policy", path=(None, None, "other")),
    row("IDA-MPA-016", "HMAC Validation failed", digest=lambda _: "0" * 64),
    row(
        "IDA-MPA-006",
        "OTP Authentication usage not allowed as per policy",
        inner={"otp": "111111"},
    ),
    row(
        "IDA-MPA-006",
        "bio Authentication usage not allowed as per policy",
        inner={"biometrics": [{"data": "e30"}]},
    ),
    row("IDA-MLC-012", "Individual's Consent is not available", outer={"consentObtained": False}),
    row("IDA-MLC-006", "Missing Input Parameter - requestTime", outer={"requestTime": MISSING}),
    row("IDA-MLC-009", "Invalid Input Parameter - requestTime", outer={"requestTime": "2026-11-23 10:00:00"}),
    row(
        "IDA-MLC-009",
        "Invalid Input Parameter - requestTime",
        outer={"requestTime": "2026-02-30T10:00:00.000Z"},
    ),
    row("IDA-MLC-006", "Missing Input Parameter - request/timestamp", inner={"timestamp": MISSING}),
    row("IDA-MLC-009", "Invalid Input Parameter - request/timestamp", inner={"timestamp": "soon"}),
    row(
        "IDA-MLC-009", "Invalid Input Parameter - request/domainUri", outer={"domainUri": "https://x.example"}
    ),
    row("IDA-MLC-009", "Invalid Input Parameter - request/env", outer={"env": "Elsewhere"}),
    row("IDA-MLC-006", "Missing Input Parameter - transactionID", outer={"transactionID": MISSING}),
    row("IDA-MLC-009", "Invalid Input Parameter - transactionID", outer={"transactionID": "12345678901"}),
    row("IDA-MLC-009", "Invalid Input Parameter - transactionID", outer={"transactionID": "12345-7890"}),
    row("IDA-MLC-006", "Missing Input Parameter - individualId", outer={"individualId": " "}),
    row("IDA-MLC-009", "Invalid Input Parameter - individualIdType", outer={"individualIdType": "NID"}),
    row("IDA-MLC-002", "Invalid UIN", outer={"individualId": "1234567891"}),
    row("IDA-MLC-002", "Invalid UIN", outer={"individualId": "7058649208312401"}),
    row("IDA-MLC-004", "Invalid VID", outer={"individualId": "5260181591", "individualIdType": "VID"}),
    row("IDA-MLC-018", "UIN not available in database", outer={"individualId": STRANGER_UIN}),
    row(
        "IDA-MLC-018",
        "VID not available in database",
        outer={"individualId": STRANGER_VID, "individualIdType": "VID"},
    ),
    row(
        "IDA-MLC-018",
        "HANDLE not available in database",
        outer={"individualId": "2026B0001@birthCertificateNumber", "individualIdType": "HANDLE"},
    ),
    row("IDA-MLC-013", "Missing demo auth attribute", demographics={}),
    row("IDA-MLC-013", "Missing demo auth attribute", demographics={"name": [], "dob": None}),
    row("IDA-MLC-008", "No authentication type selected", demographics=None),
    row(
        "IDA-MLC-009",
        "Invalid Input Parameter - request/demographics/dob",
        demographics={"dob": "1990-01-31"},
    ),
    row(
        "IDA-MLC-009",
        "Invalid Input Parameter - request/demographics/dob",
        demographics={"dob": "1990/02/31"},
    ),
    row("IDA-MLC-009", "Invalid Input Parameter - age", demographics={"age": "0"}),
    row("IDA-MLC-009", "Invalid Input Parameter - age", demographics={"age": "old"}),
    row(
        "IDA-DEA-002",
        "Unsupported Language Code - xyz",
        demographics={"name": [{"language": "xyz", "value": "Ana Doe"}]},
    ),
    row(
        "IDA-DEA-003",
        "Demographic data fullName in ara not available in database",
        demographics={"name": [{"language": "ara", "value": "آنا"}]},
    ),
    row(
        "IDA-DEA-003",
        "Demographic data phone not available in database",
        demographics={"phoneNumber": "0711111111"},
    ),
    row(
        "IDA-DEA-001",
        "Demographic data fullName in eng did not match",
        demographics={"name": [{"language": "eng", "value": "Ana Roe"}]},
    ),
    row("IDA-DEA-001", "Demographic data dateOfBirth did not match", demographics={"dob": "1990/01/30"}),
    row(
        "IDA-DEA-001",
        "Demographic data gender in eng did not match",
        demographics={"gender": [{"language": "eng", "value": "Male"}]},
    ),
    row("IDA-DEA-001", "Demographic data age did not match", demographics={"age": "190"}),
]


def with_sentinel(value: Any, sentinel: object) -> Any:
    if isinstance(value, dict):
        return {name: with_sentinel(each, sentinel) for name, each in value.items()}
    return sentinel if value == MISSING else value


def refusal(answer: dict[str, Any]) -> tuple[str, str]:
    assert answer["response"] == {"authStatus": False, "authToken": None}
    assert len(answer["errors"]) == 1, answer["errors"]
    assert contracts.violations("mosip/ida-auth.response", answer) == []
    return answer["errors"][0]["errorCode"], answer["errors"][0]["errorMessage"]


@pytest.mark.parametrize(("code", "message", "unusual"), ROWS)
def test_what_is_wrong_is_told_by_its_code(
    relying: Any, code: str, message: str, unusual: dict[str, Any]
) -> None:
    uin = relying.person()["uin"]
    unusual = {name: with_sentinel(value, relying.missing) for name, value in unusual.items()}
    assert refusal(relying.ask(uin, **unusual)) == (code, message)


@pytest.mark.parametrize("ahead", [-65, 35])
@pytest.mark.parametrize("where", ["outer", "inner"])
def test_a_time_outside_the_window(relying: Any, ahead: int, where: str) -> None:
    member = "requestTime" if where == "outer" else "timestamp"
    answer = relying.ask(relying.person()["uin"], **{where: {member: relying.after(ahead)}})
    assert refusal(answer) == ("IDA-MLC-001", "Request to be received at MOSIP within 30 seconds")
    assert answer["errors"][0]["actionMessage"] == "Please send the request within 30 seconds"


@pytest.mark.parametrize("ahead", [-50, 20])
def test_a_time_inside_the_window(relying: Any, ahead: int) -> None:
    times = {"outer": {"requestTime": relying.after(ahead)}, "inner": {"timestamp": relying.after(ahead)}}
    assert relying.ask(relying.person()["uin"], **times)["response"]["authStatus"] is True


def test_the_window_is_that_of_the_mocks_stamps(relying: Any) -> None:
    uin = relying.person()["uin"]
    relying.mosip.admin.skew("-10m")
    assert refusal(relying.ask(uin))[0] == "IDA-MLC-001"
    relying.mosip.admin.skew("0s")
    relying.mosip.admin.advance("7d")
    assert relying.ask(uin)["response"]["authStatus"] is True


@pytest.mark.parametrize(
    "unusual",
    [
        pytest.param({"sign_with": "stranger"}, id="nobody knows the certificate"),
        pytest.param({"sign_with": "expired"}, id="the certificate has run out"),
        pytest.param({"sent": lambda body: body + b" "}, id="the body has another byte"),
        pytest.param({"signature": lambda jws: altered(jws, -40)}, id="the signature is altered"),
        pytest.param({"signature": without_payload_mark}, id="the payload is there"),
        pytest.param({"signature": lambda _: "not.a.signature"}, id="no signature at all"),
        pytest.param({"signature": lambda _: "x"}, id="no JWS at all"),
        pytest.param({"header": {"alg": "none"}}, id="no algorithm"),
        pytest.param({"header": {"alg": "PS256"}}, id="another algorithm"),
        pytest.param({"header": {"x5c": ["AAAA"]}}, id="x5c is no certificate"),
        pytest.param({"header": {"x5c": [{}]}}, id="x5c is no text"),
        pytest.param({"header": {"x5c": "AAAA"}}, id="x5c is no list"),
        pytest.param({"header": {"x5c": MISSING}, "sign_with": "sibling"}, id="no x5c, another's key"),
    ],
)
def test_a_signature_that_does_not_count(relying: Any, unusual: dict[str, Any]) -> None:
    unusual = {name: with_sentinel(value, relying.missing) for name, value in unusual.items()}
    assert refusal(relying.ask(relying.person()["uin"], **unusual)) == (
        "IDA-MPA-001",
        "Digital signature verification failed for signature header",
    )


def test_a_certificate_of_another_with_the_signature_of_a_stranger(relying: Any) -> None:
    borrowed = {"x5c": [base64.b64encode(relying.pairs.partner.der).decode()]}
    answer = relying.ask(relying.person()["uin"], sign_with="stranger", header=borrowed)
    assert refusal(answer)[0] == "IDA-MPA-001"


@pytest.mark.parametrize(
    "unusual",
    [
        pytest.param({"encrypt_to": "stranger"}, id="to another key"),
        pytest.param({"outer": {"thumbprint": "0" * 64}}, id="thumbprint of nothing"),
        pytest.param({"outer": {"thumbprint": "not base64!"}}, id="thumbprint is neither"),
        pytest.param({"session_key": bytes(16)}, id="a key of 128 bits"),
        pytest.param({"outer": {"request": "AAAA"}}, id="request too short"),
        pytest.param({"outer": {"request": "A" * 400}}, id="request is noise"),
        pytest.param({"outer": {"request": "+/+/" * 100}}, id="request in standard base64"),
        pytest.param({"outer": {"requestSessionKey": "A" * 342}}, id="session key is noise"),
        pytest.param({"outer": {"requestHMAC": "A" * 128}}, id="HMAC is noise"),
    ],
)
def test_what_can_not_be_decrypted(relying: Any, unusual: dict[str, Any]) -> None:
    answer = relying.ask(relying.person()["uin"], **unusual)
    assert refusal(answer) == ("IDA-MPA-003", "Unable to decrypt Request")


@pytest.mark.parametrize("name", ["request", "requestSessionKey", "requestHMAC", "thumbprint"])
def test_a_part_of_the_envelope_that_is_missing(relying: Any, name: str) -> None:
    answer = relying.ask(relying.person()["uin"], outer={name: relying.missing})
    assert refusal(answer) == ("IDA-MLC-006", f"Missing Input Parameter - {name}")


def test_the_key_that_it_was_encrypted_to_has_run_out(run_relying: Callable[..., Any], pairs: Any) -> None:
    old = run_relying(certificate_pem=pairs.ida_expired.pem, key_pem=pairs.ida_expired.key_pem)
    answer = old.ask(old.person()["uin"], encrypt_to="ida_expired")
    assert refusal(answer) == ("IDA-MPA-004", "MOSIP Public key expired")


@pytest.mark.parametrize("case", [str.lower, lambda digest: digest[:-1], lambda digest: f"{digest}\n"])
def test_the_digest_is_upper_case_hexadecimal_of_the_exact_bytes(
    relying: Any, case: Callable[[str], str]
) -> None:
    def digest(content: bytes) -> str:
        return case(hashlib.sha256(content).hexdigest().upper())

    assert refusal(relying.ask(relying.person()["uin"], digest=digest))[0] == "IDA-MPA-016"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"id": {}}', b"\xff", b'{"id":"mosip.identity.auth","consentObtained":[]}'],
)
def test_a_body_that_can_not_be_read(relying: Any, body: bytes) -> None:
    answer = relying.ask("5260181591", sent=lambda _: body)
    assert refusal(answer) == ("IDA-MLC-007", "Request could not be processed. Please try again")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"demographics":[]}',
        b'{"demographics":{"name":"Ana Doe"}}',
        b'{"demographics":{"name":["Ana"]}}',
        b'{"demographics":{"nick":{"a":1}}}',
    ],
)
def test_a_content_that_can_not_be_read(relying: Any, content: bytes) -> None:
    assert refusal(relying.ask("5260181591", content=content))[0] == "IDA-MLC-007"


def test_the_order_of_the_checks(relying: Any) -> None:
    """Everything is wrong, and one thing after another is set right."""
    relying.person()
    number = {"individualId": "1234567891"}
    wrong: dict[str, dict[str, Any]] = {
        "IDA-MLC-009 id": {"outer": {"id": "x"}},
        "IDA-MLC-009 version": {"outer": {"version": "x"}},
        "IDA-MPA-001": {"sign_with": "stranger"},
        "IDA-MLC-006": {"headers": {"Authorization": None}},
        "IDA-MPA-003": {"outer": {"thumbprint": "0" * 64}},
        "IDA-MPA-016": {"digest": lambda _: ""},
        "IDA-MPA-007": {"path": ("x", None, None)},
        "IDA-MPA-006": {"inner": {"otp": "111111"}},
        "IDA-MLC-012": {"outer": {"consentObtained": False}},
        "IDA-MLC-009 requestTime": {"outer": {"requestTime": "x"}},
        "IDA-MLC-009 domainUri": {"outer": {"domainUri": "x"}},
        "IDA-MLC-009 env": {"outer": {"env": "x"}},
        "IDA-MLC-009 transactionID": {"outer": {"transactionID": "x"}},
        "IDA-MLC-002": {"outer": number},
    }
    names = list(wrong)
    for place, name in enumerate(names):
        unusual: dict[str, Any] = {"outer": {}, "demographics": {"dob": "1990-01-31"}}
        for each in names[place:]:
            for member, value in wrong[each].items():
                unusual[member] = {**unusual[member], **value} if member == "outer" else value
        code, message = refusal(relying.ask(STRANGER_UIN, **unusual))
        wanted, _, field_name = name.partition(" ")
        assert (code, message.endswith(field_name)) == (wanted, True), name
    assert refusal(relying.ask(STRANGER_UIN, demographics={"dob": "1990-01-31"}))[0] == "IDA-MLC-009"
    assert refusal(relying.ask(STRANGER_UIN, demographics={"dob": "1990/01/30"}))[0] == "IDA-MLC-018"


def test_all_that_differs_is_told(relying: Any) -> None:
    wrong = {
        "name": [{"language": "eng", "value": "Bea Doe"}],
        "dob": "1990/01/30",
        "gender": [{"language": "eng", "value": "Male"}],
    }
    answer = relying.ask(relying.person()["uin"], demographics=wrong)
    assert answer["response"] == {"authStatus": False, "authToken": None}
    assert [each["errorMessage"] for each in answer["errors"]] == [
        "Demographic data fullName in eng did not match",
        "Demographic data dateOfBirth did not match",
        "Demographic data gender in eng did not match",
    ]
    assert answer["errors"][0] == {
        "errorCode": "IDA-DEA-001",
        "errorMessage": "Demographic data fullName in eng did not match",
        "actionMessage": "Please re-enter your fullName in eng",
    }
    assert answer["errors"][1]["actionMessage"] == "Please re-enter your dateOfBirth"


def test_early_refusals_may_stand_behind_a_general_one(relying: Any) -> None:
    uin = relying.person()["uin"]
    relying.mosip.admin.settings({"mosip.ida_errors": "with-007"})
    early_ones = relying.ask(uin, path=(None, "other", None))["errors"]
    assert [each["errorCode"] for each in early_ones] == ["IDA-MLC-007", "IDA-MPA-009"]
    assert refusal(relying.ask(uin, outer={"consentObtained": False}))[0] == "IDA-MLC-012"


def test_a_type_of_identifier_that_the_country_has_not(run_relying: Callable[..., Any]) -> None:
    party = run_relying(id_types=("UIN",))
    vid = party.person()["vid"]
    assert refusal(party.ask(vid)) == ("IDA-MLC-015", "Identity Type - VID not configured for the country")


def test_a_policy_without_demographics(run_relying: Callable[..., Any]) -> None:
    party = run_relying(factors=())
    assert refusal(party.ask(party.person()["uin"])) == (
        "IDA-MPA-006",
        "DEMO Authentication usage not allowed as per policy",
    )
