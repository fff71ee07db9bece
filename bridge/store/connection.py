"""One way to open the SQLite file, the same for every thread and process."""

import sqlite3
from pathlib import Path

BUSY_MS = 5000


def connect(path: Path) -> sqlite3.Connection:
    """Open with the settings that the bridge's promises rest on. Raises :class:`sqlite3.Error`.

    FULL syncs each commit before it is answered; ``secure_delete`` overwrites what an emptied column held.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection
