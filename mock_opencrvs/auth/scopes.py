"""Scopes of OpenCRVS 2.0: plain words, or query-string encoded with comma lists.

``type=record.register&event=birth,death`` allows REGISTER on two kinds of event; without ``event`` it allows
all. Source: opencrvs-core packages/commons/src/scopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

LEGACY_OF_CLIENTS = frozenset(
    {"record.notify", "record.search", "record.read", "record.create", "record.import"}
)
CONFIRM = "record.confirm-registration"
REJECT = "record.reject-registration"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One scope: its type and its options, each a tuple of values."""

    type: str
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Read either form; an option without values allows nothing."""
        if not text.startswith("type="):
            return cls(type=text)
        pairs = [part.partition("=") for part in text.split("&")]
        options = {name: tuple(value.split(",")) for name, _, value in pairs if name != "type"}
        return cls(type=pairs[0][2], options=options)

    def covers(self, event_type: str) -> bool:
        """True when this scope's ``event`` option names the type, or there is none."""
        return "event" not in self.options or event_type in self.options["event"]


def parsed(scopes: Iterable[str]) -> tuple[Scope, ...]:
    """All scopes of a token."""
    return tuple(Scope.parse(text) for text in scopes)


def of_types(scopes: Sequence[Scope], types: Iterable[str]) -> tuple[Scope, ...]:
    """Those among ``scopes`` whose type is one of ``types``."""
    wanted = set(types)
    return tuple(scope for scope in scopes if scope.type in wanted)


def for_client(scopes: Iterable[str]) -> tuple[str, ...]:
    """What a client's token carries: bare record scopes of older clients are rewritten."""
    return tuple(f"type={text}" if text in LEGACY_OF_CLIENTS else text for text in scopes)
