"""``GET /.well-known`` (the key as PEM) and ``POST /token``, by its own name and by the gateway's."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from mock_control import Answer, Incoming, operation
from mock_opencrvs.auth.errors import OAuthError
from mock_opencrvs.auth.service import AuthService

ERROR_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def oauth_errors(_: Incoming, codes: Sequence[str]) -> Answer:
    """A fault's ``errors`` in the words of RFC 6749; an unknown code is a server error."""
    known = [OAuthError(code) for code in codes if code in OAuthError.STATUS]
    if not known:
        return Answer(
            status=500, body={"statusCode": 500, "error": "Internal Server Error", "message": codes[0]}
        )
    return Answer(status=known[0].status, body=known[0].to_json())


def error_page(_: Incoming) -> Answer:
    """What a proxy in front of a dead auth service serves, with a status that looks well."""
    return Answer(body=ERROR_PAGE, content_type="text/html")


def blueprint(auth: AuthService) -> Blueprint:
    """The public face of the auth service."""
    routes = Blueprint("auth", __name__)

    @routes.get("/.well-known")
    @operation(
        "opencrvs.auth.public_key",
        help="bridge and country-config fetch the key that tokens are signed with (PEM text)",
        answers={"error-page": error_page},
        grade="ran",
    )
    def public_key(_: Incoming) -> Answer:
        return Answer(body=auth.tokens.public_pem, content_type="application/octet-stream")

    @routes.post("/token")
    @routes.post("/auth/token")
    @operation(
        "opencrvs.auth.token",
        help="client credentials, or the exchange of a token for an action-confirmation token",
        response="opencrvs/token.response",
        errors=oauth_errors,
    )
    def token(incoming: Incoming) -> Answer:
        try:
            body = auth.grant(_parameters(incoming))
        except OAuthError as error:
            return Answer(status=error.status, body=error.to_json())
        return Answer(body=body, headers={"Cache-Control": "no-store"})

    return routes


def _parameters(incoming: Incoming) -> dict[str, str]:
    """Query, form or JSON body; the body wins (opencrvs-core: oauthToken/utils.ts)."""
    body = incoming.json if isinstance(incoming.json, dict) else {}
    texts = {name: value for name, value in body.items() if isinstance(value, str)}
    return {**incoming.query, **incoming.form, **texts}
