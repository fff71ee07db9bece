"""What the ID repository does for the workflow's stages: drafts, publishing, deaths.

Source: mosip/id-repository: IdRepoServiceImpl.java, IdRepoDraftServiceImpl.java; mosip/registration:
UinGeneratorStage.java, FinalizationStage
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from mock_control import JSON, Control
from mock_mosip.id_repository import errors
from mock_mosip.id_repository.numbers import draw_uin, draw_vid, partner_token
from mock_mosip.id_repository.state import DEACTIVATED, Identities, Identity, demographics
from mock_mosip.packet_manager.state import text_of

# fields that the id schema marks "handle": true
HANDLE_FIELDS = frozenset(
    [
        "birthCertificateNumber",
        "guardianOrParentBirthCertificateNumber",
        "passportNumber",
        "nationalIdNumber",
        "drivingLicenseNumber",
    ]
)

Effect = Literal["identity-minted", "identity-deactivated", "identity-flagged", "identity-updated"]


@dataclass(frozen=True, kw_only=True)
class Published:
    """What publishing did to an identity."""

    uin: str
    vid: str
    psut: str
    effect: Effect


def handles_of(attributes: Mapping[str, JSON]) -> frozenset[str]:
    """Handles ``value@field`` of the fields that ``selectedHandles`` lists."""
    selected = attributes.get("selectedHandles")
    names = [each for each in selected if isinstance(each, str)] if isinstance(selected, list) else []
    found = {name: text_of(attributes.get(name)) for name in names if name in HANDLE_FIELDS}
    return frozenset(f"{value.lower()}@{name}" for name, value in found.items() if value)


def iso_date(attributes: Mapping[str, JSON], name: str = "dateOfBirth") -> str | None:
    """A date ``yyyy/MM/dd`` as an ISO date."""
    text = text_of(attributes.get(name))
    return text.replace("/", "-") if text else None


class IdRepository:
    """Makes, finds and changes identities; ``partner_id`` is whom they are told to."""

    def __init__(self, *, identities: Identities, partner_id: str, control: Control) -> None:
        self._partner_id = partner_id
        self.identities = identities
        self._control = control

    def draw_numbers(self, purpose: str, owner: str | None) -> tuple[str, str]:
        """A UIN and a VID that nobody has."""
        return (
            self._free(self._control.draw(f"uin {purpose}".strip(), owner), draw_uin),
            self._free(self._control.draw(f"vid {purpose}".strip(), owner), draw_vid),
        )

    def _free(self, chance: Random, draw: Callable[[Random], str]) -> str:
        while True:
            number = draw(chance)
            if not self.identities.is_taken(number):
                return number

    def create_draft(self, rid: str, attributes: Mapping[str, JSON], owner: str | None) -> Identity:
        """Drafts a new identity.

        Raises IdRepositoryError (IDR-IDC-014) when a selected handle is somebody's.
        """
        handles = handles_of(attributes)
        with self.identities.transaction():
            if self.identities.with_handle(handles, but=rid):
                raise errors.IdRepositoryError(errors.handle_exists(handles))
            uin, vid = self.draw_numbers("", owner)
            identity = Identity(
                uin=uin,
                vid=vid,
                rid=rid,
                name=text_of(attributes.get("fullName")),
                born=iso_date(attributes),
                gender=text_of(attributes.get("gender")),
                attributes={**attributes, "UIN": uin},
                handles=handles,
                owner=owner,
            )
            self.identities.draft(rid, identity)
        return identity

    def _published(self, identity: Identity, effect: Effect) -> Published:
        psut = partner_token(identity.uin, self._partner_id)
        return Published(uin=identity.uin, vid=identity.vid, psut=psut, effect=effect)

    def find(self, number: str) -> Identity:
        """The identity of a UIN or VID; raises IdRepositoryError (IDR-IDC-007)."""
        found = self.identities.find(number)
        if found is None:
            raise errors.IdRepositoryError(errors.NO_RECORD)
        return found

    def publish_new(self, rid: str) -> Published:
        """Publishes the draft of a registration; raises IdRepositoryError when there is none."""
        with self.identities.transaction():
            identity = self.identities.take_draft(rid)
            if identity is None:
                raise errors.IdRepositoryError(errors.NO_RECORD)
            self.identities.put(identity)
        return self._published(identity, "identity-minted")

    def publish_update(self, number: str, attributes: Mapping[str, JSON], *, death: bool) -> Published:
        """Merges a packet's fields into an identity; a death flags it, or deactivates it by policy.

        Stock MOSIP only flags: CRVS_DEATH is an update with status ACTIVATED. Raises IdRepositoryError.
        """
        with self.identities.transaction():
            identity = self.find(number)
            identity.attributes |= {name: value for name, value in attributes.items() if name != "UIN"}
            if not death:
                identity.name = text_of(attributes.get("fullName")) or identity.name
                identity.born = iso_date(attributes) or identity.born
                identity.gender = text_of(attributes.get("gender")) or identity.gender
                self.identities.put(identity)
                return self._published(identity, "identity-updated")
            identity.death_declared = True
            if self._control.settings_value("mosip.death_policy") == "flag":
                return self._published(identity, "identity-flagged")
            identity.status = DEACTIVATED
            identity.vid_status = DEACTIVATED
            return self._published(identity, "identity-deactivated")

    def has_double(self, attributes: Mapping[str, JSON]) -> bool:
        """Whether an active identity has the same name, date of birth and gender.

        MOSIP's demographic dedupe.
        """
        name, gender = text_of(attributes.get("fullName")), text_of(attributes.get("gender"))
        return self.identities.active_with(demographics(name, iso_date(attributes), gender))
