"""What the mock is told when it starts.

Who may call it, with which keys it signs, and how this MOSIP is configured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar, cast

from jsonschema import Draft7Validator
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from mock_control import JSON
from mock_mosip.ida.settings import IdaSettings

T = TypeVar("T")

DEATH_POLICIES = ("deactivate", "flag")
MANDATORY_ATTRIBUTES = ("strict", "lenient")
CREDENTIAL_POLICIES = ("stock", "always", "never")
PROOFS = ("urdna2015", "jcs")
PROVIDERS = ("stock", "extended")
IDENTIFIER_CLAIMS = ("VID", "UIN", "PSUT", "none")
ROUTES = ("CRVS_NEW", "CRVS_DEATH", "CRVS_UPDATE")
STATUS_ROLES = ("stock", "extended")


class SettingsError(ValueError):
    """The settings file can't be used; the message names the member, never its value."""


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """A client of the realm.

    A ``partner`` only talks to the hub: other services don't list it as audience.
    """

    client_id: str
    secret: str
    roles: tuple[str, ...] = ()
    partner: bool = False


@dataclass(frozen=True, kw_only=True)
class HubRetry:
    """How the hub retries: ``count`` times, ``first_s`` seconds later, then ``factor`` times longer each.

    Never longer than ``max_s``; ``timeout_s`` is how long it waits for an answer. (mosip/websub:
    configurations.bal)
    """

    first_s: float = 3.0
    count: int = 3
    factor: float = 2.0
    max_s: float = 20.0
    timeout_s: float = 10.0

    def delays(self) -> list[float]:
        """Seconds before each retry."""
        return [min(self.first_s * self.factor**n, self.max_s) for n in range(self.count)]


def _stock_processes() -> Mapping[str, str]:
    return {name: name for name in ROUTES}


def _stock_credentials() -> Mapping[str, str]:
    return {"CRVS_NEW": "always", "CRVS_UPDATE": "always", "CRVS_DEATH": "never"}


@dataclass(frozen=True, kw_only=True)
class MosipSettings:
    """All settings of the mock. Keys and certificates are PEM text.

    ``processes`` are the names under which packets come, each with the stock process whose route it takes;
    ``credential_policy`` says for each ``always`` or ``never`` (a process it doesn't name: never);
    ``identifier_claim`` is ``VID``, ``UIN``, ``PSUT`` (the token by which only the partner knows a person) or
    ``none``; ``id_schemas`` are the country's own by version, as JSON text; ``officers``, ``centers`` and
    ``machines`` are the active ones in master data; ``providers`` ``stock`` is MOSIP 1.3's list of packet
    writers, which takes no death from source OPENCRVS, ``extended`` has one more that does; ``status_roles``
    ``stock`` lets officers and residents ask for statuses, ``extended`` the clients that bring packets too.
    Without ``ida`` there is no ID authentication.
    """

    public_url: str
    state_dir: Path
    clients: tuple[ClientSettings, ...]
    partner_id: str
    partner_certificate_pem: str
    signing_key_pem: str
    token_key_pem: str
    seed: int = 0
    admin_token: str | None = None
    control: bool = True
    journal: bool = True
    token_ttl_s: float = 900.0
    stage_delay_s: float = 0.0
    mandatory_attributes: str = "lenient"
    death_policy: str = "deactivate"
    processes: Mapping[str, str] = field(default_factory=_stock_processes)
    id_schemas: Mapping[str, str] = field(default_factory=dict)
    credential_policy: Mapping[str, str] = field(default_factory=_stock_credentials)
    identifier_claim: str = "VID"
    proof: str = "urdna2015"
    providers: str = "extended"
    status_roles: str = "stock"
    hub_retry: HubRetry = field(default_factory=HubRetry)
    officers: tuple[str, ...] = ("crvs-officer", "crvs1", "opencrvs")
    centers: tuple[str, ...] = ("10001",)
    machines: tuple[str, ...] = ("10004",)
    ida: IdaSettings | None = None

    def __post_init__(self) -> None:
        """Raises SettingsError for a word that is none of those allowed."""
        for name, allowed in (
            ("mandatory_attributes", MANDATORY_ATTRIBUTES),
            ("death_policy", DEATH_POLICIES),
            ("proof", PROOFS),
            ("providers", PROVIDERS),
            ("status_roles", STATUS_ROLES),
            ("identifier_claim", IDENTIFIER_CLAIMS),
        ):
            if getattr(self, name) not in allowed:
                raise SettingsError(f"{name} must be one of {', '.join(allowed)}")
        if not set(self.processes.values()) <= set(ROUTES):
            raise SettingsError(f"processes must each take the route of {', '.join(ROUTES)}")
        if any(policy not in ("always", "never") for policy in self.credential_policy.values()):
            raise SettingsError("credential_policy must say always or never for each process")
        self.id_schema_validators()

    def id_schema_validators(self) -> Mapping[float, Validator]:
        """What checks an identity, by version of the id schema. Raises SettingsError for a bad schema."""
        return {_version(version): _validator(version, text) for version, text in self.id_schemas.items()}

    @classmethod
    def from_file(cls, path: Path) -> MosipSettings:
        """Reads a JSON file.

        Raises SettingsError for what is missing, unknown or of the wrong kind, OSError.
        """
        try:
            given = json.loads(path.read_bytes())
        except ValueError as error:
            raise SettingsError(f"{path.name} is not JSON") from error
        if not isinstance(given, dict):
            raise SettingsError(f"{path.name} must hold an object")
        members: dict[str, JSON] = dict(given)
        clients, retry = members.pop("clients", []), members.pop("hub_retry", {})
        ida = members.pop("ida", None)
        if not isinstance(clients, list):
            raise SettingsError("clients must be a list")
        values: dict[str, object] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in members.items()
        }
        values["clients"] = tuple(_made(ClientSettings, each) for each in clients)
        values["hub_retry"] = _made(HubRetry, retry)
        values["ida"] = None if ida is None else _made(IdaSettings, ida)
        values["state_dir"] = Path(str(members.get("state_dir", "")))
        return _made(cls, values)


def _version(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SettingsError(f"id_schemas: version {text} is no number") from error


def _validator(version: str, text: str) -> Validator:
    try:
        schema = json.loads(text)
        kind = validator_for(schema, default=Draft7Validator)
        kind.check_schema(schema)
    except (ValueError, SchemaError) as error:
        raise SettingsError(f"id_schemas: version {version} is no JSON Schema") from error
    return kind(schema)


def _made(kind: type[T], members: object) -> T:
    if not isinstance(members, dict):
        raise SettingsError(f"{kind.__name__} must be an object")
    known = {each.name for each in fields(cast("type[MosipSettings]", kind))}
    unknown = sorted(set(members) - known)
    if unknown:
        raise SettingsError(f"{kind.__name__} knows no {', '.join(unknown)}")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in members.items()}
    try:
        return kind(**values)
    except SettingsError:
        raise
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{kind.__name__}: {error}") from None
