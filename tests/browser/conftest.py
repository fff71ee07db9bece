"""What is laid over pages to look for barriers."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def axe(run_node: Callable[[str, object], str]) -> str:
    """The source of axe-core."""
    return run_node("node-axe", {})
