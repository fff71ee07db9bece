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
def init(*, name: str, bridge_url: str, routes: BridgeRoutes, folder: Path, state_dir: Path) -> None:
    """Write a target file, and the environment that points the bridge at a running sandbox."""
    from conformance import cli_support
    from sandbox.layout import StateDir
    from sandbox.record import running_record

    url, path = bridge_url.rstrip("/"), folder / f"{name}.yaml"
    cli_support.write_new(path, cli_support.target_text(name, url, routes))
    click.echo(f"{path} is written.")
    record = running_record(StateDir.at(state_dir))
    here = record is not None and record.urls["bridge"] == url and "bridge" not in record.parties
    if record is None or not here or record.routes != routes:
        first = "mosip-harness down; " if record is not None else ""
        click.echo(f"Next: {first}mosip-harness up --detach --target {path}")
        click.echo(f"      mosip-harness env --for bridge > {folder / name}.env")
    else:
        from sandbox.report import dotenv
        from sandbox.running import RunningSandbox

        environment = folder / f"{name}.env"
        variables = RunningSandbox(state_dir).env_for_bridge()
        cli_support.write_new(environment, dotenv(variables) + "\n", private=True)
        click.echo(f"{environment} is written; it holds the sandbox's secrets.")
    click.echo("      start your bridge with that environment")
    click.echo(f"      mosip-harness target check {path}")
    click.echo(f"      mosip-harness conform --target {path} --report out")


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


@target.command("check")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the sandbox [default: .harness].",
)
@advertise_option
@json_option
def check(*, path: Path, state_dir: Path | None, advertise: str | None, as_json: bool) -> None:
    """Try a target out in order, one birth included, and say of each step that fails what to do.

    Exit status 1 when a step fails.
    """
    from dataclasses import asdict

    from conformance import cli_support
    from sandbox.lifetime import interrupt_on_signals

    told = described(path)
    interrupt_on_signals()
    bridge = cli_support.Bridge(url=told.bridge_url, told=told)
    steps = []
    with (
        bridge.sandbox(seed=0, state_dir=state_dir, say=say, advertise=advertise) as parties,
        cli_support.opened(parties, bridge.target, bridge.processes) as world,
    ):
        for step in cli_support.check_target(world, told, token=cli_support.new_token()):
            steps.append(step)
            if not as_json:
                click.echo(step.line())
    if as_json:
        print_json([asdict(step) for step in steps])
    if any(step.state == "bad" for step in steps):
        sys.exit(FAILING)
