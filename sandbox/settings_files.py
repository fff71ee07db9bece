"""Settings of each party: a JSON file for a mock, environment variables for the bridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox.addresses import port_of
from sandbox.certificates import public_jwk
from sandbox.country import country
from sandbox.files import write_private
from sandbox.keys import AUTH_PARTNER_ID, ESIGNET_CLIENT_ID, PARTNER_ID
from sandbox.layout import Layout

PACKET_CLIENT_ID: Final = "mosip-crvs-client"
STATUS_CLIENT_ID: Final = "mosip-crvs-status-client"
CREDENTIAL_TOPIC: Final = f"{PARTNER_ID}/CREDENTIAL_ISSUED"
WORKFLOW_TOPIC: Final = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
CENTER_ID: Final = "10001"
MACHINE_ID: Final = "10004"
# The paths of E-Signet's endpoints (mosip/esignet: openid-configuration; esignet-service's context path).
ESIGNET_TOKEN_PATH: Final = "/v1/esignet/oauth/v2/token"  # noqa: S105 - a path
ESIGNET_USERINFO_PATH: Final = "/v1/esignet/oidc/userinfo"
ESIGNET_AUTHORIZE_PATH: Final = "/authorize"
ESIGNET_PARTNER_ID: Final = "esignet-partner"
STATUS_PATH: Final = "/registrationprocessor/v1/registrationstatus/externalstatus/search"
IDA_ROOT: Final = "/idauthentication/v1"
IDA_PATH: Final = f"{IDA_ROOT}/auth"

# What MOSIP asks for at each door (packet-manager-default.properties; websub: hub_service.bal).
PACKET_ROLES: Final = ("ONLINE_REGISTRATION_CLIENT",)
# The status service doesn't take the role above (registration-processor: RegistrationStatusController).
STATUS_ROLES: Final = ("REGISTRATION_OFFICER",)
PARTNER_ROLES: Final = ("SUBSCRIBE_CREDENTIAL_ISSUED_INDIVIDUAL", f"SUBSCRIBE_{WORKFLOW_TOPIC}_GENERAL")
# A system client may not register; the action token it gets by exchange may confirm (opencrvs-core: auth).
BRIDGE_SCOPES: Final = ("type=record.read&event=birth,death", "type=record.search&event=birth,death")


def mosip_settings(layout: Layout) -> dict[str, object]:
    """The settings of the MOSIP mock."""
    keys, secrets = layout.keys, layout.secrets
    return {
        "public_url": layout.advertised["mosip"],
        "seed": layout.seed,
        "admin_token": secrets.admin_token,
        "control": True,
        "state_dir": str(layout.state.memory("mosip")),
        "clients": [
            {
                "client_id": PACKET_CLIENT_ID,
                "secret": secrets.packet_client_secret,
                "roles": list(PACKET_ROLES),
                "partner": False,
            },
            {
                "client_id": STATUS_CLIENT_ID,
                "secret": secrets.status_client_secret,
                "roles": list(STATUS_ROLES),
                "partner": False,
            },
            {
                "client_id": PARTNER_ID,
                "secret": secrets.websub_client_secret,
                "roles": list(PARTNER_ROLES),
                "partner": True,
            },
        ],
        "partner_id": PARTNER_ID,
        "partner_certificate_pem": keys.partner_certificate.read_text(),
        "signing_key_pem": keys.mosip_signing_key.read_text(),
        "token_key_pem": keys.mosip_token_key.read_text(),
        **country(layout.country).mosip_settings(),
        "ida": {
            "languages": list(country(layout.country).pack.languages),
            "certificate_pem": keys.ida_certificate.read_text(),
            "key_pem": keys.ida_key.read_text(),
            "misp_licence_key": secrets.misp_licence_key,
            "partner_id": AUTH_PARTNER_ID,
            "api_key": secrets.auth_partner_api_key,
            "partner_certificate_pem": keys.auth_partner_certificate.read_text(),
        },
    }


def esignet_settings(layout: Layout) -> dict[str, object]:
    """The settings of the E-Signet mock; OpenCRVS's forms are its one relying party."""
    keys = layout.keys
    return {
        "public_url": layout.advertised["esignet"],
        "seed": layout.seed,
        "admin_token": layout.secrets.admin_token,
        "control": True,
        "state_dir": str(layout.state.memory("esignet")),
        "signing_key_pem": keys.esignet_signing_key.read_text(),
        "clients": [
            {
                "client_id": ESIGNET_CLIENT_ID,
                "name": "OpenCRVS",
                "redirect_uris": [f"{layout.advertised['opencrvs']}/**"],
                "jwk": public_jwk(keys.esignet_client_jwk.read_bytes()),
            }
        ],
        "ida": {
            "url": f"{layout.urls['mosip']}{IDA_ROOT}",
            "misp_licence_key": layout.secrets.misp_licence_key,
            "partner_id": ESIGNET_PARTNER_ID,
        },
    }


