"""HTTP of the auth manager: base path ``/v1/authmanager``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime

from flask import Blueprint

from mock_control import Answer, Control, Incoming, operation
from mock_mosip.auth_manager import errors
from mock_mosip.auth_manager.service import AuthManager, parse_cookies
from mock_mosip.wrappers import Fault, fault, wrapper

COOKIE_LIFE_S = 6_000_000  # auth.jwt.expiry, used as seconds; says nothing of the token's own life
WELCOME = {"status": "Success", "message": "Clientid and Token combination had been validated successfully"}


def make_blueprint(manager: AuthManager, control: Control) -> Blueprint:
    """Routes of the auth manager."""
    blueprint = Blueprint("auth_manager", __name__, url_prefix="/v1/authmanager")

    def cookie(token: str) -> str:
        expires = format_datetime(control.stamps.now() + timedelta(seconds=COOKIE_LIFE_S), usegmt=True)
        return f"Authorization={token}; Max-Age={COOKIE_LIFE_S}; Expires={expires}; Path=/; HttpOnly"

    def failed(*faults: Fault, status: int = 200) -> Answer:
        return Answer(status=status, body=wrapper(now=control.stamps.iso(), errors=faults))

    def forced(_: Incoming, codes: Sequence[str]) -> Answer:
        return failed(*map(fault, codes), status=500 if "500" in codes else 200)

    @blueprint.post("/authenticate/clientidsecretkey")
    @operation(
        "mosip.auth_manager.authenticate",
        help="A client logs in by id and secret",
        request="mosip/authenticate.request",
        response="mosip/authenticate.response",
        errors=forced,
        answers={
            "keycloak-down": lambda _: failed(errors.KEYCLOAK_DOWN, status=500),
            "null-keycloak-body": lambda _: failed(errors.KEYCLOAK_BODY_NULL),
        },
    )
    def authenticate(incoming: Incoming) -> Answer:
        login = manager.authenticate(incoming.body)
        if login.token is None:
            faults = [] if login.fault is None else [login.fault]
            return failed(*faults, status=login.status)
        return Answer(
            body=wrapper(
                now=control.stamps.iso(),
                response={**WELCOME},
                errors=None,
                id=login.id,
                version=login.version,
            ),
            headers={"Authorization": login.token, "Set-Cookie": cookie(login.token)},
        )

    @operation(
        "mosip.auth_manager.validate_token",
        help="Who a token belongs to, asked by the WebSub hub",
        errors=forced,
    )
    def validate_token(incoming: Incoming) -> Answer:
        person, fault = manager.validate(parse_cookies(incoming.headers.get("Cookie", "")))
        if person is None:
            return failed(*([] if fault is None else [fault]))
        return Answer(
            body=wrapper(now=control.stamps.iso(), response=person, errors=None),
            headers={"Set-Cookie": cookie(str(person["token"]))},
        )

    blueprint.add_url_rule("/authorize/admin/validateToken", view_func=validate_token, methods=["GET"])
    blueprint.add_url_rule("/authorize/validateToken", view_func=validate_token, methods=["POST"])
    return blueprint
