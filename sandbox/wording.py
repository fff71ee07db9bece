"""What the parties say to each other, in words: for the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from sandbox.registrar import USER_AGENT

BRIDGE, MOSIP, OPENCRVS, COUNTRY, REGISTRAR = "bridge", "MOSIP", "OpenCRVS", "country-config", "registrar"
ESIGNET, PERSON, FORM = "E-Signet", "person", "form"
NAMES: Final[Mapping[str, str]] = {"mosip": MOSIP, "opencrvs": OPENCRVS, "esignet": ESIGNET}


@dataclass(frozen=True, kw_only=True)
class Saying:
    """Who says what to whom."""

    speaker: str
    hearer: str
    words: str


def _to_mosip(words: str) -> Saying:
    return Saying(speaker=BRIDGE, hearer=MOSIP, words=words)


def _to_esignet(speaker: str, words: str) -> Saying:
    return Saying(speaker=speaker, hearer=ESIGNET, words=words)


def _to_opencrvs(words: str) -> Saying:
    return Saying(speaker=BRIDGE, hearer=OPENCRVS, words=words)


# Operations that are not here are told only when they have an effect: inner stages, and receiving ends of
# what the sending end has told already.
SAYINGS: Final[Mapping[str, Saying]] = {
    "mosip.auth_manager.authenticate": _to_mosip("asks for a token"),
    "mosip.packet_manager.create_packet": _to_mosip("hands over the packet"),
    "mosip.workflow.create_instance": _to_mosip("starts its processing"),
    "mosip.registration_status.search": _to_mosip("asks how far it is"),
    "mosip.registration_status.external_search": _to_mosip("asks how far it is"),
    "mosip.websub.hub": _to_mosip("subscribes at the hub"),
    "mosip.websub.verify": Saying(speaker=MOSIP, hearer=BRIDGE, words="verifies the subscription"),
    "mosip.websub.deliver": Saying(speaker=MOSIP, hearer=BRIDGE, words="delivers"),
    "mosip.well_known.controller": _to_mosip("reads who signs"),
    "mosip.well_known.public_key": _to_mosip("reads the signing key"),
    "mosip.ida.authenticate": _to_mosip("asks whether these data are theirs"),
    "mosip.ida.kyc_auth": Saying(speaker=ESIGNET, hearer=MOSIP, words="asks if that number still stands"),
    "esignet.oauth.authorize": _to_esignet(PERSON, "comes to log in"),
    "esignet.oauth.login": _to_esignet(PERSON, "proves who they are"),
    "esignet.oauth.consent": _to_esignet(PERSON, "consents"),
    "esignet.oauth.token": _to_esignet(BRIDGE, "exchanges the code"),
    "esignet.oidc.userinfo": _to_esignet(BRIDGE, "asks who it is"),
    "esignet.oidc.jwks": _to_esignet(BRIDGE, "reads the signing keys"),
    "opencrvs.auth.public_key": _to_opencrvs("reads the key of its tokens"),
    "opencrvs.auth.token": _to_opencrvs("asks for a token"),
    "opencrvs.events.create": _to_opencrvs("creates the record"),
    "opencrvs.events.declare": _to_opencrvs("declares it"),
    "opencrvs.events.register": _to_opencrvs("asks to register it"),
    "opencrvs.events.get": _to_opencrvs("reads the record"),
    "opencrvs.events.search": _to_opencrvs("looks for records"),
    "opencrvs.events.register_accept": _to_opencrvs("confirms the registration"),
    "opencrvs.events.register_reject": _to_opencrvs("rejects the registration"),
    "opencrvs.hook.call": Saying(speaker=OPENCRVS, hearer=COUNTRY, words="asks to confirm"),
    "opencrvs.desk.fetch_user_info": Saying(speaker=FORM, hearer=BRIDGE, words="asks who has logged in"),
    "opencrvs.desk.verify": Saying(speaker=FORM, hearer=BRIDGE, words="asks to verify a person"),
    "opencrvs.country_config.verify": Saying(speaker=COUNTRY, hearer=BRIDGE, words="asks to verify a person"),
    "opencrvs.country_config.send_registration": Saying(
        speaker=COUNTRY, hearer=BRIDGE, words="passes the registration on"
    ),
}

EFFECTS: Final[Mapping[str, str]] = {
    "packet-stored": "packet stored",
    "packet-accepted": "accepted as {rid}",
    "identity-minted": "identity made: UIN {uin}, VID {vid}",
    "identity-deactivated": "identity {uin} deactivated",
    "identity-flagged": "identity {uin} flagged as deceased, still active",
    "workflow-ended": "processing ended: {result}",
    "identity-replicated": "IDA knows of it too",
    "credential-issued": "credential issued and encrypted for the partner",
    "accept-took-effect": "record registered",
    "reject-took-effect": "registration rejected",
    "registered": "record registered",
}
TOPICS: Final[Mapping[str, str]] = {
    "CREDENTIAL_ISSUED": "the signed credential",
    "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT": "the news that processing ended",
}


def saying(entry: Mapping[str, object]) -> Saying | None:
    """What an entry of a journal says; None when it is no talk between parties."""
    known = SAYINGS.get(str(entry["operation"]))
    if known is None:
        party = {"mosip": MOSIP, "opencrvs": OPENCRVS, "esignet": ESIGNET}.get(
            str(entry["party"]), str(entry["party"])
        )
        return Saying(speaker=party, hearer="", words="") if effects(entry) else None
    if known.words == "delivers":
        return Saying(speaker=known.speaker, hearer=known.hearer, words=f"delivers {_delivered(entry)}")
    if known.hearer == OPENCRVS and _is_registrar(entry):
        return Saying(speaker=REGISTRAR, hearer=known.hearer, words=known.words)
    return known


def effects(entry: Mapping[str, object]) -> list[str]:
    """What became true by it, in words."""
    told = cast("list[Mapping[str, object]]", entry["effects"])
    return [
        EFFECTS.get(str(effect["name"]), str(effect["name"])).format_map(_Facts(effect)) for effect in told
    ]


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return f"(no {name})"


def _part(entry: Mapping[str, object], side: str, name: str) -> Mapping[str, object]:
    found = cast("Mapping[str, object]", entry.get(side) or {}).get(name)
    return found if isinstance(found, Mapping) else {}


def _is_registrar(entry: Mapping[str, object]) -> bool:
    headers = {name.lower(): value for name, value in _part(entry, "request", "headers").items()}
    return headers.get("user-agent") == USER_AGENT


def _delivered(entry: Mapping[str, object]) -> str:
    topic = str(_part(entry, "request", "json").get("topic", "")).rpartition("/")[2]
    return TOPICS.get(topic, TOPICS["REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"])
