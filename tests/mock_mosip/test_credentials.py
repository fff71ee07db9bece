"""The credential, opened by hand, its proof checked against a normal form made by hand; and forgeries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_public_key

import contracts
from mock_control.client import AdminError
from mock_mosip.id_repository.numbers import partner_token

HONEST = "7058649208312401"  # a VID by MOSIP's rules
RID = "10001100040000120261123100000"
SECRET = "websub-secret-of-the-test"
TOPIC = "opencrvs-partner/CREDENTIAL_ISSUED"
NUMBER = "B123100000"
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
DATE_TIME = "<http://www.w3.org/2001/XMLSchema#dateTime>"


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(partner: Any, credential: str) -> dict[str, Any]:
    """Decrypts step by step, by the offsets of the format."""
    assert set("+/=") & set(credential) == set()
    data = unpadded(credential)
    assert data[:6] == b"VER_R2"
    assert data[6:38] == partner.certificate.fingerprint(hashes.SHA256())
    assert data[294:308] == b"#KEY_SPLITTER#"
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    key = partner.key.decrypt(data[38:294], oaep)
    aad, sealed = data[308:340], data[340:]
    found: dict[str, Any] = json.loads(AESGCM(key).decrypt(aad[:12], sealed, aad))
    return found


@pytest.fixture
def issue(mosip: Any, subscriber: Any, subscribe: Callable[..., Any], partner: Any) -> Callable[..., Any]:
    def run(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        subscribe(mosip, subscriber)
        mosip.register(RID, **changes)
        [got] = subscriber.credentials()
        event = got.json
        return event, opened(partner, event["event"]["data"]["credential"])

    return run


def test_the_event_is_as_mosip_sends_it(issue: Callable[..., Any]) -> None:
    event, _ = issue()
    assert contracts.violations("mosip/credential-issued.event", event) == []
    assert (event["publisher"], event["topic"]) == ("CREDENTIAL_SERVICE", TOPIC)
    inner = event["event"]
    assert inner["type"] == {"namespace": "mosip", "name": "mosip"}
    assert inner["dataShareUri"] is None
    data = inner["data"]
    assert (data["registrationId"], data["credentialType"]) == (RID, "vercred")
    assert data["templateTypeCode"] == "RPR_UIN_CARD_TEMPLATE"
    assert len(data["protectionKey"]) == 6


def test_the_credential_names_the_child(mosip: Any, issue: Callable[..., Any]) -> None:
    _, credential = issue()
    assert contracts.violations("mosip/credential.vc", credential) == []
    [identity] = mosip.identities()
    assert credential["credentialSubject"] == {
        "id": f"http://credential.idrepo/credentials/{RID}",
        "vcVer": "VC-V1",
        "birthCertificateNumber": NUMBER,
        "VID": identity["vid"],
    }
    assert credential["type"] == ["VerifiableCredential", "MOSIPVerifiableCredential"]
    assert credential["issuer"] == f"{mosip.url}/.well-known/controller.json"
    assert credential["@context"] == [
        "https://www.w3.org/2018/credentials/v1",
        f"{mosip.url}/.well-known/mosip-context.json",
        {"sec": "https://w3id.org/security#"},
    ]


def normal_form(credential: dict[str, Any], namespace: str) -> bytes:
    """The document as N-Quads, in order, written by hand from the terms' IRIs."""
    subject, it = credential["credentialSubject"], f"<{credential['id']}>"
    about, cred = f"<{subject['id']}>", "https://www.w3.org/2018/credentials#"
    lines = [
        *(
            f'{about} <{namespace}{name}> "{subject[name]}" .'
            for name in ("VID", "birthCertificateNumber", "vcVer")
        ),
        f"{it} {RDF_TYPE} <{cred}VerifiableCredential> .",
        f"{it} <{cred}credentialSubject> {about} .",
        f'{it} <{cred}issuanceDate> "{credential["issuanceDate"]}"^^{DATE_TIME} .',
        f"{it} <{cred}issuer> <{credential['issuer']}> .",
    ]
    return "".join(f"{line}\n" for line in sorted(lines)).encode()


