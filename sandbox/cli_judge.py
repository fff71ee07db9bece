"""The commands that judge and load a bridge: `conform`, `load`, `scenarios`. See `sandbox.cli`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli_parts import (
    FAILING,
    Harness,
    advertise_option,
    bridge_ca_option,
    country_option,
    json_option,
    order_seed,
    print_json,
    web_address,
)
from sandbox.instances import MOST

if TYPE_CHECKING:
    from conformance.cli_support import Bridge
    from conformance.target_file import TargetFile


@click.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for report.html, summary.md, results.json and junit.xml.",
)
@click.option(
    "--target",
    "target_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge the bridge that this target file describes.",
)
@click.option("--bridge-url", metavar="URL", callback=web_address, help="Judge the bridge that runs there.")
@click.option(
    "--bridge-command",
    metavar="CMD",
    help="Start this bridge, with PORT and the rest of `env`, and judge it.",
)
@bridge_ca_option
@advertise_option
@click.option("--plan", is_flag=True, help="Only say what this target leaves of the suite; starts nothing.")
@click.option(
    "--rerun-failed",
    type=click.Path(exists=True, path_type=Path),
    metavar="DIR",
    help="Play again what did not pass in the results.json of an earlier --report.",
)
@click.option("--strict", is_flag=True, help="What can't be seen counts as failed.")
@country_option
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of people and ids.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Share the items among so many sandboxes, each with a bridge of its own.",
)
@click.option(
    "--instances",
    type=click.IntRange(min=1, max=MOST),
    metavar="N",
    help="Start so many instances of the bridge that share one store [default: two of ours, one of another].",
)
@click.option(
    "--random-order",
    "shuffled",
    is_flag=False,
    flag_value="",
    metavar="[SEED]",
    callback=order_seed,
    help="Play in a shuffled order; the seed is printed, and plays the same order again.",
)
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for keys and logs [default: a temporary one; with --bridge-url: .harness].",
)
@json_option
def conform(
    *,
    scenarios: tuple[str, ...],
    report: Path | None,
    target_path: Path | None,
    bridge_url: str | None,
    bridge_command: str | None,
    bridge_ca: Path | None,
    advertise: str | None,
    plan: bool,
    rerun_failed: Path | None,
    strict: bool,
    country: str | None,
    seed: int,
    workers: int,
    instances: int | None,
    shuffled: int | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Judge a bridge by scenarios: ids, rows such as id[row], files, folders, tag:NAME; by all without any.

    Without --target, --bridge-url or --bridge-command our own bridge is judged. Exit status 1 when one fails.
    """
    if sum(map(bool, (target_path, bridge_url, bridge_command))) > 1:
        raise click.UsageError("--target, --bridge-url and --bridge-command exclude each other")
    if target_path is not None and country is not None:
        raise click.UsageError("the country of a target stands in its file: write it there")
    if target_path is not None and bridge_ca is not None:
        raise click.UsageError("the authority of a target stands in its file: write it there, as ca_file")
    from conformance import cli_support
    from sandbox.lifetime import interrupt_on_signals

    bridge = _described(
        target_path,
        cli_support.Bridge(
            url=bridge_url, command=bridge_command, country=country, ca_file=bridge_ca, instances=instances
        ),
    )
    if instances is not None and bridge.runs_elsewhere:
        raise click.UsageError(
            f"the bridge at {bridge.url} is not started here: name its instances in a target file, "
            "or give --bridge-command"
        )
    if workers > 1 and bridge.runs_elsewhere:
        raise click.UsageError(
            f"the one bridge at {bridge.url} can't be shared by {workers} workers, each of which needs a "
            "sandbox and a bridge of its own: leave --workers away, or give --bridge-command"
        )
    wanted = (*scenarios, *cli_support.failed_before(rerun_failed)) if rerun_failed is not None else scenarios
    if rerun_failed is not None and not wanted:
        click.echo("Nothing failed there.", err=True)
        return
    _check_scenarios(wanted)
    if plan:
        _print_plan(wanted, bridge, as_json=as_json)
        return
    interrupt_on_signals()
    begun = bridge.sandboxes(workers, seed=seed, state_dir=state_dir, say=say, advertise=advertise)
    with begun as (parties, *others):
        outcome = cli_support.conform(
            wanted,
            sandbox=parties,
            others=others,
            report=report,
            json=as_json,
            strict=strict,
            seed=seed,
            shuffled=shuffled,
            target=bridge.target,
            processes=bridge.processes,
        )
    sys.exit(outcome)


def _described(target: Path | None, otherwise: Bridge) -> Bridge:
    """Who is judged: the bridge of a target file, where there is one. Raises UsageError with its mistakes."""
    if target is None:
        return otherwise
    told = described(target)
    return replace(otherwise, url=told.bridge_url, command=None, told=told)


