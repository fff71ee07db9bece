"""Keys of a partner of MOSIP, as PKCS#12 files hold them."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from pydantic import SecretStr

from bridge.settings import SettingsError


def key_and_certificate(
    variable: str, path: Path | None, password: SecretStr
) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """The RSA key and its certificate. Takes tens of milliseconds: once, at start.

    Raises SettingsError, which names the variable and never the password.
    """
    if path is None:
        raise SettingsError(f"{variable}: is not set")
    try:
        secret = password.get_secret_value().encode("utf-8") or None
        key, certificate, _ = load_key_and_certificates(path.read_bytes(), secret)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{variable}: {path} can't be opened ({type(error).__name__})") from None
    if not isinstance(key, rsa.RSAPrivateKey) or certificate is None:
        raise SettingsError(f"{variable}: the file must hold an RSA key and its certificate")
    return key, certificate
