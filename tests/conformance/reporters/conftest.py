"""The run that never was, for those who report it."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def played() -> SimpleNamespace:
    """What `played.py` makes, by name."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("played.py"))))
