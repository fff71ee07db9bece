"""Mistakes of several instances that share the work."""

# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import os

from bridge.instances import Siblings


def keeps_a_store_of_its_own() -> None:
    """opencrvs/opencrvs-core charts/opencrvs-mosip/values.yaml: a SQLite file in each pod."""
    os.environ["SQLITE_DATABASE_PATH"] += f".{os.environ['BRIDGE_INSTANCE_ID']}"


def leaves_the_dead_their_work() -> None:
    """A lease is a lease."""
    Siblings.round = lambda _: None


MUTATIONS = (keeps_a_store_of_its_own, leaves_the_dead_their_work)
