"""Error codes of the auth manager and of the adapter that guards the other services.

Source: mosip/mosip-openid-bridge: AuthErrorCode.java, AuthManagerExceptionHandler.java
"""

from __future__ import annotations

from mock_mosip.wrappers import Fault

UNAUTHORIZED = Fault(code="KER-ATH-401", message="Authentication Failed")
FORBIDDEN = Fault(code="KER-ATH-403", message="Forbidden")
COOKIES_EMPTY = Fault(code="KER-ATH-006", message="Cookies are empty")
NO_TOKEN_IN_COOKIES = Fault(code="KER-ATH-007", message="Token is not present in cookies")
REALM_BODY_NULL = Fault(code="KER-ATH-501", message="responsebody is null")
KEYCLOAK_DOWN = Fault(
    code="500", message='I/O error on POST request for "token": Connection refused (Connection refused)'
)

MESSAGES = {
    "KER-ATH-002": "Exception occurred while connecting to auth service",
    "KER-ATH-026": "Realm not found:: unknown",
    "KER-ATH-019": "request must not be null",
    **{each.code: each.message for each in (UNAUTHORIZED, FORBIDDEN, COOKIES_EMPTY, NO_TOKEN_IN_COOKIES)},
    REALM_BODY_NULL.code: REALM_BODY_NULL.message,
    KEYCLOAK_DOWN.code: KEYCLOAK_DOWN.message,
}


def invalid_request(reason: str) -> Fault:
    """A request that can't be read or lacks ``request``."""
    return Fault(code="KER-ATH-019", message=reason)


def realm_not_found(app_id: str | None) -> Fault:
    """An appId that no realm is mapped to."""
    return Fault(code="KER-ATH-026", message=f"Realm not found:: {'null' if app_id is None else app_id}")


def client_refused(*, known: bool) -> Fault:
    """Keycloak's 401, which the auth manager doesn't catch: its text, under HTTP 500."""
    reason = (
        '{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}'
        if known
        else '{"error":"invalid_client","error_description":"Invalid client or Invalid client credentials"}'
    )
    return Fault(code="500", message=f"401 Unauthorized: [{reason}]")
