"""What all commands share: exit status, options, and how facts are printed."""

from __future__ import annotations

import json as json_text
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import click

from sandbox.errors import AskedWronglyError, SandboxError
from sandbox.modes import THEIRS
from sandbox.routes import DEFAULT_ROUTES, PATH_FORM, BridgeRoutes

FAILING: Final = 1
ENVIRONMENT: Final = 3
MOST_SEEDS: Final = 100_000


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
        except AskedWronglyError as error:
            raise click.UsageError(str(error)) from error
        except SandboxError as error:
            raise EnvironmentFault(str(error)) from error


def web_address(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or re.fullmatch(r"https?://[^\s/?#]+/?", value):
        return value
    raise click.BadParameter("an address such as http://127.0.0.1:2024 is needed")


def bridge_routes(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> BridgeRoutes:
    """The bridge's doors, of words as callback=/hub. Raises BadParameter for another door, or no path."""
    told = dict(each.partition("=")[::2] for each in values)
    for name, path in told.items():
        if name not in (known := DEFAULT_ROUTES.as_json()):
            raise click.BadParameter(f"there is no door {name}, only {', '.join(known)}")
        if re.fullmatch(PATH_FORM, path) is None:
            raise click.BadParameter(f"{name} needs a path such as {known[name]}")
    return BridgeRoutes(**told)


def known_country(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """The name of a country pack that ships. Raises BadParameter for another."""
    from sandbox.country import country_names

    if value is None or value in (known := country_names()):
        return value
    raise click.BadParameter(f"there is no {value}, only {', '.join(known)}")


def advertised_address(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Scheme and host that may be advertised. Raises BadParameter for another."""
    from sandbox.addresses import parse_advertised

    try:
        return None if value is None else parse_advertised(value).url
    except SandboxError as error:
        raise click.BadParameter(str(error)) from error


advertise_option = click.option(
    "--advertise",
    metavar="URL",
    callback=advertised_address,
    help="Scheme and host by which the bridge reaches the mocks, e.g. https://harness.example.",
)
bridge_ca_option = click.option(
    "--bridge-ca",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Believe the https bridge by this authority's certificates (PEM).",
)
country_option = click.option(
    "--country",
    metavar="NAME",
    callback=known_country,
    help="The country pack that all parties are set up by [default: farajaland-like].",
)


mode_option = click.option(
    "--mode",
    type=click.Choice(tuple(THEIRS)),
    default="full",
    show_default=True,
    help="Who is theirs: nobody, OpenCRVS (mosip-side), or MOSIP and E-Signet (opencrvs-side).",
)


def order_seed(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """The seed of a shuffle: as given, or drawn where the option stands alone; None without the option."""
    if value is None:
        return None
    if value == "":
        return secrets.randbelow(MOST_SEEDS)
    if not value.isdecimal():
        raise click.BadParameter(
            f"'{value}' is no seed: a whole number, or nothing (scenarios come before it)"
        )
    return int(value)


state_dir_option = click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".harness"),
    show_default=True,
    help="Folder for keys, settings, logs and sandbox.json.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")


def print_json(value: Mapping[str, object] | list[dict[str, object]]) -> None:
    click.echo(json_text.dumps(value, indent=1, sort_keys=True))
