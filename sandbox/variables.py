"""Which variable of a bridge's environment is about which party, where some parties are no mocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sandbox.modes import NAMES, THEIRS
from sandbox.report import dotenv

# By how a name begins; the longest that fits decides.
_ABOUT: Final[Mapping[str, str]] = {
    "CLIENT_APP_URL": "opencrvs",
    "OPENCRVS_": "opencrvs",
    "BRIDGE_COUNTRY_CONFIG_URL": "opencrvs",
    "BRIDGE_IDENTIFIER_FIELD": "opencrvs",
    "MOSIP_": "mosip",
    "LOCALE": "mosip",
    "DECRYPT_P12_": "mosip",
    "IDA_": "mosip",
    "PARTNER_": "mosip",
    "ENCRYPT_CERT_": "mosip",
    "SIGN_P12_": "mosip",
    "BRIDGE_STATUS_": "mosip",
    "BRIDGE_WORKFLOW_EVENT_TOPIC": "mosip",
    "BRIDGE_PROCESS_": "mosip",
    "BRIDGE_SOURCE": "mosip",
    "BRIDGE_SCHEMA_VERSION": "mosip",
    "BRIDGE_BIRTH_CONFIRMATION": "mosip",
    "BRIDGE_DEATH_CONFIRMATION": "mosip",
    "BRIDGE_GENDERS": "mosip",
    "ESIGNET_": "esignet",
    "OIDP_": "esignet",
    "BRIDGE_ESIGNET_": "esignet",
    "NODE_EXTRA_CA_CERTS": "trust",
    "SSL_CERT_FILE": "trust",
    "REQUESTS_CA_BUNDLE": "trust",
    "BRIDGE_CA_FILE": "trust",
    "PORT": "bridge",
    "SQLITE_DATABASE_PATH": "bridge",
    "BRIDGE_": "bridge",
}


def about(name: str) -> str:
    """The party that a variable tells the bridge of; `bridge` for what is its own, `trust` for
    whom it believes. Raises KeyError.
    """
    return _ABOUT[max((each for each in _ABOUT if name.startswith(each)), key=len, default=name)]


def of_mode(variables: Mapping[str, str], mode: str) -> dict[str, str]:
    """The variables that a bridge needs in a mode: all, or those about the mocks that are ours."""
    left_out = () if mode == "full" else (*THEIRS[mode], "bridge")
    return {name: value for name, value in variables.items() if about(name) not in left_out}


def fragment(variables: Mapping[str, str], mode: str) -> str:
    """The part of an environment that is about our mocks, as a dotenv file; it names what stays as it is.

    Of the bridge's own variables it has none: these are as good as they were.
    """
    theirs, ours = THEIRS[mode], of_mode(variables, mode)
    parties = {party: NAMES[party] for party in map(about, ours) if party in NAMES}
    kept = [f"#   {name}" for name in variables if about(name) in theirs]
    return "\n".join(
        [
            f"# Mode {mode}: what your bridge must know of {_and(parties.values())}, on top of the",
            f"# environment that it has. What it knows of your {_and(map(NAMES.get, theirs))} it keeps:",
            *kept,
            dotenv(ours),
        ]
    )


def _and(words: Iterable[str | None]) -> str:
    return " and ".join(filter(None, words))
