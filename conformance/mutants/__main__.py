"""`python -m conformance.mutants`: is every broken promise caught, and by name?"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import click

from conformance.mutants.judge import Judged, judge
from conformance.mutants.table import Mutant, UnknownMutantError, chosen
from conformance.verdicts import EXIT_ENVIRONMENT, EXIT_FAIL

WORKERS: Final = 2


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only this mutant; may be given again.")
@click.option(
    "--list", "show", is_flag=True, help="List the mutants and what must catch them; start nothing."
)
@click.option("--workers", type=click.IntRange(1, 8), default=WORKERS, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Results as JSON on standard output.")
def main(*, only: tuple[str, ...], show: bool, workers: int, as_json: bool) -> None:
    """Judge the suite: each mutant is our bridge or a mock, one promise broken, and must be caught by name.

    Exit status 1 when one is not, 2 for an unknown one, 3 when a sandbox does not come up.
    """
    try:
        mutants = chosen(only)
    except UnknownMutantError as error:
        raise click.UsageError(str(error)) from error
    if show:
        click.echo("\n".join(_listed(mutants)))
        return
    began = time.monotonic()
    judged = []
    for each in _all(mutants, workers):
        judged.append(each)
        if not as_json:
            click.echo("\n".join(_lines(each, len(judged), len(mutants))))
    unjudged = [each for each in judged if each.trouble is not None]
    escaped = [each for each in judged if not each.caught and each.trouble is None]
    if as_json:
        click.echo(json.dumps([each.as_json() for each in judged], indent=1))
    else:
        spent = time.monotonic() - began
        click.echo(f"{sum(each.caught for each in judged)} of {len(judged)} caught in {spent:.0f} s")
    for each in unjudged:
        click.echo(f"{each.mutant.name}: a sandbox does not come up: {each.trouble}", err=True)
    if escaped:
        sys.exit(EXIT_FAIL)
    if unjudged:
        sys.exit(EXIT_ENVIRONMENT)


def _all(mutants: tuple[Mutant, ...], workers: int) -> Iterator[Judged]:
    with ThreadPoolExecutor(workers, thread_name_prefix="mutant") as pool:
        yield from pool.map(judge, mutants)


def _lines(judged: Judged, number: int, of: int) -> Iterator[str]:
    word = "caught " if judged.caught else "ESCAPED" if judged.trouble is None else "UNKNOWN"
    yield f"{number:>3}/{of} {word} {judged.mutant.name} ({judged.seconds:.1f} s): {judged.mutant.breaks}"
    for item, missed in judged.missed.items():
        found = ", ".join(judged.found.get(item, ())) or "nothing"
        yield f"        {item}: {', '.join(sorted(missed))} wanted, found: {found}"


def _listed(mutants: tuple[Mutant, ...]) -> Iterator[str]:
    for mutant in mutants:
        yield f"{mutant.name}: {mutant.breaks}"
        for item, findings in mutant.caught.items():
            yield f"    {item}: {', '.join(sorted(findings))}"


if __name__ == "__main__":
    main(prog_name="python -m conformance.mutants")
