"""What the services need of the control: ids, reserved or drawn, the time, telling of effects."""

from __future__ import annotations

import random
from collections.abc import Collection

from mock_control import Control, current_exchange
from mock_control.errors import NoExchangeError
from mock_opencrvs.values import JSON, drawn_code, drawn_uuid

TRACKING_ID_LENGTH = 6
REGISTRATION_NUMBER_LENGTH = 12


class World:
    """Ids as a scenario reserved them, drawn by seed where it did not."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def now(self) -> str:
        """The time to write, as an ISO text with milliseconds."""
        return self._control.stamps.iso()

    def owner(self) -> str | None:
        """Whose action is being served, as far as is known."""
        try:
            return current_exchange().owner
        except NoExchangeError:
            return None

    def draw(self, purpose: str) -> random.Random:
        """A seeded generator of the owner being served."""
        return self._control.draw(purpose, self.owner())

    def new_id(self, purpose: str) -> str:
        """A drawn UUID."""
        return drawn_uuid(self.draw(purpose))

    def new_event(self, transaction_id: str) -> tuple[str, str]:
        """Event id and tracking id of the record that is made under that transaction id."""
        reserved = self._control.reservation(kind="transaction", value=transaction_id)
        event_id = reserved.event_id if reserved else None
        tracking_id = reserved.tracking_id if reserved else None
        return (
            event_id or self.new_id("event"),
            tracking_id or drawn_code(self.draw("tracking"), TRACKING_ID_LENGTH),
        )

    def new_action_id(self, event_id: str, action_type: str, *, taken: Collection[str]) -> str:
        """The reserved id of that event and type that is still free, else a drawn one."""
        reserved = [each.action_id for each in self._control.open_actions(event_id, action_type)]
        free = [action_id for action_id in reserved if action_id and action_id not in taken]
        return free[0] if free else self.new_id("action")

    def registration_number(self, action_id: str) -> str:
        """The certificate number of a registration: reserved, else 12 drawn characters of ``[0-9A-Z]``."""
        reserved = self._control.reservation(kind="action", value=action_id)
        number = reserved.certificate_number if reserved else None
        return number or drawn_code(self.draw("registration-number"), REGISTRATION_NUMBER_LENGTH)

    def tell_keys(self, *, strong: dict[str, str] | None = None, weak: dict[str, str] | None = None) -> None:
        """Adds keys that became known to the exchange being served."""
        current_exchange().add_keys(strong=strong or {}, weak=weak or {})

    def tell_effect(self, name: str, **facts: JSON) -> None:
        """Says what became true in OpenCRVS."""
        current_exchange().effect(name, **facts)
