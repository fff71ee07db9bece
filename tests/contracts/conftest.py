"""Walks through schemas and messages, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def keyword_values() -> Callable[[Any, str], list[Any]]:
    """All values that a keyword has anywhere in a schema."""

    def walk(node: Any, keyword: str) -> Iterator[Any]:
        if isinstance(node, dict):
            for name, inner in node.items():
                if name == keyword:
                    yield inner
                yield from walk(inner, keyword)
        elif isinstance(node, list):
            for inner in node:
                yield from walk(inner, keyword)

    return lambda schema, keyword: list(walk(schema, keyword))


@pytest.fixture(scope="session")
def with_every_leaf() -> Callable[[Any, Any], list[Any]]:
    """The message once per leaf, with that leaf replaced; beside them, one with all leaves replaced."""

    def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        if isinstance(node, dict | list) and node:
            for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
                yield from leaves(inner, (*path, key))
        else:
            yield path

    def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
        if not path:
            return value
        copy = dict(node) if isinstance(node, dict) else list(node)
        copy[path[0]] = replaced(node[path[0]], path[1:], value)
        return copy

    def variants(message: Any, value: Any) -> list[Any]:
        paths = list(leaves(message))
        all_replaced = message
        for path in paths:
            all_replaced = replaced(all_replaced, path, value)
        return [*(replaced(message, path, value) for path in paths), all_replaced]

    return variants
