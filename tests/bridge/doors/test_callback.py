"""What the hub delivers: who is believed, and what is believed of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.callback import CallbackRefused, Callbacks, CredentialIssued, Ignored, WorkflowEnded
from bridge.settings import Settings

RID = "10001100040000720261123100001"
TOPIC = "opencrvs-partner/CREDENTIAL_ISSUED"
WORKFLOW_TOPIC = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
SUBJECT = f"http://credential.idrepo/credentials/{RID}"
SECRET = "hub-secret"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(
    raw: bytes, *, secret: str = SECRET, method: str = "sha256", digest: str = "sha256"
) -> dict[str, str]:
    mac = hmac.new(secret.encode(), raw, digest).hexdigest()
    return {"X-Hub-Signature": f"{method}={mac}"}


@pytest.fixture
def settings(
    upstream: Any, told: Any, issuer: Any, make_settings: Callable[..., Settings]
) -> Callable[..., Settings]:
    """Settings whose allow-list names the issuer behind the upstream, which serves its key."""
    key = {"id": f"{upstream.url}/key.json", "publicKeyPem": issuer.public_pem}
    upstream.answer = lambda _: told(body=key)
    listed = f"{upstream.url}/.well-known/controller.json, {upstream.url}/key.json"

    def make(**given: object) -> Settings:
        return make_settings(**{"mosip_verifiable_credential_allowlist": listed, **given})

    return make


@pytest.fixture
def callbacks(settings: Callable[..., Settings]) -> Callbacks:
    """A bridge that wants signature and proof."""
    return Callbacks.of(settings())


@pytest.fixture
def credential(upstream: Any, issuer: Any) -> Callable[..., dict[str, Any]]:
    """A proven credential with the given subject members; the named parameters change who proves it."""

    def make(
        *, key: Any = None, issued_by: str | None = None, method: str | None = None, **subject: object
    ) -> Any:
        document = {
            "@context": ["https://www.w3.org/2018/credentials/v1", {"sec": "https://w3id.org/security#"}],
            "id": "http://credential.idrepo/credentials/3b45aa17-dfd1-432e-ab29-c0be39cb55f7",
            "type": ["VerifiableCredential", "MOSIPVerifiableCredential"],
            "issuer": issued_by or f"{upstream.url}/.well-known/controller.json",
            "issuanceDate": "2026-11-23T10:05:59.900Z",
            "credentialSubject": {"id": SUBJECT, "vcVer": "VC-V1", **subject},
        }
        head = b64(json.dumps({"alg": "PS256", "b64": False, "crit": ["b64"]}).encode())
        pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
        payload = head.encode() + b"." + rfc8785.dumps(document)
        jws = f"{head}..{b64((key or issuer).private.sign(payload, pss, SHA256()))}"
        proof = {
            "type": "RsaSignature2018",
            "created": "2026-11-23T10:05:59Z",
            "proofPurpose": "assertionMethod",
            "verificationMethod": method or f"{upstream.url}/key.json",
            "jws": jws,
        }
        return {**document, "proof": proof}

    return make


@pytest.fixture
def event(seal: Callable[..., bytes]) -> Callable[..., bytes]:
    """The hub's delivery of a credential; members of its ``data`` can be changed, None leaves one out."""

    def make(
        credential: object, /, *, topic: str = TOPIC, event: dict[str, object] | None = None, **data: object
    ) -> bytes:
        plain = credential if isinstance(credential, bytes) else json.dumps(credential).encode()
        members = {
            "registrationId": RID,
            "credentialType": "vercred",
            "credential": b64(seal(plain)),
            "protectionKey": "275700",
            **data,
        }
        return json.dumps(
            {
                "publisher": "CREDENTIAL_SERVICE",
                "topic": topic,
                "publishedOn": "2026-11-23T10:06:00.000Z",
                "event": {
                    "id": "01154a79-9582-4ce0-9cb5-8a011dcff620",
                    "transactionId": "10001-not-a-uuid",
                    "timestamp": "2026-11-23T10:06:00.000Z",
                    "dataShareUri": None,
                    "data": {name: value for name, value in members.items() if value is not None},
                    **(event or {}),
                },
            }
        ).encode()

    return make


def test_a_birth(
    callbacks: Callbacks, credential: Callable[..., Any], event: Callable[..., bytes], upstream: Any
) -> None:
    raw = event(credential(VID="7058649208312401", birthCertificateNumber="K3V9Q0ZT7M2A"))
    for _ in range(2):
        got = callbacks.open(raw, signed(raw))
    assert got == CredentialIssued(
        hub_event_id="01154a79-9582-4ce0-9cb5-8a011dcff620",
        rid=RID,
        identifier="7058649208312401",
        certificate_number="K3V9Q0ZT7M2A",
        request_id="10001-not-a-uuid",
        topic=TOPIC,
        problem=None,
    )
    assert "7058649208312401" not in repr(got)
    assert len(upstream.seen) == 1, "the issuer's key is fetched once"