CALLED_BY_OPENCRVS: Final = frozenset({"registration", "update", "verify", "userinfo"})
"""The doors of the bridge at which OpenCRVS knocks; MOSIP's hub is told another by the bridge itself."""


def opencrvs_settings(layout: Layout) -> dict[str, object]:
    """The settings of the OpenCRVS mock."""
    secrets = layout.secrets
    return {
        "public_url": layout.advertised["opencrvs"],
        "seed": layout.seed,
        "admin_token": secrets.admin_token,
        "control": True,
        "state_dir": str(layout.state.memory("opencrvs")),
        "token_key_pem": layout.keys.opencrvs_token_key.read_text(),
        "clients": [
            {
                "client_id": secrets.opencrvs_client_id,
                "secret": secrets.opencrvs_client_secret,
                "scopes": list(BRIDGE_SCOPES),
            }
        ],
        "bridge_url": layout.urls["bridge"],
        "bridge_routes": {
            name: path for name, path in layout.routes.as_json().items() if name in CALLED_BY_OPENCRVS
        },
        "country_config_url": layout.urls["opencrvs"],
        "country_pack": layout.country,
        "esignet": {
            "authorize_url": f"{layout.advertised['esignet']}{ESIGNET_AUTHORIZE_PATH}",
            "client_id": ESIGNET_CLIENT_ID,
        },
    }


MOCK_SETTINGS: Final = {"mosip": mosip_settings, "esignet": esignet_settings, "opencrvs": opencrvs_settings}


def write_mock_settings(party: str, layout: Layout, overrides: Mapping[str, object]) -> Path:
    """Writes the settings file of one mock, `overrides` on top, and returns its path."""
    path = layout.state.settings(party)
    write_private(path, json.dumps({**MOCK_SETTINGS[party](layout), **overrides}, indent=1))
    return path


def reference_environment(layout: Layout) -> dict[str, str]:
    """What a bridge must know of this sandbox, by the names of the reference implementation.

    Source of the names: opencrvs/mosip packages/mosip-api/src/constants.ts and its deployment guide.
    """
    keys, secrets = layout.keys, layout.secrets
    bridge, mosip, esignet, opencrvs = (
        layout.advertised[party] for party in ("bridge", "mosip", "esignet", "opencrvs")
    )
    return {
        "PORT": str(port_of(bridge)),
        "SQLITE_DATABASE_PATH": str(layout.state.memory("bridge") / "bridge.sqlite"),
        "CLIENT_APP_URL": opencrvs,
        "OPENCRVS_GATEWAY_URL": opencrvs,
        "OPENCRVS_AUTH_URL": opencrvs,
        "OPENCRVS_PUBLIC_KEY_URL": f"{opencrvs}/.well-known",
        "OPENCRVS_CLIENT_ID": secrets.opencrvs_client_id,
        "OPENCRVS_CLIENT_SECRET": secrets.opencrvs_client_secret,
        "MOSIP_AUTH_URL": f"{mosip}/v1/authmanager/authenticate/clientidsecretkey",
        "MOSIP_AUTH_CLIENT_APP_ID": "admin",
        "MOSIP_PACKET_AUTH_CLIENT_ID": PACKET_CLIENT_ID,
        "MOSIP_PACKET_AUTH_CLIENT_SECRET": secrets.packet_client_secret,
        "MOSIP_CREATE_PACKET_URL": f"{mosip}/commons/v1/packetmanager/createPacket",
        "MOSIP_PROCESS_PACKET_URL": f"{mosip}/registrationprocessor/v1/workflowmanager/workflowinstance",
        "MOSIP_CENTER_ID": CENTER_ID,
        "MOSIP_MACHINE_ID": MACHINE_ID,
        "MOSIP_WEBSUB_HUB_URL": f"{mosip}/hub/",
        "MOSIP_WEBSUB_SECRET": secrets.websub_secret,
        "MOSIP_WEBSUB_TOPIC": CREDENTIAL_TOPIC,
        "MOSIP_WEBSUB_CALLBACK_URL": f"{bridge}{layout.routes.callback}",
        "MOSIP_WEBSUB_AUTH_CLIENT_ID": PARTNER_ID,
        "MOSIP_WEBSUB_AUTH_CLIENT_SECRET": secrets.websub_client_secret,
        "MOSIP_VERIFIABLE_CREDENTIAL_ALLOWLIST": ",".join(
            f"{mosip}/.well-known/{name}.json" for name in ("controller", "public-key")
        ),
        **country(layout.country).reference_environment(),
        "DECRYPT_P12_FILE_PATH": str(keys.partner_p12),
        "DECRYPT_P12_FILE_PASSWORD": secrets.p12_password,
        "IDA_AUTH_URL": f"{mosip}{IDA_PATH}",
        "IDA_AUTH_DOMAIN_URI": mosip,
        "PARTNER_ID": AUTH_PARTNER_ID,
        "PARTNER_APIKEY": secrets.auth_partner_api_key,
        "PARTNER_MISP_LK": secrets.misp_licence_key,
        "ENCRYPT_CERT_PATH": str(keys.ida_certificate),
        "SIGN_P12_FILE_PATH": str(keys.auth_partner_p12),
        "SIGN_P12_FILE_PASSWORD": secrets.auth_partner_p12_password,
        "ESIGNET_TOKEN_URL": f"{esignet}{ESIGNET_TOKEN_PATH}",
        "ESIGNET_USERINFO_URL": f"{esignet}{ESIGNET_USERINFO_PATH}",
        "OIDP_CLIENT_PRIVATE_KEY_PATH": str(keys.esignet_client_jwk),
    }


