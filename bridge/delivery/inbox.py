"""From a genuine message of the hub to what it does to its delivery, durable before it is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bridge.callback import CredentialIssued, WorkflowEnded
from bridge.delivery import transitions
from bridge.delivery.holds import Holds
from bridge.delivery.steps import place
from bridge.delivery.transitions import Outcome, Rules
from bridge.model import BACKLOG, Delivery, Kind, State
from bridge.sealing import Sealer
from bridge.store import HubMessage, Receipt, Received, Store
from bridge.store.interface import Judge


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Raises :class:`bridge.store.StoreUnavailableError`; then nothing was stored and the hub comes again."""

    store: Store
    sealer: Sealer
    rules: Rules
    holds: Holds
    now: Callable[[], datetime]

    def take_credential(self, issued: CredentialIssued, raw: bytes) -> Received:
        """Store a credential with its row, whichever state that is in."""

        def judge(row: Delivery | None) -> tuple[Receipt, Delivery | None]:
            problem = issued.problem or _mismatch(row, issued)
            if problem is not None:
                return transitions.with_doubt(row, problem)
            return transitions.with_credential(row, self._sealed(row, issued), self.now(), self.rules)

        return self._receive(issued.hub_event_id, issued.topic, issued.rid, raw, judge)

    def take_outcome(self, ended: WorkflowEnded, raw: bytes) -> Received:
        """Store how MOSIP's workflow ended."""

        def judge(row: Delivery | None) -> tuple[Receipt, Delivery | None]:
            return transitions.with_outcome(
                row, Outcome(ended.result), ended.error_code, self.now(), self.rules
            )

        return self._receive(ended.hub_event_id, ended.topic, ended.rid, raw, judge)

    def _receive(self, hub_event_id: str, topic: str, rid: str, raw: bytes, judge: Judge) -> Received:
        body = self.sealer.seal(raw, place=place("received", hub_event_id))
        message = HubMessage(hub_event_id=hub_event_id, topic=topic, rid=rid, body=body)
        taken = False

        def judge_and_hold(row: Delivery | None) -> tuple[Receipt, Delivery | None]:
            nonlocal taken
            receipt, after = judge(row)
            # A refusal stays free: a credential may still come before its reject leaves.
            if after is None or after.state is not State.ANSWERED or after.lease_owner is not None:
                return receipt, after
            hold = self.holds.ask(after.state, after.kind)
            taken = hold is not None
            return receipt, after if hold is None else transitions.held(after, hold)

        received = self.store.receive(message, judge_and_hold)
        row = received.delivery
        if row is not None and (taken or _waits(row)) and not received.repeated:
            self.holds.hand_on(row)
        return received

    def _sealed(self, row: Delivery | None, issued: CredentialIssued) -> bytes | None:
        if row is None or issued.identifier is None:
            return None
        return self.sealer.seal(issued.identifier.encode(), place=place("credential", row.action_id))


def _waits(row: Delivery) -> bool:
    """For somebody who takes its next step."""
    return row.state in BACKLOG and row.lease_owner is None


def _mismatch(row: Delivery | None, issued: CredentialIssued) -> str | None:
    """A credential that names another birth certificate is another child's."""
    if row is None or row.kind is not Kind.BIRTH or issued.certificate_number is None:
        return None
    return None if issued.certificate_number == row.certificate_number else "subject-mismatch"
