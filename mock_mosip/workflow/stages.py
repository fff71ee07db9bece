"""What each stage of the registration processor decides: a row and its packet in, a verdict out.

Source: mosip/mosip-config: registration-processor-camel-routes-*; mosip/registration: *Stage.java
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from jsonschema.protocols import Validator

import contracts
from mock_control import JSON, Control, current_exchange
from mock_mosip.id_repository.errors import IdRepositoryError
from mock_mosip.id_repository.service import IdRepository, iso_date
from mock_mosip.id_repository.state import DEACTIVATED
from mock_mosip.packet_manager.state import Packet, Packets
from mock_mosip.workflow import errors
from mock_mosip.workflow.state import Registration

NEW, DEATH = "CRVS_NEW", "CRVS_DEATH"
INFANT_YEARS = 5

# mosip.kernel.idobjectvalidator.mandatory-attributes.reg-processor.*; of names in one entry any is enough
STRICT_ATTRIBUTES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    NEW: (
        ("IDSchemaVersion",),
        ("UIN",),
        ("fullName",),
        ("dateOfBirth", "age"),
        ("gender",),
        ("addressLine1",),
        ("region",),
        ("province",),
        ("city",),
        ("zone",),
    ),
    DEATH: (("IDSchemaVersion",), ("UIN",)),
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a stage says; ``end`` None means the next stage follows."""

    sub_status: str
    end: Literal["FAILED", "REJECTED", "REPROCESS"] | None = None


def passed(sub_status: str) -> Verdict:
    """The next stage follows."""
    return Verdict(sub_status=sub_status)


def failed(sub_status: str) -> Verdict:
    """The workflow ends as FAILED."""
    return Verdict(sub_status=sub_status, end="FAILED")


@dataclass(frozen=True, kw_only=True)
class MasterData:
    """What is active in master data, and how processes are set up.

    ``processes``: by name, the stock process whose route is taken; ``id_schemas``: the country's, by version.
    """

    centers: frozenset[str]
    machines: frozenset[str]
    officers: frozenset[str]
    processes: Mapping[str, str]
    id_schemas: Mapping[float, Validator]


def age_in_years(born: str | None, today: date) -> int | None:
    """Completed years since an ISO date; None when it is none, or lies ahead."""
    try:
        birth = date.fromisoformat(born or "")
    except ValueError:
        return None
    years = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    return years if years >= 0 else None


