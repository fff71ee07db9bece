"""Who is authenticated, by which forms of a request, and what the answer, the journal and faults say."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

import contracts
from mock_mosip.app import create_app
from mock_mosip.ida.settings import IdaSettings
from mock_mosip.settings import MosipSettings, SettingsError

OPERATION = "mosip.ida.authenticate"
THIS_YEAR = datetime.now(UTC).year


def english(value: str) -> list[dict[str, str]]:
    return [{"language": "eng", "value": value}]


def is_verified(answer: dict[str, Any]) -> bool:
    assert contracts.violations("mosip/ida-auth.response", answer) == []
    verified = answer["response"]["authStatus"]
    assert isinstance(verified, bool)
    assert (answer["errors"] is None) == verified
    return verified


def codes(answer: dict[str, Any]) -> list[str]:
    return [each["errorCode"] for each in answer["errors"] or []]


def test_a_good_answer(relying: Any) -> None:
    answer = relying.ask(relying.person()["uin"], outer={"transactionID": "aBc4567890"})
    assert is_verified(answer)
    assert list(answer) == ["transactionID", "version", "id", "errors", "responseTime", "response"]
    assert (answer["transactionID"], answer["version"], answer["id"]) == (
        "aBc4567890",
        "1.0",
        "mosip.identity.auth",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["responseTime"])


def test_the_token_is_the_persons_and_the_partners(relying: Any, run_relying: Callable[..., Any]) -> None:
    person, other = relying.person(), relying.person(id="bea", name="Bea Doe")
    token = relying.ask(person["uin"])["response"]["authToken"]
    assert re.fullmatch("[0-9]{36}", token)
    assert relying.ask(person["uin"], demographics={"dob": "1990/01/31"})["response"]["authToken"] == token
    assert relying.ask(person["vid"])["response"]["authToken"] == token
    assert relying.ask(other["uin"], demographics={"dob": "1990/01/31"})["response"]["authToken"] != token
    elsewhere = run_relying(partner_id="other-partner")
    same = elsewhere.person(uin=person["uin"], vid=person["vid"])
    assert elsewhere.ask(same["uin"])["response"]["authToken"] != token


@pytest.mark.parametrize(
    ("demographics", "verified"),
    [
        ({"name": english("Ana Doe")}, True),
        ({"name": english("  ANA   doe ")}, True),
        ({"name": english("Doe Ana")}, True),
        ({"name": english("Ana Maria Doe")}, False),
        ({"name": english("Ana")}, False),
        ({"name": english("Ana Doe Doe")}, False),
        ({"name": [{"value": "Ana Doe"}]}, True),
        ({"name": english("Ana Doe") + english("Ana Roe")}, False),
        ({"dob": "1990/01/31"}, True),
        ({"gender": english("female")}, True),
        ({"gender": english("F")}, False),
        ({"name": english("Ana Doe"), "dob": "1990/01/31", "gender": []}, True),
        ({"name": english("Ana Doe"), "dob": "1990/02/01"}, False),
        ({"age": str(THIS_YEAR - 1991)}, True),
        ({"age": str(THIS_YEAR - 1989)}, False),
        ({"phoneNumber": "0711111111", "emailId": "ANA@example.org"}, True),
        ({"phoneNumber": "0711111112"}, False),
        ({"phone": "0711111111"}, True),
        ({"fullName": english("Ana Doe")}, True),
        ({"shoeSize": "38"}, False),
    ],
    ids=str,
)
def test_what_counts_as_the_same(relying: Any, demographics: dict[str, Any], verified: bool) -> None:
    uin = relying.person(phone="0711111111", email="ana@example.org")["uin"]
    assert is_verified(relying.ask(uin, demographics=demographics)) == verified


def test_the_order_of_words_may_count(relying: Any) -> None:
    uin = relying.person()["uin"]
    relying.mosip.admin.settings({"mosip.ida_word_order": "strict"})
    assert is_verified(relying.ask(uin, demographics={"name": english("ana doe")}))
    assert codes(relying.ask(uin, demographics={"name": english("Doe Ana")})) == ["IDA-DEA-001"]


def test_a_name_in_its_own_language(relying: Any) -> None:
    uin = relying.person(name="ليلى حداد", language="ara")["uin"]
    assert is_verified(relying.ask(uin, demographics={"name": [{"language": "ara", "value": "ليلى حداد"}]}))
    assert codes(relying.ask(uin, demographics={"name": english("ليلى حداد")})) == ["IDA-DEA-003"]


@pytest.mark.parametrize(
    "unusual",
    [
        pytest.param({"outer": {"individualIdType": None}}, id="type is guessed"),
        pytest.param({"outer": {"domainUri": "HTTPS://API-internal.mosip.example"}}, id="case of the domain"),
        pytest.param({"outer": {"domainUri": None, "env": None}}, id="neither domain nor environment"),
        pytest.param({"outer": {"env": "pre-production"}}, id="case of the environment"),
        pytest.param({"outer": {"version": "1.0.1", "specVersion": None}}, id="version of three"),
        pytest.param({"outer": {"requestedAuth": {"demo": True, "bio": True}}}, id="legacy is ignored"),
        pytest.param({"outer": {"consentObtained": "true"}}, id="consent as text"),
        pytest.param({"headers": {"Authorization": "any text"}}, id="any authorization"),
        pytest.param({"inner": {"otp": None, "biometrics": None}}, id="no other factor"),
        pytest.param({"content": "unusual order and white space"}, id="the exact bytes are digested"),
    ],
)
def test_forms_that_are_taken(relying: Any, unusual: dict[str, Any]) -> None:
    uin = relying.person()["uin"]
    if "content" in unusual:
        text = f'\n{{ "demographics" : {{"dob":"1990/01/31"}} , "timestamp":"{relying.after(0)}" }}\n'
        unusual = {"content": text.encode()}
    assert is_verified(relying.ask(uin, **unusual))


def test_a_time_with_an_offset(relying: Any) -> None:
    later = relying.after(3.5 * 3600).replace("Z", "+03:30")
    assert is_verified(relying.ask(relying.person()["uin"], outer={"requestTime": later}))


def test_the_mocks_own_address_is_an_allowed_domain(relying: Any) -> None:
    assert is_verified(relying.ask(relying.person()["uin"], outer={"domainUri": relying.mosip.url}))


@pytest.mark.parametrize("spelling", ["hexadecimal", "HEXADECIMAL", "padded", "bare"])
def test_spellings_of_the_thumbprint(relying: Any, spelling: str) -> None:
    digest = relying.pairs.ida.thumbprint
    text = {
        "hexadecimal": digest.hex(),
        "HEXADECIMAL": digest.hex().upper(),
        "padded": relying.b64url(digest),
        "bare": relying.b64url(digest).rstrip("="),
    }[spelling]
    assert is_verified(relying.ask(relying.person()["uin"], outer={"thumbprint": text}))


@pytest.mark.parametrize("form", ["der", "pem", "pem with CRLF"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padded", [True, False])
def test_forms_of_the_certificate(
    relying: Any, form: str, encode: Callable[[bytes], bytes], padded: bool
) -> None:
    pem = relying.pairs.partner.pem
    raw = {"der": relying.pairs.partner.der, "pem": pem.encode()}.get(
        form, pem.replace("\n", "\r\n").encode()
    )
    text = encode(raw).decode()
    header = {"x5c": [text if padded else text.rstrip("=")], "kid": "ignored"}
    assert is_verified(relying.ask(relying.person()["uin"], header=header))


def test_the_answer_is_signed(relying: Any) -> None:
    uin = relying.person()["uin"]
    for response in (relying.post(uin), relying.post(uin, path=(None, "other", None))):
        header, between, raw = response.headers["response-signature"].partition("..")
        assert between
        members = json.loads(base64.urlsafe_b64decode(header + "=="))
        assert members["alg"] == "RS256"
        certificate = x509.load_der_x509_certificate(base64.b64decode(members["x5c"][0]))
        key: Any = certificate.public_key()
        body = base64.urlsafe_b64encode(response.content).rstrip(b"=").decode()
        signed = f"{header}.{body}".encode()
        key.verify(base64.urlsafe_b64decode(raw + "=="), signed, padding.PKCS1v15(), hashes.SHA256())


def test_numbers_that_break_the_rules_may_be_taken(relying: Any) -> None:
    person = relying.person(uin="1234567891", vid="1234567891234567")
    assert codes(relying.ask(person["uin"])) == ["IDA-MLC-002"]
    assert codes(relying.ask(person["vid"])) == ["IDA-MLC-004"]
    relying.mosip.admin.settings({"mosip.ida_id_rules": "legacy"})
    assert is_verified(relying.ask(person["uin"]))
    assert is_verified(relying.ask(person["vid"]))
    assert is_verified(relying.ask(person["uin"], outer={"individualIdType": None}))
    assert codes(relying.ask("123456789")) == ["IDA-MLC-004"]


def test_the_journal_shows_what_was_encrypted(relying: Any) -> None:
    uin = relying.person()["uin"]
    relying.ask(uin, demographics={"dob": "1990/01/31"})
    (entry,) = relying.mosip.admin.wait_for(OPERATION)
    assert entry["view"]["demographics"] == {"dob": "1990/01/31"}
    assert contracts.violations("mosip/ida-auth.demographics", entry["view"]) == []
    assert entry["violations"] == []
    assert entry["keys"] == {"strong": {}, "weak": {"identifier": uin}}
    assert entry["owner"] is None
    assert entry["response"]["json"]["response"]["authToken"].startswith("[secret ")


def test_the_journal_shows_a_request_whose_digest_is_wrong(relying: Any) -> None:
    relying.ask(relying.person()["uin"], digest=lambda _: "0")
    (entry,) = relying.mosip.admin.wait_for(OPERATION)
    assert entry["view"]["demographics"]["dob"] == "1990/01/31"


def test_breaches_of_the_contract_are_recorded_and_not_enforced(relying: Any) -> None:
    uin = relying.person()["uin"]
    assert is_verified(relying.ask(uin, outer={"individualIdType": "UIN", "metadata": 1}))
    (entry,) = relying.mosip.admin.wait_for(OPERATION)
    assert [each["pointer"] for each in entry["violations"]] == ["/metadata"]


def test_a_forced_error_has_no_response(relying: Any) -> None:
    relying.mosip.admin.fault(
        at=OPERATION, scope="everyone", do={"errors": ["IDA-MPA-009", "IDA-MLC-007"]}, times=1
    )
    uin = relying.person()["uin"]
    answer = relying.ask(uin)
    assert "response" not in answer
    assert answer["transactionID"] == "1234567890"
    assert answer["errors"] == [
        {"errorCode": "IDA-MPA-009", "errorMessage": "Partner is not registered"},
        {"errorCode": "IDA-MLC-007", "errorMessage": "Request could not be processed. Please try again"},
    ]
    assert contracts.violations("mosip/ida-auth.response", answer) == []
    assert is_verified(relying.ask(uin))


def test_a_technical_error_is_no_mismatch(relying: Any) -> None:
    relying.mosip.admin.fault(at=OPERATION, scope="everyone", do={"answer": "technical-error"}, times=1)
    uin = relying.person()["uin"]
    answer = relying.ask(uin)
    assert answer["response"] == {"authStatus": False, "authToken": None}
    assert codes(answer) == ["IDA-MLC-007"]
    assert is_verified(relying.ask(uin))


def test_a_fault_can_be_aimed_at_one_person(relying: Any) -> None:
    ana, bea = relying.person(), relying.person(id="bea", name="Bea Doe")
    relying.mosip.admin.fault(
        at=OPERATION,
        scope="everyone",
        when={"body": {"$.individualId": bea["uin"]}},
        do={"status": 503},
    )
    assert relying.post(bea["uin"]).status_code == 503
    assert is_verified(relying.ask(ana["uin"]))


def test_nobody_gets_in_by_another_method(relying: Any) -> None:
    path = "/idauthentication/v1/auth/misp-licence-of-the-test/crvs-partner/api-key-of-the-test"
    assert relying.mosip.call("GET", path).status_code == 405


def test_without_settings_there_is_no_ida(run_mosip: Callable[..., Any]) -> None:
    mosip = run_mosip()
    assert mosip.call("POST", "/idauthentication/v1/auth/a/b/c", json={}).status_code == 404
    assert not [each for each in mosip.admin.operations() if each["name"].startswith("mosip.ida")]
    person = mosip.admin.people(scenario="test", people=[{"name": "Ana Doe", "at": {"ida": "absent"}}])[0]
    assert re.fullmatch("[0-9]{10}", person["uin"])


def test_a_key_that_is_not_the_certificates(
    ida_settings: IdaSettings, make_settings: Callable[..., MosipSettings], pairs: Any, tmp_path: Path
) -> None:
    wrong = replace(ida_settings, key_pem=pairs.stranger.key_pem)
    with pytest.raises(ValueError, match="the key of IDA"):
        create_app(make_settings(state_dir=tmp_path, ida=wrong))


def test_the_settings_come_from_a_file(
    ida_settings: IdaSettings, make_settings: Callable[..., MosipSettings], tmp_path: Path
) -> None:
    members = json.loads(json.dumps(asdict(make_settings(state_dir=tmp_path, ida=ida_settings)), default=str))
    path = tmp_path / "mosip.json"
    path.write_text(json.dumps(members))
    assert MosipSettings.from_file(path).ida == ida_settings
    for wrong in ({"api_kye": "x"}, {"factors": ["BIO"]}, {"languages": []}):
        path.write_text(json.dumps({**members, "ida": {**members["ida"], **wrong}}))
        with pytest.raises(SettingsError):
            MosipSettings.from_file(path)


def test_digests_are_of_bytes_not_of_meaning(relying: Any) -> None:
    """The same JSON, written otherwise, has another digest."""

    def digest(content: bytes) -> str:
        return hashlib.sha256(json.dumps(json.loads(content), indent=1).encode()).hexdigest().upper()

    assert codes(relying.ask(relying.person()["uin"], digest=digest)) == ["IDA-MPA-016"]


def test_a_scenarios_fault_strikes_its_mother_and_not_anothers(relying: Any) -> None:
    admin = relying.mosip.admin
    mothers = {
        run: admin.people(scenario=run, people=[{"id": "mother", "name": "Ana Doe", "born": "1990-01-31"}])[0]
        for run in ("a#1", "b#1")
    }
    admin.fault(at=OPERATION, scenario="a#1", do={"errors": ["IDA-MPA-009"]})
    only_dob = {"dob": "1990/01/31"}

    for number in ("uin", "vid"):
        assert codes(relying.ask(mothers["a#1"][number], demographics=only_dob)) == ["IDA-MPA-009"]
        assert is_verified(relying.ask(mothers["b#1"][number], demographics=only_dob))
    assert is_verified(relying.ask(relying.person()["uin"], demographics=only_dob))

    entries = admin.journal(operation=OPERATION).entries
    assert [each["scenario"] for each in entries] == ["a#1", "b#1", "a#1", "b#1", "test"]
    assert {each["owner"] for each in entries} == {None}


def test_a_number_that_is_no_text_tells_the_person_all_the_same(relying: Any) -> None:
    uin = relying.person()["uin"]
    relying.ask(uin, outer={"individualId": int(uin)})
    (entry,) = relying.mosip.admin.wait_for(OPERATION)
    assert (entry["keys"]["weak"], entry["scenario"]) == ({"identifier": uin}, "test")


def test_a_scenarios_reset_forgets_its_people_and_no_others(relying: Any) -> None:
    admin = relying.mosip.admin
    gone, stays = (
        admin.people(scenario=run, people=[{"id": run, "name": "Ana Doe", "born": "1990-01-31"}])[0]
        for run in ("a#1", "b#1")
    )
    admin.reset(scenario="a#1")

    assert [each["uin"] for each in admin.state("identities")] == [stays["uin"]]
    assert codes(relying.ask(gone["uin"])) == ["IDA-MLC-018"]
    assert is_verified(relying.ask(stays["uin"], demographics={"dob": "1990/01/31"}))


def test_no_key_of_the_partner_is_ever_kept(relying: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    own = (relying.settings.misp_licence_key, relying.settings.api_key)
    wrong = ("licence-of-elsewhere", "api-key-of-elsewhere")
    uin = relying.person()["uin"]
    relying.ask(uin)
    relying.ask(uin, path=(wrong[0], None, wrong[1]))
    base = f"{relying.mosip.url}/idauthentication/v1"
    for keys in (own, wrong):
        requests.get(f"{base}/auth/{keys[0]}/crvs-partner/{keys[1]}", timeout=20)
        requests.post(f"{base}/auth/{keys[0]}/{keys[1]}", timeout=20)
    requests.post(f"{relying.mosip.url}/auth/{own[0]}/crvs-partner/{own[1]}", timeout=20)

    admin = relying.mosip.admin
    entries = admin.journal().entries
    assert len(entries) == 7
    server = "werkzeug"  # of the tests only; it writes down every path that it is asked for
    logs = [
        each.getMessage() for each in caplog.records if each.name not in (server, "urllib3.connectionpool")
    ]
    kept = json.dumps([entries, admin.state(), admin.health(), admin.settings(), logs])
    assert [secret for secret in (*own, *wrong) if secret in kept] == []
