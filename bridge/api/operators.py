"""Who is an operator: whoever has the operators' token."""

import hmac
from collections.abc import Callable

from flask import request

from bridge.errors import Problem


def operators_only(token: str | None) -> Callable[[], None]:
    """Refuses a request without the token; without a token set, nobody gets in. Raises Problem 401."""

    def check() -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        same = token is not None and hmac.compare_digest(given.encode(), token.encode())
        if scheme.lower() != "bearer" or not same:
            raise Problem(
                status=401, code="bridge.operator.unauthorized", detail="The operators' token is needed."
            )

    return check
