"""Whether a service still serves a person: asked as a relying party asks, with the person's own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from conformance.people import Person

DOORS: Final = ("ida", "esignet")
PARTY_OF: Final[Mapping[str, str]] = {"ida": "mosip", "esignet": "esignet"}
"""The party that each of them is a service of."""
STANDINGS: Final = ("served", "refused")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a service says of a person; ``word`` is None when it says nothing. ``code`` is its own word."""

    word: Literal["served", "refused"] | None
    code: str | None = None

    def __str__(self) -> str:
        return (self.word or "no word of the person") + (f" ({self.code})" if self.code else "")


class Door(Protocol):
    """A service at which a person can be authenticated."""

    def authenticate(self, person: Person, by: str) -> Standing:
        """Whether it serves the person under their number of the kind ``by``: uin or vid."""
