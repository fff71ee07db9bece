"""What an operator may have set wrongly is named, before anybody asks, and never quoted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bridge.cli import main
from bridge.login import Logins
from bridge.settings import SettingsError, load_settings
from bridge.verification import Verifier

Open = Callable[..., None]


@pytest.fixture
def open_doors(
    environment: dict[str, str],
    ida_settings: dict[str, Any],
    esignet_settings: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Open:
    """Reads the settings of both doors, with changes, and opens their keys."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def read(**changed: object) -> None:
        callback = {"mosip_websub_callback_url": "http://127.0.0.1:2024/websub/callback"}
        settings = load_settings({**callback, **ida_settings, **esignet_settings, **changed})
        Verifier.of(settings)
        Logins.of(settings)

    return read


def test_what_is_right_opens(open_doors: Open) -> None:
    open_doors()


@pytest.mark.parametrize(
    "absent",
    [
        "ida_auth_domain_uri",
        "partner_id",
        "partner_apikey",
        "partner_misp_lk",
        "encrypt_cert_path",
        "sign_p12_file_path",
    ],
)
def test_ida_is_set_up_whole_or_not_at_all(open_doors: Open, absent: str) -> None:
    with pytest.raises(SettingsError, match=f"^{absent.upper()}: needed where IDA_AUTH_URL is set"):
        open_doors(**{absent: None})


@pytest.mark.parametrize("absent", ["esignet_userinfo_url", "oidp_client_private_key_path"])
def test_esignet_is_set_up_whole_or_not_at_all(open_doors: Open, absent: str) -> None:
    with pytest.raises(SettingsError, match=f"^{absent.upper()}: needed where ESIGNET_TOKEN_URL is set"):
        open_doors(**{absent: None})


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("bridge_verify_timeout_s", 11),
        ("bridge_login_timeout_s", 11),
        ("bridge_genders", "female"),
        ("bridge_genders", "=Female"),
        ("bridge_user_info_shape", "1.8"),
        ("bridge_name_order", "any"),
        ("ida_auth_url", "ida"),
        ("client_app_url", "register"),
    ],
)
def test_a_wrong_setting_is_named(open_doors: Open, setting: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"^{setting.upper()}: "):
        open_doors(**{setting: value})


@pytest.mark.parametrize("content", [None, b"", b"zz-planted", b"-----BEGIN CERTIFICATE-----\nzz-planted\n"])
@pytest.mark.parametrize(
    "setting", ["encrypt_cert_path", "sign_p12_file_path", "oidp_client_private_key_path"]
)
def test_a_file_that_is_no_key_is_named(
    open_doors: Open,
    ida_settings: dict[str, Any],
    esignet_settings: dict[str, Any],
    setting: str,
    content: bytes | None,
) -> None:
    path: Path = {**ida_settings, **esignet_settings}[setting]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=f"^{setting.upper()}: ") as refused:
        open_doors()
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize("jwk", [b"{}", b'{"kty":"EC"}', b'{"kty":"RSA","n":"AQAB","e":"AQAB"}', b"e30="])
def test_a_client_key_must_be_a_private_rsa_key(
    open_doors: Open, esignet_settings: dict[str, Any], jwk: bytes
) -> None:
    esignet_settings["oidp_client_private_key_path"].write_bytes(jwk)
    with pytest.raises(SettingsError, match=r"^OIDP_CLIENT_PRIVATE_KEY_PATH: "):
        open_doors()


def test_check_config_opens_the_keys(
    environment: dict[str, str],
    ida_settings: dict[str, Any],
    esignet_settings: dict[str, Any],
) -> None:
    given = {name.upper(): str(value) for name, value in {**ida_settings, **esignet_settings}.items()}
    callback = {"MOSIP_WEBSUB_CALLBACK_URL": "http://127.0.0.1:2024/websub/callback"}
    variables = {**environment, **callback, **given}
    runner = CliRunner(env=variables)
    assert runner.invoke(main, ["check-config"]).exit_code == 0
    wrong = CliRunner(env={**variables, "SIGN_P12_FILE_PASSWORD": "zz-planted"})
    told = wrong.invoke(main, ["check-config"])
    assert told.exit_code == 1
    assert "keys for ID authentication: SIGN_P12_FILE_PATH: " in told.output
    assert "key for E-Signet: ok" in told.output
    assert "zz-planted" not in told.output
