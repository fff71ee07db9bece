"""An exchange as a ``curl`` line that sends it again; secrets are the journal's placeholders."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.events import ItemResult
from conformance.exchanges import Exchange
from conformance.jsontypes import mapping, text
from conformance.verdicts import Finding

NOWHERE: Final = "HOST"
"""Stands for an address that the journal does not tell."""
LONGEST_ON_CONSOLE: Final = 1500
MOST_REPLAYS: Final = 3
_OWN: Final = frozenset(
    (
        "host",
        "content-length",
        "connection",
        "accept-encoding",
        "user-agent",
        "transfer-encoding",
        "traceparent",
    )
)
"""Headers that curl writes itself, or that belong to one connection."""
_METHOD: Final = re.compile(r"[A-Za-z]{1,20}")


def curl(exchange: Exchange, *, longest: int | None = None) -> str | None:
    """The command, None for an inner stage.

    A body that the journal has cut, or one above ``longest`` characters, is left to a file.
    """
    if exchange.direction == "inner" or not exchange.method:
        return None
    return " ".join(_quoted(word) for word in _words(exchange, longest))


def replays(result: ItemResult) -> list[str]:
    """Commands for failures that rest on an exchange: of each the last that it shows, but not too many."""
    lines: dict[str, None] = {}
    for finding in result.findings:
        if finding.verdict in ("fail", "harness-error"):
            shown = [each for each in about(finding, result.exchanges) if each.direction != "inner"]
            line = curl(shown[-1], longest=LONGEST_ON_CONSOLE) if shown else None
            if line is not None:
                lines[line] = None
    return list(lines)[:MOST_REPLAYS]


def about(finding: Finding, exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges that a finding shows among what came near."""
    if not finding.near:
        return []
    return [each for each in exchanges if any(near.endswith(each.line()) for near in finding.near)]


def _words(exchange: Exchange, longest: int | None) -> Iterator[str]:
    request = mapping(exchange.request)
    fields = {str(name): str(value) for name, value in mapping(request.get("headers")).items()}
    method = exchange.method if _METHOD.fullmatch(exchange.method) else "GET"
    yield from ("curl", "--globoff", "-X", method, _origin(exchange, fields) + exchange.path)
    said = text(request.get("body")) or ""
    kept = {name: value for name, value in fields.items() if name.lower() not in _OWN}
    if said and not any(name.lower() == "content-type" for name in kept):
        yield from ("-H", "Content-Type:")
    for name, value in kept.items():
        yield from ("-H", f"{name}: {value}")
    if not said:
        return
    if "sha256" in request or (longest is not None and len(said) > longest):
        yield from ("--data-binary", f"@request-{exchange.party}-{exchange.id}.json")
    else:
        yield from ("--data-raw", said)


def _origin(exchange: Exchange, fields: dict[str, str]) -> str:
    scheme = "https" if exchange.scheme == "https" else "http"
    return f"{scheme}://{_host(exchange, fields)}"


def _host(exchange: Exchange, fields: dict[str, str]) -> str:
    if exchange.direction == "out":
        return exchange.peer or NOWHERE
    return next((value for name, value in fields.items() if name.lower() == "host"), NOWHERE)


def _quoted(word: str) -> str:
    """For a shell, and safe to print: a word with control characters is written as ``$'…'``."""
    if word.isprintable():
        return shlex.quote(word)
    escaped = "".join(_escaped(each) for each in word)
    return f"$'{escaped}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "replace"))
