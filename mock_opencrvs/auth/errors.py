"""What the auth service and the gateway say when they refuse."""

from __future__ import annotations

from typing import ClassVar

from mock_opencrvs.values import JSONObject

RFC_6749 = "https://datatracker.ietf.org/doc/html/rfc6749#section-5.2"


class OAuthError(Exception):
    """A refusal of ``POST /token`` (opencrvs-core: packages/auth/src/features/oauthToken/responses.ts)."""

    STATUS: ClassVar[dict[str, int]] = {
        "invalid_request": 400,
        "unsupported_grant_type": 400,
        "invalid_client": 401,
        "unauthorized_client": 401,
    }
    DESCRIPTION: ClassVar[dict[str, str]] = {
        "invalid_request": "The request is missing a required parameter or has an invalid parameter value.",
        "unsupported_grant_type": "The authorization grant type is not supported.",
        "invalid_client": "Invalid client id or secret.",
        "unauthorized_client": "The client is not authorized to use this grant type.",
    }

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = self.STATUS[code]

    def to_json(self) -> JSONObject:
        """The body: ``error``, ``error_description``, and ``error_uri`` except for an unauthorized client."""
        body: JSONObject = {"error": self.code, "error_description": self.DESCRIPTION[self.code]}
        if self.code != "unauthorized_client":
            body["error_uri"] = RFC_6749
        return body


class GatewayRefusalError(Exception):
    """A bearer that the gateway refuses: hapi-auth-jwt2's 401, which is no tRPC envelope."""

    MISSING: ClassVar[str] = "Missing authentication"
    EXPIRED: ClassVar[str] = "Expired token"
    INVALID: ClassVar[str] = "Invalid token"
    INVALIDATED: ClassVar[str] = "Invalid credentials"

    status: ClassVar[int] = 401

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def to_json(self) -> JSONObject:
        """The body hapi answers; ``attributes`` only where a token was there to be judged."""
        body: JSONObject = {"statusCode": self.status, "error": "Unauthorized", "message": self.message}
        if self.message != self.MISSING:
            body["attributes"] = {"error": self.message}
        return body

    def headers(self) -> dict[str, str]:
        """``WWW-Authenticate`` as hapi-auth-jwt2 writes it."""
        challenge = "Token" if self.message == self.MISSING else f'Token error="{self.message}"'
        return {"WWW-Authenticate": challenge}
