"""The token check in front of every protected API, in the two shapes in which MOSIP's services refuse.

Source: mosip/mosip-openid-bridge: kernel-auth-adapter: AuthFilter.java, AuthAdapterExceptionHandler.java,
VertxTokenValidationHelper.java
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_control import JSON, Answer, Control
from mock_mosip.auth_manager import errors
from mock_mosip.auth_manager.service import parse_cookies, token_of
from mock_mosip.auth_manager.tokens import Token, Tokens
from mock_mosip.wrappers import Fault, wrapper


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Reads the token from the cookie (an Authorization header means nothing here) and checks it.

    ``audience`` are the clients that the services list as allowed.
    """

    tokens: Tokens
    audience: frozenset[str]
    control: Control

    def spring(self, headers: Mapping[str, str], roles: frozenset[str]) -> Answer | None:
        """A Spring service's refusal, None when the caller may pass."""
        token = self._token(headers)
        if token is None or not self._has_audience(token):
            return self._refusal(401, errors.UNAUTHORIZED)
        return None if token.roles & roles else self._refusal(403, errors.FORBIDDEN)

    def vertx(self, headers: Mapping[str, str], roles: frozenset[str], body: JSON) -> Answer | Token:
        """A Vert.x service's refusal, with id and version of the request's body, or the token."""
        token = self._token(headers)
        if token is None:
            return self._refusal(401, errors.UNAUTHORIZED, body)
        if not self._has_audience(token) or not token.roles & roles:
            return self._refusal(403, errors.FORBIDDEN, body)
        return token

    def _token(self, headers: Mapping[str, str]) -> Token | None:
        raw = token_of(parse_cookies(headers.get("Cookie", "")))
        return None if raw is None else self.tokens.check(raw)

    def _has_audience(self, token: Token) -> bool:
        return not self.audience.isdisjoint(token.audience)

    def _refusal(self, status: int, fault: Fault, body: JSON = None) -> Answer:
        members = body if isinstance(body, dict) else {}
        id_, version = members.get("id"), members.get("version")
        return Answer(
            status=status,
            body=wrapper(
                now=self.control.stamps.iso(),
                errors=[fault],
                id=id_ if isinstance(id_, str) else None,
                version=version if isinstance(version, str) else None,
            ),
        )
