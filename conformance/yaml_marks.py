"""YAML as scenario files use it: the 1.2 core schema, with the place of every key and value.

PyYAML alone reads YAML 1.1, which makes ``NO`` false, ``10:30`` 630 and ``0123`` 83. Duplicate keys,
anchors, aliases and tags of other schemas are mistakes here: a reader of a story never has to look elsewhere.
Source: yaml.org/spec/1.2.2, chapter 10.3 (core schema).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

import yaml
from yaml.composer import Composer
from yaml.events import AliasEvent, NodeEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from conformance.jsontypes import JSON
from conformance.problems import Problem, ScenarioFileError

Path: TypeAlias = "tuple[str | int, ...]"
DEPTH_LIMIT = 40
_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed file: its value, and the mark of each key (``keys``) and value (``values``) by path."""

    file: str
    value: JSON
    keys: Mapping[Path, Mark]
    values: Mapping[Path, Mark]

    def problem(self, path: Path, message: str, *, at_key: bool = False) -> Problem:
        """A problem at ``path``, or at the nearest place above it that the file has."""
        marks = self.keys if at_key and path in self.keys else self.values
        while path and path not in marks:
            path = path[:-1]
        mark = marks.get(path, Mark(line=1, column=1))
        return Problem(file=self.file, line=mark.line, column=mark.column, message=message)


class _RefusedError(Exception):
    def __init__(self, mark: object, message: str) -> None:
        self.mark = mark
        super().__init__(message)


class _CoreComposer(Reader, Scanner, Parser, Composer, BaseResolver):
    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent):
            raise _RefusedError(event.start_mark, f"alias '*{event.anchor}': write the value out")
        if isinstance(event, NodeEvent) and event.anchor:
            raise _RefusedError(event.start_mark, f"anchor '&{event.anchor}': scenario files have none")
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("null", r"(?:null|Null|NULL|~|)$", ["n", "N", "~", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    (
        "float",
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$",
        list("-+.0123456789"),
    ),
):
    _CoreComposer.add_implicit_resolver(_CORE + _tag, re.compile(_pattern), _first)


def load(text: str, file: str) -> Document:
    """Parse one document.

    Raises ScenarioFileError with the place of the mistake.
    """
    composer = None
    try:
        composer = _CoreComposer(text)
        node = composer.get_single_node()
    except ReaderError as error:
        before = text[: error.position]
        _fail(
            file,
            before.count("\n") + 1,
            len(before) - before.rfind("\n"),
            f"unreadable character: {error.reason}",
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = ", ".join(part for part in (error.context, error.problem) if part)
        _fail(file, *_place(mark), f"not YAML: {words}")
    except _RefusedError as refusal:
        _fail(file, *_place(refusal.mark), str(refusal))
    finally:
        if composer is not None:
            composer.dispose()
    if node is None:
        _fail(file, 1, 1, "the file is empty")
    reader = _Reader(file)
    value = reader.read(node, ())
    if reader.problems:
        raise ScenarioFileError(reader.problems)
    return Document(file=file, value=value, keys=reader.keys, values=reader.values)


def _place(mark: object) -> tuple[int, int]:
    return int(getattr(mark, "line", 0)) + 1, int(getattr(mark, "column", 0)) + 1


def _fail(file: str, line: int, column: int, message: str) -> NoReturn:
    raise ScenarioFileError([Problem(file=file, line=line, column=column, message=message)])


class _Reader:
    """Walks the node graph once: values out, marks kept, mistakes gathered."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.keys: dict[Path, Mark] = {}
        self.values: dict[Path, Mark] = {}
        self.problems: list[Problem] = []

    def read(self, node: Node, path: Path) -> JSON:
        line, column = _place(node.start_mark)
        self.values[path] = Mark(line=line, column=column)
        if len(path) > DEPTH_LIMIT:
            self._problem(node, f"nested deeper than {DEPTH_LIMIT} levels")
        elif isinstance(node, MappingNode):
            return self._mapping(node, path)
        elif isinstance(node, SequenceNode):
            return [self.read(inner, (*path, index)) for index, inner in enumerate(node.value)]
        elif isinstance(node, ScalarNode):
            return self._scalar(node)
        return None

    def _mapping(self, node: MappingNode, path: Path) -> JSON:
        found: dict[str, JSON] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if key is None or not key_node.tag.endswith(":str"):
                self._problem(key_node, "a key must be text")
                continue
            if key in found:
                self._problem(key_node, f"duplicate key '{key}'")
                continue
            line, column = _place(key_node.start_mark)
            self.keys[(*path, key)] = Mark(line=line, column=column)
            found[key] = self.read(value_node, (*path, key))
        return found

    def _scalar(self, node: ScalarNode) -> JSON:
        kind, text = node.tag.removeprefix(_CORE), str(node.value)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in ("int", "float"):
            return _number(kind, text)
        if kind != "str":
            self._problem(node, f"tag '{node.tag}': scenario files have none")
        return text

    def _problem(self, node: Node, message: str) -> None:
        line, column = _place(node.start_mark)
        self.problems.append(Problem(file=self._file, line=line, column=column, message=message))


def _number(kind: str, text: str) -> int | float:
    if kind == "float":
        return float(text)
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text[2:] if base != 10 else text, base)
