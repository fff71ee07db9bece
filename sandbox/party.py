"""Runs one mock: `python -m sandbox.party mosip --fd N --settings FILE --die-with-fd M`.

gunicorn with one worker (the mock's state is in its memory) and many threads. `--fd` is a socket that
listens already. `--die-with-fd` is the reading end of a pipe whose writing end only the sandbox holds: when
it closes, the sandbox is gone, however it ended, and this whole process group goes with it.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config

from bridge.direct import worker_class
from sandbox.door import admin_for_this_machine

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

WSGI_MODULES: Final = {
    "mosip": "mock_mosip.wsgi",
    "esignet": "mock_mosip.esignet.wsgi",
    "opencrvs": "mock_opencrvs.wsgi",
}
SETTINGS_VARIABLE: Final = "HARNESS_PARTY_SETTINGS"
THREADS: Final = 64
GRACE_S: Final = 1
CONTROL_SOCKET_OFF: Final = "control_socket_disable"


class PartyServer(BaseApplication):
    """gunicorn around one mock's WSGI module."""

    cfg: Config

    def __init__(self, *, module: str, options: dict[str, object]) -> None:
        self.module = module
        self.options = options
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)  # type: ignore[no-untyped-call]
        if (
            CONTROL_SOCKET_OFF in self.cfg.settings
        ):  # newer versions only; one socket per user would be shared
            self.cfg.set(CONTROL_SOCKET_OFF, True)  # type: ignore[no-untyped-call]

    def load(self) -> WSGIApplication:
        return admin_for_this_machine(import_module(self.module).app())


def end_group_with(lifeline: int) -> None:
    """Starts a thread that kills this process group when the other end of `lifeline` is closed.

    It runs in the worker, not in gunicorn's main process: that one forks, and forking with threads is unsafe.
    A worker that is born after the end sees it at once.
    """

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def server(party: str, *, listener: int, lifeline: int | None, certificate: str | None = None) -> PartyServer:
    """The server of one party, on a socket that listens already; over TLS with a `certificate` (and key)."""

    def after_fork(_arbiter: object, _worker: object) -> None:
        if lifeline is not None:
            end_group_with(lifeline)

    return PartyServer(
        module=WSGI_MODULES[party],
        options={
            "bind": f"fd://{listener}",
            # Our own worker ends idle connections by their reading end, which takes TLS off a socket.
            "worker_class": worker_class() if certificate is None else "gthread",
            "certfile": certificate,
            "workers": 1,
            "threads": THREADS,
            "timeout": 0,  # a request held at a gate is no hung worker
            "graceful_timeout": GRACE_S,
            "keepalive": 75,
            "proc_name": f"mosip-harness {party}",
            "post_fork": after_fork,
            "errorlog": "-",
            "loglevel": "warning",
        },
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.party", description="Run one mock of the sandbox."
    )
    parser.add_argument("party", choices=sorted(WSGI_MODULES))
    parser.add_argument("--fd", type=int, required=True, help="descriptor of a socket that listens already")
    parser.add_argument("--settings", required=True, help="JSON file with the party's settings")
    parser.add_argument(
        "--die-with-fd", type=int, help="reading end of a pipe; its end is the end of this group"
    )
    parser.add_argument("--certificate", help="PEM file with key and certificate: serves TLS")
    chosen = parser.parse_args(arguments)
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    os.environ[SETTINGS_VARIABLE] = chosen.settings
    server(  # type: ignore[no-untyped-call]
        chosen.party, listener=chosen.fd, lifeline=chosen.die_with_fd, certificate=chosen.certificate
    ).run()


if __name__ == "__main__":
    main()
