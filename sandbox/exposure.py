"""How far the mocks are open: to this machine only, or to others by an address that is advertised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.addresses import Advertised, parse_advertised
from sandbox.layout import StateDir
from sandbox.ports import ALL_INTERFACES, BoundPorts
from sandbox.trust import USUAL, Trust, require_certificates, write_bundle

OPEN_TO_ALL: Final = (
    "The mocks listen on all interfaces: whoever reaches this machine reaches them. "
    "Their admin API answers this machine only."
)


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """advertised: None for this machine only. bridge_ca: as in Sandbox. mocks: those that we start."""

    advertised: Advertised | None
    bridge_ca: Path | None
    mocks: tuple[str, ...]

    @classmethod
    def of(cls, *, advertise: str | None, bridge_ca: Path | None, mocks: tuple[str, ...]) -> Exposure:
        """Raises SandboxError for an address or a file that won't do; makes nothing."""
        if bridge_ca is not None:
            require_certificates(bridge_ca)
        return cls(
            advertised=None if advertise is None else parse_advertised(advertise),
            bridge_ca=bridge_ca,
            mocks=mocks,
        )

    @property
    def asked(self) -> str | None:
        """Scheme and host as they are advertised."""
        return None if self.advertised is None else self.advertised.url

    @property
    def hosts(self) -> dict[str, str]:
        """On which address a mock listens, where loopback is not enough."""
        if self.advertised is None or self.advertised.is_this_machine:
            return {}
        return dict.fromkeys(self.mocks, ALL_INTERFACES)

    @property
    def remarks(self) -> list[str]:
        """What somebody must know who opens the mocks to others."""
        if not self.hosts:
            return []
        return [OPEN_TO_ALL]

    def local_urls(self, bound: BoundPorts) -> dict[str, str]:
        """By party, how this machine reaches it."""
        scheme = "http" if self.advertised is None else self.advertised.scheme
        return {
            party: bound.url(party, scheme=scheme if party in self.mocks else "http") for party in bound.ports
        }

    def advertised_urls(self, bound: BoundPorts) -> dict[str, str]:
        """By mock, what others are told; empty where that is the same."""
        if self.advertised is None:
            return {}
        return {party: self.advertised.at(bound.ports[party]) for party in self.mocks}

    def certify(self, state: StateDir) -> tuple[Trust, Path | None]:
        """Whom clients must believe, and key and certificate of the mocks; made now where they are wanting.

        Raises SandboxError.
        """
        extra = [] if self.bridge_ca is None else [self.bridge_ca]
        authority = server = None
        if self.advertised is not None and self.advertised.encrypted:
            from sandbox.authority import ensure_certificate

            files = ensure_certificate(state.keys, self.advertised.host)
            authority, server = files.certificate, files.server
            extra.append(authority)
        if not extra:
            return USUAL, None
        write_bundle(state.bundle, extra)
        return Trust(authority=authority, bundle=state.bundle), server
