"""How these bridges listen: many threads, on the address that MOSIP's hub and OpenCRVS are told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.serving import make_server

from conformance.bridges.reading import setting


def serve(app: Flask, *, once_open: Callable[[], None] = lambda: None) -> None:
    """Listens on PORT until it is killed; ``once_open`` runs when callers can be served."""
    # Werkzeug writes a line per request, query and all.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    host = urlsplit(setting("MOSIP_WEBSUB_CALLBACK_URL")).hostname or "127.0.0.1"
    server = make_server(host, int(setting("PORT")), app, threaded=True)
    once_open()
    server.serve_forever()
