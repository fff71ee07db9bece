"""LINK_BUTTON: where its click leads, for the one that leads to E-Signet.

Source: opencrvs-core packages/client/src/v2-events/features/events/registered-fields/LinkButton.tsx; the URL
before it: opencrvs/opencrvs-documentation mosip-form-authentication.md (2.x), opencrvs/mosip
packages/country-config/src/forms.ts (1.8).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mock_opencrvs.desk.version import FormVersion
from mock_opencrvs.settings import EsignetLink

ESSENTIAL = ("name", "birthdate", "address", "individual_id")
CLAIMS = json.dumps(
    {"userinfo": {name: {"essential": True} for name in ESSENTIAL}, "id_token": {}}, separators=(",", ":")
)
CLAIMS_1_8 = "name,family_name,given_name,middle_name,birthdate,address"  # no JSON: a strict provider refuses


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What a click opens: the whole URL, and the redirect URI and state in it."""

    url: str
    redirect_uri: str
    state: str


def clean(location: str) -> str:
    """A page's address without query and hash."""
    return urlunsplit(urlsplit(location)._replace(query="", fragment=""))


def open_link(url: str, location: str) -> str:
    """``url`` with the page's clean address as ``redirect_uri``, unless it has one."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if all(name != "redirect_uri" for name, _ in query):
        query.append(("redirect_uri", clean(location)))
    return urlunsplit(parts._replace(query=urlencode(query)))


def open_esignet(link: EsignetLink, *, version: FormVersion, location: str) -> Opened:
    """What the button of a page at ``location`` opens.

    Forms of 1.8 write the page's whole address, an ACR of their own and claims as a list of names.
    """
    old = version == "1.8"
    state = "fetch-on-mount" if old else "noop"
    query = {
        "client_id": link.client_id,
        "response_type": "code",
        "scope": "openid profile",
        "acr_values": f"mosip:idp:acr:{'static' if old else 'generated'}-code",
        "claims": CLAIMS_1_8 if old else CLAIMS,
        "state": state,
        **({"redirect_uri": location} if old else {}),
    }
    return Opened(
        url=open_link(f"{link.authorize_url}?{urlencode(query)}", location),
        redirect_uri=location if old else clean(location),
        state=state,
    )
