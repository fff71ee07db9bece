"""The error codes that the services of this road answer with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class ErrorCode:
    """One row of a party's catalogue.

    ``code`` and ``message`` are the texts on the wire, with ``{name}`` where something is filled in. Where
    one code has several messages or comes from several services, ``case`` tells them apart. ``http_status``
    is the usual one: MOSIP answers business errors with 200, and so does the page of E-Signet. ``grade``
    and ``source`` as of a contract.
    """

    code: str
    case: str = ""
    service: str
    message: str
    http_status: int
    when: str
    source: str
    grade: str


@cache
def error_codes(party: str) -> Mapping[str, ErrorCode]:
    """The catalogue of ``esignet``, ``mosip`` or ``opencrvs``, by ``code`` (``code/case`` where it has one).

    Raises LookupError, with the parties there are, when there is none.
    """
    folder = files("contracts").joinpath("errors")
    known = sorted(
        entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")
    )
    if party not in known:
        raise LookupError(f"no error codes of {party!r}, only of {', '.join(known)}")
    rows = json.loads(folder.joinpath(f"{party}.json").read_text(encoding="utf-8"))
    codes = (ErrorCode(**row) for row in rows)
    return MappingProxyType({f"{each.code}/{each.case}" if each.case else each.code: each for each in codes})
