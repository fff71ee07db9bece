"""A browser for pages: skipped where there is none, unless HARNESS_REQUIRE asks for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, as Debian has it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        _missing("Chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def axe(run_node: Callable[[str, object], str]) -> str:
    """The source of axe-core."""
    return run_node("node-axe", {})


def _missing(what: str) -> None:
    if "browser" in os.environ.get("HARNESS_REQUIRE", "").split(","):
        pytest.fail(f"HARNESS_REQUIRE names browser, but {what} is missing")
    pytest.skip(f"{what} is missing")
