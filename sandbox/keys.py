"""Keys, the partner certificate and secrets of a sandbox: made once for each state directory.

The whole folder is made beside its place and moved there in one step, so that a key never stands beside the
certificate of another.
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.files import make_private_folder, write_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

PARTNER_ID = "opencrvs-partner"
RSA_BITS = 2048
STORE_KEY_BYTES = 32
CERTIFICATE_LIFE = timedelta(days=3650)


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Passwords and tokens of the sandbox; random, of use on this machine only."""

    admin_token: str
    operator_token: str
    packet_client_secret: str
    websub_client_secret: str
    websub_secret: str
    opencrvs_client_id: str
    opencrvs_client_secret: str
    p12_password: str

    @classmethod
    def draw(cls) -> Secrets:
        return cls(
            admin_token=secrets.token_urlsafe(24),
            operator_token=secrets.token_urlsafe(24),
            packet_client_secret=secrets.token_urlsafe(18),
            websub_client_secret=secrets.token_urlsafe(18),
            websub_secret=secrets.token_urlsafe(24),
            opencrvs_client_id=str(uuid.uuid4()),
            opencrvs_client_secret=str(uuid.uuid4()),
            p12_password=secrets.token_urlsafe(18),
        )


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Where the key files of a state directory are. All absolute, all mode 0600."""

    mosip_token_key: Path
    mosip_signing_key: Path
    opencrvs_token_key: Path
    partner_key: Path
    partner_certificate: Path
    partner_p12: Path
    bridge_store_key: Path
    bridge_operator_token: Path
    secrets_file: Path

    @classmethod
    def within(cls, folder: Path) -> Keys:
        return cls(
            mosip_token_key=folder / "mosip-token.key.pem",
            mosip_signing_key=folder / "mosip-signing.key.pem",
            opencrvs_token_key=folder / "opencrvs-token.key.pem",
            partner_key=folder / "partner.key.pem",
            partner_certificate=folder / "partner.crt.pem",
            partner_p12=folder / "partner.p12",
            bridge_store_key=folder / "bridge-store.key",
            bridge_operator_token=folder / "bridge-operator.token",
            secrets_file=folder / "secrets.json",
        )

    def paths(self) -> Mapping[str, Path]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def secrets(self) -> Secrets:
        """The secrets beside the keys. Raises SandboxError when the file is not what we wrote."""
        try:
            return Secrets(**json.loads(self.secrets_file.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise SandboxError(
                f"{self.secrets_file} can't be read ({type(error).__name__}). "
                f"Remove the folder {self.secrets_file.parent}: keys are made anew at the next start."
            ) from error


def ensure_keys(state_dir: Path) -> Keys:
    """The keys of this state directory, made now if there are none.

    Raises SandboxError when the folder is there but incomplete.
    """
    folder = state_dir.resolve() / "keys"
    if not folder.exists():
        _make_folder(folder)
    keys = Keys.within(folder)
    missing = [path.name for path in keys.paths().values() if not path.is_file()]
    if missing:
        raise SandboxError(
            f"{folder} lacks {', '.join(missing)}. Remove the folder: keys are made anew at the next start."
        )
    return keys


def _make_folder(folder: Path) -> None:
    make_private_folder(folder.parent)
    beside = make_private_folder(folder.with_name(f".keys.{secrets.token_hex(6)}"))
    try:
        _fill(Keys.within(beside))
        beside.rename(folder)
    except OSError:
        # Another start on the same state directory may have been quicker: its keys are as good.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fill(keys: Keys) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import pkcs12

    drawn = Secrets.draw()
    with ThreadPoolExecutor(max_workers=4) as pool:
        token_key, signing_key, opencrvs_key, partner_key = pool.map(
            lambda _: rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS), range(4)
        )
    certificate = _partner_certificate(partner_key)
    for path, key in (
        (keys.mosip_token_key, token_key),
        (keys.mosip_signing_key, signing_key),
        (keys.opencrvs_token_key, opencrvs_key),
        (keys.partner_key, partner_key),
    ):
        write_private(path, _pem(key))
    write_private(keys.partner_certificate, certificate.public_bytes(serialization.Encoding.PEM))
    encryption = serialization.BestAvailableEncryption(drawn.p12_password.encode())
    write_private(
        keys.partner_p12,
        pkcs12.serialize_key_and_certificates(
            PARTNER_ID.encode(), partner_key, certificate, None, encryption
        ),
    )
    write_private(keys.bridge_store_key, base64.b64encode(secrets.token_bytes(STORE_KEY_BYTES)))
    write_private(keys.bridge_operator_token, drawn.operator_token)
    write_private(keys.secrets_file, json.dumps(asdict(drawn), indent=1))


def _pem(key: RSAPrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _partner_certificate(key: RSAPrivateKey) -> Certificate:
    """The certificate under which MOSIP knows the partner; credentials are encrypted to its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, PARTNER_ID),
            x509.NameAttribute(NameOID.COMMON_NAME, PARTNER_ID),
        ]
    )
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + CERTIFICATE_LIFE)
        .sign(key, hashes.SHA256())
    )
