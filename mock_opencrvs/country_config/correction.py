"""What the country configuration does with an approved correction: a number for who has none, or an update.

Source: opencrvs/opencrvs-farajaland src/index.ts (2.0). Unlike there, what was asked to be corrected is
merged in: core's record does not have it while the approval waits, and the old data would go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mock_control import OperationSpec
from mock_opencrvs.events import aggregate
from mock_opencrvs.events.model import Action, Event
from mock_opencrvs.values import JSON, JSONObject

SEND_UPDATE: Final = OperationSpec(
    name="opencrvs.country_config.send_update",
    kind="message",
    help="the country configuration tells the bridge of corrected data (POST /events/update-biographics)",
    request="bridge/update-biographics.request",
    response="bridge/registration.response",
)
BIOGRAPHICS: Final = ("fullName", "dateOfBirth", "gender", "introducerInfoToken")


def corrected(event: Event, approval: Action) -> JSONObject:
    """All that is declared once the correction counts."""
    asked = aggregate.correction_request(event, approval)
    changes = dict(asked.declaration or {}) if asked is not None else {}
    return {**aggregate.declaration(event), **changes, **(approval.declaration or {})}


def update_body(registration: Mapping[str, JSON], identifier: str) -> JSONObject:
    """The body of an update, made of that of a registration with the corrected data."""
    fields = registration["requestFields"]
    told = fields if isinstance(fields, dict) else {}
    changed: JSONObject = {name: told[name] for name in BIOGRAPHICS if name in told}
    return {**registration, "requestFields": {"VID": identifier, **changed}}
