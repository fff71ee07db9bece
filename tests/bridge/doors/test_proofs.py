"""Proofs of credentials, against signatures built without the code that checks them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from pyld import jsonld
from pyld.documentloader.frozen import BUNDLED_CONTEXTS, FrozenDocumentLoader

from bridge.mosip.claims import Claims
from bridge.mosip.linked_data import Canonicaliser, NotCanonicalError, local_contexts
from bridge.mosip.proofs import BadProofError, Proof, read_proof, signed_claims

BASE = "https://mosip.test"
ISSUER, KEY_URL = f"{BASE}/.well-known/controller.json", f"{BASE}/.well-known/public-key.json"
SUBJECT = "http://credential.idrepo/credentials/10001100040000720261123100001"
DOCUMENT = "http://credential.idrepo/credentials/3b45aa17-dfd1-432e-ab29-c0be39cb55f7"
W3 = "https://www.w3.org/2018/credentials#"
XSD = "http://www.w3.org/2001/XMLSchema"
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

# Canonical forms, written down by the rules of RDF Dataset Canonicalization, not computed.
QUADS = f"""\
<{SUBJECT}> <{BASE}/mosip#VID> "7058649208312401" .
<{SUBJECT}> <{BASE}/mosip#birthCertificateNumber> "2026B\\"0001" .
<{SUBJECT}> <{BASE}/mosip#vcVer> "VC-V1" .
<{DOCUMENT}> {RDF_TYPE} <{W3}VerifiableCredential> .
<{DOCUMENT}> <{W3}credentialSubject> <{SUBJECT}> .
<{DOCUMENT}> <{W3}issuanceDate> "2026-11-23T10:05:59.900Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
<{DOCUMENT}> <{W3}issuer> <{ISSUER}> .
"""
OPTIONS = f"""\
_:c14n0 <http://purl.org/dc/terms/created> "2026-11-23T10:05:59Z"^^<{XSD}#dateTime> .
_:c14n0 {RDF_TYPE} <https://w3id.org/security#RsaSignature2018> .
_:c14n0 <https://w3id.org/security#proofPurpose> <https://w3id.org/security#assertionMethod> .
_:c14n0 <https://w3id.org/security#verificationMethod> <{KEY_URL}> .
"""
JCS = (
    f'{{"@context":["https://www.w3.org/2018/credentials/v1","{BASE}/.well-known/mosip-context.json",'
    '{"sec":"https://w3id.org/security#"}],"credentialSubject":{"VID":"7058649208312401",'
    f'"birthCertificateNumber":"2026B\\"0001","id":"{SUBJECT}","vcVer":"VC-V1"}},"id":"{DOCUMENT}",'
    f'"issuanceDate":"2026-11-23T10:05:59.900Z","issuer":"{ISSUER}",'
    '"type":["VerifiableCredential","MOSIPVerifiableCredential"]}'
)
PS256 = {"b64": False, "crit": ["b64"], "kid": "key", "alg": "PS256"}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def rdf_payload(quads: str = QUADS, options: str = OPTIONS) -> bytes:
    return hashlib.sha256(options.encode()).digest() + hashlib.sha256(quads.encode()).digest()


@pytest.fixture
def document() -> dict[str, Any]:
    """A credential without its proof."""
    made: dict[str, Any] = json.loads(JCS)
    return made


@pytest.fixture
def sign(issuer: Any, openssl: Callable[..., bytes], tmp_path: Path) -> Callable[..., str]:
    """A detached JWS over raw bytes, made by the openssl command."""
    key, message = tmp_path / "issuer.pem", tmp_path / "message"
    key.write_text(issuer.private_pem)

    def make(payload: bytes, header: object = PS256) -> str:
        head = b64(json.dumps(header, separators=(",", ":")).encode())
        message.write_bytes(head.encode() + b"." + payload)
        signature = openssl(
            "dgst", "-sha256", "-sign", key, "-sigopt", "rsa_padding_mode:pss",
            "-sigopt", "rsa_pss_saltlen:32", message,
        )  # fmt: skip
        return f"{head}..{b64(signature)}"

    return make


@pytest.fixture
def check(issuer: Any) -> Callable[[dict[str, Any]], Claims]:
    """Verifies a credential with the issuer's key."""
    canonicaliser = Canonicaliser(local_contexts(listed=[ISSUER, KEY_URL], context_file=None))
    key = RSAKey.import_key(issuer.public_pem)
    return lambda made: signed_claims(made, read_proof(made), key=key, canonicaliser=canonicaliser)


