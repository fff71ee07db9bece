"""HTTP of IDA: base path ``/idauthentication/v1``. All answers are HTTP 200."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from mock_control import JSON, Answer, Incoming, Keys, operation
from mock_control.messages import dump_json
from mock_mosip.crypto import Signer
from mock_mosip.ida import errors
from mock_mosip.ida.request import parse
from mock_mosip.ida.service import Authentication, Outcome
from mock_mosip.ida.signature import detached
from mock_mosip.mapper import MapperError

PATH = "/idauthentication/v1"
RESPONSE_SIGNATURE = "response-signature"


def keys_of(incoming: Incoming) -> Keys:
    """An authentication belongs to a person, to no action: a weak key only."""
    try:
        number = parse(incoming.body).texts["individualId"]
    except MapperError:
        return Keys()
    return Keys(weak={"identifier": number} if number else {})


def make_blueprint(service: Authentication, signer: Signer) -> Blueprint:
    """Routes of IDA."""
    blueprint = Blueprint("ida", __name__, url_prefix=PATH)

    def signed(body: dict[str, JSON]) -> Answer:
        text = dump_json(body)
        return Answer(body=text, headers={RESPONSE_SIGNATURE: detached(signer, text)})

    def refused(incoming: Incoming, *found: errors.AuthError) -> Outcome:
        number = incoming.json.get("transactionID") if isinstance(incoming.json, dict) else None
        return Outcome(transaction=number if isinstance(number, str) else None, errors=found)

    def forced(incoming: Incoming, codes: Sequence[str]) -> Answer:
        return signed(service.envelope(refused(incoming, *map(errors.error, codes))))

    def technical_error(incoming: Incoming) -> Answer:
        return signed(service.render(refused(incoming, errors.UNABLE_TO_PROCESS)))

    @blueprint.post("/auth/<misp_lk>/<partner_id>/<api_key>")
    @operation(
        "mosip.ida.authenticate",
        help="Says whether a person is who they say, by name, date of birth, gender and the like",
        request="mosip/ida-auth.request",
        response="mosip/ida-auth.response",
        keys=keys_of,
        errors=forced,
        answers={"technical-error": technical_error},
    )
    def authenticate(incoming: Incoming) -> Answer:
        return signed(service.render(service.authenticate(incoming)))

    @blueprint.post("/kyc-auth/delegated/<misp_lk>/<partner_id>/<client_id>")
    @operation(
        "mosip.ida.kyc_auth",
        help="E-Signet asks whether a number stands for somebody who can sign in; without code or envelope",
        keys=keys_of,
        errors=forced,
    )
    def kyc_auth(incoming: Incoming) -> Answer:
        return signed(service.render_sign_in(service.sign_in(incoming)))

    return blueprint
