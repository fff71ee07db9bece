"""The commands about target files: `target init`, `lint`, `schema` and `check`. See `sandbox.cli`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sandbox.cli_judge import described, say
from sandbox.cli_parts import (
    FAILING,
    Harness,
    advertise_option,
    bridge_routes,
    json_option,
    mode_option,
    print_json,
    web_address,
)
from sandbox.routes import BridgeRoutes


@click.group(cls=Harness)
def target() -> None:
    """Files that describe who is judged."""


@target.command("init")
@click.argument("name")
@click.option("--bridge-url", metavar="URL", required=True, callback=web_address, help="Where the bridge is.")
@mode_option
@click.option(
    "--route",
    "routes",
    metavar="DOOR=PATH",
    multiple=True,
    callback=bridge_routes,
    help="Where it has a door that is not at the usual path, as callback=/hub. Repeatable.",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("targets"),
    show_default=True,
    help="Folder of target files.",
)
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".harness"),
    show_default=True,
    help="The sandbox whose environment the bridge gets, if one runs.",
)
def init(
    *, name: str, bridge_url: str, mode: str, routes: BridgeRoutes, folder: Path, state_dir: Path
) -> None:
    """Write a target file, and the environment that points the bridge at a running sandbox."""
    from conformance import cli_support
    from sandbox.layout import StateDir
    from sandbox.modes import THEIRS
    from sandbox.record import running_record

    url, path = bridge_url.rstrip("/"), folder / f"{name}.yaml"
    cli_support.write_new(path, cli_support.target_text(name, url, routes=routes, mode=mode))
    click.echo(f"{path} is written.")
    record = running_record(StateDir.at(state_dir))
    here = record is not None and (record.urls["bridge"], record.routes) == (url, routes)
    if record is None or not here or {"bridge", *THEIRS[mode]} & set(record.parties):
        first = "mosip-harness down; " if record is not None else ""
        click.echo(f"Next: {first}mosip-harness up --detach --target {path}")
        narrowed = "" if mode == "full" else f" --mode {mode}"
        click.echo(f"      mosip-harness env --for bridge{narrowed} > {folder / name}.env")
    else:
        environment = folder / f"{name}.env"
        cli_support.write_new(environment, _environment(state_dir, mode) + "\n", private=True)
        click.echo(f"{environment} is written; it holds the sandbox's secrets.")
        if mode != "full":
            click.echo("It lists by name what your bridge keeps of the parties that are yours.")
    onto = "that environment" if mode == "full" else "that on top of the environment that it has"
    click.echo(f"      start your bridge with {onto}")
    click.echo(f"      mosip-harness target check {path}")
    if mode != "mosip-side":
        click.echo(f"      mosip-harness conform --target {path} --report out")


def _environment(state_dir: Path, mode: str) -> str:
    """What a bridge must know of the running sandbox, as a dotenv file."""
    from sandbox.report import dotenv
    from sandbox.running import RunningSandbox
    from sandbox.variables import fragment

    variables = RunningSandbox(state_dir).env_for_bridge()
    return dotenv(variables) if mode == "full" else fragment(variables, mode)


@target.command("lint")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def lint(*, paths: tuple[Path, ...]) -> None:
    """Find mistakes in target files, or in those of folders. Exit status 1 if there are any."""
    from conformance import cli_support

    found = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    problems = [problem for file in found for problem in cli_support.lint_target(file)]
    for problem in problems:
        click.echo(str(problem))
    if problems:
        sys.exit(FAILING)


@target.command("schema")
def schema() -> None:
    """Print the JSON Schema of target files, for editors."""
    from conformance import cli_support

    print_json(cli_support.target_schema())


def duration(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """A duration in seconds. Raises BadParameter."""
    from conformance.grammar.arguments import seconds

    try:
        return None if value is None else seconds(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@target.command("check")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the sandbox [default: .harness].",
)
@advertise_option
@click.option(
    "--wait",
    metavar="DURATION",
    callback=duration,
    help="In mode mosip-side: how long a person has to register a birth, as 90s or 10m [default: 10m].",
)
@json_option
def check(
    *, path: Path, state_dir: Path | None, advertise: str | None, wait: float | None, as_json: bool
) -> None:
    """Try a target out in order, one birth included, and say of each step that fails what to do.

    In mode mosip-side a person registers that birth, in an OpenCRVS that is theirs. Exit status 1 when a step
    fails.
    """
    from dataclasses import asdict

    from conformance import cli_support
    from sandbox.lifetime import interrupt_on_signals

    told = described(path)
    if wait is not None and told.mode != "mosip-side":
        raise click.UsageError(
            f"--wait is for a person, who registers a birth in mode mosip-side, not {told.mode}"
        )
    interrupt_on_signals()
    bridge = cli_support.Bridge(url=told.bridge_url, told=told)
    steps = []
    with (
        bridge.sandbox(seed=0, state_dir=state_dir, say=say, advertise=advertise) as parties,
        cli_support.opened(parties, bridge.target, bridge.processes) as world,
    ):
        wait_s = cli_support.ASKED_S if wait is None else wait
        for step in cli_support.check_target(world, told, token=cli_support.new_token(), wait_s=wait_s):
            steps.append(step)
            if not as_json:
                click.echo(step.line())
            elif step.state == "asked":
                click.echo(step.line(), err=True)
    if as_json:
        print_json([asdict(step) for step in steps])
    if any(step.state == "bad" for step in steps):
        sys.exit(FAILING)
