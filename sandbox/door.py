"""The admin door of a mock opens to this machine only, also where the mock listens on all interfaces."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from mock_control.flask_ext import ADMIN_PREFIX

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REFUSED: Final = b'{"error":"the admin API answers this machine only"}'


def admin_for_this_machine(inner: WSGIApplication) -> WSGIApplication:
    """Wraps a WSGI app: 403 for what comes to its admin API from another machine."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(ADMIN_PREFIX) or _is_loopback(str(environ.get("REMOTE_ADDR", ""))):
            return inner(environ, start_response)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(REFUSED)))]
        start_response("403 Forbidden", headers)
        return [REFUSED]

    return app


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
