"""Settings from the environment: what is needed, and how a mistake is told."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.settings import Settings, SettingsError, load_settings

REQUIRED = {
    "OPENCRVS_GATEWAY_URL": "http://gateway.test",
    "OPENCRVS_PUBLIC_KEY_URL": "http://auth.test/.well-known",
    "MOSIP_AUTH_URL": "http://mosip.test/v1/authmanager/authenticate/clientidsecretkey",
    "MOSIP_PACKET_AUTH_CLIENT_ID": "mosip-crvs-client",
    "MOSIP_PACKET_AUTH_CLIENT_SECRET": "s1",
    "MOSIP_CREATE_PACKET_URL": "http://mosip.test/createPacket",
    "MOSIP_PROCESS_PACKET_URL": "http://mosip.test/workflowinstance",
    "MOSIP_WEBSUB_HUB_URL": "http://mosip.test/hub/",
    "MOSIP_WEBSUB_SECRET": "s2",
    "MOSIP_WEBSUB_TOPIC": "opencrvs-partner/CREDENTIAL_ISSUED",
    "MOSIP_WEBSUB_CALLBACK_URL": "http://bridge.test/websub/callback",
    "MOSIP_WEBSUB_AUTH_CLIENT_ID": "opencrvs-partner",
    "MOSIP_WEBSUB_AUTH_CLIENT_SECRET": "s3",
    "MOSIP_VERIFIABLE_CREDENTIAL_ALLOWLIST": "http://a.test/controller.json, http://a.test/key.json,",
    "DECRYPT_P12_FILE_PATH": "/certs/keystore.p12",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the environment to what is required, with changes; None leaves a variable out."""

    def make(**changed: str | None) -> None:
        for name, value in {**REQUIRED, **changed}.items():
            monkeypatch.delenv(name, raising=False)
            if value is not None:
                monkeypatch.setenv(name, value)

    return make


def test_what_is_required_is_enough(environment: Callable[..., None]) -> None:
    environment(TRANSACTION_ID_PREFIX="", BRIDGE_OFFICER_ID="")
    settings = load_settings()
    assert settings.mosip_verifiable_credential_allowlist == (
        "http://a.test/controller.json",
        "http://a.test/key.json",
    )
    assert (settings.port, settings.language, settings.transaction_id_prefix) == (2024, "eng", None)
    assert settings.bridge_callback_policy == {"hmac", "proof"}
    assert settings.websub_secrets == ("s2",)
    assert settings.bridge_workflow_event_topic == "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
    assert not any(secret in repr(settings) for secret in ("s1'", "s2'", "s3'"))


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_each_missing_variable_is_named(environment: Callable[..., None], name: str) -> None:
    environment(**{name: None})
    with pytest.raises(SettingsError, match=f"^{name}: "):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "zz-wrong"),
        ("PORT", "70000"),
        ("OPENCRVS_GATEWAY_URL", "zz-wrong"),
        ("OPENCRVS_GATEWAY_URL", "http://user:zz-wrong@gateway.test"),
        ("MOSIP_CENTER_ID", "zz-wrong"),
        ("TRANSACTION_ID_PREFIX", "zz-wrong"),
        ("BRIDGE_CALLBACK_POLICY", "zz-wrong"),
        ("BRIDGE_CALLBACK_POLICY", "none"),
        ("BRIDGE_DEATH_CONFIRMATION", "zz-wrong"),
        ("BRIDGE_BAD_SIGNATURE_STATUS", "500"),
        ("BRIDGE_SCHEMA_VERSION", "zz-wrong"),
        ("BRIDGE_RETRY_FIRST_S", "0"),
        ("BRIDGE_LANGUAGE", "zz-wrong"),
        ("MOSIP_VERIFIABLE_CREDENTIAL_ALLOWLIST", "zz-wrong"),
    ],
)
def test_a_wrong_value_is_named_but_not_shown(
    environment: Callable[..., None], name: str, value: str
) -> None:
    environment(**{name: value})
    with pytest.raises(SettingsError, match=f"^{name}") as refused:
        load_settings()
    assert "zz-wrong" not in str(refused.value)


def test_a_client_needs_its_secret_and_where_to_go(environment: Callable[..., None]) -> None:
    environment(OPENCRVS_CLIENT_ID="client", OPENCRVS_CLIENT_SECRET=None)
    with pytest.raises(SettingsError, match=r"^OPENCRVS_CLIENT_SECRET: "):
        load_settings()
    environment(OPENCRVS_CLIENT_ID="client", OPENCRVS_CLIENT_SECRET="s", OPENCRVS_AUTH_URL=None)
    with pytest.raises(SettingsError, match=r"^OPENCRVS_AUTH_URL: "):
        load_settings()


def test_only_a_sandbox_may_be_open(environment: Callable[..., None]) -> None:
    environment(BRIDGE_CALLBACK_POLICY="none", BRIDGE_SANDBOX="true", MOSIP_WEBSUB_SECRET=None)
    assert load_settings().websub_secrets == ()


@pytest.mark.parametrize(
    ("locale", "language", "spoken"), [("fra", None, "fra"), ("en-GB", None, "eng"), ("fra", "ara", "ara")]
)
def test_language(
    make_settings: Callable[..., Settings], locale: str, language: str | None, spoken: str
) -> None:
    assert make_settings(locale=locale, bridge_language=language).language == spoken


def test_secrets_from_files(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    key, token = tmp_path / "key", tmp_path / "token"
    key.write_text(base64.b64encode(bytes(range(32))).decode() + "\n")
    token.write_text("operator-token-0123456789\n")
    settings = make_settings(bridge_store_key_file=key, bridge_operator_token_file=token)
    assert settings.store_key() == bytes(range(32))
    assert settings.operator_token() == "operator-token-0123456789"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "can't be read"), (b"", "no certificate"), (b"AAAA", "no certificate")]
)
def test_an_authority_that_is_none(
    environment: Callable[..., None], tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    environment(BRIDGE_CA_FILE=str(path))
    with pytest.raises(SettingsError, match=rf"^BRIDGE_CA_FILE: \S+ .*{words}"):
        load_settings()


@pytest.mark.parametrize("content", [None, b"", b"!", b"AAAA", b"\xff"])
def test_secrets_that_are_none(
    make_settings: Callable[..., Settings], tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    settings = make_settings(bridge_store_key_file=path, bridge_operator_token_file=path)
    with pytest.raises(SettingsError, match=r"^BRIDGE_STORE_KEY_FILE: "):
        settings.store_key()
    with pytest.raises(SettingsError, match=r"^BRIDGE_OPERATOR_TOKEN_FILE: "):
        settings.operator_token()
