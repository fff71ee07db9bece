"""A relying party of E-Signet for which people sign in without a browser: code for token, and no more.

Source: mosip/esignet: AuthorizationServiceImpl.java, TokenServiceImpl.java (private_key_jwt, RFC 7523).
"""

from __future__ import annotations

import re
import secrets
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from json import loads
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from conformance.jsontypes import mapping
from conformance.parties import HarnessError
from conformance.people import Person
from conformance.standing import Standing
from sandbox.reach import FROM_HERE, Reach

AUTHORIZE_PATH: Final = "/authorize"
REDIRECT_PATH: Final = "/harness"
ACR: Final = "mosip:idp:acr:generated-code"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS: Final = 60
TIMEOUT: Final = (2.0, 10.0)
_SHOWN: Final = re.compile(r'data-code="([A-Za-z0-9_-]+)"')


@dataclass(frozen=True, kw_only=True)
class Client:
    """As whom E-Signet is asked, and where."""

    authorize_url: str
    token_url: str
    redirect_uri: str
    client_id: str
    key: RSAKey = field(repr=False)

    @classmethod
    def of(cls, variables: Mapping[str, str], urls: Mapping[str, str]) -> Self:
        """The client as which a sandbox's bridge asks, by the variables that it is given.

        ``urls`` are the parties', as they are advertised. Raises HarnessError when something is missing or
        the key can't be read.
        """
        try:
            # A JWK in base64: so MOSIP hands it out, and so the reference implementation reads it.
            stored = b64decode(Path(variables["OIDP_CLIENT_PRIVATE_KEY_PATH"]).read_bytes())
            return cls(
                authorize_url=urls["esignet"] + AUTHORIZE_PATH,
                token_url=variables["ESIGNET_TOKEN_URL"],
                redirect_uri=urls["opencrvs"] + REDIRECT_PATH,
                client_id=variables["BRIDGE_ESIGNET_CLIENT_ID"],
                key=RSAKey.import_key(loads(stored)),
            )
        except (KeyError, OSError, ValueError, JoseError) as error:
            raise HarnessError(f"the sandbox holds no client of E-Signet ({type(error).__name__})") from error


class EsignetClient:
    """E-Signet as one relying party asks it."""

    def __init__(
        self, variables: Mapping[str, str], urls: Mapping[str, str], reach: Reach = FROM_HERE
    ) -> None:
        """``variables`` are those of a sandbox's bridge; its files are read at the first question.

        ``urls`` are the parties', as they are advertised.
        """
        self._variables = variables
        self._urls = urls
        self._reach = reach

    @cached_property
    def _client(self) -> Client:
        return Client.of(self._variables, self._urls)

    def authenticate(self, person: Person, by: str) -> Standing:
        """Whether E-Signet lets the person in under that number and then gives a token for the code.

        Raises HarnessError for a person without numbers, and when the sandbox holds no client.
        """
        number = person.identifiers.get(by)
        if number is None:
            raise HarnessError(f"{person.key} has no {by}, so nobody can sign in as them")
        try:
            return self._signed_in(number)
        except requests.RequestException as error:
            return Standing(word=None, code=type(error).__name__)

    def _signed_in(self, number: str) -> Standing:
        asked = {
            "client_id": self._client.client_id,
            "response_type": "code",
            "scope": "openid",
            "acr_values": ACR,
            "redirect_uri": self._client.redirect_uri,
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "auto": number,
        }
        seen = requests.get(
            self._reach.url(self._client.authorize_url),
            params=asked,
            timeout=TIMEOUT,
            allow_redirects=False,
            verify=self._reach.verify,
        )
        if not seen.is_redirect:
            shown = _SHOWN.search(seen.text)
            return _refused(shown[1]) if shown else Standing(word=None, code=str(seen.status_code))
        back = parse_qs(urlsplit(seen.headers["Location"]).query)
        if "code" not in back:
            return _refused(back.get("error", ["no code"])[0])
        return self._token(back["code"][0])

    def _token(self, code: str) -> Standing:
        now = int(time.time())
        claims = {
            "iss": self._client.client_id,
            "sub": self._client.client_id,
            "aud": self._client.token_url,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": str(uuid4()),
        }
        answer = requests.post(
            self._reach.url(self._client.token_url),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._client.redirect_uri,
                "client_id": self._client.client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": jwt.encode({"alg": "RS256"}, claims, self._client.key),
            },
            timeout=TIMEOUT,
            verify=self._reach.verify,
        )
        try:
            said = mapping(answer.json())
        except requests.JSONDecodeError:
            return Standing(word=None, code=str(answer.status_code))
        if answer.status_code == 200 and said.get("access_token"):
            return Standing(word="served")
        return Standing(word=None, code=str(said.get("error") or answer.status_code))


OF_THE_PERSON: Final = frozenset(
    {"invalid_individual_id", "IDA-MLC-018", "IDA-MLC-022", "IDA-MLC-023", "individual_id_blocked"}
)
"""What E-Signet shows when it does not let this person in; anything else is about the request."""


def _refused(code: str) -> Standing:
    return Standing(word="refused" if code in OF_THE_PERSON else None, code=code)
