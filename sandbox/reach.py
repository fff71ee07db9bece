"""How this machine itself gets to a party that others know by another address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Reach:
    """local: of an address that is advertised, the one by which it is reached here. bundle: as in Trust."""

    local: Mapping[str, str] = field(default_factory=dict)
    bundle: Path | None = None

    def url(self, address: str) -> str:
        """The same resource by its local address; other addresses stay as they are."""
        for advertised, local in self.local.items():
            rest = address.removeprefix(advertised)
            if rest != address and (not rest or rest[0] in "/?#"):
                return local + rest
        return address

    def advertised(self, local: str) -> str:
        """What others are told in place of a party's local address."""
        return next((each for each, own in self.local.items() if own == local), local)

    @property
    def verify(self) -> str | bool:
        """What requests takes by that name: whose certificates are believed."""
        return True if self.bundle is None else str(self.bundle)


FROM_HERE: Final = Reach()
"""Where everybody knows a party by the same address."""
