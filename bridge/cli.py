"""The command `mosip-bridge`. Exit codes: 0 fine, 1 found failing, 2 usage, 3 environment."""

import json
import sys
from collections.abc import Callable
from typing import NoReturn

import click

from bridge.callback import Callbacks
from bridge.login import Logins
from bridge.settings import Settings, SettingsError, load_settings
from bridge.store import StoreError
from bridge.store import migrate as migrate_store
from bridge.verification import Verifier

FAILING = 1
ENVIRONMENT = 3
_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=_HELP)
def main() -> None:
    """The bridge between OpenCRVS and MOSIP.

    Every setting is an environment variable; `mosip-bridge check-config` names those that are wrong.
    """


@main.command()
@click.option(
    "--host", default="127.0.0.1", envvar="BRIDGE_HOST", show_default=True, help="Address to listen on."
)
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, in place of PORT.")
@click.option("--fd", type=int, help="Descriptor of a socket that listens already, in place of a port.")
def serve(host: str, port: int | None, fd: int | None) -> None:
    """Serve until told to stop (SIGTERM: end what runs, then stop)."""
    settings = _settings({} if port is None else {"port": port})

    from bridge import logs
    from bridge import serve as server
    from bridge.instances import InstanceRunsError

    logs.configure(settings.bridge_log_level)
    try:
        server.serve(settings, host=host, fd=fd)
    except (InstanceRunsError, StoreError, SettingsError, OSError) as error:
        _environment(error)


@main.command("check-config")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check_config(as_json: bool) -> None:
    """Read every setting, key and token, call nobody, and say what is wrong."""
    findings = _findings()
    if as_json:
        click.echo(json.dumps({"ok": not any(findings.values()), "checks": findings}, indent=2))
    else:
        for name, wrong in findings.items():
            click.echo(f"{name}: {wrong or 'ok'}")
    sys.exit(FAILING if any(findings.values()) else 0)


@main.command()
def migrate() -> None:
    """Create the store or bring it up to date; does nothing when it is."""
    settings = _settings({})
    try:
        applied = migrate_store(settings.sqlite_database_path)
    except StoreError as error:
        _environment(error)
    click.echo("\n".join(f"applied {name}" for name in applied) or "up to date")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def reconcile(as_json: bool) -> None:
    """Find what waits and nobody works on: ask MOSIP, then OpenCRVS, and do what can be done."""
    settings = _settings({})

    from bridge import logs, rounds
    from bridge.api.unsettled import shown_finding
    from bridge.reconcile import ReconcileFailedError
    from bridge.store import Found

    logs.configure(settings.bridge_log_level)
    try:
        found = rounds.reconcile_once(settings)
    except (ReconcileFailedError, SettingsError, StoreError) as error:
        _environment(error)
    if as_json:
        click.echo(json.dumps({"findings": [shown_finding(each) for each in found]}, indent=2))
    else:
        for each in found:
            click.echo(f"{each.event_id} {each.kind} {each.verdict} {each.code}: {each.words}")
        click.echo(f"{len(found)} found")
    sys.exit(FAILING if any(each.verdict is Found.NEEDS_PERSON for each in found) else 0)


def _findings() -> dict[str, str | None]:
    try:
        settings = load_settings()
    except SettingsError as error:
        return {"settings": str(error)}
    checks: dict[str, Callable[[], object]] = {
        "store key": settings.store_key,
        "credential key and policy": lambda: Callbacks.of(settings),
        "keys for ID authentication": lambda: Verifier.of(settings),
        "key for E-Signet": lambda: Logins.of(settings),
    }
    if settings.bridge_operator_token_file is not None:
        checks["operator token"] = settings.operator_token
    return {"settings": None, **{name: _wrong(check) for name, check in checks.items()}}


def _wrong(check: Callable[[], object]) -> str | None:
    try:
        check()
    except SettingsError as error:
        return str(error)
    return None


def _settings(given: dict[str, object]) -> Settings:
    try:
        return load_settings(given)
    except SettingsError as error:
        _environment(error)


def _environment(error: Exception) -> NoReturn:
    click.echo(f"mosip-bridge: {error}", err=True)
    sys.exit(ENVIRONMENT)
