"""Errors of the auth manager and of the adapter that guards the other services.

Source: mosip/mosip-openid-bridge: AuthErrorCode.java, AuthManagerExceptionHandler.java
"""

from __future__ import annotations

from mock_mosip.wrappers import Fault, fault

UNAUTHORIZED = fault("KER-ATH-401")
FORBIDDEN = fault("KER-ATH-403")
COOKIES_EMPTY = fault("KER-ATH-006")
NO_TOKEN_IN_COOKIES = fault("KER-ATH-007")
KEYCLOAK_BODY_NULL = fault("KER-ATH-501")
KEYCLOAK_DOWN = Fault(
    code="500", message='I/O error on POST request for "token": Connection refused (Connection refused)'
)


def invalid_request(reason: str) -> Fault:
    """A request that can't be read, or lacks ``request``."""
    return Fault(code="KER-ATH-019", message=reason)


def realm_not_found(app_id: str | None) -> Fault:
    """An appId that no realm is mapped to."""
    return fault("KER-ATH-026", app_id="null" if app_id is None else app_id)


def client_refused(*, known: bool) -> Fault:
    """Keycloak's 401, which the auth manager doesn't catch: its text, under HTTP 500."""
    error = "unauthorized_client" if known else "invalid_client"
    reason = f'{{"error":"{error}","error_description":"Invalid client or Invalid client credentials"}}'
    return Fault(code="500", message=f"401 Unauthorized: [{reason}]")
