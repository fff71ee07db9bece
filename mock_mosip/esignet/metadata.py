"""What discovery says. (mosip/esignet: application-default.properties, mosip.esignet.discovery.key-values)

Pushed requests and DPoP are not announced, for they are not there.
"""

from __future__ import annotations

from mock_control import JSON
from mock_mosip.esignet.claims import CLAIMS_SUPPORTED
from mock_mosip.esignet.request import DISPLAYS, OPENID_SCOPES
from mock_mosip.esignet.tokens import TOKEN

ACRS = tuple(
    f"mosip:idp:acr:{each}"
    for each in ("knowledge", "password", "static-code", "generated-code", "linked-wallet", "biometrics")
)
SIGNING: list[JSON] = ["RS256", "PS256"]


def openid_configuration(issuer: str, *, algorithm: str) -> dict[str, JSON]:
    """The document of ``/.well-known/openid-configuration``."""
    return {
        **_common(issuer),
        "userinfo_endpoint": f"{issuer}/v1/esignet/oidc/userinfo",
        "acr_values_supported": [*ACRS],
        "id_token_signed_response_alg": algorithm,
        "id_token_signing_alg_values_supported": SIGNING,
        "userinfo_signed_response_alg": algorithm,
        "userinfo_signing_alg_values_supported": SIGNING,
        "userinfo_encryption_alg_values_supported": ["RSAXXXXX"],  # so it stands in the defaults
        "userinfo_encryption_enc_values_supported": ["A128GCM"],
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "claims_supported": [*CLAIMS_SUPPORTED],
        "display_values_supported": [*DISPLAYS],
        "subject_types_supported": ["pairwise"],
        "claims_locales_supported": ["en"],
        "ui_locales_supported": ["en"],
        "request_parameter_supported": False,
        "code_challenge_methods_supported": ["S256"],
        "require_pushed_authorization_requests": False,
    }


def server_metadata(issuer: str) -> dict[str, JSON]:
    """The document of ``/.well-known/oauth-authorization-server``."""
    return {**_common(issuer), "grant_types_supported": ["authorization_code"]}


def _common(issuer: str) -> dict[str, JSON]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}{TOKEN.path}",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": [*OPENID_SCOPES],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        "authorization_response_iss_parameter_supported": True,
    }
