"""The bridge under gunicorn: two workers with threads, and what happens at their birth and death."""

import gc
import os
import signal
import socket
import threading
from collections.abc import Mapping
from contextlib import closing

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config

from bridge.app import create_app
from bridge.delivery.leases import boot_of, owner_of, prefix_of
from bridge.direct import worker_class
from bridge.instances import lock_instance
from bridge.lifecycle import DRAIN_S, Bridge, assemble
from bridge.settings import Settings
from bridge.store import SqliteStore, StoreUnavailableError, migrate

log = structlog.get_logger(__name__)

WORKERS = 2
THREADS = 16
LIFELINE = "BRIDGE_DIE_WITH_FD"
_BACKLOG = 2048
_GARBAGE = 20_000


class Server(BaseApplication):
    """gunicorn's main process and, after the fork, its workers."""

    cfg: Config

    def __init__(self, settings: Settings, *, boot: str, listener: int, lifeline: int | None) -> None:
        self._settings = settings
        self._boot = boot
        self._listener = listener
        self._lifeline = lifeline
        self._bridge: Bridge | None = None
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        """gunicorn's settings; called by it."""
        chosen: Mapping[str, object] = {
            "bind": f"fd://{self._listener}",
            "worker_class": worker_class(),
            "workers": WORKERS,
            "threads": THREADS,
            "graceful_timeout": int(2 * DRAIN_S),
            "keepalive": 75,
            "proc_name": "mosip-bridge",
            "errorlog": "-",
            "loglevel": "warning",
            "post_fork": self._born,
            "worker_exit": self._ends,
            "child_exit": self._gone,
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:  # the control socket came with gunicorn 25
                self.cfg.set(name, value)  # type: ignore[no-untyped-call]

    def load(self) -> Flask:
        """Runs in each worker, after the fork."""
        self._bridge = assemble(self._settings, owner=owner_of(self._boot))
        self._bridge.start()
        app = create_app(self._bridge)
        # What is there now stays: a collection need not look at it again, nor look as often as by default.
        gc.freeze()
        gc.set_threshold(_GARBAGE)
        return app

    def _born(self, _arbiter: object, _worker: object) -> None:
        if self._lifeline is not None:
            _end_with(self._lifeline)

    def _ends(self, _arbiter: object, _worker: object) -> None:
        if self._bridge is not None:
            self._bridge.close()

    def _gone(self, _arbiter: object, worker: object) -> None:
        """A worker that was killed leaves its leases; the main process frees them, so that nobody waits."""
        pid = getattr(worker, "pid", None)
        try:
            with closing(SqliteStore(self._settings.sqlite_database_path)) as store:
                store.free_leases(owned_by=owner_of(self._boot, pid))
        except StoreUnavailableError:
            log.warning("worker.leases-stay", pid=pid, exc_info=True)


def serve(settings: Settings, *, host: str, fd: int | None) -> None:
    """Migrate, lock, listen and serve until told to stop.

    Raises :class:`bridge.instances.InstanceRunsError`, :class:`bridge.store.StoreError`, OSError when the
    port is taken.
    """
    boot = boot_of(settings.bridge_instance_id)
    lock = lock_instance(settings.sqlite_database_path, settings.bridge_instance_id, boot=boot)
    migrate(settings.sqlite_database_path)
    with closing(SqliteStore(settings.sqlite_database_path)) as store:
        store.free_leases(owned_by=prefix_of(settings.bridge_instance_id))
    listener = listen(host, settings.port) if fd is None else fd
    lifeline = os.environ.get(LIFELINE)
    with lock:
        Server(  # type: ignore[no-untyped-call]
            settings, boot=boot, listener=listener, lifeline=int(lifeline) if lifeline else None
        ).run()


def listen(host: str, port: int) -> int:
    """A listening socket's descriptor. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    return listener.detach()


def _end_with(lifeline: int) -> None:
    """End this bridge when the other end of the pipe is closed: whoever started it is gone.

    It runs in the workers, for the main process forks, and must not do so with threads.
    """

    main = os.getppid()

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        if os.getpgrp() == main:
            os.killpg(main, signal.SIGKILL)
        # Its id may be somebody else's once it is gone; only a living parent is ours.
        if os.getppid() == main:
            os.kill(main, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