def proven(document: dict[str, Any], jws: object, **changed: object) -> dict[str, Any]:
    proof = {
        "type": "RsaSignature2018",
        "created": "2026-11-23T10:05:59Z",
        "proofPurpose": "assertionMethod",
        "verificationMethod": KEY_URL,
        "jws": jws,
    }
    return {**document, "proof": {**proof, **changed}}


@pytest.mark.parametrize("payload", [rdf_payload(), JCS.encode()], ids=["urdna2015", "jcs"])
def test_both_constructions(
    document: dict[str, Any], sign: Callable[..., str], check: Callable[..., Claims], payload: bytes
) -> None:
    claims = check(proven(document, sign(payload)))
    assert (claims.issuer, claims.subject) == (ISSUER, SUBJECT)
    assert claims.values == {
        "VID": "7058649208312401",
        "birthCertificateNumber": '2026B"0001',
        "vcVer": "VC-V1",
    }
    assert claims.unsigned == frozenset()


def test_a_type_signed_under_pylds_base(
    document: dict[str, Any], sign: Callable[..., str], check: Callable[..., Claims]
) -> None:
    lines = [*QUADS.splitlines(keepends=True)]
    lines.insert(3, f"<{DOCUMENT}> {RDF_TYPE} <http://example.org/base/MOSIPVerifiableCredential> .\n")
    assert check(proven(document, sign(rdf_payload("".join(lines))))).values["VID"] == "7058649208312401"


@pytest.mark.parametrize("payload", [rdf_payload(), JCS.encode()], ids=["urdna2015", "jcs"])
@pytest.mark.parametrize(
    "tamper",
    [
        lambda made: made["credentialSubject"].update(VID="9999999999999999"),
        lambda made: made["credentialSubject"].update(id=SUBJECT + "9"),
        lambda made: made["credentialSubject"].update(UIN="5260181591"),
        lambda made: made["credentialSubject"].pop("VID"),
        lambda made: made.update(issuer="https://evil.test/controller.json"),
        lambda made: made.update(issuanceDate="2027-11-23T10:05:59.900Z"),
        lambda made: made.update(credentialSubject=[made["credentialSubject"], {"id": SUBJECT, "VID": "1"}]),
    ],
)
def test_tampered_credentials(
    document: dict[str, Any],
    sign: Callable[..., str],
    check: Callable[..., Claims],
    tamper: Callable[[dict[str, Any]], object],
    payload: bytes,
) -> None:
    made = proven(deepcopy(document), sign(payload))
    tamper(made)
    with pytest.raises(BadProofError):
        check(made)


def test_a_claim_outside_the_canonical_form_counts_for_nothing(
    document: dict[str, Any], sign: Callable[..., str], check: Callable[..., Claims]
) -> None:
    made = proven(document, sign(rdf_payload()))
    made["credentialSubject"]["nationalId"] = "9999999999"
    claims = check(made)
    assert "nationalId" not in claims.values
    assert claims.unsigned == {"nationalId"}


def test_a_term_moved_by_an_inline_context_is_read_as_signed(
    document: dict[str, Any], sign: Callable[..., str], check: Callable[..., Claims]
) -> None:
    """The same statements written differently stay the same statements: what is read is what was signed."""
    made = proven(document, sign(rdf_payload()))
    made["@context"][2]["number"] = f"{BASE}/mosip#VID"
    subject = made["credentialSubject"]
    subject["number"] = subject.pop("VID")
    assert check(made).values["VID"] == "7058649208312401"


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({**PS256, "alg": "none"}, rdf_payload()),
        ({**PS256, "alg": "HS256"}, rdf_payload()),
        ({"alg": "PS256"}, rdf_payload()),
        ({"alg": "PS256", "b64": False}, rdf_payload()),
        ({"alg": "PS256", "b64": True, "crit": ["b64"]}, rdf_payload()),
        ({**PS256, "crit": ["b64", "x"], "x": 1}, rdf_payload()),
        (["PS256"], rdf_payload()),
        (PS256, rdf_payload()[::-1]),
        (PS256, rdf_payload(options=QUADS, quads=OPTIONS)),
    ],
)
def test_headers_and_orders_that_are_not_mosips(
    document: dict[str, Any],
    sign: Callable[..., str],
    check: Callable[..., Claims],
    header: object,
    payload: bytes,
) -> None:
    with pytest.raises(BadProofError):
        check(proven(document, sign(payload, header)))


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "Ed25519Signature2018"},
        {"proofPurpose": "authentication"},
        {"created": '2026-11-23T10:05:59Z" . <x> <y> <z'},
        {"created": "2026-11-23T10:05:58Z"},
        {"verificationMethod": "https://evil.test/key.json"},
        {"jws": "a.b.c"},
        {"jws": ""},
        {"jws": 5},
        {"nonce": "x"},
    ],
)
def test_proofs_of_another_form(
    document: dict[str, Any],
    sign: Callable[..., str],
    check: Callable[..., Claims],
    changed: dict[str, object],
) -> None:
    with pytest.raises(BadProofError):
        check(proven(document, **{"jws": sign(rdf_payload()), **changed}))


