"""The one place where the bridge's promises are kept: rows of work, what the hub sent, who holds what."""

from bridge.store.aside import Finding, Found, SetAside
from bridge.store.interface import (
    Accepted,
    ActionConflictError,
    BacklogFullError,
    HubMessage,
    Receipt,
    Received,
    Store,
    StoreError,
    StoreUnavailableError,
    UpstreamFault,
)
from bridge.store.migrate import migrate
from bridge.store.sqlite import SqliteStore, utc_now

__all__ = [
    "Accepted",
    "ActionConflictError",
    "BacklogFullError",
    "Finding",
    "Found",
    "HubMessage",
    "Receipt",
    "Received",
    "SetAside",
    "SqliteStore",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "UpstreamFault",
    "migrate",
    "utc_now",
]