def test_a_death_names_no_identifier(
    callbacks: Callbacks, credential: Callable[..., Any], event: Callable[..., bytes]
) -> None:
    raw = event(credential())
    got = callbacks.open(raw, signed(raw))
    assert isinstance(got, CredentialIssued)
    assert (got.rid, got.identifier, got.certificate_number, got.problem) == (RID, None, None, None)


def test_which_claim_is_the_identifier(
    settings: Callable[..., Settings], credential: Callable[..., Any], event: Callable[..., bytes]
) -> None:
    chosen = Callbacks.of(settings(mosip_verifiable_credential_national_id_key="UIN"))
    raw = event(credential(VID="7058649208312401", UIN="5260181591"))
    got = chosen.open(raw, signed(raw))
    assert isinstance(got, CredentialIssued)
    assert got.identifier == "5260181591"


@pytest.mark.parametrize(
    ("method", "digest"),
    [("sha256", "sha256"), ("SHA256", "sha256"), ("sha384", "sha384"), ("SHA512", "sha512")],
)
def test_signatures_taken(
    callbacks: Callbacks,
    credential: Callable[..., Any],
    event: Callable[..., bytes],
    method: str,
    digest: str,
) -> None:
    raw = event(credential())
    headers = signed(raw, method=method, digest=digest)
    callbacks.open(raw, headers)
    callbacks.open(
        raw,
        {
            "x-hub-signature": headers["X-Hub-Signature"].partition("=")[0]
            + "="
            + (headers["X-Hub-Signature"].partition("=")[2].upper())
        },
    )


def good(raw: bytes) -> str:
    return signed(raw)["X-Hub-Signature"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (lambda _: {}, "unsigned"),
        (lambda _: {"X-Hub-Signature": ""}, "unknown-algorithm"),
        (lambda raw: {"X-Hub-Signature": f"{good(raw)},{good(raw)}"}, "several-signatures"),
        (lambda raw: {"X-Hub-Signature": good(raw), "x-hub-signature": good(raw)}, "several-signatures"),
        (lambda raw: signed(raw, method="sha1", digest="sha1"), "unknown-algorithm"),
        (lambda raw: {"X-Hub-Signature": good(raw).removeprefix("sha256=")}, "unknown-algorithm"),
        (lambda _: {"X-Hub-Signature": "sha256="}, "unknown-algorithm"),
        (lambda raw: signed(raw, secret="wrong"), "bad-signature"),
        (lambda raw: signed(raw + b" "), "bad-signature"),
        (lambda raw: {"X-Hub-Signature": good(raw)[:-2]}, "bad-signature"),
        (lambda _: {"X-Hub-Signature": "sha256=é"}, "bad-signature"),
    ],
)
def test_signatures_refused(
    callbacks: Callbacks, headers: Callable[[bytes], dict[str, str]], reason: str, event: Callable[..., bytes]
) -> None:
    raw = event(b"{}")
    with pytest.raises(CallbackRefused) as refused:
        callbacks.open(raw, headers(raw))
    assert (refused.value.status, refused.value.reason) == (401, reason)
    assert refused.value.well_formed == (reason == "bad-signature")


def test_two_secrets_while_one_is_rotated(
    settings: Callable[..., Settings], event: Callable[..., bytes]
) -> None:
    raw = event(b"{}", credentialType="euin")
    lenient = Callbacks.of(settings(bridge_bad_signature_status=202))
    rotating = Callbacks.of(
        settings(bridge_bad_signature_status=202, bridge_websub_previous_secret="previous")
    )
    for secret in (SECRET, "previous"):
        assert isinstance(rotating.open(raw, signed(raw, secret=secret)), Ignored)
    for bridge, status in ((lenient, 202), (rotating, 401)):
        with pytest.raises(CallbackRefused) as refused:
            bridge.open(raw, signed(raw, secret="wrong"))
        assert refused.value.status == status


def test_too_large(callbacks: Callbacks) -> None:
    raw = b" " * (1024 * 1024 + 1)
    with pytest.raises(CallbackRefused) as refused:
        callbacks.open(raw, signed(raw))
    assert refused.value.status == 413


