"""Our bridge with one promise broken: `python start.py NAME`.

Each mutation is the shortest form of a mistake that a bridge was seen to make, or that is easily made. What
it breaks for people, and what must catch it, stands in the table of mutants.

This folder is no package on purpose: nothing of the judge's may import what looks inside a bridge.
"""

# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import sys
from collections.abc import Callable

import callbacks
import callers
import confirming
import logins
import persons
import sending
import sharing
import telling
import verifying
import waiting

from bridge import serve
from bridge.cli import main

MUTATIONS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for module in (
        sending,
        confirming,
        callbacks,
        callers,
        verifying,
        logins,
        waiting,
        telling,
        sharing,
        persons,
    )
    for each in module.MUTATIONS
}

if __name__ == "__main__":
    serve.WORKERS = 1
    MUTATIONS[sys.argv[1]]()
    main(["serve"])
