"""The calls that move a delivery on. A step may run any number of times: what it sends is in the row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bridge.http import Reply
from bridge.model import Delivery, State
from bridge.sealing import Sealer


class Step(StrEnum):
    """One call to an upstream, or the end of patience."""

    CREATE_PACKET = "create_packet"
    CREATE_INSTANCE = "create_instance"
    GIVE_UP = "give_up"
    ACCEPT = "accept"
    REJECT = "reject"


NEXT: Mapping[State, Step] = {
    State.QUEUED: Step.CREATE_PACKET,
    State.PACKET_SENT: Step.CREATE_INSTANCE,
    State.AWAITING: Step.GIVE_UP,
    State.ANSWERED: Step.ACCEPT,
    State.REFUSED: Step.REJECT,
}


class PacketManager(Protocol):
    """MOSIP's packet manager."""

    def create_packet(self, body: bytes) -> Reply: ...


class WorkflowManager(Protocol):
    """MOSIP's workflow manager."""

    def create_instance(self, body: bytes) -> Reply: ...


class Events(Protocol):
    """OpenCRVS events."""

    def accept(
        self,
        *,
        event_id: str,
        action_id: str,
        transaction_id: str,
        registration_number: str,
        identifier: str | None,
        stored_token: str,
    ) -> Reply: ...

    def reject(self, *, event_id: str, action_id: str, transaction_id: str, stored_token: str) -> Reply: ...


BuildBody = Callable[[bytes, Delivery], bytes]
"""A request body from the stored registration and the row; the same row gives the same bytes."""


class ColumnEmptyError(Exception):
    """A step finds a column empty that it needs; the message names the column."""


def place(column: str, action_id: str) -> str:
    """Where a sealed value lies; what is sealed for one row doesn't open in another."""
    return f"{column}/{action_id}"


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Runs one step of a delivery. Raises :class:`SealBrokenError`, :class:`ColumnEmptyError`."""

    packet_manager: PacketManager
    workflow: WorkflowManager
    events: Events
    sealer: Sealer
    packet_body: BuildBody
    workflow_body: BuildBody

    def run(self, step: Step, held: Delivery) -> Reply:
        """Make the call and return how it ended."""
        if step is Step.CREATE_PACKET:
            return self.packet_manager.create_packet(self.packet_body(self._payload(held), held))
        if step is Step.CREATE_INSTANCE:
            return self.workflow.create_instance(self.workflow_body(self._payload(held), held))
        if step is Step.ACCEPT:
            return self.events.accept(
                event_id=held.event_id,
                action_id=held.action_id,
                transaction_id=held.transaction_id,
                registration_number=held.certificate_number,
                identifier=self._identifier(held),
                stored_token=self._token(held),
            )
        if step is Step.REJECT:
            return self.events.reject(
                event_id=held.event_id,
                action_id=held.action_id,
                transaction_id=held.transaction_id,
                stored_token=self._token(held),
            )
        raise ValueError(f"{step} calls nobody")

    def _payload(self, held: Delivery) -> bytes:
        return self._open("payload", held.payload, held)

    def _token(self, held: Delivery) -> str:
        return self._open("token", held.token, held).decode()

    def _identifier(self, held: Delivery) -> str | None:
        if held.credential is None:
            return None
        return self._open("credential", held.credential, held).decode()

    def _open(self, column: str, sealed: bytes | None, held: Delivery) -> bytes:
        if sealed is None:
            raise ColumnEmptyError(column)
        return self.sealer.open(sealed, place=place(column, held.action_id))
