"""What this mock is told when it starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast


class SettingsError(ValueError):
    """The settings file cannot be used; the message names the member."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A system client: its id and secret (UUIDs in a real OpenCRVS) and the scopes its tokens carry."""

    client_id: str
    secret: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EsignetLink:
    """Where a form's button to E-Signet leads: the authorize page, and the client that OpenCRVS is."""

    authorize_url: str
    client_id: str


@dataclass(frozen=True, kw_only=True)
class BridgeRoutes:
    """Where the bridge has its doors, below ``bridge_url``: the reference implementation's by default.

    Source: opencrvs/mosip packages/mosip-api/src/index.ts, opencrvs/opencrvs-farajaland src/index.ts.
    """

    registration: str = "/events/registration"
    update: str = "/events/update-biographics"
    verify: str = "/verify"
    userinfo: str = "/esignet/get-oidp-user-info"


@dataclass(frozen=True, kw_only=True)
class OpencrvsSettings:
    """Settings of one mock OpenCRVS.

    ``token_key_pem`` is an RSA private key (PKCS#8 PEM). ``bridge_url`` and ``country_config_url`` have no
    trailing slash; the latter is this app's own address unless a foreign country configuration is under test.
    ``bridge_routes`` are the paths of the bridge's doors below its address.
    ``bridge_verifies``: the bridge has an IDA to ask, so a country whose pack says so verifies people there.
    ``esignet`` None: the forms have no button to E-Signet. Times in seconds.
    """

    public_url: str
    token_key_pem: str
    bridge_url: str
    country_config_url: str
    bridge_routes: BridgeRoutes = field(default_factory=BridgeRoutes)
    clients: tuple[Client, ...] = ()
    esignet: EsignetLink | None = None
    country_pack: str = "farajaland-like"
    bridge_timeout_s: float = 15.0
    bridge_verifies: bool = False
    hook_timeout_s: float = 150.0
    action_token_ttl_s: int = 604_800
    seed: int = 0
    admin_token: str | None = None
    control: bool = True
    journal: bool = True
    state_dir: Path | None = None

    @classmethod
    def from_file(cls, path: str | Path) -> OpencrvsSettings:
        """Read a JSON file of known settings. Raises SettingsError."""
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
        except ValueError as problem:
            raise SettingsError(f"{path} is not JSON: {problem}") from problem
        if not isinstance(document, dict):
            raise SettingsError(f"{path} must hold a JSON object")
        return cls.from_json(document)

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> OpencrvsSettings:
        """Settings out of parsed JSON. Raises SettingsError naming the member that is wrong."""
        known = cls.__dataclass_fields__
        if unknown := sorted(set(document) - set(known)):
            raise SettingsError(f"unknown setting {', '.join(unknown)}")
        values = dict(document)
        public_url = _text(values, "public_url").rstrip("/")
        values["public_url"] = public_url
        values["country_config_url"] = str(values.get("country_config_url") or public_url).rstrip("/")
        values["bridge_url"] = _text(values, "bridge_url").rstrip("/")
        values["bridge_routes"] = _routes(values.get("bridge_routes") or {})
        values["token_key_pem"] = _text(values, "token_key_pem")
        values["clients"] = tuple(
            _client(entry) for entry in cast("list[object]", values.get("clients") or [])
        )
        if values.get("esignet") is not None:
            values["esignet"] = _esignet(values["esignet"])
        if values.get("state_dir") is not None:
            values["state_dir"] = Path(_text(values, "state_dir"))
        for name in ("bridge_timeout_s", "hook_timeout_s", "action_token_ttl_s", "seed"):
            number = values.get(name)
            if name in values and (isinstance(number, bool) or not isinstance(number, int | float)):
                raise SettingsError(f"{name} must be a number")
        if not isinstance(values.get("bridge_verifies", False), bool):
            raise SettingsError("bridge_verifies must be true or false")
        return cls(**values)  # type: ignore[arg-type]  # checked above, member by member


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{name} must be a text")
    return value


def _routes(entry: object) -> BridgeRoutes:
    known = BridgeRoutes.__dataclass_fields__
    if not isinstance(entry, dict) or not set(entry) <= set(known):
        raise SettingsError(f"bridge_routes must be an object of {', '.join(known)}")
    routes = {str(name): _text(entry, str(name)) for name in entry}
    for name, path in routes.items():
        if not path.startswith("/"):
            raise SettingsError(f"bridge_routes: {name} must begin with a slash")
    return BridgeRoutes(**routes)


def _esignet(entry: object) -> EsignetLink:
    if not isinstance(entry, dict) or set(entry) != set(EsignetLink.__dataclass_fields__):
        raise SettingsError("esignet must be an object of authorize_url and client_id")
    return EsignetLink(authorize_url=_text(entry, "authorize_url"), client_id=_text(entry, "client_id"))


def _client(entry: object) -> Client:
    if not isinstance(entry, dict):
        raise SettingsError("clients must be a list of objects")
    scopes = entry.get("scopes") or []
    if not isinstance(scopes, list):
        raise SettingsError("clients: scopes must be a list of texts")
    return Client(
        client_id=_text(entry, "client_id"),
        secret=_text(entry, "secret"),
        scopes=tuple(str(each) for each in scopes),
    )
