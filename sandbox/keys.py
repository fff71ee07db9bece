"""Keys, certificates and secrets of a sandbox: made once for each state directory.

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
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import certificates
from sandbox.errors import SandboxError
from sandbox.files import make_private_folder, write_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PARTNER_ID = "opencrvs-partner"
AUTH_PARTNER_ID = "opencrvs-auth-partner"
ESIGNET_CLIENT_ID = "opencrvs-client"
IDA_NAME = "mosip-ida"
RSA_BITS = 2048
STORE_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Passwords and tokens of the sandbox; random, of use on this machine only."""

    admin_token: str
    operator_token: str
    packet_client_secret: str
    websub_client_secret: str
    status_client_secret: str
    websub_secret: str
    opencrvs_client_id: str
    opencrvs_client_secret: str
    p12_password: str
    misp_licence_key: str
    auth_partner_api_key: str
    auth_partner_p12_password: str

    @classmethod
    def draw(cls) -> Secrets:
        return cls(
            admin_token=secrets.token_urlsafe(24),
            operator_token=secrets.token_urlsafe(24),
            packet_client_secret=secrets.token_urlsafe(18),
            websub_client_secret=secrets.token_urlsafe(18),
            status_client_secret=secrets.token_urlsafe(18),
            websub_secret=secrets.token_urlsafe(24),
            opencrvs_client_id=str(uuid.uuid4()),
            opencrvs_client_secret=str(uuid.uuid4()),
            p12_password=secrets.token_urlsafe(18),
            misp_licence_key=secrets.token_urlsafe(24),
            auth_partner_api_key=secrets.token_urlsafe(18),
            auth_partner_p12_password=secrets.token_urlsafe(18),
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
    ida_key: Path
    ida_certificate: Path
    auth_partner_key: Path
    auth_partner_certificate: Path
    auth_partner_p12: Path
    esignet_signing_key: Path
    esignet_client_jwk: Path
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
            ida_key=folder / "ida.key.pem",
            ida_certificate=folder / "ida.crt.pem",
            auth_partner_key=folder / "auth-partner.key.pem",
            auth_partner_certificate=folder / "auth-partner.crt.pem",
            auth_partner_p12=folder / "auth-partner.p12",
            esignet_signing_key=folder / "esignet-signing.key.pem",
            esignet_client_jwk=folder / "esignet-client.jwk.txt",
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
    drawn = Secrets.draw()
    certified = {
        keys.partner_key: (PARTNER_ID, keys.partner_certificate),
        keys.ida_key: (IDA_NAME, keys.ida_certificate),
        keys.auth_partner_key: (AUTH_PARTNER_ID, keys.auth_partner_certificate),
    }
    bare = (keys.mosip_token_key, keys.mosip_signing_key, keys.opencrvs_token_key, keys.esignet_signing_key)
    client, *others = _draw_keys(1 + len(certified) + len(bare))
    pairs = dict(zip((*certified, *bare), others, strict=True))
    for path, key in pairs.items():
        write_private(path, certificates.private_pem(key))
    made = {path: certificates.self_signed(name, pairs[path]) for path, (name, _) in certified.items()}
    for path, certificate in made.items():
        write_private(certified[path][1], certificates.certificate_pem(certificate))
    for path, p12, password in (
        (keys.partner_key, keys.partner_p12, drawn.p12_password),
        (keys.auth_partner_key, keys.auth_partner_p12, drawn.auth_partner_p12_password),
    ):
        write_private(p12, certificates.pkcs12(certified[path][0], pairs[path], made[path], password))
    write_private(keys.esignet_client_jwk, certificates.private_jwk(client, kid=ESIGNET_CLIENT_ID))
    write_private(keys.bridge_store_key, base64.b64encode(secrets.token_bytes(STORE_KEY_BYTES)))
    write_private(keys.bridge_operator_token, drawn.operator_token)
    write_private(keys.secrets_file, json.dumps(asdict(drawn), indent=1))


def _draw_keys(count: int) -> list[RSAPrivateKey]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    def draw(_: int) -> RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(draw, range(count)))
