"""What tests of several rooms share: one browser, and programs of Node.js with packages of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FILES = ("package.json", "package-lock.json", ".npmrc", "client.mjs")
INSTALL_PATIENCE_S = 120
RUN_PATIENCE_S = 60


@pytest.fixture(scope="session")
def require_node() -> Callable[[], None]:
    """Skip without Node.js, unless HARNESS_REQUIRE names it: then its absence is a failure."""

    def require() -> None:
        missing = [name for name in ("node", "npm") if shutil.which(name) is None]
        if missing and "node" in os.environ.get("HARNESS_REQUIRE", "").split(","):
            pytest.fail(f"HARNESS_REQUIRE names node, but {' and '.join(missing)} is missing")
        if missing:
            pytest.skip(f"{' and '.join(missing)} is missing")

    return require


@pytest.fixture(scope="session")
def npm_install(
    require_node: Callable[[], None], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Installs what a folder here locks, once, in a folder of its own, and returns that."""

    @cache
    def install(name: str) -> Path:
        require_node()
        folder = tmp_path_factory.mktemp(name)
        for file in FILES:
            shutil.copy(Path(__file__).parent / name / file, folder / file)
        _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder, within=INSTALL_PATIENCE_S)
        return folder

    return install


@pytest.fixture(scope="session")
def run_node(npm_install: Callable[[str], Path]) -> Callable[[str, object], str]:
    """Runs client.mjs of a folder here with JSON on its standard input, and returns what it prints."""

    def run(name: str, given: object) -> str:
        folder = npm_install(name)
        return _run(["node", "client.mjs"], folder, given=json.dumps(given), within=RUN_PATIENCE_S)

    return run


def _run(command: list[str], folder: Path, *, within: float, given: str = "") -> str:
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, timeout=within, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, as Debian has it; one for all tests of a process, for playwright runs only once in it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _no_browser("playwright")
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        _no_browser("Chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


def _no_browser(what: str) -> None:
    if "browser" in os.environ.get("HARNESS_REQUIRE", "").split(","):
        pytest.fail(f"HARNESS_REQUIRE names browser, but {what} is missing")
    pytest.skip(f"{what} is missing")
