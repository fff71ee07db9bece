"""Every link and every command line that the pages show can be followed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from bridge.cli import main as bridge_main
from sandbox.cli import main as harness_main

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
PROGRAMS = {"mosip-harness": harness_main, "mosip-bridge": bridge_main}
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(rf"(?:\S*/)?({'|'.join(PROGRAMS)})(?= |$)(.*)")
_NOT_SHOWN = ("[", "…", "<", "|")
"""What begins a placeholder, or another command."""


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#{1,6} (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links() -> list[tuple[str, str]]:
    """Each relative link with the page it is on."""
    found: list[tuple[str, str]] = []
    for name in PAGES:
        targets = _LINK.findall(_FENCE.sub("", _text(name)))
        found += [(name, target) for target in targets if not re.match(r"[a-z]+:", target)]
    return found


@pytest.mark.parametrize(("name", "target"), links())
def test_a_link_leads_somewhere(name: str, target: str) -> None:
    path, _, anchor = unquote(target).partition("#")
    there = (ROOT / name).parent / path if path else ROOT / name
    assert there.exists()
    if anchor:
        assert anchor in _anchors(there.read_text(encoding="utf-8"))


def _lines(text: str) -> Iterator[str]:
    """Lines of code blocks, then code within lines of text."""
    for language, block in _FENCE.findall(text):
        if language in ("", "sh", "bash", "console", "shell"):
            yield from (line.removeprefix("$ ") for line in block.replace("\\\n", " ").splitlines())
    yield from re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))


def commands() -> list[tuple[str, str, str]]:
    """Each command line that is shown: page, program, the words after it."""
    found = []
    for name in PAGES:
        for line in _lines(_text(name)):
            command = _COMMAND.match(line.strip())
            if command is not None:
                rest = re.split(r"\s#|\s[|>&]|;", command[2])[0].strip()
                found.append((name, command[1], rest))
    return list(dict.fromkeys(found))


def _parsed(command: click.Command, words: list[str], parent: click.Context | None, name: str) -> None:
    """Follows the words through the groups; raises click's errors for what does not exist."""
    context = click.Context(command, parent=parent, info_name=name)
    if isinstance(command, click.Group):
        if not words or words[0].startswith("-"):
            command.make_parser(context).parse_args(words)
            return
        found_name, found, rest = command.resolve_command(context, words)
        assert found is not None
        _parsed(found, rest, context, str(found_name))
        return
    values, left, _ = command.make_parser(context).parse_args(args=list(words))
    assert not left, f"not taken: {left}"
    for parameter in command.params:
        given = values.get(parameter.name)
        if isinstance(parameter.type, click.Choice) and given:
            for each in given if isinstance(given, list | tuple) else [given]:
                parameter.type.convert(each, parameter, context)


@pytest.mark.parametrize(("page", "program", "rest"), commands())
def test_a_command_that_is_shown_exists(page: str, program: str, rest: str) -> None:
    words = [word for word in shlex.split(rest) if not word.startswith(_NOT_SHOWN)]
    _parsed(PROGRAMS[program], words, None, program)


def test_commands_are_shown() -> None:
    shown = {(program, rest.split(" ")[0]) for _, program, rest in commands()}
    assert {("mosip-harness", "up"), ("mosip-harness", "conform"), ("mosip-bridge", "serve")} <= shown
