"""Judges a bridge: plays scenarios in a sandbox, writes the report, and says how it went by an exit code."""

from __future__ import annotations

import json as jsonlib
import secrets
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from rich.console import Console as Terminal

from conformance.events import Listener, SuiteStarted
from conformance.grammar.model import Item
from conformance.library import UnknownScenarioError, chosen
from conformance.limits import beyond
from conformance.parties import BridgeProcess, HarnessError
from conformance.plan import playable
from conformance.play import World
from conformance.problems import ScenarioFileError
from conformance.reporters import Console, Html, JUnit, Results, Summary
from conformance.run import Runner
from conformance.session import NO_PROCESSES, Sandbox, is_ours, opened
from conformance.suite import Suite
from conformance.targets import Target
from conformance.verdicts import EXIT_ENVIRONMENT, EXIT_USAGE, exit_code
from mock_control.client import AdminError

RESULTS, JUNIT, SUMMARY, HTML = "results.json", "junit.xml", "summary.md", "report.html"


class UnshownRowsError(HarnessError):
    """The target promises an operator's view and does not show it."""


def new_token() -> str:
    """What makes the ids of one run its own: a bridge remembers what it has seen, a sandbox may live long."""
    return secrets.token_hex(4)


def conform(
    scenarios: Sequence[str],
    *,
    sandbox: Sandbox,
    others: Sequence[Sandbox] = (),
    report: Path | None = None,
    json: bool = False,
    strict: bool = False,
    seed: int = 0,
    shuffled: int | None = None,
    token: str | None = None,
    target: Target | None = None,
    processes: Mapping[str, BridgeProcess] = NO_PROCESSES,
    out: TextIO | None = None,
) -> int:
    """Play scenarios (ids, ``id[row]``, files, folders, ``tag:smoke``; all that ship when none are given).

    ``report``: a folder for report.html, summary.md, results.json and junit.xml. ``json``: the results on
    ``out`` instead of words. ``strict``: inconclusive counts as failed. ``seed`` makes the people, ``token``
    the ids; a fixed token suits only a bridge that has seen nothing yet. ``target`` and ``processes`` say who
    is judged and how it is controlled, where that is not the sandbox's own bridge. ``others``: sandboxes like
    the first, among which the items are shared. ``shuffled``: the seed of the order in which they are played;
    reports keep the order of the files. Returns 0 when nothing
    failed, 1 on fail or harness-error, 2 for an unknown or bad scenario, 3 when the sandbox does not answer.
    """
    stream = sys.stdout if out is None else out
    try:
        items = chosen(scenarios)
    except (UnknownScenarioError, ScenarioFileError) as error:
        print(error, file=sys.stderr if out is None else out)
        return EXIT_USAGE
    too_many = None if target is None else beyond(target.limits, playable(items, target))
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
        with ExitStack() as stack:
            worlds = [stack.enter_context(opened(each, target, processes)) for each in (sandbox, *others)]
            _require_rows(worlds, named=target is not None or is_ours(sandbox))
            started = suite_started(items, worlds, seed=seed, shuffled=shuffled, token=token or new_token())
            players = [Runner(world, seed=seed, token=started.token) for world in worlds]
            played = Suite(started, players, listeners, rate=worlds[0].target.limits.rate).play()
    except UnshownRowsError as error:
        print(error, file=sys.stderr if out is None else out)
        return EXIT_ENVIRONMENT
    except (AdminError, HarnessError) as error:
        print(f"the sandbox does not answer: {error}", file=sys.stderr if out is None else out)
        return EXIT_ENVIRONMENT
    if json:
        print(jsonlib.dumps(results.document, indent=1), file=stream)
    return exit_code([result.verdict for result in played], strict=strict)


def _require_rows(worlds: Sequence[World], *, named: bool) -> None:
    """Where a view is promised, what it does not show must not pass for what the bridge does not have."""
    for blind in (world.blind for world in worlds if named and world.blind is not None):
        raise UnshownRowsError(f"the operator's view can't be read: {blind}")


def suite_started(
    items: Sequence[Item], worlds: Sequence[World], *, seed: int, shuffled: int | None, token: str
) -> SuiteStarted:
    """What a run begins with, in worlds that are alike."""
    target, mocks = worlds[0].target, worlds[0].mocks.values()
    return SuiteStarted(
        items=items,
        target=target.name,
        seed=seed,
        token=token,
        profiles=target.profiles,
        grades={str(each["name"]): str(each["grade"]) for mock in mocks for each in mock.operations()},
        workers=len(worlds),
        shuffled=shuffled,
        country=worlds[0].desk.pack.id if worlds[0].desk is not None else "",
    )
