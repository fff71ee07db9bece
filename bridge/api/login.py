"""POST /esignet/get-oidp-user-info: a form asks who has logged in at E-Signet."""

import structlog
from flask import Blueprint, Response, jsonify, request

from bridge.api.cors import allow_pages
from bridge.errors import Problem
from bridge.esignet import LoginRefused
from bridge.lifecycle import Bridge
from bridge.login import not_configured, problem_of

log = structlog.get_logger(__name__)
_FOR_OPERATORS = frozenset({"client-refused", "token-answer", "userinfo-encrypted"})


def login_routes(bridge: Bridge) -> Blueprint:
    """The resource; every 200 is about the person who logged in, as E-Signet signed it."""
    routes = Blueprint("login", __name__)
    allow_pages(routes, bridge.settings.client_app_url)

    @routes.post("/esignet/get-oidp-user-info")
    def user_info() -> Response:
        bridge.tokens.authenticate(request.headers.get("Authorization"))
        if bridge.logins is None:
            raise not_configured()
        login = bridge.logins.parse(_query(), request.get_data(cache=False), request.content_type)
        try:
            told = bridge.logins.user_info(login)
        except LoginRefused as refused:
            bridge.counters.add(f"logins.{refused.reason}")
            tell = log.error if refused.reason in _FOR_OPERATORS else log.warning
            tell("login.refused", reason=refused.reason, code=refused.word)
            raise problem_of(refused) from None
        bridge.counters.add("logins.told")
        log.info("login.told")
        response = jsonify(told)
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def _query() -> dict[str, str]:
    query = request.args.to_dict(flat=False)
    if any(len(values) > 1 for values in query.values()):
        raise Problem(status=400, code="bridge.login.repeated", detail="A parameter is given more than once.")
    return {name: values[0] for name, values in query.items()}
