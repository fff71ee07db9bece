"""Judges a bridge: plays scenarios in a sandbox, writes the report, and says how it went by an exit code."""

from __future__ import annotations

import json as jsonlib
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console as Terminal

from conformance.events import Listener
from conformance.library import UnknownScenarioError, chosen
from conformance.limits import beyond
from conformance.parties import BridgeProcess, HarnessError
from conformance.problems import ScenarioFileError
from conformance.reporters import Console, Html, JUnit, Results, Summary
from conformance.run import Runner
from conformance.session import Sandbox, opened
from conformance.targets import Target
from conformance.verdicts import EXIT_ENVIRONMENT, EXIT_USAGE, exit_code
from mock_control.client import AdminError

RESULTS, JUNIT, SUMMARY, HTML = "results.json", "junit.xml", "summary.md", "report.html"


def new_token() -> str:
    """What makes the ids of one run its own: a bridge remembers what it has seen, a sandbox may live long."""
    return secrets.token_hex(4)


def conform(
    scenarios: Sequence[str],
    *,
    sandbox: Sandbox,
    report: Path | None = None,
    json: bool = False,
    strict: bool = False,
    seed: int = 0,
    token: str | None = None,
    target: Target | None = None,
    process: BridgeProcess | None = None,
    out: TextIO | None = None,
) -> int:
    """Play scenarios (ids, ``id[row]``, files, folders, ``tag:smoke``; all that ship when none are given).

    ``report``: a folder for report.html, summary.md, results.json and junit.xml. ``json``: the results on
    ``out`` instead of words. ``strict``: inconclusive counts as failed. ``seed`` makes the people, ``token``
    the ids; a fixed token suits only a bridge that has seen nothing yet. ``target`` and ``process`` say who
    is judged and how it is controlled, where that is not the sandbox's own bridge. Returns 0 when nothing
    failed, 1 on fail or harness-error, 2 for an unknown or bad scenario, 3 when the sandbox does not answer.
    """
    stream = sys.stdout if out is None else out
    try:
        items = chosen(scenarios)
    except (UnknownScenarioError, ScenarioFileError) as error:
        print(error, file=sys.stderr if out is None else out)
        return EXIT_USAGE
    too_many = None if target is None else beyond(target.limits, items)
    if too_many is not None:
        print(too_many, file=sys.stderr if out is None else out)
        return EXIT_USAGE
    results = Results(None if report is None else report / RESULTS)
    listeners: list[Listener] = [results]
    if not json:
        listeners.append(Console(Terminal(file=stream, soft_wrap=True)))
    if report is not None:
        report.mkdir(parents=True, exist_ok=True)
        listeners += [JUnit(report / JUNIT), Summary(report / SUMMARY), Html(report / HTML)]
    try:
        with opened(sandbox, target, process) as world:
            runner = Runner(world, seed=seed, token=token or new_token(), listeners=listeners)
            played = runner.play_all(items)
    except (AdminError, HarnessError) as error:
        print(f"the sandbox does not answer: {error}", file=sys.stderr if out is None else out)
        return EXIT_ENVIRONMENT
    if json:
        print(jsonlib.dumps(results.document, indent=1), file=stream)
    return exit_code([result.verdict for result in played], strict=strict)
