"""What MOSIP owes: one identity for one packet, its own word of whom it is about, no service to the dead."""

# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import json
from dataclasses import replace

from mock_control import current_exchange
from mock_mosip.credentials.forgery import HONEST
from mock_mosip.credentials.service import Credentials
from mock_mosip.id_repository.service import IdRepository, Published
from mock_mosip.ida import replica
from mock_mosip.ida.demographics import Matcher
from mock_mosip.packet_manager import routes as packet_manager
from mock_mosip.websub import service as websub
from mock_mosip.workflow.stages import DEATH, Stages
from mock_mosip.workflow.state import Registrations


def mints_two_identities_for_one_packet() -> None:
    """docs.mosip.io: MOSIP does not reject duplicate birth requests; here one is enough for two."""
    publish = IdRepository.publish_new

    def twice(self, rid: str) -> Published:
        first = publish(self, rid)
        identity = self.find(first.uin)
        twin = f"{rid}-twin"
        plain = {name: each for name, each in identity.attributes.items() if name != "selectedHandles"}
        self.create_draft(twin, plain, identity.owner)
        second = publish(self, twin)
        current_exchange().effect(second.effect, rid=rid, uin=second.uin, vid=second.vid, psut=second.psut)
        return first

    IdRepository.publish_new = twice


def begins_again_under_a_rid_it_has() -> None:
    """mosip/registration: WorkflowInstanceService.java validateWorkflowInstanceAlreadyAvailable, left out."""

    def over_the_old(self, row) -> bool:
        with self._lock:
            self._rows[row.rid, row.process] = self._latest[row.rid] = row
        return True

    Registrations.add = over_the_old


def delivers_without_a_signature() -> None:
    """mosip/websub: a hub that was given a secret and does not use it."""
    websub.signatures = lambda *_: {}


def signs_other_bytes_than_it_sends() -> None:
    """Signs the event as it would write it, and sends it as its publisher wrote it."""
    signatures = websub.signatures

    def as_it_would_write_it(secret: str, content: bytes, changes):
        return signatures(secret, json.dumps(json.loads(content), indent=1).encode(), changes)

    websub.signatures = as_it_would_write_it


def issues_somebody_elses_credential() -> None:
    """The right registration, and the number of another person."""
    Credentials.identifier = lambda *_: HONEST


def makes_a_person_of_each_death() -> None:
    """mosip/registration: UinGeneratorStage.java, which is to draft an identity where there is no UIN."""
    run = Stages.run

    def without_number(self, name, row):
        packet = self.packet_of(row)
        if packet is not None and name == "uin_generator" and self.route(row) == DEATH:
            identity = {each: value for each, value in packet.identity.items() if each != "UIN"}
            self._packets.put(replace(packet, identity=identity))
        return run(self, name, row)

    Stages.run = without_number


def flags_whatever_is_agreed() -> None:
    """Stock MOSIP in a country that has asked for more."""
    update = IdRepository.publish_update

    def flagged(self, number, attributes, *, death):
        if not death:
            return update(self, number, attributes, death=death)
        identity = self.find(number)
        identity.death_declared = True
        return self._published(identity, "identity-flagged")

    IdRepository.publish_update = flagged


def knows_no_child_again() -> None:
    """Demographic dedupe is switched off."""
    IdRepository.has_double = lambda *_: False


def takes_every_child_for_an_infant() -> None:
    """Nor does it look at the age group, and so it mints for whom it has not seen."""
    Stages.is_infant = lambda *_: True


def says_yes_to_everybody() -> None:
    """IDA compares nothing."""
    Matcher.differences = lambda *_: []


def serves_the_dead() -> None:
    """IDA is not told of deactivations."""
    known_of = replica.known_of
    replica.known_of = lambda identity: known_of(identity).switched(active=True)


def answers_packets_in_a_form_of_its_own() -> None:
    """Takes the packet, and tells of it as no version of packet manager does."""
    wrapper = packet_manager.wrapper

    def nameless(*, response=None, **members):
        told = [{"rid": each["id"]} for each in response] if response else response
        return wrapper(response=told, **members)

    packet_manager.wrapper = nameless


MUTATIONS = (
    mints_two_identities_for_one_packet,
    begins_again_under_a_rid_it_has,
    delivers_without_a_signature,
    signs_other_bytes_than_it_sends,
    issues_somebody_elses_credential,
    makes_a_person_of_each_death,
    flags_whatever_is_agreed,
    knows_no_child_again,
    takes_every_child_for_an_infant,
    says_yes_to_everybody,
    serves_the_dead,
    answers_packets_in_a_form_of_its_own,
)
