"""What the packet manager does, apart from HTTP.

Source: mosip/packet-manager: facade/PacketWriter.java, impl/PacketWriterImpl.java, util/PacketHelper.java,
dto/packet/{PacketDto,RegistrationPacket}.java
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mock_control import JSON, Control, current_exchange
from mock_mosip import mapper
from mock_mosip.crypto import Signer, b64url
from mock_mosip.packet_manager.errors import NoProviderError, PacketCreationError
from mock_mosip.packet_manager.state import Draft, Packet, Packets
from mock_mosip.packet_manager.zips import (
    DEFAULT_SUB_PACKET,
    SchemaField,
    make_sub_packet,
    schema_fields,
    zipped,
)

log = logging.getLogger(__name__)

_ITERATION = re.compile(r"-\d+$")
_JAVA_DOUBLE = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?\s*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A configured packet writer: sources and processes as the property spells them."""

    name: str
    source: str
    process: str

    def takes(self, source: str, process: str) -> bool:
        """MOSIP's rule.

        The configured text *contains* what was asked for, the process without its iteration.
        """
        return source in self.source.upper() and _ITERATION.sub("", process) in self.process


STOCK_PROVIDERS = (
    Provider(
        name="mosip", source="REGISTRATION_CLIENT|OPENCRVS", process="NEW|UPDATE|LOST|BIOMETRIC_CORRECTION"
    ),
    Provider(name="opencrvs", source="OPENCRVS", process="OPENCRVS_NEW"),
    Provider(name="crvs1", source="CRVS1", process="CRVS_NEW|CRVS_DEATH"),
)


def extended_providers(processes: Iterable[str]) -> tuple[Provider, ...]:
    """The stock ones, and one that takes these processes from both sources of CRVS packets."""
    own = Provider(name="crvs2", source="OPENCRVS|CRVS1", process="|".join(processes))
    return (*STOCK_PROVIDERS, own)


@dataclass(frozen=True, kw_only=True)
class PacketRequest:
    """``request`` of createPacket, mapped."""

    id: str | None
    ref_id: str | None
    offline: bool
    process: str | None
    source: str | None
    schema_version: str | None
    schema_json: str | None
    fields: Mapping[str, str | None]
    meta_info: Mapping[str, str | None]
    documents: Mapping[str, Mapping[str, str | None]]
    audits: tuple[Mapping[str, str | None], ...]
    additional_info_req_id: str | None


def parse_request(body: bytes) -> PacketRequest | None:
    """Maps the body; None when ``request`` is null. Raises mapper.MapperError."""
    envelope = mapper.read_object(body)
    for name in ("id", "version"):
        mapper.as_text(envelope.get(name), name)
    mapper.as_time(envelope.get("requesttime"), "requesttime")
    request = mapper.as_object(envelope.get("request"), "request")
    if request is None:
        return None
    texts = {
        name: mapper.as_text(request.get(name), name)
        for name in ("id", "refId", "process", "source", "schemaVersion", "schemaJson", "additionalInfoReqId")
    }
    documents = mapper.as_object(request.get("documents"), "documents") or {}
    mapper.as_object(request.get("biometrics"), "biometrics")
    audits = mapper.as_list(request.get("audits"), "audits") or []
    return PacketRequest(
        id=texts["id"],
        ref_id=texts["refId"],
        offline=mapper.as_flag(request.get("offlineMode"), "offlineMode"),
        process=texts["process"],
        source=texts["source"],
        schema_version=texts["schemaVersion"],
        schema_json=texts["schemaJson"],
        fields=mapper.as_map(request.get("fields"), "fields") or {},
        meta_info=mapper.as_map(request.get("metaInfo"), "metaInfo") or {},
        documents={name: mapper.as_map(each, name) or {} for name, each in documents.items()},
        audits=tuple(mapper.as_map(each, "audits") or {} for each in audits),
        additional_info_req_id=texts["additionalInfoReqId"],
    )


def field_value(text: str | None) -> JSON:
    """A field's text as the writer keeps it: JSON objects and lists parsed, anything else as it is.

    Raises PacketCreationError for text that the writer's tokener chokes on, which is then dropped:
    nothing at all, an opened quote that is never closed, a bracket that begins no JSON.
    """
    if text is None:
        return None
    start = text.strip()
    if not start or (start[0] in "\"'" and start[0] not in start[1:]):
        raise PacketCreationError("no value")
    if start[0] not in "[{":
        return text
    try:
        return mapper.plain(mapper.read(text.encode()))
    except mapper.MapperError:
        raise PacketCreationError("neither text nor JSON") from None