@pytest.mark.parametrize("proof", [None, [], "x", {}, {"type": "RsaSignature2018"}])
def test_no_proof(document: dict[str, Any], proof: object) -> None:
    with pytest.raises(BadProofError):
        read_proof({**document, "proof": proof})


def test_options_are_canonical_as_a_processor_writes_them() -> None:
    options = {
        "@context": "https://w3id.org/security/v2",
        "type": "RsaSignature2018",
        "created": "2026-11-23T10:05:59Z",
        "proofPurpose": "assertionMethod",
        "verificationMethod": KEY_URL,
    }
    computed = jsonld.normalize(
        options,
        {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": FrozenDocumentLoader()},
    )
    own = Proof(created="2026-11-23T10:05:59Z", method=KEY_URL, header="", signature="").canonical_options()
    assert own == computed == OPTIONS


def test_our_credentials_context_says_what_w3cs_says(document: dict[str, Any]) -> None:
    v1 = "https://www.w3.org/2018/credentials/v1"
    ours = local_contexts(listed=[ISSUER], context_file=None)
    theirs = {**ours, v1: json.loads(BUNDLED_CONTEXTS[v1].read_text("utf-8"))}
    rich = {
        **document,
        "expirationDate": "2036-11-23T10:05:59Z",
        "validFrom": "2026-11-23T10:05:59Z",
        "holder": "did:example:h",
        "credentialStatus": {"id": "https://s.test/1", "type": "VerifiableCredential"},
        "credentialSchema": {"id": "https://s.test/2", "type": "JsonSchemaValidator2018"},
        "refreshService": {"id": "https://s.test/3", "type": "ManualRefreshService2018"},
        "termsOfUse": [{"id": "https://s.test/4"}],
        "evidence": [{"id": "https://s.test/5"}],
    }
    forms = Canonicaliser(ours).forms(rich)
    assert forms == Canonicaliser(theirs).forms(rich)
    assert forms[0].count("\n") > 14


def everybody_knows_everybody(people: int) -> list[dict[str, Any]]:
    """Blank nodes that nothing tells apart: URDNA2015 would try every order of them."""
    nodes = [{"@id": f"_:n{number}"} for number in range(people)]
    return [
        {**node, "https://x.test/knows": [other for other in nodes if other is not node]} for node in nodes
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"@context": ["https://evil.test/context.json"]},
        {"@context": [{"@base": "https://x.test/", "VID": {"@id": "https://x.test/VID"}}]},
        {"@context": {f"t{n}": "https://x.test/" for n in range(17)}},
        {"@context": 5},
        {"evidence": [{"@context": {"x": "https://x.test/"}}]},
        {"evidence": [{"type": "VerifiableCredential", "evidence": {}} for _ in range(70)]},
        {"evidence": everybody_knows_everybody(9)},
        {"id": {"@value": 5}},
        {"issuer": {"@type": "@id", "@value": "x"}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_documents_built_to_keep_us_busy_or_make_us_fetch(
    document: dict[str, Any], changed: dict[str, Any]
) -> None:
    canonicaliser = Canonicaliser(local_contexts(listed=[ISSUER], context_file=None))
    with pytest.raises(NotCanonicalError):
        canonicaliser.forms({**document, **changed})


def test_a_deployments_own_context(document: dict[str, Any], tmp_path: Path) -> None:
    own = tmp_path / "mosip-context.json"
    own.write_text(json.dumps({"@context": {"VID": "https://country.test/terms#VID"}}))
    form = Canonicaliser(local_contexts(listed=[ISSUER], context_file=own)).forms(document)[0]
    assert f'<{SUBJECT}> <https://country.test/terms#VID> "7058649208312401" .' in form
    assert "birthCertificateNumber" not in form, "that context doesn't define it"
