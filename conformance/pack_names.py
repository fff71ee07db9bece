"""Names of the country pack that ships, for an OpenCRVS that does not tell which pack it has."""

from __future__ import annotations

from typing import Final

from conformance.jsontypes import JSON

FARAJALAND_LIKE: Final[dict[str, JSON]] = {
    "birth": {
        "process": "CRVS_NEW",
        "names": {
            "identifier": "child.nid",
            "name": "child.name",
            "born": "child.dob",
            "sex": "child.gender",
            "mother.name": "mother.name",
            "mother.born": "mother.dob",
            "mother.identifier": "mother.nid",
            "informant.relation": "informant.relation",
            "informant.email": "informant.email",
            "informant.phone": "informant.phoneNo",
        },
    },
    "death": {
        "process": "CRVS_DEATH",
        "names": {
            "identifier": "deceased.nid",
            "name": "deceased.name",
            "born": "deceased.dob",
            "sex": "deceased.gender",
            "died": "eventDetails.date",
            "manner": "eventDetails.mannerOfDeath",
            "informant.relation": "informant.relation",
            "informant.email": "informant.email",
            "informant.phone": "informant.phoneNo",
        },
    },
}
