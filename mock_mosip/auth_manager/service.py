"""What the auth manager does, apart from HTTP.

Source: mosip/mosip-openid-bridge: AuthController.java, AuthServiceImpl.java, AuthManagerExceptionHandler.java
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mock_control import JSON, Refusal, Reset
from mock_mosip import mapper
from mock_mosip.auth_manager import errors
from mock_mosip.auth_manager.tokens import Tokens
from mock_mosip.settings import ClientSettings
from mock_mosip.wrappers import Fault

# mosip.kernel.auth.appid-realm-map of the stock configuration; all are of realm mosip.
APP_IDS = frozenset(
    [
        "prereg",
        "ida",
        "registrationclient",
        "regproc",
        "partner",
        "resident",
        "admin",
        "crereq",
        "creser",
        "datsha",
        "idrepo",
        "hotlist",
        "digitalcard",
        "compliance",
        "partnermanager",
        "regclient",
    ]
)
CLIENTS_OF = ("packets", "websub")


@dataclass(frozen=True, kw_only=True)
class Login:
    """A login that went well, or the fault and HTTP status with which it ended."""

    token: str | None = None
    fault: Fault | None = None
    status: int = 200
    id: str | None = None
    version: str | None = None


class AuthManager:
    """Client logins, and what the hub asks about a token."""

    def __init__(self, *, clients: tuple[ClientSettings, ...], tokens: Tokens) -> None:
        self._configured = {client.client_id: client for client in clients}
        self._clients = dict(self._configured)
        self.tokens = tokens

    def rotate_secrets(self, arguments: Mapping[str, JSON]) -> JSON:
        """Gives clients a secret that nobody knows, or (``back``) their own again; tokens stay good.

        ``of`` is ``packets`` or ``websub``: the clients of the services, or those of the hub's partners.
        Raises Refusal.
        """
        whose, back = arguments.get("of"), arguments.get("back") is True
        if set(arguments) - {"of", "back"} or whose not in (None, *CLIENTS_OF):
            raise Refusal("of is packets or websub, and back true or false", near=CLIENTS_OF)
        meant = [
            each.client_id
            for each in self._configured.values()
            if whose is None or each.partner is (whose == "websub")
        ]
        for client_id in meant:
            client = self._configured[client_id]
            self._clients[client_id] = client if back else replace(client, secret=secrets.token_urlsafe(18))
        return {"clients": [*meant]}

    def forget(self, reset: Reset) -> None:
        """A full reset gives each client its configured secret again."""
        if reset.scenario is None:
            self._clients = dict(self._configured)

    def authenticate(self, body: bytes) -> Login:
        """Logs a client in by id and secret."""
        try:
            envelope = mapper.read_object(body)
            id_, version = (mapper.as_text(envelope.get(name), name) for name in ("id", "version"))
            mapper.as_time(envelope.get("requesttime"), "requesttime")
            request = mapper.as_map(envelope.get("request"), "request")
        except mapper.MapperError as error:
            return Login(fault=errors.invalid_request(str(error)))
        if request is None:
            return Login(fault=errors.invalid_request("request must not be null"), id=id_, version=version)
        app_id = request.get("appId")
        if app_id not in APP_IDS:
            return Login(fault=errors.realm_not_found(app_id), id=id_, version=version)
        client = self._clients.get(request.get("clientId") or "")
        secret = (request.get("secretKey") or "").encode()
        if client is None or not secrets.compare_digest(secret, client.secret.encode()):
            return Login(fault=errors.client_refused(known=client is not None), status=500)
        return Login(token=self.tokens.make(client), id=id_, version=version)

    def validate(self, cookies: Mapping[str, str]) -> tuple[dict[str, JSON] | None, Fault | None]:
        """Who the token in the cookies belongs to, or why that can't be said."""
        if not cookies:
            return None, errors.COOKIES_EMPTY
        raw = token_of(cookies)
        if raw is None:
            return None, errors.NO_TOKEN_IN_COOKIES
        token = self.tokens.check(raw)
        if token is None:
            return None, errors.UNAUTHORIZED
        return {
            "userId": token.user_id,
            "mobile": None,
            "mail": None,
            "langCode": None,
            "userPassword": None,
            "name": token.user_id,
            "role": ",".join(sorted(token.roles)),
            "rId": None,
            "token": token.raw,
        }, None


def parse_cookies(header: str) -> dict[str, str]:
    """Cookies by name, each split at its first ``=``; of a repeated name the first counts."""
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            cookies.setdefault(name, value)
    return cookies


def token_of(cookies: Mapping[str, str]) -> str | None:
    """The token: the value of any cookie whose name contains ``Authorization``."""
    return next((value for name, value in cookies.items() if "Authorization" in name and value), None)
