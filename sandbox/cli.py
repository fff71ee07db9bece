"""The `mosip-harness` command. Exit status: 0 fine, 1 found failing, 2 usage, 3 environment.

Imports stand inside the commands: `--help` answers at once, and a command pays only for what it uses. The
engine of `conformance` imports this room; only the commands that need it import that one.
"""

from __future__ import annotations

import json as json_text
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import click

from sandbox.errors import SandboxError

FAILING: Final = 1
ENVIRONMENT: Final = 3
PARTY_NAMES: Final = ("mosip", "esignet", "opencrvs", "bridge")


class EnvironmentFault(click.ClickException):
    """Something outside the command's own matter: a port, a file, a party that died."""

    exit_code = ENVIRONMENT

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"mosip-harness: {self.message}", err=True, file=file)


class Harness(click.Group):
    """A group whose commands may raise SandboxError."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SandboxError as error:
            raise EnvironmentFault(str(error)) from error


def _web_address(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or re.fullmatch(r"https?://[^\s/?#]+/?", value):
        return value
    raise click.BadParameter("an address such as http://127.0.0.1:2024 is needed")


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


state_dir_option = click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".harness"),
    show_default=True,
    help="Folder for keys, settings, logs and sandbox.json.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")


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
    callback=_web_address,
    help="The bridge runs there already; none is started.",
)
@click.option(
    "--strict-ports", is_flag=True, help="Fail when a default port is taken, instead of moving all."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all that is drawn.")
def up(
    *,
    state_dir: Path,
    as_json: bool,
    detach: bool,
    without: tuple[str, ...],
    bridge_url: str | None,
    strict_ports: bool,
    seed: int,
) -> None:
    """Start the sandbox: mocks of OpenCRVS and MOSIP, and the bridge between them."""
    import time

    from sandbox import lifetime
    from sandbox.box import Sandbox
    from sandbox.layout import StateDir
    from sandbox.record import require_running

    state, begun = StateDir.at(state_dir), time.monotonic()

    def say() -> None:
        seconds, record = time.monotonic() - begun, require_running(state)
        if as_json:
            _print_json(lifetime.facts(record, state, seconds=seconds))
        else:
            click.echo("\n".join(lifetime.announcement(record, state, seconds=seconds)))

    if detach:
        options = ["--state-dir", str(state.root), "--seed", str(seed)]
        options += [word for party in without for word in ("--without", party)]
        options += ["--bridge-url", bridge_url] if bridge_url else []
        options += ["--strict-ports"] if strict_ports else []
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
        without=without,
        bridge_url=bridge_url,
        seed=seed,
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
        _print_json(facts.as_json())
    else:
        click.echo("\n".join(status_lines(facts)))
    if not facts.ready:
        sys.exit(FAILING)


@main.command()
@state_dir_option
@click.option("--for", "party", type=click.Choice(["bridge"]), required=True, help="Whose environment.")
@json_option
def env(*, state_dir: Path, party: str, as_json: bool) -> None:
    """Print the environment that points a bridge at the running sandbox, as a dotenv file.

    The variables have the names of the reference implementation; those that begin with BRIDGE_ only our
    bridge reads. The values hold the sandbox's secrets.
    """
    from sandbox.box import RunningSandbox
    from sandbox.report import dotenv

    running = RunningSandbox(state_dir)
    variables = {"bridge": running.env_for_bridge}[party]()
    if as_json:
        _print_json(variables)
    else:
        click.echo(dotenv(variables))


@main.command()
@click.option(
    "--state-dir", type=click.Path(file_okay=False, path_type=Path), help="Keep logs and keys here."
)
def demo(*, state_dir: Path | None) -> None:
    """Play a birth and a death, show what the parties say to each other, stop everything."""
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
        _print_json([fault.as_json() for fault in catalogue])
    else:
        click.echo("\n".join(fault_lines(catalogue)))


@main.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for results.json and junit.xml.",
)
@click.option("--bridge-url", metavar="URL", callback=_web_address, help="Judge the bridge that runs there.")
@click.option(
    "--bridge-command",
    metavar="CMD",
    help="Start this bridge, with PORT and the rest of `env`, and judge it.",
)
@click.option("--strict", is_flag=True, help="What can't be seen counts as failed.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of people and ids.")
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
    bridge_url: str | None,
    bridge_command: str | None,
    strict: bool,
    seed: int,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Judge a bridge by scenarios: ids, rows such as id[row], files, folders, tag:NAME; by all without any.

    Without --bridge-url or --bridge-command our own bridge is judged. Exit status 1 when one fails.
    """
    if bridge_url and bridge_command:
        raise click.UsageError("--bridge-url and --bridge-command exclude each other")
    from conformance import cli_support
    from sandbox.judged import judged_sandbox
    from sandbox.layout import DEFAULT_STATE_DIR
    from sandbox.lifetime import interrupt_on_signals

    _check_scenarios(scenarios)
    interrupt_on_signals()
    with judged_sandbox(
        state_dir=state_dir,
        default_dir=DEFAULT_STATE_DIR,
        bridge_url=bridge_url,
        bridge_command=bridge_command,
        seed=seed,
        say=lambda words: click.echo(words, err=True),
    ) as parties:
        outcome = cli_support.conform(
            scenarios, sandbox=parties, report=report, json=as_json, strict=strict, seed=seed
        )
    sys.exit(outcome)


def _check_scenarios(names: tuple[str, ...]) -> None:
    """Raises UsageError for what can't be played, before anything is started for it."""
    from conformance.cli_support import ScenarioFileError, UnknownScenarioError
    from conformance.library import chosen

    try:
        chosen(names)
    except (UnknownScenarioError, ScenarioFileError) as error:
        raise click.UsageError(str(error)) from error


@main.command()
@click.option("--profile", required=True, metavar="NAME", help="smoke, steady or verify-mix: what, how hard.")
@click.option("--bridge-url", metavar="URL", callback=_web_address, help="Load the bridge that runs there.")
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
            say=lambda words: click.echo(words, err=True),
            tell=click.echo,
        )
    except UnknownProfileError as error:
        raise click.UsageError(str(error.args[0])) from error
    sys.exit(outcome)


@main.group(cls=Harness)
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
        _print_json([asdict(each) for each in found])
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


@scenarios.command("schema")
def scenarios_schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from conformance import cli_support

    _print_json(cli_support.schema())


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


def _print_json(value: Mapping[str, object] | list[dict[str, object]]) -> None:
    click.echo(json_text.dumps(value, indent=1, sort_keys=True))


if __name__ == "__main__":
    main(prog_name="mosip-harness")
