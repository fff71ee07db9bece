"""Settings of the bridge, from the environment: the reference implementation's names, ours as ``BRIDGE_*``.

Source of the foreign names: opencrvs/opencrvs-core: charts/opencrvs-mosip, packages/mosip-api.
"""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bridge.wire import trusting

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+([/?][^\s#]*)?$")]
Port = Annotated[int, Field(ge=0, le=65535)]
FiveDigits = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Seconds = Annotated[float, Field(gt=0, le=86400 * 365)]


def _commas(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(name.strip() and told.strip() for name, _, told in pairs):
        raise ValueError("must be pairs such as female=Female,male=Male")
    return {name.strip(): told.strip() for name, _, told in pairs}


Urls = Annotated[tuple[Url, ...], NoDecode, BeforeValidator(_commas)]
Genders = Annotated[Mapping[str, str] | None, NoDecode, BeforeValidator(_pairs)]
Policies = Annotated[frozenset[Literal["hmac", "proof", "none"]], NoDecode, BeforeValidator(_commas)]


_IDA = (
    "ida_auth_domain_uri",
    "partner_id",
    "partner_apikey",
    "partner_misp_lk",
    "encrypt_cert_path",
    "sign_p12_file_path",
)


class SettingsError(Exception):
    """A setting is absent or wrong. Names the variable and the rule, never the value."""


class Settings(BaseSettings):
    """Every setting; a field's name in capitals is the environment variable."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    port: Port = 2024
    locale: str = "eng"
    sqlite_database_path: Path = Path("mosip-api.db")

    opencrvs_gateway_url: Url
    opencrvs_auth_url: Url | None = None
    opencrvs_public_key_url: Url
    opencrvs_client_id: str | None = None
    opencrvs_client_secret: SecretStr | None = None
    opencrvs_token_issuer: str = "opencrvs:auth-service"  # noqa: S105 - a name, not a secret
    opencrvs_token_audience: str = "opencrvs:gateway-user"  # noqa: S105

    mosip_auth_url: Url
    mosip_auth_client_app_id: str = "admin"
    mosip_packet_auth_client_id: str
    mosip_packet_auth_client_secret: SecretStr
    mosip_create_packet_url: Url
    mosip_process_packet_url: Url
    mosip_center_id: FiveDigits = "10001"
    mosip_machine_id: FiveDigits = "10004"
    transaction_id_prefix: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}$")] | None = None

    mosip_websub_hub_url: Url
    mosip_websub_secret: SecretStr | None = None
    mosip_websub_topic: str
    mosip_websub_callback_url: Url
    mosip_websub_auth_client_id: str
    mosip_websub_auth_client_secret: SecretStr

    mosip_verifiable_credential_allowlist: Urls = ()
    mosip_verifiable_credential_national_id_key: str = "VID"
    decrypt_p12_file_path: Path
    decrypt_p12_file_password: SecretStr = SecretStr("")

    ida_auth_url: Url | None = None
    ida_auth_domain_uri: str | None = None
    partner_id: str | None = None
    partner_apikey: SecretStr | None = None
    partner_misp_lk: SecretStr | None = None
    encrypt_cert_path: Path | None = None
    sign_p12_file_path: Path | None = None
    sign_p12_file_password: SecretStr = SecretStr("")
    bridge_ida_env: str = "Staging"
    bridge_verify_timeout_s: Annotated[float, Field(gt=0, le=10)] = 9
    bridge_verify_unknown: Literal["failed", "pending"] = "failed"

    client_app_url: Urls = ()
    esignet_token_url: Url | None = None
    esignet_userinfo_url: Url | None = None
    oidp_client_private_key_path: Path | None = None
    bridge_esignet_jwks_url: Url | None = None
    bridge_esignet_issuer: str | None = None
    bridge_esignet_audience: str | None = None
    bridge_esignet_client_id: str | None = None
    bridge_login_timeout_s: Annotated[float, Field(gt=0, le=10)] = 4.5
    bridge_user_info_shape: Literal["1.9", "2.0"] = "2.0"
    bridge_name_order: Literal["given-first", "family-first"] = "given-first"
    bridge_genders: Genders = None
    bridge_person_calls: Annotated[int, Field(ge=1, le=64)] = 6

    bridge_instance_id: str = "bridge"
    bridge_sandbox: bool = False
    bridge_ca_file: Path | None = None
    bridge_store_key_file: Path | None = None
    bridge_operator_token_file: Path | None = None
    bridge_workflow_event_topic: str = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
    bridge_death_confirmation: Literal["event", "credential", "none"] = "event"
    bridge_birth_confirmation: Literal["credential", "event"] = "credential"
    bridge_callback_policy: Policies = frozenset({"hmac", "proof"})
    bridge_bad_signature_status: Literal[401, 202] = 401
    bridge_websub_previous_secret: SecretStr | None = None
    bridge_websub_lease_s: Annotated[int, Field(ge=60)] = 86400
    bridge_officer_id: str = "opencrvs"
    bridge_language: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")] | None = None
    bridge_process_birth: str = "CRVS_NEW"
    bridge_process_death: str = "CRVS_DEATH"
    bridge_source: str = "OPENCRVS"
    bridge_identifier_field: Annotated[str, StringConstraints(pattern=r"^[^\s_]{1,128}$")] = "child.nid"
    bridge_schema_version: Annotated[str, StringConstraints(pattern=r"^[0-9]+([.][0-9]+)?$")] = "0.100"
    bridge_credential_context_file: Path | None = None
    bridge_stale_after_s: Seconds = 7 * 86400
    bridge_status_url: Url | None = None
    bridge_status_client_id: str | None = None
    bridge_status_client_secret: SecretStr | None = None
    bridge_status_after_s: Seconds = 3600
    bridge_status_every_s: Seconds = 600
    bridge_country_config_url: Url | None = None
    bridge_reconcile_after_s: Seconds = 3600
    bridge_reconcile_every_s: Seconds = 3600
    bridge_retry_first_s: Seconds = 2
    bridge_retry_max_s: Seconds = 600
    bridge_retry_limit: Annotated[int, Field(ge=1)] = 20
    bridge_connect_timeout_s: Seconds = 3
    bridge_read_timeout_s: Seconds = 10
    bridge_total_timeout_s: Seconds = 20
    bridge_delivery_threads: Annotated[int, Field(ge=1, le=256)] = 8
    bridge_backlog_limit: Annotated[int, Field(ge=1)] = 100_000
    bridge_key_refetch_s: Seconds = 60
    bridge_opencrvs_auth_parameters: Literal["form", "query"] = "form"
    bridge_log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Given values first, else the environment; no dotenv or secrets folder that nobody asked for."""
        return init_settings, env_settings

    @model_validator(mode="after")
    def _authorities_can_be_read(self) -> Settings:
        try:
            trusting(self.bridge_ca_file)
        except ssl.SSLError:
            raise ValueError(f"BRIDGE_CA_FILE: {self.bridge_ca_file} holds no certificate in PEM") from None
        except OSError as error:
            raise ValueError(
                f"BRIDGE_CA_FILE: {self.bridge_ca_file} can't be read ({type(error).__name__})"
            ) from None
        return self

    @model_validator(mode="after")
    def _callbacks_are_guarded(self) -> Settings:
        policy = self.bridge_callback_policy - {"none"}
        if not policy and not self.bridge_sandbox:
            raise ValueError(
                "BRIDGE_CALLBACK_POLICY: neither hmac nor proof; only a sandbox may run like that"
            )
        if "hmac" in policy and not _text(self.mosip_websub_secret):
            raise ValueError("MOSIP_WEBSUB_SECRET: needed by BRIDGE_CALLBACK_POLICY hmac")
        if "proof" in policy and not self.mosip_verifiable_credential_allowlist:
            raise ValueError("MOSIP_VERIFIABLE_CREDENTIAL_ALLOWLIST: needed by BRIDGE_CALLBACK_POLICY proof")
        return self

    @model_validator(mode="after")
    def _client_is_whole(self) -> Settings:
        if bool(self.opencrvs_client_id) != bool(_text(self.opencrvs_client_secret)):
            raise ValueError("OPENCRVS_CLIENT_SECRET: goes together with OPENCRVS_CLIENT_ID")
        if self.opencrvs_client_id and not self.opencrvs_auth_url:
            raise ValueError("OPENCRVS_AUTH_URL: needed where OPENCRVS_CLIENT_ID is set")
        return self

    @model_validator(mode="after")
    def _status_client_is_whole(self) -> Settings:
        if bool(self.bridge_status_client_id) != bool(_text(self.bridge_status_client_secret)):
            raise ValueError("BRIDGE_STATUS_CLIENT_SECRET: goes together with BRIDGE_STATUS_CLIENT_ID")
        return self

    @model_validator(mode="after")
    def _doors_are_whole(self) -> Settings:
        doors: Mapping[str, tuple[str, ...]] = {
            "ida_auth_url": _IDA,
            "esignet_token_url": ("esignet_userinfo_url", "oidp_client_private_key_path"),
        }
        for door, others in doors.items():
            absent = [name for name in others if not getattr(self, name)]
            if getattr(self, door) and absent:
                raise ValueError(f"{absent[0].upper()}: needed where {door.upper()} is set")
        return self

    @property
    def language(self) -> str:
        """Language of values that name none, three letters: BRIDGE_LANGUAGE, else LOCALE, else eng."""
        locale = self.locale if len(self.locale) == 3 and self.locale.isalpha() else "eng"
        return self.bridge_language or locale.lower()

    @property
    def websub_secrets(self) -> tuple[str, ...]:
        """The current secret, then the one it replaced, while that is set."""
        return tuple(filter(None, map(_text, (self.mosip_websub_secret, self.bridge_websub_previous_secret))))

    def store_key(self) -> bytes:
        """The 32 bytes that encrypt the store, from BRIDGE_STORE_KEY_FILE (base64). Raises SettingsError."""
        encoded = _read("BRIDGE_STORE_KEY_FILE", self.bridge_store_key_file)
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise SettingsError("BRIDGE_STORE_KEY_FILE: the file holds no base64") from None
        if len(key) != 32:
            raise SettingsError("BRIDGE_STORE_KEY_FILE: the key must have 32 bytes")
        return key

    def operator_token(self) -> str:
        """The operators' bearer token, from BRIDGE_OPERATOR_TOKEN_FILE. Raises SettingsError."""
        token = _read("BRIDGE_OPERATOR_TOKEN_FILE", self.bridge_operator_token_file)
        if len(token) < 16:
            raise SettingsError("BRIDGE_OPERATOR_TOKEN_FILE: the token must have at least 16 characters")
        return token


def load_settings(given: Mapping[str, object] | None = None) -> Settings:
    """Settings from the environment, ``given`` (field names) first.

    Raises SettingsError that names each variable that is absent or wrong, one a line.
    """
    try:
        return Settings.model_validate(dict(given or {}))
    except ValidationError as error:
        lines = [_explain(str(each["loc"][0]) if each["loc"] else "", each["msg"]) for each in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def _explain(field: str, message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{field.upper()}: {text}" if field else text


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _read(variable: str, path: Path | None) -> str:
    if path is None:
        raise SettingsError(f"{variable}: is not set")
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}: {path} can't be read ({type(error).__name__})") from None
