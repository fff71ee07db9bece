"""Locks of files, between processes of one machine: the system lets go when the holder is gone, however."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from typing import IO

_POLL_S = 0.05


def hold(path: Path, *, within_s: float) -> IO[str] | None:
    """The file, created if need be and locked until it is closed; None when another holds it for so long.

    Forked processes hold it too. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = path.open("a+", encoding="utf-8")
    until = time.monotonic() + within_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                file.close()
                return None
            time.sleep(_POLL_S)
        except OSError:
            file.close()
            raise
        else:
            return file
