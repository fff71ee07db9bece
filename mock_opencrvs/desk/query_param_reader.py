"""QUERY_PARAM_READER: takes parameters out of the page's address into the form.

Source: opencrvs-core packages/client/src/v2-events/features/events/registered-fields/QueryParamReader.tsx.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mock_opencrvs.values import JSONObject

PICK_PARAMS = ("code", "state")


@dataclass(frozen=True, kw_only=True)
class Picked:
    """What was taken out, of a repeated parameter the first, and the address that is left."""

    params: Mapping[str, str]
    location: str

    def to_json(self, *, updated_at: str) -> JSONObject | None:
        """The field's value; None, that is unchanged, when nothing was picked."""
        return {"data": {**self.params}, "updatedAt": updated_at} if self.params else None


def read_query_params(location: str, pick: Sequence[str] = PICK_PARAMS) -> Picked:
    """Picks parameters that are there and not empty; strips them only when there is one."""
    parts = urlsplit(location)
    query = parse_qsl(parts.query, keep_blank_values=True)
    picked: dict[str, str] = {}
    for name, value in query:
        if name in pick:
            picked.setdefault(name, value)
    picked = {name: value for name, value in picked.items() if value}
    if not picked:
        return Picked(params={}, location=location)
    left = [(name, value) for name, value in query if name not in pick]
    return Picked(params=picked, location=urlunsplit(parts._replace(query=urlencode(left))))
