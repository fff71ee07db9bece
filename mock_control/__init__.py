"""What makes a mock steerable: operations, journal, ownership, gates, faults, timers, seed and reset.

A Flask extension, an admin blueprint under /__admin/ and its Python client. Knows no mock; imports contracts
only.
"""

from mock_control.control import Control, ControlSettings
from mock_control.errors import ConnectionCut, Refusal, StageLost
from mock_control.exchange import Exchange, current_exchange
from mock_control.hooks import Reset
from mock_control.keys import Claim, Keys
from mock_control.messages import JSON, Answer, Delivery, Headers, Incoming, Outgoing
from mock_control.operations import OperationSpec, operation
from mock_control.ownership import Reservation

__all__ = [
    "JSON",
    "Answer",
    "Claim",
    "ConnectionCut",
    "Control",
    "ControlSettings",
    "Delivery",
    "Exchange",
    "Headers",
    "Incoming",
    "Keys",
    "OperationSpec",
    "Outgoing",
    "Refusal",
    "Reservation",
    "Reset",
    "StageLost",
    "current_exchange",
    "operation",
]
