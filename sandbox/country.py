"""One country pack as the settings of all parties: what MOSIP does, what the bridge is told.

The pack itself is OpenCRVS's (`mock_opencrvs.country_config`); here its policies become settings, in one
place, so that the parties can't disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from mock_opencrvs.country_config.pack import CountryPack, Registration

DEFAULT_COUNTRY: Final = "farajaland-like"
ROUTES: Final = {"birth": "CRVS_NEW", "death": "CRVS_DEATH"}
"""The route in MOSIP that a registration takes, whatever the country calls its process."""
UPDATE: Final = "CRVS_UPDATE"
CLAIMS: Final = {"vid": "VID", "uin": "UIN", "psut": "PSUT", "none": "none"}
DEATH_CONFIRMATIONS: Final = {"credential": "credential", "event": "event", "nothing": "none"}


@dataclass(frozen=True, kw_only=True)
class Country:
    """The settings that follow from a pack."""

    pack: CountryPack

    @property
    def language(self) -> str:
        """The first of its languages, three letters: the one that is meant where none is said."""
        return self.pack.languages[0]

    @property
    def demands_verification(self) -> bool:
        """Whether nothing goes to MOSIP unless somebody in the declaration was verified."""
        return any(rule.eligible.verified_any_of for _, rule in self._registrations())

    def mosip_settings(self) -> dict[str, object]:
        """What the MOSIP mock does for this country."""
        processes = {rule.process: ROUTES[kind] for kind, rule in self._registrations()}
        birth, death = (self._registration(kind) for kind in ("birth", "death"))
        schema = self.pack.mosip.id_schema
        return {
            "processes": {**processes, UPDATE: UPDATE},
            "credential_policy": {
                birth.process: self.pack.credential,
                death.process: "always" if death.waits_for == "credential" else "never",
                UPDATE: "always",
            },
            "identifier_claim": CLAIMS[self.pack.identifier],
            "death_policy": self.pack.mosip.death,
            "id_schemas": {} if schema.document is None else {schema.version: schema.document},
        }

    def reference_environment(self) -> dict[str, str]:
        """What the reference implementation's variables say of the country."""
        shared = {} if self.pack.identifier == "none" else {_IDENTIFIER_KEY: CLAIMS[self.pack.identifier]}
        return {"LOCALE": self.language, **shared}

    def own_environment(self) -> dict[str, str]:
        """What our bridge is told of the country beyond that."""
        birth, death = (self._registration(kind) for kind in ("birth", "death"))
        return {
            "BRIDGE_PROCESS_BIRTH": birth.process,
            "BRIDGE_PROCESS_DEATH": death.process,
            "BRIDGE_SOURCE": self.pack.mosip.source,
            "BRIDGE_SCHEMA_VERSION": self.pack.mosip.id_schema.version,
            "BRIDGE_BIRTH_CONFIRMATION": "event" if birth.waits_for == "event" else "credential",
            "BRIDGE_DEATH_CONFIRMATION": DEATH_CONFIRMATIONS[death.waits_for],
            "BRIDGE_IDENTIFIER_FIELD": self.pack.events["birth"].names["identifier"],
            **self._genders(),
        }

    def _genders(self) -> dict[str, str]:
        """MOSIP's words where they are not those of the form with a capital."""
        words = {each.form: each.words[self.language] for each in self.pack.sexes.values()}
        if all(word == form.capitalize() for form, word in words.items()):
            return {}
        return {"BRIDGE_GENDERS": ",".join(f"{form}={word}" for form, word in words.items())}

    def _registration(self, kind: str) -> Registration:
        return self.pack.events[kind].registration

    def _registrations(self) -> list[tuple[str, Registration]]:
        return [(kind, self._registration(kind)) for kind in ROUTES]


_IDENTIFIER_KEY: Final = "MOSIP_VERIFIABLE_CREDENTIAL_NATIONAL_ID_KEY"


@cache
def country(name: str) -> Country:
    """The country whose pack has this name. Raises SandboxError for a pack that can't be used."""
    from mock_opencrvs.country_config.pack import CountryPack, PackError

    try:
        return Country(pack=CountryPack.load(name))
    except PackError as error:
        raise SandboxError(str(error)) from error


def country_names() -> list[str]:
    """The countries that ship."""
    from mock_opencrvs.country_config.pack import pack_names

    return pack_names()