def normal_options(proof: dict[str, Any]) -> bytes:
    security = "https://w3id.org/security#"
    return (
        f'_:c14n0 <http://purl.org/dc/terms/created> "{proof["created"]}"^^{DATE_TIME} .\n'
        f"_:c14n0 {RDF_TYPE} <{security}RsaSignature2018> .\n"
        f"_:c14n0 <{security}proofPurpose> <{security}assertionMethod> .\n"
        f"_:c14n0 <{security}verificationMethod> <{proof['verificationMethod']}> .\n"
    ).encode()


def openssl_verifies(folder: Path, public_key: str, signed: bytes, signature: bytes) -> bool:
    (folder / "key.pem").write_text(public_key)
    (folder / "signed").write_bytes(signed)
    (folder / "signature").write_bytes(signature)
    pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
    checked = subprocess.run(
        ["openssl", "dgst", "-sha256", *pss, "-verify", "key.pem", "-signature", "signature", "signed"],
        cwd=folder,
        check=False,
        capture_output=True,
    )
    return checked.returncode == 0


def test_the_proof_signs_the_normal_form(mosip: Any, issue: Callable[..., Any], tmp_path: Path) -> None:
    _, credential = issue()
    proof = credential.pop("proof")
    assert (proof["type"], proof["proofPurpose"]) == ("RsaSignature2018", "assertionMethod")
    key = mosip.call("GET", "/.well-known/public-key.json").json()
    assert proof["verificationMethod"] == key["id"]
    head, nothing, signature = proof["jws"].split(".")
    assert nothing == ""
    header = json.loads(unpadded(head))
    assert [*header] == ["b64", "crit", "kid", "alg"]
    assert (header["b64"], header["crit"], header["alg"]) == (False, ["b64"], "PS256")

    def signed(document: dict[str, Any]) -> bytes:
        form = normal_form(document, f"{mosip.url}/mosip#")
        return (
            f"{head}.".encode()
            + hashlib.sha256(normal_options(proof)).digest()
            + hashlib.sha256(form).digest()
        )

    pem = key["publicKeyPem"]
    assert openssl_verifies(tmp_path, pem, signed(credential), unpadded(signature))
    for claim in ("VID", "birthCertificateNumber", "vcVer"):
        tampered = {
            **credential,
            "credentialSubject": {**credential["credentialSubject"], claim: "9999999999"},
        }
        assert not openssl_verifies(tmp_path, pem, signed(tampered), unpadded(signature)), claim


