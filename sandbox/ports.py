"""Ports: every socket is bound before anything starts, so each party knows where the others will be."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.errors import PortTakenError, SandboxError

HOST: Final = "127.0.0.1"
ALL_INTERFACES: Final = "0.0.0.0"  # noqa: S104 - only for what is advertised
BACKLOG: Final = 512
PARTIES: Final = ("mosip", "esignet", "opencrvs", "bridge")

# The ports of the reference implementation, so that ours can take its place (opencrvs/mosip: docker-compose).
# console is kept free for a party that comes later.
DEFAULT_PORTS: Final[Mapping[str, int]] = {
    "bridge": 2024,
    "mosip": 20240,
    "esignet": 20260,
    "opencrvs": 7070,
    "console": 8099,
}
# By hundreds: by less, one party's shifted port could meet another's default.
SHIFT: Final = 100
SHIFTS: Final = 30

ON_LOOPBACK: Final[Mapping[str, str]] = {}

PortChoice = Literal["free", "default"]


@dataclass(frozen=True, kw_only=True)
class BoundPorts:
    """Listening sockets of the parties that we start, and the ports of those and of the expected ones.

    offset: how far all parties were moved from their default ports; taken: why (port numbers).
    """

    sockets: Mapping[str, socket.socket]
    ports: Mapping[str, int]
    offset: int = 0
    taken: tuple[int, ...] = ()

    def url(self, party: str, *, scheme: str = "http") -> str:
        """How this machine itself reaches the party."""
        return f"{scheme}://{HOST}:{self.ports[party]}"

    def close(self) -> None:
        for listener in self.sockets.values():
            listener.close()


def listen(port: int, *, host: str = HOST) -> socket.socket:
    """A listening socket, on the loopback interface unless told otherwise; port 0 takes a free one.

    Listening at once, not only bound: two sockets with SO_REUSEADDR may both bind, but only one may listen.
    Raises PortTakenError when somebody else has the port.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTakenError(f"port {port} is taken", port=port) from error
        raise SandboxError(f"port {port} can't be used: {error.strerror}") from error
    return listener


def bind(
    ours: Collection[str],
    *,
    expected: Collection[str] = (),
    choice: PortChoice,
    strict: bool = False,
    hosts: Mapping[str, str] = ON_LOOPBACK,
) -> BoundPorts:
    """Binds a socket for each of `ours`, and finds ports that are free now for parties that are `expected`.

    choice "default": the ports of DEFAULT_PORTS; when one is taken, all move by the same offset, or, with
    `strict`, PortTakenError is raised. choice "free": whatever is free. hosts: on which address a party
    listens, by its name, where that is not the loopback interface.
    """
    if choice == "free":
        return _bind_at(ours, expected, dict.fromkeys((*ours, *expected), 0), hosts)
    taken: list[int] = []
    for shift in range(SHIFTS):
        wanted = {party: DEFAULT_PORTS[party] + shift * SHIFT for party in (*ours, *expected)}
        try:
            bound = _bind_at(ours, expected, wanted, hosts)
        except PortTakenError as problem:
            taken.append(problem.port)
            if strict:
                raise PortTakenError(
                    f"port {problem.port} is taken. Stop what listens there, "
                    "or leave out --strict-ports to let all parties move together.",
                    port=problem.port,
                ) from problem
            continue
        return BoundPorts(sockets=bound.sockets, ports=bound.ports, offset=shift * SHIFT, taken=tuple(taken))
    raise PortTakenError(
        f"in {SHIFTS} sets of ports, {SHIFT} apart, there was always one taken, last {taken[-1]}",
        port=taken[-1],
    )


def _bind_at(
    ours: Collection[str], expected: Collection[str], wanted: Mapping[str, int], hosts: Mapping[str, str]
) -> BoundPorts:
    with ExitStack() as opened, ExitStack() as tried:
        sockets = {
            party: opened.enter_context(listen(wanted[party], host=hosts.get(party, HOST))) for party in ours
        }
        # Whoever is expected will listen by their own hand: the port is let go as soon as all are known.
        probes = {party: tried.enter_context(listen(wanted[party])) for party in expected}
        ports = {party: each.getsockname()[1] for party, each in {**sockets, **probes}.items()}
        opened.pop_all()
    return BoundPorts(sockets=sockets, ports=ports)