class PacketManager:
    """Makes packets; ``processes`` are those that an extended list of writers takes."""

    def __init__(
        self, *, packets: Packets, signer: Signer, processes: Iterable[str], control: Control
    ) -> None:
        self._extended_providers = extended_providers(processes)
        self.packets = packets
        self._signer = signer
        self._control = control

    def create(self, request: PacketRequest) -> list[JSON] | None:
        """Makes a packet and tells of its sub-packets; None when the writer failed, which it only logs.

        Raises NoProviderError.
        """
        source, process = request.source, request.process
        extended = self._control.settings_value("mosip.providers") == "extended"
        providers = self._extended_providers if extended else STOCK_PROVIDERS
        if source is None or process is None or not any(each.takes(source, process) for each in providers):
            raise NoProviderError
        try:
            return self._write(request, source, process)
        except PacketCreationError as error:
            log.warning("packet was not created: %s", error)
            return None

    def _write(self, request: PacketRequest, source: str, process: str) -> list[JSON]:
        rid, drafts = request.id, self.packets.drafts
        if rid is None:
            raise PacketCreationError("no id")
        draft = drafts.setdefault(rid, Draft(creation_date=self._control.stamps.iso()))
        try:
            fill(draft, request)
            fields = schema_fields(request.schema_json)
            if drafts.get(rid) is not draft:
                raise PacketCreationError("KER-KPM-009 Packet creator not initialized")
            try:
                return self._store(request, draft, rid, fields=fields, source=source, process=process)
            except PacketCreationError:
                self.packets.delete(rid, source, process)
                raise
        finally:
            drafts.pop(rid, None)

    def _store(
        self,
        request: PacketRequest,
        draft: Draft,
        rid: str,
        *,
        fields: Mapping[str, Sequence[SchemaField]],
        source: str,
        process: str,
    ) -> list[JSON]:
        version = _java_double(request.schema_version)
        if not request.ref_id:
            raise PacketCreationError("no refId to encrypt for")
        stamp = self._control.stamps.now().strftime("%Y%m%d%H%M%S")
        stored_id = (
            f"{request.additional_info_req_id or rid}-{request.ref_id}-{stamp}" if request.offline else rid
        )
        parts = {
            name: make_sub_packet(draft, wanted, rid=rid, version=version, default=name == DEFAULT_SUB_PACKET)
            for name, wanted in fields.items()
        }
        # Of a birth two sub-packets of three are the same: made once, and signed once.
        archives = {files: zipped(files) for files in {each.files for each in parts.values()}}
        zips = {name: archives[each.files] for name, each in parts.items()}
        identity: dict[str, JSON] = {}
        for each in parts.values():
            identity |= each.identity
        exchange = current_exchange()
        packet = Packet(
            id=stored_id,
            source=source,
            process=process,
            ref_id=request.ref_id,
            identity=identity,
            meta=dict(draft.meta),
            audits=tuple(draft.audits),
            sub_packets=zips,
            creation_date=draft.creation_date,
            owner=exchange.owner,
        )
        sealed = {data: self._sealed(data) for data in archives.values()}
        infos: list[JSON] = [
            {**self._info(packet, name, rid=rid, version=version), **sealed[data]}
            for name, data in zips.items()
        ]
        self.packets.put(packet)
        exchange.effect("packet-stored", rid=stored_id, process=process)
        return infos

    def _sealed(self, data: bytes) -> dict[str, JSON]:
        return {
            "signature": b64url(self._signer.sign(data)),
            "encryptedHash": b64url(hashlib.sha256(data).digest()),
        }

    def _info(self, packet: Packet, name: str, *, rid: str, version: float) -> dict[str, JSON]:
        return {
            "id": packet.id,
            "packetName": f"{rid}_{name}",
            "source": packet.source,
            "process": packet.process,
            "refId": packet.ref_id,
            "schemaVersion": repr(version),
            "providerName": "PacketWriterImpl",
            "providerVersion": "v1.0",
            "creationDate": self._control.stamps.iso(),
        }


def fill(draft: Draft, request: PacketRequest) -> None:
    """Puts the request's parts into the draft; what can't be parsed is left out, what is there stays."""
    for target, texts in ((draft.demographics, request.fields), (draft.meta, request.meta_info)):
        for name, text in texts.items():
            try:
                target.setdefault(name, field_value(text))
            except PacketCreationError as error:
                log.warning("field %s was left out: %s", name, error)
    draft.documents.update(request.documents)
    draft.audits.extend({**audit} for audit in request.audits)


def _java_double(text: str | None) -> float:
    found = _JAVA_DOUBLE.fullmatch(text or "")
    if found is None:
        raise PacketCreationError("schemaVersion is no number")
    return float(found[1])
