"""What this E-Signet is told when it starts: its address, its key, and the relying parties it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mock_mosip.settings import SettingsError

PROFILES = ("1.8", "reference-mock")
USERINFO_ISSUERS = ("issuer", "legacy")
BIRTHDATES = ("yyyy/MM/dd", "iso", "year")
NAME_SHAPES = ("name", "parts", "tagged", "mononym")
YES_NO = ("yes", "no")
SIGNING_ALGORITHMS = ("PS256", "RS256")
ASSERTION_AUDIENCES = ("both", "token-endpoint", "issuer")
ACR_OTP = "mosip:idp:acr:generated-code"
DEFAULT_CLAIMS = ("name", "gender", "birthdate", "address", "email", "phone_number", "individual_id")


@dataclass(frozen=True, kw_only=True)
class RelyingParty:
    """A registered client.

    ``jwk`` is its public key, RSA or EC; ``redirect_uris`` may be Ant patterns (``*``, ``**``, ``?``);
    ``claims`` and ``acrs`` are what it may ask for.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    jwk: Mapping[str, str | list[str]]
    claims: tuple[str, ...] = DEFAULT_CLAIMS
    acrs: tuple[str, ...] = (ACR_OTP,)

    def __post_init__(self) -> None:
        """Raises SettingsError for a key that is none."""
        try:
            _ = self.key
        except (JoseError, ValueError) as error:
            raise SettingsError(f"jwk of client {self.client_id} is no key") from error

    @cached_property
    def key(self) -> Key:
        """Its public key, read once."""
        return JWKRegistry.import_key({**self.jwk})


@dataclass(frozen=True, kw_only=True)
class IdaLink:
    """Where IDA is (``/idauthentication/v1`` included, no slash at the end), and as whom it is asked."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: str
    misp_licence_key: str
    partner_id: str


@dataclass(frozen=True, kw_only=True)
class EsignetSettings:
    """All settings. ``public_url`` has no slash at the end and is the issuer; the key is PEM text.

    ``otp`` is the one that every person gets; ``state_dir`` is not used, memory is in the process. ``ida`` is
    asked whether a number was deactivated; without it E-Signet goes by what it was told of people.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    public_url: str
    signing_key_pem: str
    clients: tuple[RelyingParty, ...]
    state_dir: Path | None = None
    seed: int = 0
    admin_token: str | None = None
    control: bool = True
    journal: bool = True
    profile: str = "1.8"
    otp: str = "111111"
    ida: IdaLink | None = None

    def __post_init__(self) -> None:
        """Raises SettingsError for an unknown profile or a client id that is there twice."""
        if self.profile not in PROFILES:
            raise SettingsError(f"profile must be one of {', '.join(PROFILES)}")
        if len({each.client_id for each in self.clients}) != len(self.clients):
            raise SettingsError("two clients have the same client_id")

    @classmethod
    def from_file(cls, path: Path) -> EsignetSettings:
        """Reads a JSON file.

        Raises SettingsError, which names members and never their values, and OSError.
        """
        try:
            return TypeAdapter(cls).validate_json(path.read_bytes())
        except ValidationError as error:
            raise SettingsError(f"{path.name}: {'; '.join(map(_said, error.errors()))}") from None


def _said(detail: ErrorDetails) -> str:
    """Where and what; the text of a ``value_error`` is our own, that of others may show a value."""
    words = detail["msg"] if detail["type"] == "value_error" else detail["type"]
    return f"{'.'.join(map(str, detail['loc']))} {words}".strip()
