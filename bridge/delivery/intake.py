"""From a registration that was read and allowed to a row that is durable, or to a refusal."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from bridge.delivery.holds import Holds
from bridge.delivery.steps import place
from bridge.errors import Problem
from bridge.model import Delivery, Kind, NewDelivery, State
from bridge.registration import Registration
from bridge.sealing import Sealer
from bridge.store import ActionConflictError, BacklogFullError, Store
from bridge.tokens import ActionToken

_COME_BACK_S = 5


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Stores registrations, held by this process wherever its threads can take them on."""

    store: Store
    sealer: Sealer
    draw_rid: Callable[[int], str]
    backlog_limit: int
    holds: Holds

    def take(self, token: ActionToken, registration: Registration) -> Delivery:
        """The row of that action, new or the one that is there.

        Raises :class:`Problem` 409 and 503, :class:`bridge.store.StoreUnavailableError`.
        """
        new = NewDelivery(
            event_id=token.event_id,
            action_id=token.action_id,
            kind=Kind(registration.kind),
            tracking_id=registration.tracking_id,
            certificate_number=registration.certificate_number,
            transaction_id=f"mosip-interop-{uuid.uuid4()}",
            payload=self.sealer.seal(registration.to_bytes(), place=place("payload", token.action_id)),
            token=self.sealer.seal(token.raw.encode(), place=place("token", token.action_id)),
        )
        try:
            accepted = self.store.accept(
                new,
                draw=self.draw_rid,
                backlog_limit=self.backlog_limit,
                hold=self.holds.ask(State.QUEUED, new.kind),
            )
        except ActionConflictError as error:
            raise Problem(
                status=409,
                code="bridge.registration.conflict",
                detail="This action was registered with another certificate number.",
                field="/requestFields",
            ) from error
        except BacklogFullError as error:
            raise Problem(
                status=503,
                code="bridge.backlog-full",
                detail="Too many registrations wait already. Nothing was stored.",
                retry_after=_COME_BACK_S,
            ) from error
        if accepted.created:
            self.holds.hand_on(accepted.delivery)
        return accepted.delivery
