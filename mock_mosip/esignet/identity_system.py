"""The identity system behind E-Signet: whom MOSIP has deactivated, E-Signet lets in no more.

E-Signet knows people by what it was told; of each who signs in it asks IDA, if it has one, whether the number
still stands. A number that IDA does not know is E-Signet's own matter.
(mosip/esignet: the authenticator plugin of IDA, kyc-auth; mosip/id-authentication: KycAuthController.java)
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from mock_control import Control, Delivery, Keys, OperationSpec, Outgoing
from mock_mosip import mapper
from mock_mosip.esignet.settings import IdaLink

ASK = OperationSpec(
    name="esignet.identity_system.kyc_auth",
    kind="message",
    help="Asks IDA whether the number of who signs in still stands",
)
DEACTIVATED = frozenset(("IDA-MLC-003", "IDA-MLC-010", "IDA-MLC-022", "IDA-MLC-023"))
TRANSACTION_DIGITS = 10
TIMEOUT_S = (2.0, 5.0)
NO_SUCH_DOOR = 404


class NoWordError(Exception):
    """IDA did not answer, or not so that it could be read."""


@dataclass(frozen=True, kw_only=True)
class IdentitySystem:
    """IDA, asked with the licence key of a partner."""

    link: IdaLink
    control: Control

    def refusal(self, number: str, client_id: str) -> str | None:
        """IDA's code for a UIN or VID that was deactivated; None for any other. Raises NoWordError."""
        parts = (self.link.misp_licence_key, self.link.partner_id, client_id)
        path = "/".join(quote(part, safe="") for part in parts)
        transaction = f"{secrets.randbelow(10**TRANSACTION_DIGITS):0{TRANSACTION_DIGITS}}"
        asked = {"id": "mosip.identity.kycauth", "individualId": number, "transactionID": transaction}
        deliveries = self.control.send(
            Outgoing(
                operation=ASK.name,
                method="POST",
                url=f"{self.link.url}/kyc-auth/delegated/{path}",
                headers={"Content-Type": "application/json"},
                body=json.dumps(asked).encode(),
                keys=Keys(weak={"identifier": number}),
                timeout=TIMEOUT_S,
            )
        )
        return _deactivated(deliveries[0]) if deliveries else None


def _deactivated(delivery: Delivery) -> str | None:
    if delivery.status == NO_SUCH_DOOR:  # a MOSIP in whose place somebody else has put another
        return None
    if delivery.error is not None or delivery.status != 200:
        raise NoWordError
    try:
        listed = mapper.as_list(mapper.read_object(delivery.body).get("errors"), "errors") or []
        errors = [mapper.as_map(each, "errors") or {} for each in listed]
    except mapper.MapperError as error:
        raise NoWordError from error
    codes = (each.get("errorCode") for each in errors)
    return next((code for code in codes if code in DEACTIVATED), None)
