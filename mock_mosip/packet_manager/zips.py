"""Sub-packets as zip files: which fields go where, hashes and hash sequences.

Source: mosip/packet-manager: impl/PacketWriterImpl.java, util/PacketManagerHelper.java
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from mock_control import JSON
from mock_mosip.packet_manager.errors import PacketCreationError
from mock_mosip.packet_manager.state import Draft

DEFAULT_SUB_PACKET = "id"
DOCUMENT = "#/definitions/documentType"
BIOMETRICS = "#/definitions/biometricsType"
SUB_PACKETS_OF_CATEGORY: Mapping[str, tuple[str, ...]] = {
    "pvt": ("id",),
    "kyc": ("id",),
    "none": ("id", "evidence", "optional"),
    "evidence": ("evidence",),
    "optional": ("optional",),
}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_SCHEMAS = 32  # of which it is remembered what they say: a country has one or two


@dataclass(frozen=True, kw_only=True)
class SchemaField:
    """A field of the id schema: its name and its type or reference."""

    name: str
    kind: str


@lru_cache(maxsize=_SCHEMAS)
def schema_fields(schema_json: str | None) -> Mapping[str, Sequence[SchemaField]]:
    """Fields of an id schema by sub-packet.

    Raises PacketCreationError for a schema that the writer can't read.
    """
    try:
        schema: JSON = json.loads(schema_json or "")
    except (ValueError, RecursionError):
        raise PacketCreationError("the id schema is not JSON") from None
    for name in ("properties", "identity", "properties"):
        schema = schema.get(name) if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not schema:
        raise PacketCreationError("the id schema names no identity")
    found: dict[str, list[SchemaField]] = {}
    for name, detail in schema.items():
        for sub_packet, each in _placed(name, detail):
            found.setdefault(sub_packet, []).append(each)
    return found


def _placed(name: str, detail: JSON) -> Iterable[tuple[str, SchemaField]]:
    if not isinstance(detail, dict):
        raise PacketCreationError("a field of the id schema is no object")
    category = detail.get("fieldCategory", "none")
    kind = detail.get("$ref", detail.get("type"))
    if not isinstance(category, str) or not isinstance(kind, str):
        raise PacketCreationError("a field of the id schema has no category or type that is text")
    sub_packets = SUB_PACKETS_OF_CATEGORY.get(category.lower())
    if sub_packets is None:
        raise PacketCreationError("a field of the id schema has an unknown category")
    for each in sub_packets:
        yield each, SchemaField(name=name, kind=kind)


@dataclass(kw_only=True)
class _Content:
    """What one sub-packet will hold."""

    files: dict[str, bytes] = field(default_factory=dict)
    identity: dict[str, JSON] = field(default_factory=dict)
    hashed: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SubPacket:
    """One sub-packet: its files by name, and the part of the identity that is in it."""

    files: tuple[tuple[str, bytes], ...]
    identity: Mapping[str, JSON]


def make_sub_packet(
    draft: Draft, fields: Iterable[SchemaField], *, rid: str, version: float, default: bool
) -> SubPacket:
    """One sub-packet.

    Changes the draft's meta information as the writer does.
    """
    content = _Content(identity={"IDSchemaVersion": version})
    draft.meta["registrationId"] = rid
    draft.meta["creationDate"] = draft.creation_date
    for each in fields:
        _add_field(draft, each, content)
    identity = _wrapped(content.identity)
    content.files["ID.json"] = identity
    content.hashed["ID"] = identity
    if default:
        _add_operations(draft, content)
    draft.meta["hashSequence1"] = [{"label": "demographicSequence", "value": [*content.hashed]}]
    content.files["packet_data_hash.txt"] = _hash(content.hashed.values())
    content.files["packet_meta_info.json"] = _wrapped(draft.meta)
    return SubPacket(files=tuple(content.files.items()), identity=content.identity)


def _add_field(draft: Draft, wanted: SchemaField, content: _Content) -> None:
    if wanted.kind == BIOMETRICS:
        return  # civil registration sends none
    if wanted.kind == DOCUMENT:
        document = draft.documents.get(wanted.name)
        if document is not None:
            _add_document(draft, wanted.name, document, content)
        return
    value = draft.demographics.get(wanted.name)
    if value is not None:
        content.identity[wanted.name] = value


def _add_document(draft: Draft, name: str, document: Mapping[str, str | None], content: _Content) -> None:
    kind, form = document.get("type"), document.get("format")
    content.identity[name] = {
        "value": name,
        "type": kind,
        "format": form,
        "refNumber": document.get("refNumber"),
    }
    draft.meta[name] = kind
    try:
        data = base64.b64decode(document.get("document") or "", validate=True)
    except binascii.Error:
        raise PacketCreationError("a document is not base64") from None
    content.files[f"{name}.{form}"] = data
    content.hashed[name] = data


def _add_operations(draft: Draft, content: _Content) -> None:
    if not draft.audits:
        raise PacketCreationError("KER-KPM-008 Registration audits is empty")
    audits = json.dumps(draft.audits, ensure_ascii=False).encode()
    content.files["audit.json"] = audits
    content.files["packet_operations_hash.txt"] = _hash([audits])
    draft.meta["hashSequence2"] = [{"label": "otherFiles", "value": ["audit"]}]


def _wrapped(members: Mapping[str, JSON]) -> bytes:
    return f'{{ "identity" : {json.dumps(members, ensure_ascii=False)} }} '.encode()


def _hash(parts: Iterable[bytes]) -> bytes:
    return hashlib.sha256(b"".join(parts)).hexdigest().upper().encode()


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The files as one zip; the same files give the same bytes."""
    out = io.BytesIO()
    # Stored: for files this small, setting up the compression costs ten times all the rest.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), data)
    return out.getvalue()