def described(target: Path) -> TargetFile:
    """The target of a file. Raises UsageError with its mistakes."""
    from conformance.cli_support import ScenarioFileError, read_target

    try:
        return read_target(target)
    except ScenarioFileError as error:
        raise click.UsageError(str(error)) from error


def say(words: str) -> None:
    """Tells a person what is no result."""
    click.echo(words, err=True)


def _print_plan(names: tuple[str, ...], bridge: Bridge, *, as_json: bool) -> None:
    from conformance import cli_support
    from conformance.library import chosen

    target = bridge.planned()
    planned = cli_support.plan(chosen(names), target)
    blind = cli_support.blind_oracles(target)
    if as_json:
        print_json({"target": target.name, "items": [each.as_json() for each in planned], "blind": blind})
        return
    click.echo("\n".join(each.line() for each in planned))
    runs = sum(each.why is None for each in planned)
    click.echo(f"{runs} of {len(planned)} can be played at {target.name}.")
    for words in blind:
        click.echo(f"May be inconclusive: {words}.")


def _check_scenarios(names: tuple[str, ...]) -> None:
    """Raises UsageError for what can't be played, before anything is started for it."""
    from conformance.cli_support import ScenarioFileError, UnknownScenarioError
    from conformance.library import chosen

    try:
        chosen(names)
    except (UnknownScenarioError, ScenarioFileError) as error:
        raise click.UsageError(str(error)) from error


@click.command()
@click.option("--profile", required=True, metavar="NAME", help="smoke, steady or verify-mix: what, how hard.")
@click.option("--bridge-url", metavar="URL", callback=web_address, help="Load the bridge that runs there.")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for load.json and load.html.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of people and ids.")
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for keys and logs [default: a temporary one; with --bridge-url: .harness].",
)
@json_option
def load(
    *,
    profile: str,
    bridge_url: str | None,
    report: Path | None,
    seed: int,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Load a bridge with births and deaths, and reconcile every one of them. Needs the extra `load`.

    Exit status 1 when one is lost or doubled or a threshold is broken, 3 when the generator was too slow.
    """
    from load.command import UnknownProfileError, carry_out
    from sandbox.lifetime import interrupt_on_signals

    interrupt_on_signals()
    try:
        outcome = carry_out(
            profile,
            bridge_url=bridge_url,
            state_dir=state_dir,
            report=report,
            as_json=as_json,
            seed=seed,
            say=say,
            tell=click.echo,
        )
    except UnknownProfileError as error:
        raise click.UsageError(str(error.args[0])) from error
    sys.exit(outcome)


@click.group(cls=Harness)
def scenarios() -> None:
    """The stories by which a bridge is judged."""


@scenarios.command("list")
@json_option
def scenarios_list(*, as_json: bool) -> None:
    """List the scenarios that ship."""
    from dataclasses import asdict

    from conformance import cli_support

    found = cli_support.list_scenarios()
    if as_json:
        print_json([asdict(each) for each in found])
    else:
        click.echo("\n".join(f"{each.id:<44} {each.story}" for each in found))


@scenarios.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def scenarios_lint(*, paths: tuple[Path, ...]) -> None:
    """Find mistakes in files and folders, or in the scenarios that ship. Exit status 1 if there are any."""
    from conformance import cli_support

    problems = cli_support.lint(paths)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        sys.exit(FAILING)


@scenarios.command("new")
@click.argument("scenario", metavar="ID")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("my-scenarios"),
    show_default=True,
    help="Where to write it.",
)
@click.option(
    "--event",
    type=click.Choice(["birth", "death"]),
    default="birth",
    show_default=True,
    help="What it tells of.",
)
def scenarios_new(*, scenario: str, folder: Path, event: str) -> None:
    """Write a first scenario that can be played, to be changed."""
    from conformance import cli_support

    path = cli_support.write_scenario(scenario, folder=folder, event=event)
    click.echo(f"{path} is written.")
    click.echo(f"Next: mosip-harness scenarios lint {path}")
    click.echo(f"      mosip-harness conform {path}")


@scenarios.command("schema")
def scenarios_schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from conformance import cli_support

    print_json(cli_support.schema())


@scenarios.command("show")
@click.argument("name", metavar="SCENARIO")
@click.option("--story", is_flag=True, help="As plain Given, When, Then, for people to sign off.")
def scenarios_show(*, name: str, story: bool) -> None:
    """Print one scenario."""
    from conformance import cli_support

    try:
        click.echo(cli_support.show(name, story=story))
    except (cli_support.UnknownScenarioError, cli_support.ScenarioFileError) as error:
        raise click.UsageError(str(error)) from error
