"""The people of the demo, and what a registrar writes down about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sandbox.registrar import JSON

MOTHER_TYPED_IN: Final[Mapping[str, JSON]] = {
    "mother.name": {"firstname": "Nadia", "surname": "Okello"},
    "mother.dob": "1996-02-11",
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody made up. `born` is an ISO date; uin and vid as MOSIP gave them, empty before."""

    first: str
    last: str
    sex: str
    born: str
    uin: str = ""
    vid: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    def as_field(self) -> JSON:
        """The name as OpenCRVS's forms hold it."""
        return {"firstname": self.first, "surname": self.last}


def birth_declaration(child: Person, mother: Mapping[str, JSON] | None = None) -> dict[str, JSON]:
    """What a registrar fills in for a newborn. Field ids: opencrvs-farajaland birth form.

    mother: her page as E-Signet has filled it; typed in by hand without it.
    """
    return {
        "child.name": child.as_field(),
        "child.gender": child.sex,
        "child.dob": child.born,
        "informant.relation": "MOTHER",
        "informant.email": "nadia@example.org",
        "informant.phoneNo": "0712345678",
        **(mother or MOTHER_TYPED_IN),
    }


def death_declaration(deceased: Person) -> dict[str, JSON]:
    """What a registrar fills in for a death. Field ids: opencrvs-farajaland death form."""
    return {
        "deceased.name": deceased.as_field(),
        "deceased.gender": deceased.sex,
        "deceased.dob": deceased.born,
        "deceased.idType": "NATIONAL_ID",
        "deceased.nid": deceased.uin,
        "eventDetails.date": days_ago(2),
        "eventDetails.mannerOfDeath": "MANNER_NATURAL",
        "informant.relation": "SPOUSE",
        "informant.email": "sandun@example.org",
        "informant.phoneNo": "0798765432",
        "spouse.name": {"firstname": "Sandun", "surname": deceased.last},
    }


def days_ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
