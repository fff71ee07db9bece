"""The `mosip-harness` command. Exit status: 0 fine, 1 found failing, 2 usage, 3 environment.

Imports stand inside the commands: `--help` answers at once, and a command pays only for what it uses. The
engine of `conformance` imports this room; only the commands that need it import that one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from sandbox.cli_judge import conform, described, load, scenarios
from sandbox.cli_parts import (
    FAILING,
    Harness,
    advertise_option,
    bridge_ca_option,
    country_option,
    json_option,
    mode_option,
    print_json,
    state_dir_option,
    web_address,
)
from sandbox.cli_target import target

PARTY_NAMES: Final = ("mosip", "esignet", "opencrvs", "bridge")


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("opencrvs-mosip-harness")
    except PackageNotFoundError:
        number = "not installed, run from source"
    click.echo(f"mosip-harness {number}")
    ctx.exit()


@click.group(cls=Harness, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def main() -> None:
    """Try, prove and demonstrate the joint between OpenCRVS and MOSIP, with no network."""


@main.command()
@state_dir_option
@json_option
@click.option("--detach", is_flag=True, help="Return once all is ready; stop it with `down`.")
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(PARTY_NAMES),
    help="A party that you will run yourself. Repeatable.",
)
@click.option(
    "--bridge-url",
    metavar="URL",
    callback=web_address,
    help="The bridge runs there already; none is started.",
)
@bridge_ca_option
@advertise_option
@click.option(
    "--target",
    "target_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The bridge that this target file describes runs there already: its address, paths and country.",
)
@click.option(
    "--strict-ports", is_flag=True, help="Fail when a default port is taken, instead of moving all."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all that is drawn.")
@country_option
def up(
    *,
    state_dir: Path,
    as_json: bool,
    detach: bool,
    without: tuple[str, ...],
    bridge_url: str | None,
    target_path: Path | None,
    bridge_ca: Path | None,
    advertise: str | None,
    strict_ports: bool,
    seed: int,
    country: str | None,
) -> None:
    """Start the sandbox: mocks of OpenCRVS and MOSIP, and the bridge between them."""
    import time

    from sandbox import lifetime
    from sandbox.box import Sandbox
    from sandbox.country import DEFAULT_COUNTRY
    from sandbox.layout import StateDir
    from sandbox.modes import THEIRS
    from sandbox.record import require_running
    from sandbox.routes import DEFAULT_ROUTES

    state, begun = StateDir.at(state_dir), time.monotonic()
    if target_path is not None and (bridge_url or bridge_ca or country):
        raise click.UsageError(
            "address, authority and country of a target stand in its file: leave the option away"
        )
    told = described(target_path) if target_path is not None else None

    def say() -> None:
        seconds, record = time.monotonic() - begun, require_running(state)
        if as_json:
            print_json(lifetime.facts(record, state, seconds=seconds))
        else:
            click.echo("\n".join(lifetime.announcement(record, state, seconds=seconds)))

    if detach:
        options = ["--state-dir", str(state.root), "--seed", str(seed)]
        options += [word for party in without for word in ("--without", party)]
        options += ["--bridge-url", bridge_url] if bridge_url else []
        options += ["--target", str(target_path.resolve())] if target_path else []
        options += ["--bridge-ca", str(bridge_ca.resolve())] if bridge_ca else []
        options += ["--advertise", advertise] if advertise else []
        options += ["--strict-ports"] if strict_ports else []
        options += ["--country", country] if country else []
        lifetime.detach(options, state)
        say()
        if not as_json:
            click.echo("Next: mosip-harness status | conform | env --for bridge | down")
        return
    lifetime.interrupt_on_signals()
    sandbox = Sandbox(
        state_dir=state.root,
        ports="default",
        strict_ports=strict_ports,
        without=(*without, *(THEIRS[told.mode] if told else ())),
        bridge_url=told.bridge_url if told else bridge_url,
        bridge_routes=told.routes if told else DEFAULT_ROUTES,
        bridge_ca=told.ca_file if told else bridge_ca,
        advertise=advertise,
        hurried=False,
        seed=seed,
        country=(told.country if told else country) or DEFAULT_COUNTRY,
    )
    try:
        sandbox.start()
    except KeyboardInterrupt:
        return
    say()
    if not as_json:
        click.echo("Stop it with Ctrl-C, or from elsewhere with: mosip-harness down")
    sys.stdout.flush()
    lifetime.keep_up(sandbox)


@main.command()
@state_dir_option
def down(*, state_dir: Path) -> None:
    """Stop the sandbox of a state directory; fine when none runs."""
    from sandbox.layout import StateDir
    from sandbox.record import clear_remains, read_record, take_down

    state = StateDir.at(state_dir)
    record = read_record(state)
    if record is None:
        click.echo(f"No sandbox runs in {state.root}.")
    elif record.alive:
        take_down(record, state)
        click.echo("Stopped.")
    else:
        left = clear_remains(state)
        click.echo(f"The sandbox had ended by itself; cleared away: {', '.join([*left, 'sandbox.json'])}.")


@main.command()
@state_dir_option
@json_option
def status(*, state_dir: Path, as_json: bool) -> None:
    """Say what runs and whether each party is ready. Exit status 1 when one is not, 3 when nothing runs."""
    from sandbox.layout import StateDir
    from sandbox.record import require_running
    from sandbox.report import status_facts, status_lines

    state = StateDir.at(state_dir)
    facts = status_facts(require_running(state), state)
    if as_json:
        print_json(facts.as_json())
    else:
        click.echo("\n".join(status_lines(facts)))
    if not facts.ready:
        sys.exit(FAILING)


@main.command()
@state_dir_option
@click.option("--for", "party", type=click.Choice(["bridge"]), required=True, help="Whose environment.")
@mode_option
@json_option
def env(*, state_dir: Path, party: str, mode: str, as_json: bool) -> None:
    """Print the environment that points a bridge at the running sandbox, as a dotenv file.

    The variables have the names of the reference implementation; those that begin with BRIDGE_ only our
    bridge reads. The values hold the sandbox's secrets. With another mode than full, only what is about the
    mocks that are ours.
    """
    from sandbox.report import dotenv
    from sandbox.running import RunningSandbox
    from sandbox.variables import fragment, of_mode

    running = RunningSandbox(state_dir)
    variables = {"bridge": running.env_for_bridge}[party]()
    if as_json:
        print_json(of_mode(variables, mode))
    else:
        click.echo(dotenv(variables) if mode == "full" else fragment(variables, mode))


@main.command()
@click.option(
    "--state-dir", type=click.Path(file_okay=False, path_type=Path), help="Keep logs and keys here."
)
def demo(*, state_dir: Path | None) -> None:
    """Play a login, a birth and a death, show what the parties say to each other, stop everything."""
    from sandbox.demo import play
    from sandbox.lifetime import interrupt_on_signals

    interrupt_on_signals()
    if not play(state_dir=state_dir, out=sys.stdout):
        sys.exit(FAILING)


@main.command()
@state_dir_option
@json_option
def faults(*, state_dir: Path, as_json: bool) -> None:
    """List all faults and the operations they fit: of the running sandbox, or of the mocks as they are."""
    from sandbox.catalogue import fault_catalogue
    from sandbox.report import fault_lines

    catalogue = fault_catalogue(state_dir)
    if as_json:
        print_json([fault.as_json() for fault in catalogue])
    else:
        click.echo("\n".join(fault_lines(catalogue)))


for command in (conform, load, scenarios, target):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="mosip-harness")