def test_the_other_proof_signs_canonical_json(mosip: Any, issue: Callable[..., Any], tmp_path: Path) -> None:
    mosip.admin.settings({"mosip.proof": "jcs"})
    _, credential = issue()
    proof = credential.pop("proof")
    head, _, signature = proof["jws"].split(".")
    assert json.loads(unpadded(head))["kid"] == proof["verificationMethod"]
    canonical = json.dumps(credential, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    pem = mosip.call("GET", "/.well-known/public-key.json").json()["publicKeyPem"]
    assert openssl_verifies(tmp_path, pem, f"{head}.".encode() + canonical, unpadded(signature))


def test_the_event_carries_a_signature_of_its_own(issue: Callable[..., Any]) -> None:
    event, credential = issue()
    head, _, signature = event["event"]["data"]["proof"]["signature"].split(".")
    header = json.loads(unpadded(head))
    certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    assert (
        header["x5t#S256"]
        == base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    )
    text = json.dumps(credential, separators=(",", ":"), ensure_ascii=False).encode()
    payload = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    key: Any = certificate.public_key()
    key.verify(unpadded(signature), f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())


def test_the_documents_that_verify_it(mosip: Any) -> None:
    base = f"{mosip.url}/.well-known"
    assert mosip.call("GET", "/.well-known/controller.json").json() == {
        "@context": "https://w3id.org/security/v2",
        "id": f"{base}/controller.json",
        "assertionMethod": [f"{base}/public-key.json"],
    }
    key = mosip.call("GET", "/.well-known/public-key.json").json()
    assert (key["type"], key["controller"]) == ("RsaVerificationKey2018", f"{base}/controller.json")
    _, terms = mosip.call("GET", "/.well-known/mosip-context.json").json()["@context"]
    assert terms["mosip"] == f"{mosip.url}/mosip#"
    assert {"VID", "birthCertificateNumber", "vcVer", "fullName"} <= set(terms)


def test_cause_keys_and_view_of_a_delivery(mosip: Any, issue: Callable[..., Any]) -> None:
    event, credential = issue()
    [issued] = mosip.admin.wait_for("mosip.credential.issue")
    [sent] = mosip.admin.wait_for("mosip.websub.deliver")
    hub_event = event["event"]["id"]
    assert issued["effects"] == [{"name": "credential-issued", "rid": RID, "hub_event": hub_event}]
    assert sent["cause"] == issued["id"]
    assert sent["keys"]["strong"] == {"rid": RID, "hub_event": hub_event}
    shown = sent["view"]["event"]["data"]["credential"]["credentialSubject"]
    assert shown == credential["credentialSubject"]


@pytest.mark.parametrize(
    ("policy", "process", "issued"),
    [
        ("stock", "CRVS_NEW", True),
        ("stock", "CRVS_DEATH", False),
        ("always", "CRVS_DEATH", True),
        ("never", "CRVS_NEW", False),
    ],
)
def test_who_gets_a_credential(
    mosip: Any,
    subscriber: Any,
    subscribe: Callable[..., Any],
    partner: Any,
    policy: str,
    process: str,
    issued: bool,
) -> None:
    mosip.admin.settings({"mosip.credential_policy": policy})
    subscribe(mosip, subscriber)
    mosip.register(RID, process)
    mosip.ended(RID)
    if issued:
        [got] = subscriber.credentials()
        subject = opened(partner, got.json["event"]["data"]["credential"])["credentialSubject"]
        assert ("VID" in subject) == (process == "CRVS_NEW")
        return
    mosip.admin.advance("1d")
    assert [got for got in subscriber.got if got.method == "POST"] == []


def test_a_lost_credential_is_never_delivered(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    subscribe(mosip, subscriber)
    mosip.admin.lose(at="mosip.credential.issue", when="before", scope="everyone")
    mosip.register(RID)
    mosip.admin.wait_for("mosip.credential.issue")
    mosip.admin.advance("1d")
    assert [got for got in subscriber.got if got.method == "POST"] == []
    assert mosip.state("workflows")[0]["result"] == "PROCESSED"


def test_the_partners_own_token_stands_for_the_child(
    run_mosip: Callable[..., Any], subscriber: Any, subscribe: Callable[..., Any], partner: Any
) -> None:
    """36 digits that say nothing of the UIN, in the credential as in what IDA tells that partner."""
    mosip = run_mosip(identifier_claim="PSUT")
    subscribe(mosip, subscriber)
    mosip.register(RID)
    [got] = subscriber.credentials()
    credential = opened(partner, got.json["event"]["data"]["credential"])
    assert contracts.violations("mosip/credential.vc", credential) == []
    subject, [child] = credential["credentialSubject"], mosip.identities()
    assert {"UIN", "VID"} & set(subject) == set()
    assert re.fullmatch("[0-9]{36}", subject["PSUT"])
    assert subject["PSUT"] == partner_token(child["uin"], mosip.settings.partner_id)
    assert subject["PSUT"] != partner_token(child["uin"], "another-partner")
    assert mosip.effect("identity-minted", psut=subject["PSUT"])


@pytest.mark.parametrize(("claim", "member"), [("VID", "vid"), ("UIN", "uin"), ("none", None)])
def test_the_identifier_is_as_the_policy_shares_it(
    run_mosip: Callable[..., Any],
    subscriber: Any,
    subscribe: Callable[..., Any],
    partner: Any,
    claim: str,
    member: str | None,
) -> None:
    mosip = run_mosip(identifier_claim=claim)
    subscribe(mosip, subscriber)
    mosip.register(RID)
    [got] = subscriber.credentials()
    subject = opened(partner, got.json["event"]["data"]["credential"])["credentialSubject"]
    expected = {} if member is None else {claim: mosip.identities()[0][member]}
    assert {name: value for name, value in subject.items() if name in ("UIN", "VID")} == expected


# -- forgeries -------------------------------------------------------------------------------------------


def spoilt(mosip: Any, subscriber: Any, **how: str) -> Any:
    before = len(subscriber.got)
    mosip.admin.command("mosip.deliver", credential_for=RID, identifier="9999999999", **how)
    return subscriber.got[before]


def forge(mosip: Any, subscriber: Any, forgery: str, **more: Any) -> Any:
    before = len(subscriber.got)
    answer = mosip.admin.command(
        "mosip.deliver", credential_for=RID, identifier="9999999999", forgery=forgery, **more
    )
    assert answer["status"] == 200
    return subscriber.got[before]


@pytest.fixture
def victim(mosip: Any, subscriber: Any, subscribe: Callable[..., Any]) -> Any:
    subscribe(mosip, subscriber)
    assert mosip.create_packet(mosip.packet(RID)).json()["response"]
    return mosip


def digest(body: bytes) -> str:
    return f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"


def test_forgeries_differ_in_their_signature_alone(victim: Any, subscriber: Any, partner: Any) -> None:
    got = {
        name: forge(victim, subscriber, name)
        for name in ("none", "unsigned", "wrong-secret", "two-signature-headers", "altered-body")
    }
    signatures = {name: each.headers.get("x-hub-signature", []) for name, each in got.items()}
    assert signatures["none"] == [digest(got["none"].body)]
    assert signatures["unsigned"] == []
    assert len(signatures["wrong-secret"]) == 1
    assert signatures["wrong-secret"] != [digest(got["wrong-secret"].body)]
    assert len(signatures["two-signature-headers"]) == 2
    assert digest(got["two-signature-headers"].body) in signatures["two-signature-headers"]
    assert signatures["altered-body"] != [digest(got["altered-body"].body)]
    for each in got.values():
        event = each.json
        assert contracts.violations("mosip/credential-issued.event", event) == []
        assert (event["topic"], event["event"]["data"]["registrationId"]) == (TOPIC, RID)
        credential = opened(partner, event["event"]["data"]["credential"])
        assert credential["credentialSubject"]["VID"] == "9999999999"
        assert credential["credentialSubject"]["birthCertificateNumber"] == NUMBER


def test_an_altered_body_differs_from_the_signed_one_by_a_byte(victim: Any, subscriber: Any) -> None:
    got = forge(victim, subscriber, "altered-body")
    place = got.body.index(b'"protectionKey":"') + len(b'"protectionKey":"')
    variants = [got.body[:place] + str(n).encode() + got.body[place + 1 :] for n in range(10)]
    assert [each for each in variants if got.headers["x-hub-signature"] == [digest(each)]] not in (
        [],
        [got.body],
    )


def signed_form(mosip: Any, credential: dict[str, Any], proof: dict[str, Any]) -> tuple[bytes, bytes]:
    """What a proof must have signed, and its signature."""
    head, _, signature = proof["jws"].split(".")
    form = normal_form(credential, f"{mosip.url}/mosip#")
    options = hashlib.sha256(normal_options(proof)).digest()
    return f"{head}.".encode() + options + hashlib.sha256(form).digest(), unpadded(signature)


def event_is_signed(mosip: Any, event: dict[str, Any], credential: dict[str, Any]) -> bool:
    """Whether what stands beside the credential is MOSIP's signature of it as it stands."""
    head, _, signature = event["event"]["data"]["proof"]["signature"].split(".")
    text = json.dumps(credential, separators=(",", ":"), ensure_ascii=False).encode()
    payload = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    pem = mosip.call("GET", "/.well-known/public-key.json").json()["publicKeyPem"]
    key: Any = load_pem_public_key(pem.encode())
    try:
        key.verify(unpadded(signature), f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(
    ("forgery", "proven"),
    [("none", True), ("unsigned", False), ("junk-proof", False), ("tampered-claim", False)],
)
def test_a_forgery_proves_nothing(
    victim: Any, subscriber: Any, partner: Any, tmp_path: Path, forgery: str, proven: bool
) -> None:
    got = forge(victim, subscriber, forgery)
    credential = opened(partner, got.json["event"]["data"]["credential"])
    assert event_is_signed(victim, got.json, credential) is proven
    signed, signature = signed_form(victim, credential, credential.pop("proof"))
    pem = victim.call("GET", "/.well-known/public-key.json").json()["publicKeyPem"]
    assert openssl_verifies(tmp_path, pem, signed, signature) is proven
    assert credential["credentialSubject"]["VID"] == "9999999999"


def test_a_tampered_claim_was_once_proven_for_another(
    victim: Any, subscriber: Any, partner: Any, tmp_path: Path
) -> None:
    got = forge(victim, subscriber, "tampered-claim")
    credential = opened(partner, got.json["event"]["data"]["credential"])
    credential["credentialSubject"]["VID"] = HONEST
    assert event_is_signed(victim, got.json, credential)
    signed, signature = signed_form(victim, credential, credential.pop("proof"))
    pem = victim.call("GET", "/.well-known/public-key.json").json()["publicKeyPem"]
    assert openssl_verifies(tmp_path, pem, signed, signature)


@pytest.mark.parametrize("forgery", ["junk-proof", "no-proof", "tampered-claim"])
def test_the_hub_itself_signs_what_is_forged_inside(victim: Any, subscriber: Any, forgery: str) -> None:
    got = forge(victim, subscriber, forgery)
    assert got.headers["x-hub-signature"] == [digest(got.body)]


def test_without_proof_there_is_none(victim: Any, subscriber: Any, partner: Any) -> None:
    got = forge(victim, subscriber, "no-proof")
    assert "proof" not in opened(partner, got.json["event"]["data"]["credential"])


def test_what_is_sent_may_be_signed_in_many_ways(victim: Any, subscriber: Any) -> None:
    got = {
        sign: spoilt(victim, subscriber, sign=sign)
        for sign in ("not", "wrong-secret", "two-headers", "sha1", "upper-case")
    }
    signatures = {name: each.headers.get("x-hub-signature", []) for name, each in got.items()}
    right = {name: digest(each.body) for name, each in got.items()}
    assert signatures["not"] == []
    assert len(signatures["wrong-secret"]) == 1
    assert signatures["wrong-secret"] != [right["wrong-secret"]]
    assert len(signatures["two-headers"]) == 2
    assert right["two-headers"] in signatures["two-headers"]
    by_sha1 = hmac.new(SECRET.encode(), got["sha1"].body, hashlib.sha1).hexdigest()
    assert signatures["sha1"] == [f"sha1={by_sha1}"]
    assert signatures["upper-case"] == [right["upper-case"].upper()]


@pytest.mark.parametrize("how", [{"sign": "wrong-key"}, {"mutate": "wrong-issuer"}], ids=str)
def test_a_proof_of_somebody_else(
    victim: Any, subscriber: Any, partner: Any, tmp_path: Path, how: dict[str, str]
) -> None:
    got = spoilt(victim, subscriber, **how)
    credential = opened(partner, got.json["event"]["data"]["credential"])
    assert not event_is_signed(victim, got.json, credential)
    proof = credential.pop("proof")
    elsewhere = "mutate" in how
    assert proof["verificationMethod"].startswith("https://issuer.example/") is elsewhere
    assert credential["issuer"].startswith("https://issuer.example/") is elsewhere
    head = json.loads(unpadded(proof["jws"].split(".")[0]))
    assert (head["alg"], head["kid"] == "forged") == ("PS256", False)
    if not elsewhere:
        signed, signature = signed_form(victim, credential, proof)
        pem = victim.call("GET", "/.well-known/public-key.json").json()["publicKeyPem"]
        assert not openssl_verifies(tmp_path, pem, signed, signature)
    assert got.headers["x-hub-signature"] == [digest(got.body)], "the hub's own signature is good"


def test_what_is_encrypted_to_a_stranger_names_no_certificate_of_the_partner(
    victim: Any, subscriber: Any
) -> None:
    thumbprints = {
        how: unpadded(spoilt(victim, subscriber, **told).json["event"]["data"]["credential"])[6:38]
        for how, told in (("honest", {}), ("strange", {"mutate": "unknown-thumbprint"}))
    }
    assert thumbprints["honest"] != thumbprints["strange"]


def test_half_an_event_is_signed_as_it_is(victim: Any, subscriber: Any) -> None:
    got = spoilt(victim, subscriber, mutate="truncated")
    assert got.headers["x-hub-signature"] == [digest(got.body)]
    with pytest.raises(json.JSONDecodeError):
        json.loads(got.body)


def test_an_event_of_another_topic(victim: Any, subscriber: Any) -> None:
    got = spoilt(victim, subscriber, mutate="other-topic")
    assert (got.json["topic"], got.headers["x-hub-signature"]) == (
        "somebody-else/CREDENTIAL_ISSUED",
        [digest(got.body)],
    )


def test_a_change_and_a_signature_go_together(victim: Any, subscriber: Any, partner: Any) -> None:
    got = spoilt(victim, subscriber, mutate="no-proof", sign="not")
    assert "x-hub-signature" not in got.headers
    assert "proof" not in opened(partner, got.json["event"]["data"]["credential"])


@pytest.mark.parametrize(
    ("how", "near"),
    [
        ({"mutate": "tampered"}, "tampered-claim"),
        ({"sign": "sha-1"}, "sha1"),
        ({"forgery": "unsigned", "sign": "not"}, "forgery"),
        ({"forgery": "unsignd"}, "unsigned"),
    ],
    ids=str,
)
def test_what_cannot_be_forged_is_refused(victim: Any, how: dict[str, str], near: str) -> None:
    with pytest.raises(AdminError) as refused:
        victim.admin.command("mosip.deliver", credential_for=RID, **how)
    assert near in refused.value.near


def test_a_fault_spoils_the_real_event(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any], partner: Any
) -> None:
    subscribe(mosip, subscriber)
    mosip.admin.fault(
        at="mosip.websub.deliver",
        scope="everyone",
        do={"mutate": "tampered-claim", "sign": "upper-case"},
        times=1,
    )
    mosip.register(RID)
    [got] = subscriber.credentials()
    credential = opened(partner, got.json["event"]["data"]["credential"])
    assert credential["credentialSubject"]["VID"] == "9999999999"
    assert got.headers["x-hub-signature"] == [digest(got.body).upper()]
    [entry] = mosip.admin.wait_for("mosip.websub.deliver", within=5)
    assert got.json["event"]["id"] == entry["keys"]["strong"]["hub_event"], "it is the event that was issued"
    told = entry["view"]["event"]["data"]["credential"]["credentialSubject"]
    assert told["VID"] == "9999999999", "the journal shows what was sent"


def test_a_delivery_by_command_may_name_another_certificate(
    victim: Any, subscriber: Any, partner: Any
) -> None:
    got = forge(victim, subscriber, "none", certificate_number="ANOTHER-ONE")
    subject = opened(partner, got.json["event"]["data"]["credential"])["credentialSubject"]
    assert subject["birthCertificateNumber"] == "ANOTHER-ONE"


def test_a_forgery_is_nobodys_and_has_no_effect(victim: Any, subscriber: Any) -> None:
    forge(victim, subscriber, "unsigned")
    [sent] = victim.admin.wait_for("mosip.websub.deliver")
    assert set(sent["keys"]["strong"]) == {"forgery"}
    assert sent["owner"] is None
    assert sent["effects"] == []


def test_a_forgery_passes_where_the_real_one_is_held(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    rid, owner = "10001100049999920261123120000", "f#1/birth.registration"
    action = {"owner": owner, "record": "birth", "process": "CRVS_NEW", "certificate_number": "BF"}
    mosip.admin.reserve(scenario="f#1", actions=[action])
    gate = mosip.admin.hold(at="mosip.websub.deliver", of=owner, when="before", scenario="f#1")
    subscribe(mosip, subscriber)
    mosip.register(rid, fields={"birthCertificateNumber": "BF"})
    mosip.admin.wait_for("mosip.websub.deliver", owner=owner, state="open")
    answer = mosip.admin.command(
        "mosip.deliver", credential_for=owner, identifier="9999999999", forgery="unsigned"
    )
    assert answer["status"] == 200
    assert len([got for got in subscriber.got if got.method == "POST"]) == 1
    mosip.admin.release(gate)
    assert len(subscriber.credentials(2)) == 2


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"credential_for": RID, "forgery": "clumsy"}, 400),
        ({"credential_for": RID, "identifier": 7}, 400),
        ({"credential_for": RID, "topik": "x"}, 400),
        ({"credential_for": RID, "topic": "nobody/CREDENTIAL_ISSUED"}, 409),
    ],
)
def test_forgeries_that_can_not_be_made(victim: Any, arguments: dict[str, Any], status: int) -> None:
    with pytest.raises(AdminError) as refused:
        victim.admin.command("mosip.deliver", **arguments)
    assert refused.value.status == status


