"""The admin API described from its own routes, so that the description can't lag behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mock_control.messages import JSON

_PARAMETER = re.compile(r"<(?:(int):)?(\w+)>")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One admin route: ``name`` is its handler, ``path`` Flask's rule below the prefix; ``body`` names its
    members.
    """

    name: str
    method: str
    path: str
    help: str
    query: tuple[str, ...] = ()
    body: tuple[str, ...] | None = None
    status: int = 200


def document(party: str, routes: Iterable[Route], *, prefix: str) -> dict[str, JSON]:
    """The OpenAPI 3.1 document of the routes."""
    paths: dict[str, dict[str, JSON]] = {}
    for route in routes:
        path = _PARAMETER.sub(r"{\2}", f"{prefix}/{route.path}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Admin API of the mock {party}", "version": "1"},
        "security": [{"adminToken": []}],
        "paths": {**paths},
        "components": {"securitySchemes": {"adminToken": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(route: Route) -> dict[str, JSON]:
    parameters: list[JSON] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if whole else "string"},
        }
        for whole, name in _PARAMETER.findall(route.path)
    ]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query]
    described: dict[str, JSON] = {
        "operationId": route.name,
        "summary": route.help,
        "parameters": parameters,
        "responses": {
            str(route.status): {"description": "done", "content": {"application/json": {}}},
            "4XX": {"description": "refused: {error, near}", "content": {"application/json": {}}},
        },
    }
    if route.body is not None:
        members: dict[str, JSON] = {name: {} for name in route.body}
        schema: JSON = {"type": "object", "properties": members}
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return described