def trust_environment(layout: Layout) -> dict[str, str]:
    """What makes a bridge believe the mocks' certificates, by the names that its language reads.

    NODE_EXTRA_CA_CERTS and BRIDGE_CA_FILE add to the usual authorities; SSL_CERT_FILE (OpenSSL: Python, Ruby,
    curl; Go too) and REQUESTS_CA_BUNDLE take their place, and get a bundle with both in it.
    """
    authority, bundle = layout.trust.authority, layout.trust.bundle
    if authority is None:
        return {}
    return {
        "NODE_EXTRA_CA_CERTS": str(authority),
        "SSL_CERT_FILE": str(bundle),
        "REQUESTS_CA_BUNDLE": str(bundle),
        "BRIDGE_CA_FILE": str(authority),
    }


HURRIED: Final = {
    "BRIDGE_STALE_AFTER_S": "4",
    "BRIDGE_STATUS_AFTER_S": "1",
    "BRIDGE_STATUS_EVERY_S": "0.5",
    "BRIDGE_RECONCILE_AFTER_S": "1.5",
    "BRIDGE_RECONCILE_EVERY_S": "1",
    "BRIDGE_KEY_REFETCH_S": "0.1",
}
"""How soon our bridge notices silence where scenarios wait for that; in the field it takes hours and days.

A key that is changed a moment after it was read is a thing of scenarios too.
"""


def own_environment(layout: Layout) -> dict[str, str]:
    """What only our bridge asks for, beyond the reference implementation's variables."""
    mosip = layout.advertised["mosip"]
    return {
        "BRIDGE_INSTANCE_ID": "a",
        "BRIDGE_STORE_KEY_FILE": str(layout.keys.bridge_store_key),
        "BRIDGE_OPERATOR_TOKEN_FILE": str(layout.keys.bridge_operator_token),
        "BRIDGE_WORKFLOW_EVENT_TOPIC": WORKFLOW_TOPIC,
        "BRIDGE_ESIGNET_CLIENT_ID": ESIGNET_CLIENT_ID,
        **country(layout.country).own_environment(),
        "BRIDGE_STATUS_URL": f"{mosip}{STATUS_PATH}",
        "BRIDGE_STATUS_CLIENT_ID": STATUS_CLIENT_ID,
        "BRIDGE_STATUS_CLIENT_SECRET": layout.secrets.status_client_secret,
        "BRIDGE_COUNTRY_CONFIG_URL": layout.advertised["opencrvs"],
        # Nobody's servers are at the other end: try again, and give up, sooner than in the field.
        "BRIDGE_RETRY_FIRST_S": "0.2",
        "BRIDGE_RETRY_MAX_S": "2",
        "BRIDGE_LOGIN_TIMEOUT_S": "2",
        "BRIDGE_VERIFY_TIMEOUT_S": "2",
    }