def told_of(event: dict[str, Any]) -> dict[str, Any]:
    """Everything in an event by its path, but for what is drawn or sealed anew for each."""
    drawn = {"id", "transactionId", "timestamp", "publishedOn", "credential", "proof"}
    found: dict[str, Any] = {}
    for where, members in (("", event), ("event.", event["event"]), ("event.data.", event["event"]["data"])):
        found |= {
            f"{where}{name}": each for name, each in members.items() if name not in {*drawn, "event", "data"}
        }
    return found


@pytest.mark.parametrize(
    ("surprise", "changed", "gone"),
    [
        ("unknown-type", {"event.data.credentialType": "euin"}, set()),
        ("odd-id", {}, set()),
        (
            "more-members",
            {
                "version": 2,
                "metadata": None,
                "event.type": None,
                "event.trace": None,
                "event.data.ExpiryTimestamp": "9999-12-31T23:59:59.999",
                "event.data.TransactionLimit": None,
                "event.data.templateTypeCode": None,
                "event.data.issuedBy": {"office": None, "desks": [1, 2.5, True]},
            },
            set(),
        ),
        ("no-protection-key", {}, {"event.data.protectionKey"}),
    ],
)
def test_an_event_that_is_not_as_described_is_genuine_all_the_same(
    victim: Any, subscriber: Any, partner: Any, surprise: str, changed: dict[str, Any], gone: set[str]
) -> None:
    plain = told_of(spoilt(victim, subscriber).json)
    got = spoilt(victim, subscriber, mutate=surprise)
    assert got.headers["x-hub-signature"] == [digest(got.body)], "what is sent is what was signed"
    told = told_of(got.json)
    expected = {name: each for name, each in {**plain, **changed}.items() if name not in gone}
    expected.pop("event.data.protectionKey", None)
    told.pop("event.data.protectionKey", None)
    assert told == expected
    assert ("protectionKey" in got.json["event"]["data"]) is (surprise != "no-protection-key")
    is_uuid = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", got.json["event"]["id"])
    assert (is_uuid is not None) is (surprise != "odd-id")
    assert (
        opened(partner, got.json["event"]["data"]["credential"])["credentialSubject"]["VID"] == "9999999999"
    )


