"""Finds in the source every form of words in which lint tells a mistake.

A form is the text of a literal, with a hole for each value that is put in. It is a message when it is handed
to what makes a problem, when a function that complains yields or returns it, or when it is named on the way.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2] / "conformance"
MAKERS: Final = frozenset({"problem", "_problem", "_fail", "Problem", "_RefusedError", "FormError"})
NAMES: Final = frozenset({"words", "words_", "what", "message", "complaint"})
COMPLAINING: Final = re.compile(
    r"complaint|mistakes$|^_words$|^lead$|^unknown_operation$|^_bad_choice$"
    r"|^_(text|identifier|integer|flag|duration|shift|patience|reference|value|object|texts|list)$"
)
RULES: Final = "_RULES"
"""A table of words by the rule that is broken."""
WHERE: Final = (
    "yaml_marks.py",
    "people.py",
    "values.py",
    "library.py",
    "target_file.py",
    "capabilities.py",
    *(
        str(each.relative_to(ROOT))
        for room in ("grammar", "checks", "verbs")
        for each in sorted((ROOT / room).glob("*.py"))
    ),
)
HOLE: Final = "\0"


@dataclass(frozen=True, order=True)
class Form:
    """Words with holes, and where they stand; ``runs`` is false for words of a table."""

    file: str
    line: int
    text: str
    runs: bool = True

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(".*".join(map(re.escape, self.text.split(HOLE))), re.DOTALL)

    @property
    def says_something(self) -> bool:
        """Whether it is more than a frame around other words."""
        return len(re.findall(r"[A-Za-z]", self.text)) >= 5

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text.replace(HOLE, '…')}"


def forms() -> list[Form]:
    """All forms of words in the source."""
    return sorted({form for file in WHERE for form in _in_file(file)})


def _in_file(file: str) -> Iterator[Form]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    terms = file.startswith(("checks/", "verbs/"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (not terms or COMPLAINING.search(node.name)):
            yield from (
                Form(file, line, text)
                for line, text in _in_function(node)
                if Form(file, line, text).says_something
            )
        elif (
            isinstance(node, ast.AnnAssign)
            and _called(node.target) == RULES
            and isinstance(node.value, ast.Dict)
        ):
            yield from (
                Form(file, line, text, runs=False) for each in node.value.values for line, text in _said(each)
            )


def _in_function(function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    complains = bool(COMPLAINING.search(function.name))
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _called(node.func) in MAKERS:
            yield from _all_said([*node.args, *(each.value for each in node.keywords)])
        elif isinstance(node, ast.Assign | ast.Return) and node.value is not None:
            named = isinstance(node, ast.Assign) and any(_called(each) in NAMES for each in node.targets)
            yield from _said(node.value) if named or (complains and isinstance(node, ast.Return)) else ()
        elif complains and isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            yield from _said(node.value.elts[-1])


def _called(node: ast.expr) -> str:
    return getattr(node, "attr", None) or getattr(node, "id", "")


def _all_said(nodes: Iterable[ast.expr]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        yield from _said(node)


def _said(node: ast.expr) -> Iterator[tuple[int, str]]:
    """The words that an expression may come to: both ways of a choice, the whole of a sum."""
    if isinstance(node, ast.IfExp):
        yield from _all_said([node.body, node.orelse])
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for line, left in _said(node.left):
            yield line, left + HOLE
        yield from _said(node.right)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    elif isinstance(node, ast.JoinedStr):
        parts = (each.value if isinstance(each, ast.Constant) else HOLE for each in node.values)
        yield node.lineno, "".join(map(str, parts))
    elif isinstance(node, ast.Call) and _called(node.func) == "replace":
        yield from ((line, HOLE + text + HOLE) for line, text in _said(node.args[-1]))
    elif isinstance(node, ast.List):
        yield from (found for each in node.elts if isinstance(each, ast.Call) for found in _of_call(each))


def _of_call(call: ast.Call) -> Iterator[tuple[int, str]]:
    if _called(call.func) in MAKERS:
        yield from _all_said(call.args)
