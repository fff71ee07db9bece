"""Error codes of E-Signet, and how each channel says them.

The page shows a code, ``/oauth/`` answers ``{"error", "error_description"}`` with 400, userinfo has only a
header. (mosip/esignet: ErrorConstants.java, ExceptionHandlerAdvice.java)
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_control import Answer, Incoming

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# The only codes that stay in ``error``; any other becomes invalid_request with the code as description.
OAUTH_ERRORS = frozenset(("invalid_client", "unsupported_grant_type", "invalid_scope", "invalid_grant"))

PAGE_TEXTS = {
    "IDA-MLC-022": "This UIN is deactivated or blocked.",
    "IDA-MLC-023": "This VID is expired or deactivated.",
    "auth_factor_mismatch": "This sign-in page offers no way of signing in that the application accepts.",
    "auth_failed": "That is not the right code.",
    "individual_id_blocked": "Too many attempts. This identity can't sign in for some minutes.",
    "invalid_accepted_claim": "Not all required claims were allowed.",
    "invalid_challenge": "The one-time code has six digits.",
    "invalid_claim": "The application asks for claims in a form that can't be read.",
    "invalid_client_id": "The application is not registered here.",
    "invalid_identifier": "Enter your UIN or VID.",
    "invalid_individual_id": "Nobody is known by this number.",
    "invalid_redirect_uri": "The application gave an address of return that is not registered.",
    "invalid_transaction": "This sign-in has ended. Start again from the application.",
    "no_attempts_left": "Too many attempts.",
    "no_email_mobile_found": "No phone and no email are known to which a code could go.",
    "parsing_error_msg": "The claims that the application asks for are not JSON.",
}


class PageError(ValueError):
    """The page shows this code; the browser is not sent back to the relying party."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def text(self) -> str:
        """What a person reads beside the code."""
        return PAGE_TEXTS.get(self.code, "Signing in is not possible.")


class OAuthError(ValueError):
    """The token endpoint refuses, with this code."""

    def __init__(self, code: str, *, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status

    def answer(self) -> Answer:
        """The OAuth envelope."""
        error = self.code if self.code in OAUTH_ERRORS else "invalid_request"
        body = {"error": error, "error_description": self.code}
        return Answer(status=self.status, body={**body}, headers=NO_STORE)


class UserinfoError(ValueError):
    """Userinfo refuses: a status and ``WWW-Authenticate``, which has no scheme, as in the real one."""

    def __init__(self, code: str, *, status: int = 401) -> None:
        super().__init__(code)
        self.code = code
        self.status = status

    def answer(self) -> Answer:
        """A header, and nothing else."""
        return Answer(status=self.status, headers={"WWW-Authenticate": f'error="{self.code}"'})


def forced_oauth(_: Incoming, codes: Sequence[str]) -> Answer:
    """What a fault's ``errors`` become at the token endpoint; only the first is told, as there."""
    return OAuthError(codes[0]).answer()


def forced_userinfo(_: Incoming, codes: Sequence[str]) -> Answer:
    """What a fault's ``errors`` become at userinfo."""
    return UserinfoError(codes[0]).answer()


def bad_gateway(_: Incoming) -> Answer:
    """What a proxy says when E-Signet is away."""
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    return Answer(status=502, body=page, content_type="text/html")
