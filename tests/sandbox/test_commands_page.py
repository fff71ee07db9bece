"""docs/commands.md names every command and every option, and nothing that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from sandbox.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
OF_ALL = {"--help", "-h", "--version"}


def sections() -> dict[str, str]:
    return dict(re.findall(r"(?ms)^## (\w+)\n(.*?)(?=^## |\Z)", PAGE.read_text()))


def options(command: click.Command) -> Iterator[str]:
    for each in command.params:
        if isinstance(each, click.Option):
            yield each.opts[0]
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        yield from options(below)


def test_every_command_has_its_section():
    assert set(sections()) == set(main.commands)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_options_of_a_section_are_those_of_the_command(name):
    command = main.commands[name]
    named = set(re.findall(r"`(?:[^`\n]* )?(--[a-z-]+)", sections()[name]))
    own = set(options(command))
    assert own - named == set(), "not documented"
    elsewhere = {option for other in main.commands.values() for option in options(other)}
    assert named - own - OF_ALL - elsewhere == set(), "documented, but not there"


@pytest.mark.parametrize("group", ["scenarios", "target"])
def test_subcommands_are_named(group):
    text = sections()[group]
    assert {name for name in main.commands[group].commands if f"{group} {name}" not in text} == set()


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_exit_statuses_are_explained(status):
    assert f"| {status} |" in PAGE.read_text()
