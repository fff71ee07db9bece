"""Where a bridge has its doors, below its address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class BridgeRoutes:
    """A path for each door; the defaults are the reference implementation's.

    ``registration`` and ``update``: country-config hands over a registration, and corrected data;
    ``callback``: MOSIP's hub; ``verify`` and ``userinfo``: forms ask about a person, and about who has logged
    in; ``health``: whether it lives. Source: opencrvs/mosip packages/mosip-api/src/index.ts.
    """

    registration: str = "/events/registration"
    update: str = "/events/update-biographics"
    callback: str = "/websub/callback"
    verify: str = "/verify"
    userinfo: str = "/esignet/get-oidp-user-info"
    health: str = "/health"

    def as_json(self) -> dict[str, str]:
        """All paths by their names."""
        return asdict(self)


PATH_FORM: Final = r"/[^\s?#]*"
DEFAULT_ROUTES: Final = BridgeRoutes()
