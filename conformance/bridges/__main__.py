"""`python -m conformance.bridges`: does the suite leave alone what is right, however often it is played?"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final

import click

from conformance.bridges.right import (
    RIGHT_BRIDGES,
    RightBridge,
    Run,
    UnknownBridgeError,
    right_bridges,
    run,
)
from conformance.grammar.model import Item
from conformance.library import UnknownScenarioError, chosen
from conformance.parties import HarnessError
from conformance.problems import ScenarioFileError
from conformance.verdicts import EXIT_ENVIRONMENT, EXIT_FAIL
from mock_control.client import AdminError
from sandbox.errors import SandboxError

RUNS: Final = 10
WORKERS: Final = (1, 2)


@click.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--bridge",
    "names",
    multiple=True,
    metavar="NAME",
    help=f"Only this one of {', '.join(each.name for each in RIGHT_BRIDGES)}; may be given again.",
)
@click.option("--runs", type=click.IntRange(min=1), default=RUNS, show_default=True, help="Runs of each.")
@click.option(
    "--workers",
    type=click.IntRange(1, 8),
    multiple=True,
    default=WORKERS,
    show_default=True,
    help="Sandboxes that share a run; may be given again, then each bridge has its runs with each.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Order and people of the first run.")
@click.option("--json", "as_json", is_flag=True, help="Results as JSON on standard output, a line each run.")
def main(
    *,
    scenarios: tuple[str, ...],
    names: tuple[str, ...],
    runs: int,
    workers: tuple[int, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Judge the suite: bridges that are right and unlike each other must pass, in random order, every time.

    Exit status 1 when one is failed, the harness errs, or ours is inconclusive; 2 for an unknown one; 3 when
    a sandbox does not come up.
    """
    try:
        bridges, items = right_bridges(names), chosen(scenarios)
    except (UnknownBridgeError, UnknownScenarioError, ScenarioFileError) as error:
        raise click.UsageError(str(error)) from error
    began, wronged, count = time.monotonic(), 0, 0
    try:
        for each in _all(bridges, items, workers=workers, seeds=range(seed, seed + runs)):
            count += 1
            wronged += bool(each.wronged)
            click.echo(json.dumps(each.as_json()) if as_json else "\n".join(_lines(each)))
    except (AdminError, HarnessError, SandboxError) as error:
        click.echo(f"a sandbox does not come up: {error}", err=True)
        sys.exit(EXIT_ENVIRONMENT)
    if not as_json:
        click.echo(f"{count - wronged} of {count} runs without a wrong in {time.monotonic() - began:.0f} s")
    if wronged:
        sys.exit(EXIT_FAIL)


def _all(
    bridges: Sequence[RightBridge], items: Sequence[Item], *, workers: Sequence[int], seeds: Sequence[int]
) -> Iterator[Run]:
    for bridge in bridges:
        for count in workers:
            for seed in seeds:
                yield run(bridge, items, workers=count, shuffled=seed)


def _lines(done: Run) -> Iterator[str]:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in done.counts().items())
    yield (
        f"{done.bridge.name:<11} {done.workers} worker{'s' if done.workers > 1 else ' '} "
        f"seed {done.shuffled:<4} {done.seconds:6.1f} s  {counts}"
    )
    for result in done.wronged:
        yield f"    WRONGED by {result.item.id}: {result.verdict}"
        for finding in result.findings:
            yield from (f"        {line}" for line in finding.lines())


if __name__ == "__main__":
    main(prog_name="python -m conformance.bridges")
