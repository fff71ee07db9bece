"""The token endpoint and userinfo, apart from HTTP.

The checks come in the order of E-Signet. (mosip/esignet: OAuthServiceImpl.java getTokens,
TokenServiceImpl.java, OpenIdConnectServiceImpl.java)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from mock_control import JSON, Control, current_exchange
from mock_mosip.crypto import b64url
from mock_mosip.esignet import state
from mock_mosip.esignet.assertion import ASSERTION_TYPE, BadAssertionError, breaches, check_assertion
from mock_mosip.esignet.errors import OAuthError, UserinfoError
from mock_mosip.esignet.request import is_address
from mock_mosip.esignet.signing import Keyring
from mock_mosip.esignet.state import Grant, Memory
from mock_mosip.esignet.userinfo import Shape, claims_of


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One of the two token endpoints: its path, which is also an audience, and whether it knows of PKCE."""

    path: str
    reads_verifier: bool = True


TOKEN = Endpoint(path="/v1/esignet/oauth/v2/token")
OLD_TOKEN = Endpoint(path="/v1/esignet/oauth/token", reads_verifier=False)


class Tokens:
    """Redeems codes, and tells userinfo to whoever has an access token."""

    def __init__(self, *, issuer: str, keyring: Keyring, memory: Memory, control: Control) -> None:
        self._issuer = issuer
        self._keyring = keyring
        self._memory = memory
        self._control = control

    def redeem(
        self, form: Mapping[str, str], endpoint: Endpoint, *, twist: Mapping[str, JSON] | None = None
    ) -> dict[str, JSON]:
        """The token response for a code, which is used up by that and by nothing else; raises OAuthError.

        ``twist`` are claims that a fault puts into the id_token.
        """
        code = form.get("code", "")
        _check_form(form)
        grant = self._memory.codes.get(code)
        if grant is None:
            raise OAuthError("invalid_grant")
        self._check_grant(form, endpoint, grant)
        self._check_assertion(form["client_assertion"], endpoint, grant)
        person = self._memory.people.find(grant.person.uin)
        if person is None or not person.active:
            raise OAuthError("data_exchange_failed")
        if self._memory.codes.pop(code) is None:
            raise OAuthError("invalid_grant")  # somebody was faster
        return self._issue(grant, twist or {})

    def userinfo(self, authorization: str) -> dict[str, JSON]:
        """The claims for ``Authorization``; raises UserinfoError."""
        if "," in authorization:  # two headers, which the server has joined
            raise UserinfoError("invalid_request", status=400)
        grant = self._memory.tokens.get(bearer(authorization))
        if grant is None:
            raise UserinfoError("invalid_token")
        issuer = self._issuer
        if self._control.settings_value("esignet.userinfo_iss") == "legacy":
            issuer = f"{issuer}/v1/esignet"
        shape = Shape(
            name=self._control.settings_value("esignet.name_shape"),
            birthdate=self._control.settings_value("esignet.birthdate"),
        )
        told = claims_of(
            grant.person,
            accepted=grant.claims,
            individual_id=grant.individual_id,
            locales=grant.locales,
            shape=shape,
        )
        return {"sub": grant.subject, "iss": issuer, "aud": grant.client.client_id, **told}

    def sign(self, claims: Mapping[str, JSON]) -> str:
        """A JWS by the algorithm that is set."""
        return self._keyring.sign(claims, algorithm=self._control.settings_value("esignet.signing_alg"))

    def sign_as_a_stranger(self, claims: Mapping[str, JSON]) -> str:
        """The same by a key that is nobody's, under the name of ours."""
        algorithm = self._control.settings_value("esignet.signing_alg")
        return self._keyring.sign_as_a_stranger(claims, algorithm=algorithm)

    # -- inside ----------------------------------------------------------------------------------------------

    def _check_grant(self, form: Mapping[str, str], endpoint: Endpoint, grant: Grant) -> None:
        client_id = form.get("client_id")
        if client_id and client_id != grant.client.client_id:
            raise OAuthError("invalid_client_id")
        if form["redirect_uri"] != grant.redirect_uri:
            raise OAuthError("invalid_redirect_uri")
        verifier = form.get("code_verifier", "") if endpoint.reads_verifier else ""
        if grant.code_challenge is not None and challenge_of(verifier) != grant.code_challenge:
            raise OAuthError("invalid_grant")

    def _check_assertion(self, raw: str, endpoint: Endpoint, grant: Grant) -> None:
        unique = self._control.settings_value("esignet.jti_required") == "yes"
        try:
            check_assertion(
                raw,
                client=grant.client,
                audiences=self._audiences(endpoint),
                now=self._control.stamps.now(),
                jti_is_new=self._jti_is_new if unique else None,
            )
        except BadAssertionError as error:
            current_exchange().view({"client_assertion": str(error), "breaches": [*breaches(raw)]})
            raise OAuthError("invalid_client") from error

    def _audiences(self, endpoint: Endpoint) -> set[str]:
        wanted = self._control.settings_value("esignet.assertion_audience")
        both = {"token-endpoint": f"{self._issuer}{endpoint.path}", "issuer": self._issuer}
        return {value for name, value in both.items() if wanted in (name, "both")}

    def _jti_is_new(self, jti: str) -> bool:
        return self._memory.jtis.add(jti, True, seconds=state.JTI_S)

    def _issue(self, grant: Grant, twist: Mapping[str, JSON]) -> dict[str, JSON]:
        now = int(self._control.stamps.now().timestamp())
        client_id = grant.client.client_id
        common: dict[str, JSON] = {
            "iss": self._issuer,
            "sub": grant.subject,
            "aud": client_id,
            "iat": now,
            "exp": now + state.TOKEN_S,
        }
        scope: dict[str, JSON] = {"scope": " ".join(grant.scopes)} if grant.scopes else {}
        access_token = self.sign({**common, "azp": client_id, "client_id": client_id, **scope})
        nonce: dict[str, JSON] = {"nonce": grant.nonce} if grant.nonce is not None else {}
        id_token: dict[str, JSON] = {
            **common,
            "auth_time": grant.auth_time,
            **nonce,
            "acr": grant.acr,
            "at_hash": half_hash(access_token),
            **twist,
        }
        self._memory.tokens.put(access_token, grant, seconds=state.TOKEN_S)
        self._memory.gave(access_token, grant.individual_id)
        current_exchange().add_keys(strong={"token": state.digest(access_token)})
        current_exchange().view({"id_token": {**id_token}})
        return {
            "id_token": self.sign(id_token),
            "token_type": "Bearer",
            "access_token": access_token,
            "expires_in": state.TOKEN_S,
        }


def _check_form(form: Mapping[str, str]) -> None:
    for wrong, code in (
        (form.get("grant_type") != "authorization_code", "unsupported_grant_type"),
        (not form.get("code", "").strip(), "invalid_grant"),
        (not is_address(form.get("redirect_uri")), "invalid_redirect_uri"),
        (form.get("client_assertion_type") != ASSERTION_TYPE, "invalid_client"),
        (not form.get("client_assertion", "").strip(), "invalid_client"),
    ):
        if wrong:
            raise OAuthError(code)


def bearer(authorization: str) -> str:
    """The token; the scheme's case counts, and one space follows it. Empty if that is not so."""
    scheme, _, token = authorization.partition(" ")
    return token if scheme == "Bearer" else ""


def challenge_of(verifier: str) -> str:
    """S256. (RFC 7636)"""
    return b64url(hashlib.sha256(verifier.encode("utf-8", "replace")).digest())


def half_hash(token: str) -> str:
    """``at_hash`` of a token. (OpenID Connect Core 3.1.3.6)"""
    return b64url(hashlib.sha256(token.encode()).digest()[:16])
