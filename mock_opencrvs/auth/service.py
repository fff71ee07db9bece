"""What the auth service does: two grants, and the gateway's judgement of a bearer token. No Flask."""

from __future__ import annotations

import hmac
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mock_opencrvs.auth.errors import GatewayRefusalError, OAuthError
from mock_opencrvs.auth.scopes import for_client
from mock_opencrvs.auth.tokens import AUTH_AUDIENCE, GATEWAY_AUDIENCE, Principal, TokenRefusedError, Tokens
from mock_opencrvs.settings import Client
from mock_opencrvs.values import JSONObject, is_uuid

CLIENT_CREDENTIALS = "client_credentials"
TOKEN_EXCHANGE = "urn:opencrvs:oauth:grant-type:token-exchange"  # noqa: S105  # the name of a grant
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  # the name of a token type
RECORD_TOKEN = "urn:opencrvs:oauth:token-type:single_record_token"  # noqa: S105  # the name of a token type
BEARER = re.compile(r"^(?:Bearer\s+)?([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)$")


class AuthService:
    """Answers ``POST /token`` and judges bearers, with one key and the clients of the settings."""

    def __init__(self, *, tokens: Tokens, clients: Sequence[Client]) -> None:
        self.tokens = tokens
        self._configured = {client.client_id: client for client in clients}
        self._clients = dict(self._configured)
        self._invalidated: set[str] = set()

    def grant(self, parameters: Mapping[str, str]) -> JSONObject:
        """The body of a successful ``POST /token``. Raises OAuthError."""
        grant_type = parameters.get("grant_type")
        if grant_type == CLIENT_CREDENTIALS:
            token = self._client_credentials(parameters)
        elif grant_type == TOKEN_EXCHANGE:
            token = self._exchange(parameters)
        else:
            raise OAuthError("unsupported_grant_type")
        return {"access_token": token, "token_type": "Bearer"}

    def bearer(
        self, authorization: str | None, *, audiences: Iterable[str] = (GATEWAY_AUDIENCE,)
    ) -> Principal:
        """The principal of an ``Authorization`` header. Raises GatewayRefusalError with hapi's own words."""
        found = BEARER.match((authorization or "").strip())
        if found is None:
            raise GatewayRefusalError(GatewayRefusalError.MISSING)
        token = found.group(1)
        try:
            principal = self.tokens.read(token, audiences=audiences)
        except TokenRefusedError as refusal:
            raise GatewayRefusalError(
                GatewayRefusalError.EXPIRED if refusal.expired else GatewayRefusalError.INVALID
            ) from refusal
        if token in self._invalidated:
            raise GatewayRefusalError(GatewayRefusalError.INVALIDATED)
        return principal

    def invalidate(self, token: str) -> None:
        """From now on the gateway answers this token with ``Invalid credentials``."""
        self._invalidated.add(token)

    def refresh_secrets(self, *, back: bool) -> list[str]:
        """Gives every system client a secret that nobody knows, or its own again; returns their ids."""
        self._clients = {
            name: client if back else replace(client, secret=str(uuid.uuid4()))
            for name, client in self._configured.items()
        }
        return [*self._clients]

    def _client_credentials(self, parameters: Mapping[str, str]) -> str:
        client_id, secret = _required(parameters, "client_id", "client_secret")
        client = self._clients.get(client_id)
        known = client.secret if client else ""
        if not hmac.compare_digest(known.encode(), secret.encode()) or client is None:
            raise OAuthError("invalid_client")
        return self.tokens.system(subject=client.client_id, scopes=for_client(client.scopes))

    def _exchange(self, parameters: Mapping[str, str]) -> str:
        subject_token, subject_type, requested_type, event_id, action_id = _required(
            parameters, "subject_token", "subject_token_type", "requested_token_type", "event_id", "action_id"
        )
        well_formed = is_uuid(event_id) and is_uuid(action_id) and "record_id" not in parameters
        if subject_type != ACCESS_TOKEN or requested_type != RECORD_TOKEN or not well_formed:
            raise OAuthError("invalid_request")
        try:
            principal = self.tokens.read(subject_token, audiences=[AUTH_AUDIENCE])
        except TokenRefusedError as refusal:
            raise OAuthError("unauthorized_client") from refusal
        return self.tokens.action(principal, event_id=event_id, action_id=action_id)


def _required(parameters: Mapping[str, str], *names: str) -> list[str]:
    values = [parameters.get(name, "") for name in names]
    if not all(values):
        raise OAuthError("invalid_request")
    return values
