"""createPacket: what it takes, what it swallows, and what it makes."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

RID = "10001100040000120261123100000"
PATH = "/commons/v1/packetmanager/createPacket"


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def identity(mosip: Any, rid: str = RID) -> dict[str, Any]:
    [packet] = [each for each in mosip.state("packets") if each["rid"] == rid]
    found: dict[str, Any] = packet["identity"]
    return found


def test_a_packet_has_one_item_for_each_sub_packet(mosip: Any) -> None:
    answer = mosip.create_packet(mosip.packet(RID))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["id"], body["version"], body["metadata"]) == ("mosip.registration.packet.writer", "v1", None)
    assert body["errors"] == []
    items = {item["packetName"]: item for item in body["response"]}
    assert set(items) == {f"{RID}_id", f"{RID}_evidence", f"{RID}_optional"}
    for item in items.values():
        assert item["id"] == RID
        assert (item["source"], item["process"], item["refId"]) == ("OPENCRVS", "CRVS_NEW", "10001_10004")
        assert item["schemaVersion"] == "0.1"
        assert (item["providerName"], item["providerVersion"]) == ("PacketWriterImpl", "v1.0")
        assert item["creationDate"].endswith("Z")
        assert len(unpadded(item["encryptedHash"])) == 32
        assert "=" not in item["signature"] + item["encryptedHash"]


def test_zips_hashes_and_signatures_are_real(mosip: Any, signing: Any) -> None:
    document = base64.b64encode(b"%PDF-1.4 a certificate").decode()
    documents = {"proofOfIdentity": {"document": document, "type": "CERT", "format": "pdf", "refNumber": "7"}}
    body = mosip.create_packet(mosip.packet(RID, documents=documents)).json()
    for item in body["response"]:
        name = item["packetName"].rpartition("_")[2]
        data = mosip.sub_packet(RID, name)
        assert unpadded(item["encryptedHash"]) == hashlib.sha256(data).digest()
        signature = unpadded(item["signature"])
        signing.key.public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        archive = zipfile.ZipFile(io.BytesIO(data))
        files = {each: archive.read(each) for each in archive.namelist()}
        meta = json.loads(files["packet_meta_info.json"])["identity"]
        [sequence] = meta["hashSequence1"]
        assert sequence["label"] == "demographicSequence"
        assert sequence["value"][-1] == "ID"
        hashed = b"".join(files[each] for each in names_of(sequence["value"], files))
        assert files["packet_data_hash.txt"].decode() == hashlib.sha256(hashed).hexdigest().upper()
        assert ("audit.json" in files) == (name == "id")
        if name == "id":
            audit = hashlib.sha256(files["audit.json"]).hexdigest().upper()
            assert files["packet_operations_hash.txt"].decode() == audit
            assert meta["hashSequence2"] == [{"label": "otherFiles", "value": ["audit"]}]
            assert meta["registrationId"] == RID
        if name == "evidence":
            assert files["proofOfIdentity.pdf"] == b"%PDF-1.4 a certificate"
            assert sequence["value"] == ["proofOfIdentity", "ID"]


def names_of(sequence: list[str], files: dict[str, bytes]) -> list[str]:
    return [next(name for name in files if name.partition(".")[0] == each) for each in sequence]


def test_fields_are_coerced_parsed_or_dropped(mosip: Any) -> None:
    schema = {name: {"type": "string"} for name in "abcdefghij"} | {
        "k": {"$ref": "#/definitions/documentType"}
    }
    fields = {
        "a": 12.50,
        "b": True,
        "c": '[{"language":"eng","value":"Ana"}]',
        "d": '{"x": 1}',
        "e": "[not JSON",
        "f": "",
        "g": None,
        "h": "plain",
        "i": "'never closed",
        "k": "a document is no field",
        "unknown": "not in the schema",
    }
    body = mosip.packet(RID, schemaJson=json.dumps({"properties": {"identity": {"properties": schema}}}))
    body["request"]["fields"] = fields
    assert mosip.create_packet(body).json()["response"]
    assert identity(mosip) == {
        "IDSchemaVersion": 0.1,
        "a": "12.5",
        "b": "true",
        "c": [{"language": "eng", "value": "Ana"}],
        "d": {"x": 1},
        "h": "plain",
    }


def test_a_number_keeps_its_spelling_and_of_doubles_the_last_counts(mosip: Any) -> None:
    body = json.dumps(mosip.packet(RID, fields={"email": "MARK"}))
    body = body.replace('"email": "MARK"', '"email": "first", "email": 1.10e2') + " what follows is ignored"
    answer = mosip.call(
        "PUT", PATH, data=body.encode(), headers=mosip.cookie() | {"Content-Type": "application/json"}
    )
    assert answer.json()["response"]
    assert identity(mosip)["email"] == "1.10e2"


def schema_of(fields: str) -> str:
    return f'{{"properties": {{"identity": {{"properties": {fields}}}}}}}'


SWALLOWED: list[tuple[str, dict[str, Any]]] = [
    ("no audits", {"audits": []}),
    ("null audits", {"audits": None}),
    ("schema is no JSON", {"schemaJson": "{"}),
    ("schema is absent", {"schemaJson": None}),
    ("schema without identity", {"schemaJson": '{"properties": {}}'}),
    ("schema without fields", {"schemaJson": schema_of("{}")}),
    (
        "unknown category",
        {"schemaJson": schema_of('{"a": {"type": "string", "fieldCategory": "x"}}')},
    ),
    (
        "field without type",
        {"schemaJson": schema_of('{"a": {"fieldCategory": "pvt"}}')},
    ),
    ("schema version is no number", {"schemaVersion": "one"}),
    ("schema version is absent", {"schemaVersion": None}),
    ("no refId", {"refId": None}),
    ("no id", {"id": None}),
]


@pytest.mark.parametrize("changes", [each for _, each in SWALLOWED], ids=[name for name, _ in SWALLOWED])
def test_the_writer_swallows_its_failures(mosip: Any, changes: dict[str, Any]) -> None:
    answer = mosip.create_packet(mosip.packet(RID, **changes))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["id"], body["version"]) == ("mosip.registration.packet.writer", "v1")
    assert (body["response"], body["errors"]) == (None, [])
    assert mosip.state("packets") == []


def test_a_failed_packet_takes_the_older_one_with_it(mosip: Any) -> None:
    assert mosip.create_packet(mosip.packet(RID)).json()["response"]
    assert mosip.create_packet(mosip.packet(RID, audits=[])).json()["response"] is None
    assert mosip.state("packets") == []


def test_the_same_packet_again_overwrites(mosip: Any) -> None:
    mosip.create_packet(mosip.packet(RID, fields={"email": "a@example.org"}))
    mosip.create_packet(mosip.packet(RID, fields={"email": "b@example.org"}))
    assert identity(mosip)["email"] == "b@example.org"


def test_an_audit_of_nothing_is_an_audit(mosip: Any) -> None:
    assert mosip.create_packet(mosip.packet(RID, audits=[{}])).json()["response"]


def test_offline_packets_get_a_longer_id(mosip: Any) -> None:
    [first, *_] = mosip.create_packet(mosip.packet(RID, offlineMode="true")).json()["response"]
    assert first["id"].startswith(f"{RID}-10001_10004-")
    assert first["packetName"].startswith(f"{RID}_")


@pytest.mark.parametrize(
    ("source", "process", "providers", "taken"),
    [
        ("OPENCRVS", "CRVS_NEW", "stock", True),  # inside OPENCRVS_NEW
        ("OPENCRVS", "CRVS_DEATH", "stock", False),
        ("OPENCRVS", "CRVS_DEATH", "extended", True),
        ("CRVS1", "CRVS_DEATH", "stock", True),
        ("CRVS1", "CRVS_NEW-2", "stock", True),
        ("CRVS", "DEATH", "stock", True),  # a part of the text is enough
        ("opencrvs", "CRVS_NEW", "stock", False),
        ("OPENCRVS", "crvs_new", "stock", False),
        ("OTHER", "CRVS_NEW", "extended", False),
        ("OPENCRVS", "CRVS_UPDATE", "stock", False),
    ],
)
def test_providers_are_found_by_substring(
    mosip: Any, source: str, process: str, providers: str, taken: bool
) -> None:
    mosip.admin.settings({"mosip.providers": providers})
    body = mosip.create_packet(mosip.packet(RID, process, source=source)).json()
    if taken:
        assert body["response"]
        return
    assert (body["id"], body["version"], body["response"]) == (None, None, None)
    message = "No available provider for given source and process"
    assert body["errors"] == [{"errorCode": "KER-PUT-006", "message": message}]


BROKEN = [
    ("not JSON", b"{", 400),
    ("empty", b"", 400),
    ("no object", b'"text"', 400),
    ("NaN", b'{"request": {"fields": {"a": NaN}}}', 400),
    ("not UTF-8", b'{"request": "\xff"}', 400),
    ("array in fields", b'{"request": {"fields": {"a": ["x"]}}}', 400),
    ("object in metaInfo", b'{"request": {"metaInfo": {"a": {"x": 1}}}}', 400),
    ("fields is a list", b'{"request": {"fields": []}}', 400),
    ("audits is an object", b'{"request": {"audits": {}}}', 400),
    ("bad requesttime", b'{"requesttime": "now", "request": {}}', 400),
    ("bad flag", b'{"request": {"offlineMode": "maybe"}}', 400),
    ("too deep", b'{"request": {"fields": ' + b"[" * 400 + b"]" * 400 + b"}}", 400),
    ("no request", b'{"id": "string"}', 500),
    ("null request", b'{"request": null}', 500),
]


@pytest.mark.parametrize(
    ("body", "status"), [(body, status) for _, body, status in BROKEN], ids=[name for name, _, _ in BROKEN]
)
def test_spring_answers_for_itself(mosip: Any, body: bytes, status: int) -> None:
    answer = mosip.call(
        "PUT", PATH, data=body, headers=mosip.cookie() | {"Content-Type": "application/json; charset=utf-8"}
    )
    assert answer.status_code == status
    said = answer.json()
    assert set(said) == {"timestamp", "status", "error", "path"}
    assert (said["status"], said["path"]) == (status, PATH)


@pytest.mark.parametrize(
    ("method", "content_type", "status", "error"),
    [
        ("POST", "application/json", 405, "Method Not Allowed"),
        ("GET", "application/json", 405, "Method Not Allowed"),
        ("PUT", "text/plain", 415, "Unsupported Media Type"),
        ("PUT", "application/x-www-form-urlencoded", 415, "Unsupported Media Type"),
    ],
)
def test_only_put_and_only_json(mosip: Any, method: str, content_type: str, status: int, error: str) -> None:
    answer = mosip.call(method, PATH, data=b"{}", headers=mosip.cookie() | {"Content-Type": content_type})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert status != 405 or answer.headers["Allow"] == "PUT"


def test_half_a_surrogate_pair_becomes_a_question_mark(mosip: Any) -> None:
    body = json.dumps(mosip.packet(RID, fields={"email": "MARK"})).replace("MARK", "a\\ud800b")
    answer = mosip.call(
        "PUT", PATH, data=body.encode(), headers=mosip.cookie() | {"Content-Type": "application/json"}
    )
    assert answer.json()["response"]
    assert identity(mosip)["email"] == "a?b"


def test_forced_answers(mosip: Any) -> None:
    at = "mosip.packet_manager.create_packet"
    mosip.admin.fault(at=at, do={"answer": "null-response"}, times=1, scope="everyone")
    body = mosip.create_packet(mosip.packet(RID)).json()
    assert (body["id"], body["response"], body["errors"]) == ("mosip.registration.packet.writer", None, [])
    mosip.admin.fault(at=at, do={"errors": ["KER-PUT-006"]}, times=1, scope="everyone")
    body = mosip.create_packet(mosip.packet(RID)).json()
    assert body["errors"][0]["errorCode"] == "KER-PUT-006"
    assert mosip.state("packets") == []