def test_a_key_that_cannot_be_fetched(
    callbacks: Callbacks,
    credential: Callable[..., Any],
    event: Callable[..., bytes],
    upstream: Any,
    told: Any,
) -> None:
    upstream.answer = lambda _: told(status=503, body=b"down")
    raw = event(credential(VID="7058649208312401"))
    with pytest.raises(CallbackRefused) as refused:
        callbacks.open(raw, signed(raw))
    assert (refused.value.status, refused.value.reason) == (503, "key-unavailable")


def doubted(callbacks: Callbacks, raw: bytes) -> CredentialIssued:
    got = callbacks.open(raw, signed(raw))
    assert isinstance(got, CredentialIssued)
    assert (got.rid, got.identifier, got.certificate_number) == (RID, None, None)
    return got


def test_credentials_that_are_not_believed(
    callbacks: Callbacks,
    credential: Callable[..., Any],
    event: Callable[..., bytes],
    other_key: Any,
    upstream: Any,
) -> None:
    number = {"VID": "7058649208312401", "birthCertificateNumber": "K3"}
    altered = credential(**number)
    altered["credentialSubject"]["VID"] = "9999999999999999"
    unproven = {name: value for name, value in credential(**number).items() if name != "proof"}
    evil = "http://169.254.169.254/key.json"
    for sent, problem in [
        (altered, "bad-proof"),
        (unproven, "bad-proof"),
        (credential(key=other_key, **number), "bad-proof"),
        (credential(method=evil, **number), "unlisted-key"),
        (credential(method=f"{upstream.url}/key.json?", **number), "unlisted-key"),
        (credential(issued_by="https://evil.test/controller.json", **number), "wrong-issuer"),
        (credential(id=SUBJECT + "0", **number), "subject-mismatch"),
        (credential(**{**number, "VID": "7058 64; drop"}), "claim-malformed"),
        (b"not json", "undecryptable"),
        (b"[]", "undecryptable"),
    ]:
        assert doubted(callbacks, event(sent)).problem == problem
    assert doubted(callbacks, event(b"", credential=b64(b"VER_R2" + bytes(400)))).problem == "undecryptable"
    shared = event(b"", credential=None, event={"dataShareUri": "http://169.254.169.254/share"})
    assert doubted(callbacks, shared).problem == "data-share"
    assert {seen.path for seen in upstream.seen} == {"/key.json"}, "nothing else is ever fetched"


def test_a_claim_that_was_not_signed(
    callbacks: Callbacks,
    credential: Callable[..., Any],
    event: Callable[..., bytes],
    upstream: Any,
    issuer: Any,
) -> None:
    """Under URDNA2015 a term without definition is not signed: here VID, as no MOSIP context is named."""
    document = {name: value for name, value in credential(VID="7058649208312401").items() if name != "proof"}
    w3, key = "https://www.w3.org/2018/credentials#", f"{upstream.url}/key.json"
    rdf, security = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "https://w3id.org/security#"
    xsd = "http://www.w3.org/2001/XMLSchema#dateTime"
    quads = (
        f"<{document['id']}> <{rdf}type> <{w3}VerifiableCredential> .\n"
        f"<{document['id']}> <{w3}credentialSubject> <{SUBJECT}> .\n"
        f'<{document["id"]}> <{w3}issuanceDate> "2026-11-23T10:05:59.900Z"^^<{xsd}> .\n'
        f"<{document['id']}> <{w3}issuer> <{document['issuer']}> .\n"
    )
    options = (
        f'_:c14n0 <http://purl.org/dc/terms/created> "2026-11-23T10:05:59Z"^^<{xsd}> .\n'
        f"_:c14n0 <{rdf}type> <{security}RsaSignature2018> .\n"
        f"_:c14n0 <{security}proofPurpose> <{security}assertionMethod> .\n"
        f"_:c14n0 <{security}verificationMethod> <{key}> .\n"
    )
    head = b64(json.dumps({"alg": "PS256", "b64": False, "crit": ["b64"]}).encode())
    hashes = hashlib.sha256(options.encode()).digest() + hashlib.sha256(quads.encode()).digest()
    pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
    jws = f"{head}..{b64(issuer.private.sign(head.encode() + b'.' + hashes, pss, SHA256()))}"
    proof = {
        "type": "RsaSignature2018",
        "created": "2026-11-23T10:05:59Z",
        "proofPurpose": "assertionMethod",
        "verificationMethod": key,
        "jws": jws,
    }
    assert doubted(callbacks, event({**document, "proof": proof})).problem == "claim-unsigned"


