"""The sandbox: all parties up, with one call, and gone with another.

    with Sandbox() as sandbox:
        sandbox.mosip.journal()          # the admin client of the MOSIP mock
        sandbox.bridge.kill()            # process control of the bridge

Used by the command line, the demo, the conformance engine and tests.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from sandbox.bridge_process import BridgeProcess
from sandbox.country import DEFAULT_COUNTRY, country
from sandbox.errors import PartyDiedError, SandboxError
from sandbox.exposure import Exposure
from sandbox.health import Health, party_health, wait_ready
from sandbox.instances import FIRST, instance_names, party_of
from sandbox.layout import Layout, StateDir
from sandbox.parties import MOCK_PROGRAM, Program, mock_command
from sandbox.ports import HOST, PARTIES, BoundPorts, PortChoice, bind, listen
from sandbox.record import (
    PartyRecord,
    ProcessRecord,
    SandboxRecord,
    clear_remains,
    exclusive,
    utc_stamp,
)
from sandbox.routes import DEFAULT_ROUTES, BridgeRoutes
from sandbox.running import Parties
from sandbox.settings_files import (
    HURRIED,
    write_mock_settings,
)
from sandbox.supervisor import Running, Supervisor

if TYPE_CHECKING:
    pass

MOCKS: Final = ("mosip", "esignet", "opencrvs")
READY_WITHIN_S: Final = 30.0


@dataclass(kw_only=True, eq=False)
class Sandbox(Parties):
    """Starts every party and ends them all.

    state_dir: where keys, settings, logs and memories go; without it a temporary folder, removed at the end
        unless something failed
    ports: "free" or "default"; strict_ports: see sandbox.ports
    without: parties that somebody else will run, at `urls`
    bridge_url: the address of a bridge that somebody else runs already
    bridge_ca: certificates (PEM) by which the mocks and the engine believe a bridge that speaks https
    advertise: scheme and host by which others reach the mocks, such as https://harness.example: what the
        bridge is told and what stands in messages; the mocks then listen on all interfaces, unless the host
        is this machine itself, and speak TLS where the scheme says so
    bridge_command: starts another bridge instead of ours, with PORT and the rest of `env_for_bridge`
    hurried: our bridge notices silence within seconds, as scenarios need it; else as in the field, so that
        what somebody holds up for a while is not taken for lost
    mock_programs: by party, what is run instead of `sandbox.party`, with the same arguments: a mock that is
        changed, to see whether anybody notices
    bridge_may_die: the bridge is judged, so its death is a finding and ends nothing else
    country: the pack by which all parties are set up
    bridge_routes: where the bridge has its doors
    instance_count: so many instances of the bridge, ours or of `bridge_command`, that share one store; each
        has a port of its own, only the first is known to OpenCRVS and MOSIP
    bridge_env, mosip_settings, esignet_settings, opencrvs_settings: on top of the usual ones
    failure: why it ended by itself, if it did
    """

    state_dir: Path | None = None
    ports: PortChoice = "free"
    strict_ports: bool = False
    without: Collection[str] = ()
    bridge_url: str | None = None
    bridge_ca: Path | None = None
    advertise: str | None = None
    bridge_command: str | None = None
    mock_programs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hurried: bool = True
    bridge_may_die: bool = False
    seed: int = 0
    country: str = DEFAULT_COUNTRY
    bridge_routes: BridgeRoutes = DEFAULT_ROUTES
    instance_count: int = 1
    bridge_env: Mapping[str, str] = field(default_factory=dict)
    mosip_settings: Mapping[str, object] = field(default_factory=dict)
    esignet_settings: Mapping[str, object] = field(default_factory=dict)
    opencrvs_settings: Mapping[str, object] = field(default_factory=dict)
    failure: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        unknown = set(self.without) - set(PARTIES)
        if unknown:
            raise SandboxError(
                f"no such party: {', '.join(sorted(unknown))} (there are: {', '.join(PARTIES)})"
            )
        if other := set(self.mock_programs) - set(MOCKS):
            raise SandboxError(f"no such mock: {', '.join(sorted(other))} (there are: {', '.join(MOCKS)})")
        absent = {*self.without, "bridge"} if self.bridge_url else set(self.without)
        if self.bridge_command and "bridge" in absent:
            raise SandboxError("a bridge that somebody else runs can't be started by a command too")
        self._ours = tuple(party for party in PARTIES if party not in absent)
        self._exposure = Exposure.of(
            advertise=self.advertise,
            bridge_ca=self.bridge_ca,
            mocks=tuple(party for party in self._ours if party in MOCKS),
        )
        self._supervisor = Supervisor(on_death=self._party_died)
        self._mocks: dict[str, Running] = {}
        self._names = instance_names(self.instance_count)
        self._listeners: dict[str, socket.socket] = {}
        self._bridges: dict[str, BridgeProcess] = {}
        self._resources = ExitStack()
        self._started = utc_stamp()
        self._ready = False
        self._over = threading.Event()
        self._temporary: Path | None = None
        self._certificate: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(keep=error is not None)

    @property
    def processes(self) -> Mapping[str, Running]:
        """The main process of each party that was started."""
        running = dict(self._mocks)
        for each in self.bridges.values():
            if each.process is not None:
                running[each.party] = each.process
        return running

    @property
    def instances(self) -> Mapping[str, str]:
        """The address of each instance of the bridge by its name; the first is the one that is asked."""
        return {name: each.url for name, each in self.bridges.items()} or super().instances

    @property
    def bridges(self) -> Mapping[str, BridgeProcess]:
        """Every instance of the bridge that was started here, by its name."""
        return dict(self._bridges)

    @property
    def remarks(self) -> list[str]:
        """What somebody must know who advertises the mocks to others."""
        return self._exposure.remarks

    @property
    def bound(self) -> BoundPorts:
        """Which ports were taken, and how far all were moved for that."""
        return self._bound

    def start(self) -> None:
        """Starts all parties at once and returns when all are ready.

        Raises SandboxError (a port, a party that ends or is not ready in time); nothing runs then.
        """
        try:
            self._prepare()
            self._spawn()
            self._wait_ready()
        except BaseException:
            self.stop(keep=True)
            raise

    def wait(self) -> str | None:
        """Blocks until a party dies, and gives the reason; None when it was stopped by another thread."""
        self._over.wait()
        return self.failure

    def check(self) -> None:
        """Raises PartyDiedError when a party's main process has ended by itself."""
        if self.failure is not None:
            raise PartyDiedError(self.failure)

    def stop(self, *, keep: bool = False) -> None:
        """Ends all parties. A temporary state directory is removed unless `keep`, or a party died."""
        self._supervisor.stop_all()
        if keep or self.failure is not None:
            self._temporary = None
        self._resources.close()
        self._over.set()

    def _prepare(self) -> None:
        country(self.country)
        state = StateDir.at(self.state_dir or self._temporary_folder())
        state.make()
        self._resources.enter_context(exclusive(state))
        clear_remains(state)
        state.begin(PARTIES)
        elsewhere = {"bridge"} if self.bridge_url else set()
        expected = [party for party in PARTIES if party not in (*self._ours, *elsewhere)]
        self._bound = bind(
            self._ours,
            expected=expected,
            choice=self.ports,
            strict=self.strict_ports,
            hosts=self._exposure.hosts,
        )
        self._resources.callback(self._bound.close)
        if "bridge" in self._ours:
            for name in self._names[1:]:
                self._listeners[name] = self._resources.enter_context(listen(0))
        self._resources.callback(state.record.unlink, missing_ok=True)
        self.layout = self._laid_out(state)

    def _laid_out(self, state: StateDir) -> Layout:
        urls = self._exposure.local_urls(self._bound)
        if self.bridge_url:
            urls["bridge"] = self.bridge_url.rstrip("/")
        layout = Layout.of(
            state,
            urls,
            advertised=self._exposure.advertised_urls(self._bound),
            seed=self.seed,
            country=self.country,
            routes=self.bridge_routes,
        )
        trust, self._certificate = self._exposure.certify(state)
        return replace(layout, trust=trust)

    def _temporary_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="mosip-harness-"))
        self._temporary = folder
        self._resources.callback(self._remove_temporary)
        return folder

    def _remove_temporary(self) -> None:
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _spawn(self) -> None:
        overrides = {
            "mosip": self.mosip_settings,
            "esignet": self.esignet_settings,
            # Another bridge may have no /verify yet: then nobody is verified unless that is asked for.
            "opencrvs": {"bridge_verifies": self._bridge_verifies, **self.opencrvs_settings},
        }
        for party in self._ours:
            if party in MOCKS:
                settings = write_mock_settings(party, self.layout, overrides[party])
                self._mocks[party] = self._start_mock(party, settings)
        if "bridge" in self._ours:
            listeners = {FIRST: self._bound.sockets["bridge"], **self._listeners}
            for name in self._names:
                self._bridges[name] = self._bridge_of(name, listeners[name])
            self.bridge = self._bridges[FIRST]
            for name, each in self._bridges.items():
                each.start(wait_ready=False, listener=listeners[name])
        # Only the parties hold their sockets now: when one is gone its port is closed.
        self._bound.close()
        self._write_record()

    def _bridge_of(self, instance: str, listener: socket.socket) -> BridgeProcess:
        port, party = listener.getsockname()[1], party_of(instance)
        return BridgeProcess(
            supervisor=self._supervisor,
            party=party,
            url=f"http://{HOST}:{port}",
            environment={
                **self.env_for_bridge(),
                **(HURRIED if self.hurried else {}),
                "PORT": str(port),
                "BRIDGE_INSTANCE_ID": instance,
                **self.bridge_env,
            },
            log_path=self.log_path(party),
            operator_token=self.layout.secrets.operator_token,
            command=self.bridge_command,
            vital=not self.bridge_may_die,
            on_change=self._write_record,
        )

    @property
    def _bridge_verifies(self) -> bool:
        return self._runs_our_bridge or country(self.country).demands_verification

    @property
    def _runs_our_bridge(self) -> bool:
        return "bridge" in self._ours and self.bridge_command is None

    def _start_mock(self, party: str, settings: Path) -> Running:
        listener, lifeline = self._bound.sockets[party].fileno(), self._supervisor.lifeline
        bundle = self.layout.trust.bundle
        return self._supervisor.start(
            Program(
                party=party,
                command=mock_command(
                    party,
                    listener=listener,
                    settings=settings,
                    lifeline=lifeline,
                    certificate=self._certificate,
                    program=self.mock_programs.get(party, MOCK_PROGRAM),
                ),
                log=self.log_path(party),
                # The bridge, or another mock, may speak TLS with a certificate that only we believe.
                environment={} if bundle is None else {"SSL_CERT_FILE": str(bundle)},
                descriptors=(listener, lifeline),
            )
        )

    def _wait_ready(self) -> None:
        trusts = self.layout.trust.authority
        checks: dict[str, Callable[[], Health]] = {
            party: partial(party_health, party, self.urls[party], trusts=trusts) for party in self._mocks
        }
        checks.update({each.party: each.health for each in self._bridges.values()})
        wait_ready(checks, within=READY_WITHIN_S, broken=self._hopeless)
        self._ready = True
        self._write_record()

    def _hopeless(self) -> str | None:
        """Why it makes no sense to wait any longer."""
        return self.failure or next(filter(None, (each.broken() for each in self._bridges.values())), None)

    def _write_record(self) -> None:
        SandboxRecord(
            started=self._started,
            ready=self._ready,
            supervisor=ProcessRecord.own(),
            urls=self.urls,
            parties={
                party: PartyRecord(pid=each.group, group=each.group, mark=each.mark, log=str(each.log))
                for party, each in self.processes.items()
            },
            admin_token=self.layout.secrets.admin_token,
            seed=self.seed,
            country=self.country,
            routes=self.bridge_routes,
            offset=self._bound.offset,
            taken=self._bound.taken,
            advertise=self._exposure.asked,
            advertised=self.layout.advertised,
            authority=_written(self.layout.trust.authority),
            bundle=_written(self.layout.trust.bundle),
            bridge_ca=_written(self.bridge_ca),
        ).write(self.layout.state.record)

    def _party_died(self, reason: str) -> None:
        self.failure = reason
        self._supervisor.stop_all()
        self._over.set()


def _written(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())