def test_a_surprise_strikes_the_real_event_and_no_other(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    subscribe(mosip, subscriber)
    mosip.admin.fault(at="mosip.websub.deliver", scope="everyone", do={"mutate": "unknown-type"})
    mosip.register(RID)
    [got] = subscriber.credentials()
    assert got.json["event"]["data"]["credentialType"] == "euin"
    assert got.headers["x-hub-signature"] == [digest(got.body)]


def test_a_delivery_by_command_may_carry_what_the_policy_shares(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any], partner: Any
) -> None:
    subscribe(mosip, subscriber)
    mosip.register(RID)
    [real] = subscriber.credentials()
    mosip.admin.command("mosip.deliver", credential_for=RID, identifier="as-policy")
    again = subscriber.credentials(2)[-1]
    numbers = [
        opened(partner, each.json["event"]["data"]["credential"])["credentialSubject"]["VID"]
        for each in (real, again)
    ]
    assert numbers[0] == numbers[1]
    assert real.json["event"]["id"] != again.json["event"]["id"]


def test_what_the_policy_shares_is_there_once_mosip_has_made_it(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    subscribe(mosip, subscriber)
    mosip.admin.fault(at="mosip.workflow.packet_validator", scope="everyone", do={"answer": "failed"})
    mosip.register(RID)
    with pytest.raises(AdminError) as refused:
        mosip.admin.command("mosip.deliver", credential_for=RID, identifier="as-policy")
    assert refused.value.status == 409