def test_proof_by_policy_only(
    settings: Callable[..., Settings],
    credential: Callable[..., Any],
    event: Callable[..., bytes],
    other_key: Any,
) -> None:
    raw = event(credential(key=other_key, VID="7058649208312401"))
    trusting = Callbacks.of(settings(bridge_callback_policy="hmac"))
    got = trusting.open(raw, signed(raw))
    assert isinstance(got, CredentialIssued)
    assert (got.identifier, got.problem) == ("7058649208312401", None)
    proving = Callbacks.of(settings(bridge_callback_policy="proof"))
    assert doubted(proving, raw).problem == "bad-proof"


def test_signature_only_by_policy(
    settings: Callable[..., Settings], credential: Callable[..., Any], event: Callable[..., bytes]
) -> None:
    proving = Callbacks.of(settings(bridge_callback_policy="proof"))
    got = proving.open(event(credential(VID="7058649208312401")), {})
    assert isinstance(got, CredentialIssued)
    assert got.identifier == "7058649208312401"
    unsigned = proving.open(workflow(), {})
    assert isinstance(unsigned, Ignored)
    assert unsigned.reason == "unsigned-event", "a workflow event has no proof of its own"


def workflow(**changed: object) -> bytes:
    members = {
        "instanceId": RID,
        "resultCode": "FAILED",
        "workflowType": "CRVS_NEW",
        "errorCode": "IDR-IDC-014",
    }
    return json.dumps({**members, **changed}).encode()


@pytest.mark.parametrize("result", ["PROCESSED", "FAILED", "REJECTED"])
@pytest.mark.parametrize(
    "link",
    [None, f'http://hub/hub/; rel="hub", {WORKFLOW_TOPIC}; rel="self"', f'<{WORKFLOW_TOPIC}>; rel="self"'],
)
def test_ends_of_workflows(callbacks: Callbacks, result: str, link: str | None) -> None:
    raw = workflow(resultCode=result)
    got = callbacks.open(raw, {**signed(raw), **({"Link": link} if link else {})})
    assert got == WorkflowEnded(
        hub_event_id=hashlib.sha256(raw).hexdigest(),
        rid=RID,
        result=result,  # type: ignore[arg-type]
        error_code="IDR-IDC-014",
        workflow_type="CRVS_NEW",
        topic=WORKFLOW_TOPIC,
    )


def test_an_error_code_of_words_is_not_kept(callbacks: Callbacks) -> None:
    raw = workflow(errorCode="Amara Okello was not found")
    got = callbacks.open(raw, signed(raw))
    assert isinstance(got, WorkflowEnded)
    assert got.error_code is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{bad", "not-json"),
        (b"[]", "not-json"),
        (b"{}", "unknown-event"),
        (b'{"topic":"opencrvs-partner/CREDENTIAL_ISSUED","event":{}}', "unknown-event"),
        (b'{"topic":"opencrvs-partner/CREDENTIAL_ISSUED","event":{"data":[]}}', "unknown-event"),
        (workflow(resultCode="PAUSED"), "unknown-event"),
        (workflow(instanceId=5), "unknown-event"),
        (workflow(instanceId="../../etc"), "unknown-event"),
    ],
)
def test_surprises_are_acknowledged(callbacks: Callbacks, body: bytes, reason: str) -> None:
    got = callbacks.open(body, signed(body))
    assert isinstance(got, Ignored)
    assert (got.reason, got.hub_event_id) == (reason, hashlib.sha256(body).hexdigest())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"topic": "other/CREDENTIAL_ISSUED"}, "other-topic"),
        ({"topic": "CREDENTIAL_ISSUED"}, "other-topic"),
        ({"credentialType": "euin"}, "other-credential-type"),
        ({"credentialType": None}, "other-credential-type"),
    ],
)
def test_events_for_others(
    callbacks: Callbacks, event: Callable[..., bytes], changed: dict[str, Any], reason: str
) -> None:
    raw = event(b"{}", **changed)
    got = callbacks.open(raw, signed(raw))
    assert isinstance(got, Ignored)
    assert got.reason == reason
    assert got.hub_event_id == "01154a79-9582-4ce0-9cb5-8a011dcff620"


def test_a_workflow_event_on_another_topic(callbacks: Callbacks) -> None:
    raw = workflow()
    got = callbacks.open(raw, {**signed(raw), "Link": 'http://hub/; rel="hub", other/TOPIC; rel="self"'})
    assert isinstance(got, Ignored)
    assert got.reason == "other-topic"


def test_registration_id_only_in_the_subject(
    callbacks: Callbacks, credential: Callable[..., Any], event: Callable[..., bytes]
) -> None:
    raw = event(credential(VID="7058649208312401"), registrationId=None)
    got = callbacks.open(raw, signed(raw))
    assert isinstance(got, CredentialIssued)
    assert (got.rid, got.problem) == (RID, None)
