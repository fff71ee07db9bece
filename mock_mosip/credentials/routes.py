"""The documents under ``/.well-known/`` by which a credential is verified.

Shapes: opencrvs/mosip: packages/mosip-mock; mosip/mosip-config: controller.json, mosip-context.json
"""

from __future__ import annotations

from flask import Blueprint

from mock_control import Answer, Incoming, operation
from mock_mosip.credentials.contexts import SECURITY_V2, mosip_context
from mock_mosip.crypto import Signer


def make_blueprint(*, public_url: str, signer: Signer) -> Blueprint:
    """Routes of the verification documents."""
    blueprint = Blueprint("well_known", __name__, url_prefix="/.well-known")
    base = f"{public_url}/.well-known"
    controller, public_key = f"{base}/controller.json", f"{base}/public-key.json"

    @blueprint.get("/controller.json")
    @operation("mosip.well_known.controller", help="Who issues credentials, and by which key")
    def show_controller(_: Incoming) -> Answer:
        return Answer(body={"@context": SECURITY_V2, "id": controller, "assertionMethod": [public_key]})

    @blueprint.get("/public-key.json")
    @operation("mosip.well_known.public_key", help="The key that verifies the proof of a credential")
    def show_public_key(_: Incoming) -> Answer:
        return Answer(
            body={
                "@context": SECURITY_V2,
                "type": "RsaVerificationKey2018",
                "id": public_key,
                "controller": controller,
                "publicKeyPem": signer.public_key_pem,
            }
        )

    @blueprint.get("/mosip-context.json")
    @operation("mosip.well_known.context", help="The terms of a credential's claims")
    def show_context(_: Incoming) -> Answer:
        return Answer(body=mosip_context(public_url))

    return blueprint
