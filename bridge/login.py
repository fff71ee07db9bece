"""Who has logged in at E-Signet? What a form asks, and how what E-Signet says is told to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from bridge.contract import broken_at
from bridge.errors import Problem
from bridge.esignet import Esignet, Login, LoginRefused, normal_redirect
from bridge.person import Mapper
from bridge.reading import JSON, check_content_type, read_json
from bridge.settings import Settings

CONTRACT = "bridge/user-info.request"
_MEMBERS = ("code", "state", "clientId", "redirectUri", "codeVerifier", "nonce")
_RETRY_S = 5
_BUSY_RETRY_S = 1


@dataclass(frozen=True, kw_only=True)
class Logins:
    """Asks E-Signet who has logged in, and maps the answer to the country's forms."""

    esignet: Esignet
    mapper: Mapper
    client_id: str | None

    @classmethod
    def of(cls, settings: Settings) -> Logins | None:
        """As the settings say; None when they name no E-Signet. Raises SettingsError."""
        esignet = Esignet.of(settings)
        if esignet is None:
            return None
        return cls(esignet=esignet, mapper=Mapper.of(settings), client_id=settings.bridge_esignet_client_id)

    def parse(self, query: Mapping[str, str], raw: bytes, content_type: str | None) -> Login:
        """The login in a query and body of POST /esignet/get-oidp-user-info.

        Raises Problem: 413, 415, 400 with the field named.
        """
        check_content_type(content_type)
        body = read_json(raw)
        if not isinstance(body, dict):
            raise _bad_request("contract", f"The body breaks {CONTRACT}.", "")
        given = {**body, **query}
        if given.get("error"):
            raise _bad_request("denied", "The person has not logged in, or did not consent.", "error")
        asked: dict[str, JSON] = {name: given[name] for name in _MEMBERS if given.get(name) is not None}
        broken = broken_at(CONTRACT, asked)
        if broken is not None:
            raise _bad_request("contract", f"The request breaks {CONTRACT}.", broken)
        members = cast("dict[str, str]", asked)
        return Login(
            code=members["code"],
            client_id=self._client(members.get("clientId")),
            redirect_uri=normal_redirect(members["redirectUri"]),
            code_verifier=members.get("codeVerifier"),
            nonce=members.get("nonce"),
        )

    def user_info(self, login: Login) -> dict[str, JSON]:
        """The answer by contract ``bridge/user-info.response``. Raises LoginRefused."""
        return self.mapper.user_info(self.esignet.claims(login))

    def _client(self, given: str | None) -> str:
        """The bridge vouches for its own client only, where it knows which that is."""
        if self.client_id is not None and given not in (None, self.client_id):
            raise _bad_request("client", "The bridge is another client of E-Signet.", "/clientId")
        client = self.client_id or given
        if client is None:
            raise _bad_request("client", "The client's id is needed.", "/clientId")
        return client


def problem_of(refused: LoginRefused) -> Problem:
    """The problem for the form: 400 when the person must log in again, 502 and 503 when that won't help."""
    if refused.reason == "unavailable":
        wait = _RETRY_S if refused.retry_after is None else max(1, min(3600, int(refused.retry_after)))
        return _problem(503, "unavailable", "E-Signet doesn't answer; log in again later.", wait)
    return _PROBLEMS[refused.reason]()


def not_configured() -> Problem:
    """The answer of a bridge that has no E-Signet."""
    return _problem(503, "not-configured", "This bridge has no E-Signet: ESIGNET_TOKEN_URL is not set.")


def _bad_request(code: str, detail: str, field: str) -> Problem:
    return Problem(status=400, code=f"bridge.login.{code}", detail=detail, field=field)


def _problem(status: int, code: str, detail: str, retry_after: int | None = None) -> Problem:
    return Problem(status=status, code=f"bridge.login.{code}", detail=detail, retry_after=retry_after)


_CLIENT_REFUSED = "E-Signet refuses the bridge as a client: its key, its id, its clock or its audience."
_PROBLEMS: Mapping[str, Callable[[], Problem]] = {
    "invalid-grant": lambda: _problem(
        400, "invalid-grant", "The code is used, too old or unknown: log in again."
    ),
    "redirect-mismatch": lambda: _problem(
        400, "redirect-mismatch", "The login began with another redirect URI."
    ),
    "client-refused": lambda: _problem(502, "client-refused", _CLIENT_REFUSED),
    "token-refused": lambda: _problem(502, "token-refused", "E-Signet gives no token."),
    "token-answer": lambda: _problem(502, "token-answer", "E-Signet's token answer can't be used."),
    "id-token": lambda: _problem(502, "id-token", "The id_token can't be trusted."),
    "userinfo-refused": lambda: _problem(502, "userinfo-refused", "E-Signet doesn't take its own token."),
    "userinfo": lambda: _problem(502, "userinfo", "What E-Signet tells of the person can't be trusted."),
    "userinfo-encrypted": lambda: _problem(
        502, "userinfo-encrypted", "Register the client for signed userinfo."
    ),
    "subject": lambda: _problem(502, "subject", "E-Signet tells of somebody else than who logged in."),
    "keys-unavailable": lambda: _problem(
        503, "keys-unavailable", "E-Signet's keys can't be fetched.", _RETRY_S
    ),
    "busy": lambda: _problem(503, "busy", "Too many log in at once.", _BUSY_RETRY_S),
}
