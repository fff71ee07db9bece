"""Numbered SQL files, each applied once and in order, before any worker is forked."""

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from bridge.filelock import hold
from bridge.store.connection import connect
from bridge.store.interface import StoreError, StoreUnavailableError

_TURN_WITHIN_S = 30.0


def migrations() -> list[tuple[int, str, str]]:
    """Number, name and text of every migration, in order."""
    folder = files("bridge.store") / "migrations"
    found = [
        (int(entry.name.split("_", 1)[0]), entry.name, entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found)


def migrate(path: Path) -> list[str]:
    """Create the database (readable by its owner only) or bring it up to date; names of what was applied.

    Raises :class:`StoreUnavailableError`, and :class:`StoreError` when a newer bridge wrote it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        connection = connect(path)
    except OSError as error:
        raise StoreUnavailableError(f"{path}: {error.strerror}") from error
    try:
        return _one_at_a_time(connection, path)
    except sqlite3.Error as error:
        raise StoreUnavailableError(f"{path}: {error}") from error
    except OSError as error:
        raise StoreUnavailableError(f"{path}: {error.strerror}") from error
    finally:
        connection.close()


def _one_at_a_time(connection: sqlite3.Connection, path: Path) -> list[str]:
    """Several instances may start at once; SQLite alone does not keep apart who changes the journal mode."""
    turn = hold(path.with_name(f"{path.name}.migrating"), within_s=_TURN_WITHIN_S)
    if turn is None:
        raise StoreUnavailableError(f"{path}: another bridge has been migrating it for {_TURN_WITHIN_S:g} s")
    with turn:
        return _apply(connection, path)


def _apply(connection: sqlite3.Connection, path: Path) -> list[str]:
    connection.execute("PRAGMA journal_mode=WAL")
    known = migrations()
    applied = []
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > known[-1][0]:
        raise StoreError(f"{path}: written by a newer version of the bridge (schema {version})")
    for number, name, text in known:
        if number <= version:
            continue
        connection.execute("BEGIN IMMEDIATE")
        for statement in _statements(text):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={number}")
        connection.execute("COMMIT")
        applied.append(name)
    return applied


def _statements(text: str) -> Iterator[str]:
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