class Stages:
    """The stages by name."""

    def __init__(
        self, *, packets: Packets, repository: IdRepository, master: MasterData, control: Control
    ) -> None:
        self._packets = packets
        self._repository = repository
        self._master = master
        self._control = control
        self.by_name: Mapping[str, Callable[[Registration, Packet], Verdict]] = {
            "packet_validator": self._validate_packet,
            "packet_classifier": lambda _, __: passed(errors.CLASSIFIED),
            "cmd_validator": lambda _, packet: self._validate_place(packet),
            "operator_validator": lambda _, packet: self._validate_operator(packet),
            "supervisor_validator": lambda _, packet: self._validate_supervisor(packet),
            "demo_dedupe": lambda _, packet: self._dedupe(packet),
            "uin_generator": self._generate_uin,
            "finalization": self._finalize,
        }

    def run(self, name: str, row: Registration) -> Verdict:
        """Runs one stage. A workflow without a packet fails: nobody looked for it earlier."""
        packet = self._packets.get(row.rid, row.source, row.process)
        if packet is None:
            return failed(errors.PACKET_INVALID)
        return self.by_name[name](row, packet)

    def route(self, row: Registration) -> str | None:
        """The stock process whose route the workflow takes, None when no route knows its own."""
        return self._master.processes.get(row.process)

    def packet_of(self, row: Registration) -> Packet | None:
        """The packet of a workflow."""
        return self._packets.get(row.rid, row.source, row.process)

    def is_infant(self, packet: Packet) -> bool:
        """Whether the age group is INFANT, the only one that CRVS_NEW goes on with."""
        age = age_in_years(iso_date(packet.identity), self._control.stamps.now().date())
        return age is not None and age <= INFANT_YEARS

    # -- stages ------------------------------------------------------------------------------------

    def _validate_packet(self, row: Registration, packet: Packet) -> Verdict:
        strict = self._control.settings_value("mosip.mandatory_attributes") == "strict"
        wanted = STRICT_ATTRIBUTES.get(self.route(row) or "", ()) if strict else (("IDSchemaVersion",),)
        if any(all(packet.identity.get(name) is None for name in names) for names in wanted):
            return failed(errors.MANDATORY_MISSING)
        identity: dict[str, JSON] = {**packet.identity}
        return passed(errors.PACKET_VALID) if self._keeps_schema(identity) else failed(errors.PACKET_INVALID)

    def _keeps_schema(self, identity: Mapping[str, JSON]) -> bool:
        """By the schema of the version that the packet names; of one that nobody published, by CRVS's own."""
        version = identity.get("IDSchemaVersion")
        own = self._master.id_schemas.get(version) if isinstance(version, int | float) else None
        if own is not None:
            return bool(own.is_valid({"identity": identity}))
        return not contracts.violations("mosip/identity", identity)

    def _validate_place(self, packet: Packet) -> Verdict:
        labels = packet.labels("metaData")
        if labels.get("centerId") not in self._master.centers:
            return failed(errors.CENTER_NOT_FOUND)
        if labels.get("machineId") not in self._master.machines:
            return failed(errors.MACHINE_NOT_FOUND)
        return passed(errors.CMD_VALID)

    def _validate_operator(self, packet: Packet) -> Verdict:
        known = packet.labels("operationsData").get("officerId") in self._master.officers
        return passed(errors.OPERATOR_VALID) if known else failed(errors.OFFICER_INACTIVE)

    def _validate_supervisor(self, packet: Packet) -> Verdict:
        supervisor = packet.labels("operationsData").get("supervisorId")
        known = supervisor is None or supervisor in self._master.officers
        return passed(errors.SUPERVISOR_VALID) if known else failed(errors.SUPERVISOR_INACTIVE)

    def _dedupe(self, packet: Packet) -> Verdict:
        if self._repository.has_double(packet.identity):
            return Verdict(sub_status=errors.DEMO_MATCH, end="REJECTED")
        return passed(errors.DEMO_UNIQUE)

    def _generate_uin(self, row: Registration, packet: Packet) -> Verdict:
        """Without a UIN an identity is drafted, whatever the process: a death without one makes a person.

        The field may hold a VID, which is resolved. (mosip/registration: Utility.java getUIn,
        isVidSupportedForUpdate)
        """
        number = packet.text("UIN")
        try:
            if number is None or number == "null":
                identity = self._repository.create_draft(row.rid, packet.identity, row.owner)
                row.uin, row.vid = identity.uin, identity.vid
                return passed(errors.UIN_GENERATED)
            identity = self._repository.find(number)
        except IdRepositoryError as error:
            return failed(f"{errors.UIN_FAILED} - {error.fault.code} {error.fault.message}")
        if identity.status == DEACTIVATED:
            return failed(errors.UIN_DEACTIVATED)
        row.uin, row.vid = identity.uin, identity.vid
        return passed(errors.UIN_DRAFTED)

    def _finalize(self, row: Registration, packet: Packet) -> Verdict:
        number = packet.text("UIN")
        created = number is None or number == "null"
        try:
            if created:
                done = self._repository.publish_new(row.rid)
            else:
                done = self._repository.publish_update(
                    row.uin or "", packet.identity, death=self.route(row) == DEATH
                )
        except IdRepositoryError as error:
            return failed(f"{errors.NOT_PUBLISHED} - {error.fault.code}")
        facts = {"rid": row.rid, "uin": done.uin} | ({"vid": done.vid, "psut": done.psut} if created else {})
        exchange = current_exchange()
        if created and exchange.scenario is not None:
            self._control.own_people((done.uin, done.vid), scenario=exchange.scenario)
        exchange.effect(done.effect, **facts)
        return passed(errors.PUBLISHED)
