"""HTTP of the packet manager: base path ``/commons/v1/packetmanager``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint

from mock_control import Answer, Claim, Control, Incoming, Keys, operation
from mock_mosip.auth_manager.guard import Guard
from mock_mosip.mapper import MapperError
from mock_mosip.packet_manager import errors
from mock_mosip.packet_manager.service import PacketManager, PacketRequest, field_value, parse_request
from mock_mosip.packet_manager.state import text_of
from mock_mosip.wrappers import Fault, fault, is_json, spring_default, wrapper

PATH = "/commons/v1/packetmanager"
ROLES = frozenset({"REGISTRATION_PROCESSOR", "ONLINE_REGISTRATION_CLIENT"})
WRITER_ID, WRITER_VERSION = "mosip.registration.packet.writer", "v1"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SUBJECT_IDENTIFIERS = ("UIN", "VID", "nationalIdNumber")


def claim_of(request: PacketRequest) -> Claim:
    """Whom a packet speaks of: enough to find the reserved action that it belongs to."""

    def text(name: str) -> str | None:
        try:
            return text_of(field_value(request.fields.get(name)))
        except errors.PacketCreationError:
            return None

    return Claim(
        process=request.process,
        certificate_number=text("birthCertificateNumber"),
        identifiers=tuple(found for found in map(text, SUBJECT_IDENTIFIERS) if found),
        name=text("fullName"),
        born=(text("dateOfBirth") or "").replace("/", "-") or None,
    )


def keys_of(incoming: Incoming) -> Keys:
    """Keys of createPacket."""
    try:
        request = parse_request(incoming.body)
    except MapperError:
        return Keys()
    if request is None:
        return Keys()
    claim = claim_of(request)
    number = claim.certificate_number
    return Keys(
        strong={"rid": request.id} if request.id else {},
        weak={"certificate": number} if number else {},
        claim=claim,
    )


def read_request(incoming: Incoming, *, now: str) -> PacketRequest | Answer:
    """The mapped request, or what Spring answers before the controller is reached."""
    if incoming.method != "PUT":
        answer = spring_default(405, path=incoming.path, now=now)
        return replace(answer, headers={"Allow": "PUT"})
    if not is_json(incoming.headers):
        return spring_default(415, path=incoming.path, now=now)
    try:
        request = parse_request(incoming.body)
    except MapperError:
        return spring_default(400, path=incoming.path, now=now)
    return request if request is not None else spring_default(500, path=incoming.path, now=now)


def make_blueprint(manager: PacketManager, guard: Guard, control: Control) -> Blueprint:
    """Routes of the packet manager."""
    blueprint = Blueprint("packet_manager", __name__, url_prefix=PATH)

    def failed(*faults: Fault) -> Answer:
        return Answer(body=wrapper(now=control.stamps.iso(), errors=faults))

    def forced(_: Incoming, codes: Sequence[str]) -> Answer:
        return failed(*map(fault, codes))

    def swallowed(_: Incoming) -> Answer:
        return Answer(body=wrapper(now=control.stamps.iso(), id=WRITER_ID, version=WRITER_VERSION))

    @blueprint.route("/createPacket", methods=METHODS)
    @operation(
        "mosip.packet_manager.create_packet",
        help="Makes a packet of a registration; starts nothing",
        request="mosip/create-packet.request",
        response="mosip/create-packet.response",
        keys=keys_of,
        errors=forced,
        answers={"null-response": swallowed},
    )
    def create_packet(incoming: Incoming) -> Answer:
        refusal = guard.spring(incoming.headers, ROLES)
        if refusal is not None:
            return refusal
        request = read_request(incoming, now=control.stamps.iso())
        if isinstance(request, Answer):
            return request
        try:
            infos = manager.create(request)
        except errors.NoProviderError:
            return failed(errors.NO_PROVIDER)
        return Answer(
            body=wrapper(now=control.stamps.iso(), response=infos, id=WRITER_ID, version=WRITER_VERSION)
        )

    return blueprint
