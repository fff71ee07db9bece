"""Addresses under which others know the mocks: what may be advertised, and what is refused with words."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sandbox.errors import SandboxError

EXAMPLE: Final = "http://host.docker.internal or https://harness.example"
LONGEST_NAME: Final = 253
LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
PRODUCTION_WORDS: Final = ("prod", "production", "live")
"""Host names with one of these parts are refused: a suite writes synthetic people."""
# Compose gives its services names with underscores, which DNS has not.
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True, kw_only=True)
class Advertised:
    """Scheme and host by which others reach the mocks; each mock keeps its own port."""

    scheme: str
    host: str

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def encrypted(self) -> bool:
        return self.scheme == "https"

    @property
    def is_this_machine(self) -> bool:
        """Whether it means nothing but the loopback address on which the mocks listen anyway."""
        return self.host in LOOPBACK_NAMES or self.host.endswith(".localhost")

    def at(self, port: int) -> str:
        return f"{self.url}:{port}"


def parse_advertised(text: str) -> Advertised:
    """Reads `http://HOST` or `https://HOST`. Raises SandboxError that says what is wrong with another."""
    try:
        parts = urlsplit(text)
        # A dot at the end is of no use in a certificate, and means nothing beyond a resolver.
        port, host = parts.port, (parts.hostname or "").removesuffix(".")
    except ValueError as error:
        raise SandboxError(f"that is no URL: write {EXAMPLE}") from error
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise SandboxError(f"scheme and host are needed: {EXAMPLE}")
    if "@" in parts.netloc:
        raise SandboxError("a user or password has no place in it: everybody is told this address")
    if port is not None or parts.netloc.endswith(":"):
        raise SandboxError("leave the port away: each mock keeps its own (`up` prints them)")
    if parts.path.strip("/") or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise SandboxError("leave out what follows the host: the paths are the mocks' own")
    _refuse_host(host)
    word = looks_like_production(text)
    if word is not None:
        raise SandboxError(
            f"'{word}' in {host} looks like production: this sandbox plays with made-up people"
        )
    return Advertised(scheme=parts.scheme, host=host)


def _refuse_host(host: str) -> None:
    address = _ip(host)
    if isinstance(address, ipaddress.IPv6Address):
        raise SandboxError("the mocks listen on IPv4 only: give a name or an IPv4 address")
    if address is not None:
        if address.is_unspecified or address.is_multicast:
            raise SandboxError(f"nobody can be reached at {host}: give the address that others use")
        return
    labels = host.split(".")
    if not host.isascii():
        raise SandboxError("write the name as DNS has it, in ASCII (xn--…)")
    if len(host) > LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdecimal():
        raise SandboxError(f"{host[:LONGEST_NAME]!r} is neither a host name nor an IPv4 address")


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def port_of(url: str) -> int:
    """The port of an address, or that of its scheme where it names none."""
    parts = urlsplit(url)
    return parts.port or DEFAULT_PORTS.get(parts.scheme, DEFAULT_PORTS["http"])


def looks_like_production(address: str) -> str | None:
    """The part of a host name that says so, or None."""
    host = address.partition("://")[2].partition("/")[0].partition(":")[0].lower()
    parts = {part for label in host.split(".") for part in label.split("-")}
    return next((word for word in PRODUCTION_WORDS if word in parts), None)
